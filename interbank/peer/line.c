/* The options of a pool are those of the peers; addresses that cannot be parsed are left out. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "net/address.h"
#include "peer/peers_parts.h"

/* --- what pools say ------------------------------------------------------------------------- */

static void on_up(void *context) {
    const struct ib_line *line = context;
    struct ib_peer *peer = line->peer;
    if (line == peer->line) {
        tw_log(TW_LOG_INFO, "peer is up", TW_INT("peer", peer->code));
        tw_loop_defer(peer->peers->loop, &peer->up);
    }
}

static void on_late(void *context, const char *method, const json_t *params,
                    const struct tw_answer *answer) {
    const struct ib_line *line = context;
    const struct ib_peers_options *options = &line->peer->peers->options;
    if (options->on_late != NULL) {
        options->on_late(options->context, line->peer->code, method, params, answer);
    }
}

/* --- lines ---------------------------------------------------------------------------------- */

void ib_line_free(struct ib_line *line) {
    if (line == NULL) {
        return;
    }
    tw_pool_free(line->pool);
    for (size_t i = 0; i < line->address_count; i++) {
        free(line->addresses[i]);
    }
    free(line->addresses);
    free(line->usable);
    free(line);
}

static struct ib_line *copy_line(struct ib_peer *peer, const struct ib_peer_address_list *bank) {
    struct ib_line *line = calloc(1, sizeof *line);
    if (line == NULL) {
        return NULL;
    }
    line->peer = peer;
    line->addresses = calloc(bank->address_count + 1, sizeof *line->addresses);
    line->usable = calloc(bank->address_count + 1, sizeof *line->usable);
    bool complete = line->addresses != NULL && line->usable != NULL;
    for (size_t i = 0; i < bank->address_count && complete; i++) {
        line->addresses[i] = strdup(bank->addresses[i]);
        complete = line->addresses[i] != NULL;
        line->address_count += complete;
    }
    if (!complete) {
        ib_line_free(line);
        return NULL;
    }
    return line;
}

static size_t sift_addresses(struct ib_line *line) {
    size_t count = 0;
    for (size_t i = 0; i < line->address_count; i++) {
        struct tw_address address;
        struct tw_error error = {0};
        if (tw_ok(tw_address_parse(line->addresses[i], &address, &error))) {
            line->usable[count++] = line->addresses[i];
        } else {
            tw_log(TW_LOG_WARN, "address of a peer is unusable", TW_INT("peer", line->peer->code),
                   TW_STR("reason", error.detail));
        }
    }
    return count;
}

static struct tw_status open_pool(struct ib_line *line, struct tw_error *ret_error) {
    const struct ib_peers *peers = line->peer->peers;
    const struct ib_peers_options *options = &peers->options;
    struct tw_pool_options pool = tw_pool_options_default;
    pool.addresses = line->usable;
    pool.address_count = sift_addresses(line);
    if (pool.address_count == 0) {
        tw_log(TW_LOG_WARN, "peer has no usable address", TW_INT("peer", line->peer->code));
        return tw_success();
    }
    pool.tls = peers->tls;
    pool.expect_kind = TW_ID_BANK;
    pool.expect_bank_code = line->peer->code;
    pool.connections_per_address = options->connections_per_address;
    pool.calls_max = options->calls_max;
    pool.calls_per_connection = options->calls_per_connection;
    pool.connect_ms = options->connect_ms;
    pool.silence_ms = options->silence_ms;
    pool.echo_idle_ms = options->echo_idle_ms;
    pool.echo_misses = options->echo_misses;
    pool.unavailable_ms = options->unavailable_ms;
    pool.hop_ms = options->hop_ms;
    pool.late_ms = options->late_ms;
    pool.backoff_min_ms = options->backoff_min_ms;
    pool.backoff_max_ms = options->backoff_max_ms;
    pool.on_sent = options->on_sent;
    pool.sent_context = options->context;
    pool.on_late = on_late;
    pool.on_up = on_up;
    pool.context = line;
    return tw_pool_new(peers->loop, &pool, &line->pool, ret_error);
}

struct tw_status ib_line_new(struct ib_peer *peer, const struct ib_peer_address_list *bank,
                             struct ib_line **ret_line, struct tw_error *ret_error) {
    struct ib_line *line = copy_line(peer, bank);
    if (line == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "addresses of a peer");
    }
    struct tw_status status = open_pool(line, ret_error);
    if (!tw_ok(status)) {
        ib_line_free(line);
        return status;
    }
    *ret_line = line;
    return status;
}

bool ib_line_has(const struct ib_line *line, const struct ib_peer_address_list *bank) {
    bool same = line->address_count == bank->address_count;
    for (size_t i = 0; i < bank->address_count && same; i++) {
        same = strcmp(line->addresses[i], bank->addresses[i]) == 0;
    }
    return same;
}
