/*
 * One connection of a pool and its health. The phases are in pool.h. One timer per link is set for
 * the next moment at which anything would have to be done about it; it is moved only forward in
 * time, so that a busy link costs no timer operations at all.
 */
#include <string.h>

#include "core/log.h"
#include "rpc/pool_parts.h"
#include "wire/relay.h"

#define TO(phase) (1u << TW_LINK_##phase)

static const unsigned allowed[TW_LINK_PHASE_COUNT] = {
    [TW_LINK_DOWN] = TO(CONNECTING),       [TW_LINK_CONNECTING] = TO(PROBING) | TO(DOWN),
    [TW_LINK_PROBING] = TO(UP) | TO(DOWN), [TW_LINK_UP] = TO(SUSPECT) | TO(LEAVING) | TO(DOWN),
    [TW_LINK_SUSPECT] = TO(UP) | TO(DOWN), [TW_LINK_LEAVING] = TO(DOWN),
};

static void move(struct tw_link *link, enum tw_link_phase phase) {
    tw_assert((allowed[link->phase] & (1u << phase)) != 0);
    bool counts = link->phase == TW_LINK_UP || phase == TW_LINK_UP;
    link->phase = phase;
    link->phase_us = tw_loop_now_us(link->pool->loop);
    if (counts) {
        tw_pool_watch_availability(link->pool);
    }
}

static const char *address_of(const struct tw_link *link) {
    return link->pool->options.addresses[link->address];
}

bool tw_link_takes_calls(const struct tw_link *link) {
    return link->phase == TW_LINK_UP && tw_stream_output(link->stream) != NULL &&
           link->in_flight < link->pool->options.calls_per_connection;
}

/* --- when something must be done ------------------------------------------------------------ */

static bool waits_for_something(const struct tw_link *link) {
    return link->in_flight > 0 || link->echoes > 0;
}

static int64_t due_us(const struct tw_link *link) {
    const struct tw_pool_options *options = &link->pool->options;
    switch (link->phase) {
    case TW_LINK_CONNECTING:
    case TW_LINK_PROBING:
        return link->phase_us + options->connect_ms * 1000;
    case TW_LINK_SUSPECT:
        return link->phase_us + options->silence_ms * 1000;
    case TW_LINK_UP:
    case TW_LINK_LEAVING:
        if (!waits_for_something(link)) {
            return link->heard_us + options->echo_idle_ms * 1000;
        }
        /* The first half of a silence passes without an echo; they share the other. */
        return link->silent_us + options->silence_ms * 500 +
               options->silence_ms * 500 * (int64_t)link->echoes / (int64_t)options->echo_misses;
    case TW_LINK_DOWN: /* the timer is the back-off */
    case TW_LINK_PHASE_COUNT:
    default:
        return INT64_MAX;
    }
}

static void watch(struct tw_link *link) {
    int64_t due = due_us(link);
    if (!link->timer.set || due < link->timer.due_us) {
        tw_loop_timer_set(link->pool->loop, &link->timer, due);
    }
}

/* --- sending -------------------------------------------------------------------------------- */

/* Ends the line and sends it; without memory for it (made is false) the link ends. */
static bool send_line(struct tw_link *link, struct tw_buffer *output, bool made) {
    if (!made || !tw_buffer_append(output, "\n", 1)) {
        tw_stream_close(link->stream, &(struct tw_error){.code = TW_E_NO_MEMORY});
        return false;
    }
    tw_stream_send(link->stream);
    return true;
}

bool tw_link_send(struct tw_link *link, int64_t id, const struct tw_call *call, int64_t left_ms) {
    struct tw_buffer *output = tw_stream_output(link->stream);
    const struct tw_text params = {tw_buffer_head(&call->text), tw_buffer_length(&call->text)};
    return output != NULL &&
           send_line(link, output,
                     tw_envelope_write_request(output, id, call->method, left_ms, params));
}

void tw_link_call_added(struct tw_link *link) {
    bool waited = waits_for_something(link);
    link->in_flight++;
    if (waited) {
        return;
    }
    link->silent_us = tw_loop_now_us(link->pool->loop);
    watch(link);
}

/* A repeated echo has the same id: whichever is answered first, the server lives. */
static void send_echo(struct tw_link *link) {
    struct tw_buffer *output = tw_stream_output(link->stream);
    int64_t id = link->echoes > 0 ? link->echo_id : tw_pool_echo_id(link->pool);
    bool waits = waits_for_something(link);
    if (output == NULL ||
        !send_line(link, output,
                   tw_envelope_write_echo(output, id, link->pool->options.echo_method))) {
        return;
    }
    link->echoes++;
    link->echo_id = id;
    if (!waits) {
        link->silent_us = tw_loop_now_us(link->pool->loop);
    }
    watch(link);
}

/* --- health --------------------------------------------------------------------------------- */

