/*
 * The directory changes rarely, so a new list of addresses simply gets a new line and the old one
 * is retired: it takes no new calls, and a timer frees it when its last call has ended. Moving
 * calls between pools was rejected: an answer on its way to the old one would be lost, and with it
 * the knowledge of what the peer did. A peer without any line left goes the same way. There are
 * few banks: a list is searched.
 */
#include <stdlib.h>

#include "core/log.h"
#include "peer/peers_parts.h"

enum { REAP_US = 1000000 };

const struct ib_peers_options ib_peers_options_default = {
    .connections_per_address = 2,
    .calls_max = 4096,
    .calls_per_connection = 512,
    .connect_ms = 3000,
    .silence_ms = 3000,
    .echo_idle_ms = 30000,
    .echo_misses = 3,
    .unavailable_ms = 3000,
    .hop_ms = 50,
    .late_ms = 30000,
    .backoff_min_ms = 100,
    .backoff_max_ms = 5000,
};

struct ib_peer *ib_peers_find(const struct ib_peers *peers, int32_t code) {
    struct ib_peer *peer = peers->first;
    while (peer != NULL && peer->code != code) {
        peer = peer->next;
    }
    return peer;
}

static struct ib_line *find_line(const struct ib_peers *peers, int32_t code) {
    const struct ib_peer *peer = ib_peers_find(peers, code);
    return peer != NULL ? peer->line : NULL;
}

/* --- the set -------------------------------------------------------------------------------- */

static void tell_up(void *context) {
    const struct ib_peer *peer = context;
    const struct ib_peers_options *options = &peer->peers->options;
    if (peer->line != NULL && options->on_up != NULL) {
        options->on_up(options->context, peer->code);
    }
}

static void retire(struct ib_peer *peer) {
    struct ib_peers *peers = peer->peers;
    peer->line->next = peer->retired;
    peer->retired = peer->line;
    peer->line = NULL;
    if (!peers->reap.set) {
        tw_loop_timer_set(peers->loop, &peers->reap, tw_loop_now_us(peers->loop) + REAP_US);
    }
}

/* The peer of this code, a new one if need be; NULL without memory. */
static struct ib_peer *obtain_peer(struct ib_peers *peers, int32_t code) {
    struct ib_peer *peer = ib_peers_find(peers, code);
    if (peer != NULL) {
        return peer;
    }
    peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return NULL;
    }
    *peer = (struct ib_peer){.peers = peers,
                             .code = code,
                             .up = {.run = tell_up, .context = peer},
                             .next = peers->first};
    peers->first = peer;
    return peer;
}

static struct tw_status use_addresses(struct ib_peer *peer, const struct ib_peer_address_list *bank,
                                      struct tw_error *ret_error) {
    if (peer->line != NULL && ib_line_has(peer->line, bank)) {
        return tw_success();
    }
    struct ib_line *line = NULL;
    struct tw_status status = ib_line_new(peer, bank, &line, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    tw_log(TW_LOG_INFO, peer->line != NULL ? "peer has other addresses" : "peer is known",
           TW_INT("peer", peer->code), TW_INT("addresses", (int64_t)bank->address_count));
    if (peer->line != NULL) {
        retire(peer);
    }
    peer->line = line;
    return status;
}

static struct tw_status set_bank(struct ib_peers *peers, const struct ib_peer_address_list *bank,
                                 struct tw_error *ret_error) {
    struct ib_peer *peer = obtain_peer(peers, bank->bank_code);
    if (peer == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "peer");
    }
    peer->wanted = true;
    return use_addresses(peer, bank, ret_error);
}

struct tw_status ib_peers_set(struct ib_peers *peers, const struct ib_peer_address_list *banks,
                              size_t count, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (struct ib_peer *peer = peers->first; peer != NULL; peer = peer->next) {
        peer->wanted = false;
    }
    for (size_t i = 0; i < count && tw_ok(status); i++) {
        if (banks[i].bank_code != peers->own_code) {
            status = set_bank(peers, &banks[i], ret_error);
        }
    }
    if (!tw_ok(status)) {
        return status;
    }
    for (struct ib_peer *peer = peers->first; peer != NULL; peer = peer->next) {
        if (!peer->wanted && peer->line != NULL) {
            tw_log(TW_LOG_INFO, "peer is gone", TW_INT("peer", peer->code));
            retire(peer);
        }
    }
    return status;
}

