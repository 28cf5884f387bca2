/*
 * A pair lives as long as one of its connections. rl_pair_settle is the one place that decides what
 * follows when a side has ended: what is still on its way towards the side that is left goes there
 * first, as it would on a wire.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "relay/relay_parts.h"

enum { EARLY_BYTES_MAX = 4 << 20, HANDSHAKE_MS = 10000 };

static const struct tw_stream_limits limits = {
    .line_max = RL_LINE_MAX, .output_max = 16 << 20, .handshake_ms = HANDSHAKE_MS};

/* --- its life ------------------------------------------------------------------------------- */

static struct rl_pair *pair_new(struct rl_door *door) {
    struct rl_link *link = door->link;
    struct rl_pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL) {
        return NULL;
    }
    pair->link = link;
    pair->one_target = link->config->listen_count == link->config->to_count;
    pair->target = pair->one_target ? door->index : link->next_target++ % link->config->to_count;
    pair->next = link->pairs;
    if (link->pairs != NULL) {
        link->pairs->previous = pair;
    }
    link->pairs = pair;
    link->pair_count++;
    return pair;
}

void rl_pair_free(struct rl_pair *pair) {
    struct rl_link *link = pair->link;
    tw_loop_undefer(link->relay->loop, &pair->reap);
    rl_traffic_cut(pair, RL_REQUEST);
    rl_traffic_cut(pair, RL_ANSWER);
    rl_traffic_forget_calls(pair);
    tw_stream_free(pair->near);
    tw_stream_free(pair->far);
    tw_buffer_free(&pair->early);
    if (pair->next != NULL) {
        pair->next->previous = pair->previous;
    }
    *(pair->previous != NULL ? &pair->previous->next : &link->pairs) = pair->next;
    link->pair_count--;
    free(pair);
}

static void close_stream(struct tw_stream *stream) {
    if (stream != NULL) {
        tw_stream_close(stream, NULL);
    }
}

void rl_pair_close(struct rl_pair *pair) {
    close_stream(pair->near);
    close_stream(pair->far);
}

static void log_end(const struct rl_pair *pair, const char *message, const char *reason) {
    tw_log(TW_LOG_WARN, message, TW_STR("link", pair->link->config->name),
           TW_STR("reason", reason));
}

/* Lines that came before there was anywhere to pass them to. */
static void replay_early(struct rl_pair *pair) {
    struct tw_buffer early = pair->early;
    pair->early = (struct tw_buffer){0};
    while (tw_buffer_length(&early) > 0) {
        const char *line = tw_buffer_head(&early);
        const char *end = memchr(line, '\n', tw_buffer_length(&early));
        tw_assert(end != NULL);
        size_t length = (size_t)(end - line);
        rl_traffic_arrive(pair, RL_REQUEST, line, length);
        tw_buffer_consume(&early, length + 1);
    }
    tw_buffer_free(&early);
}

void rl_pair_settle(struct rl_pair *pair) {
    if (pair->replaying) {
        return;
    }
    if (pair->near == NULL) {
        rl_traffic_cut(pair, RL_ANSWER);
    }
    if (pair->far_over && pair->far == NULL) {
        rl_traffic_cut(pair, RL_REQUEST);
    }
    bool asks = rl_traffic_waits(pair, RL_REQUEST);
    bool tells = rl_traffic_waits(pair, RL_ANSWER);
    bool idle = !asks && !tells && pair->calls == NULL && tw_buffer_length(&pair->early) == 0;
    if (pair->near != NULL && ((pair->far_over && !tells) || (pair->near_ended && idle))) {
        tw_stream_end(pair->near, NULL);
    }
    if (pair->far != NULL && ((pair->near == NULL && !asks) || (pair->far_over && !tells) ||
                              (pair->near_ended && idle))) {
        tw_stream_end(pair->far, NULL);
    }
    if (pair->near == NULL && pair->far == NULL) {
        tw_loop_defer(pair->link->relay->loop, &pair->reap);
    }
}

static void reap(void *context) {
    rl_pair_free(context);
}

/* --- the far side: the target --------------------------------------------------------------- */

static void connect_far(struct rl_pair *pair);

static void on_far_open(void *context) {
    struct rl_pair *pair = context;
    const struct rl_link_config *config = pair->link->config;
    struct tw_identity target = {0};
    struct tw_error error = {0};
    X509 *certificate = SSL_get0_peer_certificate(tw_stream_session(pair->far));
    struct tw_status status = tw_identity_of(certificate, &target, &error);
    if (tw_ok(status) && config->expect != TW_ID_NONE && target.kind != config->expect) {
        status = tw_fail(&error, TW_E_IDENTITY, "%s is of another kind", target.text);
    }
    if (!tw_ok(status)) {
        log_end(pair, "target refused", error.detail);
        rl_pair_close(pair);
        return;
    }
    pair->far_was_open = true;
    pair->replaying = true;
    replay_early(pair);
    pair->replaying = false;
    rl_pair_settle(pair);
}