/* A silent server is suspected on all its connections: none of them gets the repeated calls. */
static void suspect_address(struct tw_link *silent) {
    struct tw_pool *pool = silent->pool;
    tw_log(TW_LOG_WARN, "server is silent", TW_STR("address", address_of(silent)),
           TW_INT("calls", (int64_t)silent->in_flight));
    for (size_t i = 0; i < pool->link_count; i++) {
        struct tw_link *link = &pool->links[i];
        if (link->address != silent->address || link->phase != TW_LINK_UP) {
            continue;
        }
        move(link, TW_LINK_SUSPECT);
        if (link->echoes == 0) {
            send_echo(link);
        }
        watch(link);
    }
    for (size_t i = 0; i < pool->link_count; i++) {
        if (pool->links[i].phase == TW_LINK_SUSPECT) {
            tw_pool_requeue(&pool->links[i]);
        }
    }
    tw_pool_dispatch(pool);
}

static void close_link(struct tw_link *link, enum tw_code code, const char *reason) {
    struct tw_error error = {0};
    (void)tw_fail(&error, code, "%s", reason);
    tw_stream_close(link->stream, &error);
}

static void connect_link(struct tw_link *link);

static void on_timer(void *context) {
    struct tw_link *link = context;
    if (link->phase == TW_LINK_DOWN &&
        tw_loop_now_us(link->pool->loop) < link->pool->cut_until_us) {
        tw_loop_timer_set(link->pool->loop, &link->timer, link->pool->cut_until_us);
        return;
    }
    if (link->phase == TW_LINK_DOWN) {
        connect_link(link);
        return;
    }
    if (tw_loop_now_us(link->pool->loop) < due_us(link)) {
        watch(link);
        return;
    }
    switch (link->phase) {
    case TW_LINK_UP:
        if (link->echoes >= link->pool->options.echo_misses) {
            suspect_address(link);
        } else {
            send_echo(link);
        }
        return;
    case TW_LINK_LEAVING:
    case TW_LINK_CONNECTING:
    case TW_LINK_PROBING:
    case TW_LINK_SUSPECT:
        close_link(link, TW_E_IO, "no answer");
        return;
    case TW_LINK_DOWN:
    case TW_LINK_PHASE_COUNT:
    default:
        return;
    }
}

void tw_link_leaving(struct tw_link *link) {
    if (link->phase != TW_LINK_UP) {
        return;
    }
    tw_log(TW_LOG_INFO, "server is shutting down", TW_STR("address", address_of(link)));
    move(link, TW_LINK_LEAVING);
    watch(link);
}

/* --- what the stream says ------------------------------------------------------------------- */

static struct tw_status check_server(const struct tw_link *link, struct tw_error *ret_error) {
    const struct tw_pool_options *options = &link->pool->options;
    struct tw_identity peer = {0};
    X509 *certificate = SSL_get0_peer_certificate(tw_stream_session(link->stream));
    struct tw_status status = tw_identity_of(certificate, &peer, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (peer.kind != options->expect_kind ||
        (options->expect_bank_code != 0 && peer.bank_code != options->expect_bank_code)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "%s is not who should be there", peer.text);
    }
    /* The handshake looked at the CRL of its beginning; a reload may have overtaken it. */
    return tw_tls_still_valid(options->tls, tw_stream_session(link->stream), ret_error);
}

static void on_open(void *context) {
    struct tw_link *link = context;
    struct tw_error error = {0};
    if (!tw_ok(check_server(link, &error))) {
        tw_stream_close(link->stream, &error);
        return;
    }
    move(link, TW_LINK_PROBING);
    link->heard_us = link->phase_us;
    send_echo(link);
}

static void heard(struct tw_link *link) {
    link->heard_us = tw_loop_now_us(link->pool->loop);
    link->silent_us = link->heard_us;
    if (link->phase != TW_LINK_SUSPECT) {
        return;
    }
    tw_log(TW_LOG_INFO, "server speaks again", TW_STR("address", address_of(link)));
    move(link, TW_LINK_UP);
    watch(link);
    tw_pool_dispatch(link->pool);
}

static void on_echo(struct tw_link *link, const json_t *rpc_error) {
    if (link->echoes == 0) {
        return;
    }
    link->echoes = 0;
    if (rpc_error != NULL) {
        close_link(link, TW_E_PEER, "the server refuses echoes");
        return;
    }
    if (link->phase != TW_LINK_PROBING) {
        return;
    }
    if (link->failures > 0) {
        tw_log(TW_LOG_INFO, "server is up", TW_STR("address", address_of(link)));
    }
    link->failures = 0;
    link->pool->counters.links_up++;
    move(link, TW_LINK_UP);
    watch(link);
    tw_pool_dispatch(link->pool);
}