/* --- retirement ----------------------------------------------------------------------------- */

static void reap_lines(struct ib_peer *peer) {
    struct ib_line **place = &peer->retired;
    while (*place != NULL) {
        struct ib_line *line = *place;
        if (line->pool != NULL && tw_pool_counters(line->pool).open > 0) {
            place = &line->next;
            continue;
        }
        *place = line->next;
        ib_line_count(&peer->before, line);
        ib_line_free(line);
    }
}

static void free_peer(struct ib_peer *peer) {
    tw_loop_undefer(peer->peers->loop, &peer->up);
    ib_line_free(peer->line);
    while (peer->retired != NULL) {
        struct ib_line *line = peer->retired;
        peer->retired = line->next;
        ib_line_free(line);
    }
    free(peer);
}

static void on_reap(void *context) {
    struct ib_peers *peers = context;
    struct ib_peer **place = &peers->first;
    bool more = false;
    while (*place != NULL) {
        struct ib_peer *peer = *place;
        reap_lines(peer);
        more = more || peer->retired != NULL;
        if (peer->line == NULL && peer->retired == NULL) {
            *place = peer->next;
            free_peer(peer);
        } else {
            place = &peer->next;
        }
    }
    if (more) {
        tw_loop_timer_set(peers->loop, &peers->reap, tw_loop_now_us(peers->loop) + REAP_US);
    }
}

/* --- calls ---------------------------------------------------------------------------------- */

bool ib_peers_known(const struct ib_peers *peers, int32_t bank_code) {
    return find_line(peers, bank_code) != NULL;
}

size_t ib_peers_up(const struct ib_peers *peers, int32_t bank_code) {
    const struct ib_line *line = find_line(peers, bank_code);
    return line != NULL && line->pool != NULL ? tw_pool_up(line->pool) : 0;
}

static void refuse(tw_answer_fn callback, void *context, enum tw_code code, const char *reason) {
    struct tw_error error = {0};
    const struct tw_answer answer = {
        .status = tw_fail(&error, code, "%s", reason), .error = &error, .nothing_sent = true};
    callback(context, &answer);
}

void ib_peers_call(struct ib_peers *peers, int32_t bank_code, const char *method, json_t *params,
                   int64_t deadline_us, tw_answer_fn callback, void *context) {
    const struct ib_line *line = find_line(peers, bank_code);
    if (peers->closing) {
        refuse(callback, context, TW_E_SHUTTING_DOWN, "shutting down");
    } else if (line == NULL) {
        refuse(callback, context, TW_E_NO_ROUTE, "no such bank is known here");
    } else if (line->pool == NULL) {
        refuse(callback, context, TW_E_UNAVAILABLE, "the bank has no usable address");
    } else {
        tw_pool_call(line->pool, method, params, deadline_us, callback, context);
    }
}

void ib_peers_recheck(struct ib_peers *peers) {
    for (const struct ib_peer *peer = peers->first; peer != NULL; peer = peer->next) {
        if (peer->line != NULL && peer->line->pool != NULL) {
            tw_pool_recheck_peers(peer->line->pool);
        }
        for (const struct ib_line *line = peer->retired; line != NULL; line = line->next) {
            if (line->pool != NULL) {
                tw_pool_recheck_peers(line->pool);
            }
        }
    }
}

/* --- lifecycle ------------------------------------------------------------------------------ */

struct tw_status ib_peers_new(struct tw_loop *loop, struct tw_tls *tls, int32_t own_bank_code,
                              const struct ib_peers_options *options, struct ib_peers **ret_peers,
                              struct tw_error *ret_error) {
    struct ib_peers *peers = calloc(1, sizeof *peers);
    if (peers == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "peers");
    }
    *peers = (struct ib_peers){.loop = loop,
                               .tls = tls,
                               .own_code = own_bank_code,
                               .options = *options,
                               .reap = {.run = on_reap, .context = peers}};
    *ret_peers = peers;
    return tw_success();
}

void ib_peers_free(struct ib_peers *peers) {
    if (peers == NULL) {
        return;
    }
    peers->closing = true;
    tw_loop_timer_clear(peers->loop, &peers->reap);
    while (peers->first != NULL) {
        struct ib_peer *peer = peers->first;
        peers->first = peer->next;
        free_peer(peer);
    }
    free(peers);
}