static void on_far_line(void *context, const char *bytes, size_t length) {
    rl_traffic_arrive(context, RL_ANSWER, bytes, length);
}

static void on_too_long(void *context) {
    struct rl_pair *pair = context;
    log_end(pair, "connection closed", "a line is too long");
    rl_pair_close(pair);
}

static void on_far_end(void *context, bool unfinished) {
    (void)unfinished;
    struct rl_pair *pair = context;
    pair->far_over = true;
    rl_pair_settle(pair);
}

static void on_far_closed(void *context, const struct tw_error *why) {
    struct rl_pair *pair = context;
    pair->far = NULL;
    if (!pair->far_was_open && pair->near != NULL && !pair->far_over) {
        log_end(pair, "target not reached", why->detail);
        connect_far(pair);
        return;
    }
    pair->far_over = true;
    rl_pair_settle(pair);
}

static const struct tw_stream_events far_events = {
    .on_open = on_far_open,
    .on_line = on_far_line,
    .on_too_long = on_too_long,
    .on_end = on_far_end,
    .on_closed = on_far_closed,
};

/* No target is left to try. */
static void give_up(struct rl_pair *pair) {
    pair->far_over = true;
    pair->replaying = true;
    replay_early(pair);
    pair->replaying = false;
    rl_pair_settle(pair);
}

static void connect_far(struct rl_pair *pair) {
    struct rl_link *link = pair->link;
    const struct tw_stream_options options = {.loop = link->relay->loop,
                                              .tls = link->client,
                                              .limits = &limits,
                                              .events = &far_events,
                                              .context = pair};
    size_t choices = pair->one_target ? 1 : link->config->to_count;
    while (pair->tries < choices) {
        size_t target = (pair->target + pair->tries++) % link->config->to_count;
        struct tw_error error = {0};
        if (tw_ok(tw_stream_connect(&options, &link->targets[target], &pair->far, &error))) {
            return;
        }
        log_end(pair, "target not reached", error.detail);
    }
    give_up(pair);
}

/* --- the near side: who calls ---------------------------------------------------------------- */

static void on_near_open(void *context) {
    struct rl_pair *pair = context;
    const struct rl_link *link = pair->link;
    struct tw_identity caller = {0};
    struct tw_error error = {0};
    X509 *certificate = SSL_get0_peer_certificate(tw_stream_session(pair->near));
    struct tw_status status = tw_identity_of(certificate, &caller, &error);
    if (tw_ok(status) && strcmp(caller.text, link->source.text) != 0) {
        status = tw_fail(&error, TW_E_IDENTITY, "%s is not the link's source", caller.text);
    }
    if (!tw_ok(status)) {
        log_end(pair, "caller refused", error.detail);
        tw_stream_close(pair->near, &error);
    } else if (link->cut == RL_OPEN) {
        connect_far(pair);
    }
}

static void on_near_line(void *context, const char *bytes, size_t length) {
    struct rl_pair *pair = context;
    if (pair->far_was_open || pair->far_over || pair->link->cut != RL_OPEN) {
        rl_traffic_arrive(pair, RL_REQUEST, bytes, length);
        return;
    }
    bool kept = tw_buffer_length(&pair->early) + length < EARLY_BYTES_MAX &&
                tw_buffer_append(&pair->early, bytes, length) &&
                tw_buffer_append(&pair->early, "\n", 1);
    if (!kept) {
        log_end(pair, "connection closed", "too much before the target answered");
        rl_pair_close(pair);
    }
}

static void on_near_end(void *context, bool unfinished) {
    (void)unfinished;
    struct rl_pair *pair = context;
    pair->near_ended = true;
    rl_pair_settle(pair);
}

static void on_near_closed(void *context, const struct tw_error *why) {
    (void)why;
    struct rl_pair *pair = context;
    pair->near = NULL;
    rl_pair_settle(pair);
}

static const struct tw_stream_events near_events = {
    .on_open = on_near_open,
    .on_line = on_near_line,
    .on_too_long = on_too_long,
    .on_end = on_near_end,
    .on_closed = on_near_closed,
};

void rl_pair_accept(struct rl_door *door, int fd) {
    struct rl_link *link = door->link;
    struct rl_pair *pair = pair_new(door);
    struct tw_error error = {.detail = "out of memory"};
    if (pair == NULL) {
        (void)close(fd);
        return;
    }
    pair->reap = (struct tw_task){.run = reap, .context = pair};
    const struct tw_stream_options options = {.loop = link->relay->loop,
                                              .tls = link->server,
                                              .limits = &limits,
                                              .events = &near_events,
                                              .context = pair};
    if (!tw_ok(tw_stream_accept(&options, fd, &pair->near, &error))) {
        log_end(pair, "connection refused", error.detail);
        rl_pair_free(pair);
    }
}