static void on_parsed_line(struct tw_link *link, struct tw_text line,
                           struct tw_json_limits limits) {
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_error error = {0};
    json_t *result = NULL;
    json_t *rpc_error = NULL;
    int64_t id = 0;
    struct tw_status status = tw_json_parse(line.bytes, line.length, limits, &document, &error);
    if (tw_ok(status)) {
        status = tw_envelope_answer(document, &id, &result, &rpc_error, &error);
    }
    if (!tw_ok(status)) {
        tw_stream_close(link->stream, &error);
        return;
    }
    heard(link);
    if (id == link->echo_id) {
        on_echo(link, rpc_error);
    } else {
        tw_pool_answered(link, id, result, rpc_error);
    }
}

static void on_line(void *context, const char *bytes, size_t length) {
    struct tw_link *link = context;
    const struct tw_text line = {bytes, length};
    struct tw_json_limits limits = TW_JSON_LIMITS_DEFAULT;
    struct tw_text result;
    int64_t id = 0;
    limits.bytes = link->pool->options.line_max;
    struct tw_call *call = NULL;
    if (tw_relay_answer(line, limits, &id, &result)) {
        heard(link);
        call = tw_pool_relaying(link, id);
    }
    if (call != NULL) {
        tw_pool_relayed(call, result);
    } else {
        on_parsed_line(link, line, limits);
    }
}

static void on_too_long(void *context) {
    close_link(context, TW_E_PEER, "an answer is too long");
}

static void on_end(void *context, bool unfinished) {
    close_link(context, TW_E_IO, unfinished ? "closed within a line" : "closed by the server");
}

static void on_flushed(void *context) {
    tw_pool_flushed(context);
}

/* After the n-th failure in a row: min * 2^(n-1), at most max, of which a random half is waited. */
static void back_off(struct tw_link *link) {
    const struct tw_pool_options *options = &link->pool->options;
    int64_t delay_us = options->backoff_min_ms * 1000;
    for (unsigned i = 0; i < link->failures && delay_us < options->backoff_max_ms * 1000; i++) {
        delay_us *= 2;
    }
    if (delay_us > options->backoff_max_ms * 1000) {
        delay_us = options->backoff_max_ms * 1000;
    }
    const struct tw_random *random = tw_loop_random(link->pool->loop);
    uint32_t dice = 0;
    random->fill(random->context, &dice, sizeof dice);
    int64_t half_us = delay_us / 2;
    link->failures++;
    tw_loop_timer_set(link->pool->loop, &link->timer,
                      tw_loop_now_us(link->pool->loop) + half_us + (int64_t)dice % (half_us + 1));
}

static void on_closed(void *context, const struct tw_error *why) {
    struct tw_link *link = context;
    if (link->failures == 0 || link->logged != why->code) {
        tw_log(TW_LOG_WARN, "server lost", TW_STR("address", address_of(link)),
               TW_STR("reason", why->detail), TW_INT("calls", (int64_t)link->in_flight));
    }
    link->logged = why->code;
    link->pool->counters.links_lost++;
    link->stream = NULL;
    link->echoes = 0;
    link->unasked_logged = false;
    move(link, TW_LINK_DOWN);
    back_off(link);
    tw_pool_requeue(link);
    tw_pool_dispatch(link->pool);
}

static const struct tw_stream_events events = {
    .on_open = on_open,
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_flushed = on_flushed,
    .on_closed = on_closed,
};

/* --- coming and going ----------------------------------------------------------------------- */

static void connect_link(struct tw_link *link) {
    struct tw_pool *pool = link->pool;
    const struct tw_stream_options options = {
        .loop = pool->loop,
        .tls = pool->options.tls,
        .limits = &pool->stream_limits,
        .events = &events,
        .context = link,
    };
    struct tw_error error = {0};
    if (!tw_ok(
            tw_stream_connect(&options, &pool->addresses[link->address], &link->stream, &error))) {
        tw_log(TW_LOG_WARN, "cannot connect", TW_STR("address", address_of(link)),
               TW_STR("reason", error.detail));
        link->stream = NULL;
        back_off(link);
        return;
    }
    move(link, TW_LINK_CONNECTING);
    watch(link);
}

void tw_link_start(struct tw_link *link) {
    link->timer = (struct tw_timer){.run = on_timer, .context = link};
    connect_link(link);
}

void tw_link_free(struct tw_link *link) {
    tw_loop_timer_clear(link->pool->loop, &link->timer);
    tw_stream_free(link->stream);
    link->stream = NULL;
}

void tw_link_cut(struct tw_link *link) {
    if (link->stream != NULL) {
        close_link(link, TW_E_IO, "cut");
    }
}

void tw_link_recheck(struct tw_link *link) {
    struct tw_error error = {0};
    if (link->phase < TW_LINK_PROBING) {
        return;
    }
    if (!tw_ok(
            tw_tls_still_valid(link->pool->options.tls, tw_stream_session(link->stream), &error))) {
        tw_stream_close(link->stream, &error);
    }
}
