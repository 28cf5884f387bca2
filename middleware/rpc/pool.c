/*
 * Calls live in slots allocated at start. The id on the wire is generation and slot, 52 bits, so
 * that any JSON reader keeps it exact and an answer finds its call without a search. A call that is
 * sent again gets a new generation: what the lost server may still say about it finds nothing.
 */
#include "rpc/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "rpc/pool_parts.h"

enum { SLOT_BITS = 20, SLOT_MASK = (1 << SLOT_BITS) - 1, ECHO_SLOT = SLOT_MASK, SENDS_MAX = 4 };

const struct tw_pool_options tw_pool_options_default = {
    .expect_kind = TW_ID_NONE,
    .connections_per_address = 2,
    .calls_max = 8192,
    .calls_per_connection = 512,
    .line_max = 262144,
    .connect_ms = 3000,
    .silence_ms = 2000,
    .echo_idle_ms = 30000,
    .echo_misses = 1,
    .unavailable_ms = 3000,
    .hop_ms = 50,
    .backoff_min_ms = 100,
    .backoff_max_ms = 2000,
    .echo_method = "rpc.ping",
};

/* --- lists and slots ------------------------------------------------------------------------ */

static void list_append(struct tw_call_list *list, struct tw_call *call) {
    call->next = NULL;
    call->previous = list->last;
    if (list->last != NULL) {
        list->last->next = call;
    } else {
        list->first = call;
    }
    list->last = call;
}

static void list_prepend(struct tw_call_list *list, struct tw_call *call) {
    call->previous = NULL;
    call->next = list->first;
    if (list->first != NULL) {
        list->first->previous = call;
    } else {
        list->last = call;
    }
    list->first = call;
}

static void list_remove(struct tw_call_list *list, struct tw_call *call) {
    if (call->previous != NULL) {
        call->previous->next = call->next;
    } else {
        list->first = call->next;
    }
    if (call->next != NULL) {
        call->next->previous = call->previous;
    } else {
        list->last = call->previous;
    }
    call->next = NULL;
    call->previous = NULL;
}

static int64_t wire_id(const struct tw_pool *pool, const struct tw_call *call) {
    return ((int64_t)call->generation << SLOT_BITS) | (call - pool->calls);
}

int64_t tw_pool_echo_id(struct tw_pool *pool) {
    return ((int64_t)pool->echo_count++ << SLOT_BITS) | ECHO_SLOT;
}

static struct tw_call *find_call(const struct tw_link *link, int64_t id) {
    const struct tw_pool *pool = link->pool;
    size_t slot = (size_t)(id & SLOT_MASK);
    if (id < 0 || slot >= pool->options.calls_max) {
        return NULL;
    }
    struct tw_call *call = &pool->calls[slot];
    bool same = call->phase == TW_CALL_SENT && call->link == link && wire_id(pool, call) == id;
    return same ? call : NULL;
}

/* From wherever the call is; it is nowhere then. */
static void detach(struct tw_call *call) {
    switch (call->phase) {
    case TW_CALL_QUEUED:
        list_remove(&call->pool->queue, call);
        return;
    case TW_CALL_SENT:
        list_remove(&call->link->calls, call);
        call->link->in_flight--;
        call->link = NULL;
        return;
    case TW_CALL_FREE:
    default:
        tw_assert(false);
    }
}

/* --- ends ----------------------------------------------------------------------------------- */

static void release(struct tw_call *call) {
    struct tw_pool *pool = call->pool;
    detach(call);
    tw_loop_timer_clear(pool->loop, &call->deadline);
    tw_buffer_free(&call->text);
    json_decref(call->params);
    call->params = NULL;
    call->phase = TW_CALL_FREE;
    call->generation++;
    call->next = pool->free_calls;
    pool->free_calls = call;
    pool->counters.open--;
}

/* Tells a failure of ours; nothing_sent: no server can have seen the request. */
static void tell_failure(const struct tw_receiver *receiver, enum tw_code code, const char *reason,
                         bool nothing_sent) {
    struct tw_error error = {0};
    struct tw_status status = tw_fail(&error, code, "%s", reason);
    if (receiver->callback != NULL) {
        receiver->callback(
            receiver->context,
            &(struct tw_answer){.status = status, .error = &error, .nothing_sent = nothing_sent});
    } else {
        tw_assert(receiver->relayed != NULL);
        receiver->relayed(receiver->context,
                          &(struct tw_relayed){.status = status, .error = &error});
    }
}

/* A parsed answer for somebody who wants text. */
static void tell_dumped(const struct tw_receiver *receiver, const struct tw_answer *answer) {
    const bool is_error = answer->rpc_error != NULL;
    char *text =
        json_dumps(is_error ? answer->rpc_error : answer->result, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        tell_failure(receiver, TW_E_NO_MEMORY, "answer", false);
        return;
    }
    receiver->relayed(receiver->context, &(struct tw_relayed){.status = tw_success(),
                                                              .is_error = is_error,
                                                              .content = {text, strlen(text)}});
    free(text);
}

/* The slot is free before the callback, which may make the next call. */
static void end_call(struct tw_call *call, const struct tw_answer *answer) {
    const struct tw_receiver receiver = call->receiver;
    release(call);
    if (receiver.callback != NULL) {
        receiver.callback(receiver.context, answer);
    } else {
        tell_dumped(&receiver, answer);
    }
}

static void end_with_error(struct tw_call *call, enum tw_code code, const char *reason) {
    const struct tw_receiver receiver = call->receiver;
    bool given_up = call->given_up;
    bool nothing_sent = call->sends == 0;
    release(call);
    if (!given_up) {
        tell_failure(&receiver, code, reason, nothing_sent);
    }
}

/* The caller goes on without us; the call stays where it is, for the answer that may come late. */
static void give_up(struct tw_call *call) {
    struct tw_pool *pool = call->pool;
    call->given_up = true;
    tw_loop_timer_set(pool->loop, &call->deadline,
                      call->deadline_us + pool->options.late_ms * 1000);
    tell_failure(&call->receiver, TW_E_DEADLINE, "no answer in time", false);
}

static void on_deadline(void *context) {
    struct tw_call *call = context;
    struct tw_pool *pool = call->pool;
    if (call->given_up) {
        release(call);
        return;
    }
    pool->counters.expired++;
    if (call->phase == TW_CALL_QUEUED && tw_pool_up(pool) == 0) {
        end_with_error(call, TW_E_UNAVAILABLE, "no server is up");
    } else if (call->phase == TW_CALL_SENT && pool->options.on_late != NULL) {
        give_up(call);
    } else {
        end_with_error(call, TW_E_DEADLINE, "no answer in time");
    }
}

static bool says_shutting_down(const json_t *rpc_error) {
    const json_t *code = json_object_get(rpc_error, "code");
    return json_integer_value(code) == tw_code_json_rpc(TW_E_SHUTTING_DOWN);
}

static void requeue(struct tw_call *call) {
    struct tw_pool *pool = call->pool;
    if (call->given_up) {
        release(call);
        return;
    }
    detach(call);
    call->phase = TW_CALL_QUEUED;
    call->generation++;
    list_prepend(&pool->queue, call);
    if (call->sends >= SENDS_MAX) {
        end_with_error(call, TW_E_UNAVAILABLE, "servers were lost under this call");
    }
}

void tw_pool_requeue(struct tw_link *link) {
    while (link->calls.last != NULL) {
        requeue(link->calls.last);
    }
}

/* The call had another server's answer, or was given up too long ago, or there was none. */
static void log_unasked(struct tw_link *link, int64_t id) {
    if (!link->unasked_logged) {
        tw_log(TW_LOG_WARN, "answer to no open call",
               TW_STR("address", link->pool->options.addresses[link->address]), TW_INT("id", id));
    }
    link->unasked_logged = true;
}

static void answered_late(struct tw_call *call, const struct tw_answer *answer) {
    const struct tw_pool_options *options = &call->pool->options;
    call->pool->counters.late_answers++;
    options->on_late(options->context, call->method, call->params, answer);
    release(call);
}

void tw_pool_answered(struct tw_link *link, int64_t id, json_t *result, json_t *rpc_error) {
    struct tw_pool *pool = link->pool;
    struct tw_call *call = find_call(link, id);
    const struct tw_answer answer = {
        .status = tw_success(), .result = result, .rpc_error = rpc_error};
    if (call == NULL) {
        pool->counters.late_answers++;
        log_unasked(link, id);
        return;
    }
    if (rpc_error != NULL && says_shutting_down(rpc_error)) {
        requeue(call);
        tw_link_leaving(link);
    } else if (call->given_up) {
        answered_late(call, &answer);
    } else {
        pool->counters.answers++;
        end_call(call, &answer);
    }
    if (pool->queue.first != NULL) {
        tw_pool_dispatch(pool);
    }
}

struct tw_call *tw_pool_relaying(const struct tw_link *link, int64_t id) {
    struct tw_call *call = find_call(link, id);
    return call != NULL && call->receiver.relayed != NULL ? call : NULL;
}

void tw_pool_relayed(struct tw_call *call, struct tw_text result) {
    struct tw_pool *pool = call->pool;
    pool->counters.answers++;
    const struct tw_receiver receiver = call->receiver;
    release(call);
    receiver.relayed(receiver.context,
                     &(struct tw_relayed){.status = tw_success(), .content = result});
    if (pool->queue.first != NULL) {
        tw_pool_dispatch(pool);
    }
}

void tw_pool_flushed(struct tw_link *link) {
    const struct tw_pool_options *options = &link->pool->options;
    for (struct tw_call *call = link->calls.last; call != NULL && !call->flushed;
         call = call->previous) {
        call->flushed = true;
        if (options->on_sent != NULL) {
            options->on_sent(options->sent_context, call->method);
        }
    }
}

/* --- sending -------------------------------------------------------------------------------- */

static struct tw_link *least_loaded(struct tw_pool *pool) {
    struct tw_link *best = NULL;
    for (size_t i = 0; i < pool->link_count; i++) {
        struct tw_link *link = &pool->links[(pool->next_link + i) % pool->link_count];
        if (tw_link_takes_calls(link) && (best == NULL || link->in_flight < best->in_flight)) {
            best = link;
        }
    }
    pool->next_link++;
    return best;
}

/* What the next hop may use: what is left, less our share (a tenth when little is left). */
static int64_t time_to_pass_on_ms(const struct tw_pool *pool, const struct tw_call *call) {
    int64_t left_ms = (call->deadline_us - tw_loop_now_us(pool->loop)) / 1000;
    int64_t share_ms = pool->options.hop_ms < left_ms / 10 ? pool->options.hop_ms : left_ms / 10;
    return left_ms - share_ms;
}

static void send_call(struct tw_call *call, struct tw_link *link) {
    struct tw_pool *pool = call->pool;
    int64_t left_ms = time_to_pass_on_ms(pool, call);
    if (left_ms <= 0) {
        end_with_error(call, TW_E_DEADLINE, "no time left to ask");
        return;
    }
    list_remove(&pool->queue, call);
    call->phase = TW_CALL_SENT;
    call->link = link;
    call->flushed = false;
    list_append(&link->calls, call);
    tw_link_call_added(link);
    pool->counters.sent++;
    pool->counters.resent += call->sends > 0;
    call->sends++;
    if (!tw_link_send(link, wire_id(pool, call), call, left_ms)) {
        requeue(call);
    }
}

void tw_pool_dispatch(struct tw_pool *pool) {
    while (pool->queue.first != NULL) {
        struct tw_link *link = least_loaded(pool);
        if (link == NULL) {
            return;
        }
        send_call(pool->queue.first, link);
    }
}

static struct tw_call *take_call(struct tw_pool *pool) {
    struct tw_call *call = pool->free_calls;
    if (call == NULL) {
        return NULL;
    }
    pool->free_calls = call->next;
    pool->counters.open++;
    call->phase = TW_CALL_QUEUED;
    call->sends = 0;
    call->given_up = false;
    list_append(&pool->queue, call);
    return call;
}

/* text is taken over; empty: there was no memory for it. params is the tree of it, or NULL. */
static void make_call(struct tw_pool *pool, const char *method, struct tw_buffer *text,
                      json_t *params, int64_t deadline_us, const struct tw_receiver *receiver) {
    tw_assert(strlen(method) <= TW_METHOD_NAME_MAX);
    const int64_t late_ms = pool->options.on_late == NULL ? pool->options.late_ms : 0;
    struct tw_call *call = NULL;
    pool->counters.calls++;
    if (pool->closing) {
        tell_failure(receiver, TW_E_SHUTTING_DOWN, "shutting down", true);
    } else if (pool->unavailable) {
        tell_failure(receiver, TW_E_UNAVAILABLE, "no server is up", true);
    } else if (tw_buffer_length(text) == 0) {
        tell_failure(receiver, TW_E_NO_MEMORY, "request", true);
    } else if ((call = take_call(pool)) == NULL) {
        tell_failure(receiver, TW_E_BUSY, "too many calls in flight", true);
    }
    if (call == NULL) {
        tw_buffer_free(text);
        return;
    }
    call->text = *text;
    *text = (struct tw_buffer){0};
    call->params = json_incref(params);
    call->deadline_us = deadline_us;
    call->receiver = *receiver;
    snprintf(call->method, sizeof call->method, "%s", method);
    tw_loop_timer_set(pool->loop, &call->deadline, deadline_us + late_ms * 1000);
    tw_pool_dispatch(pool);
}

static int append_piece(const char *bytes, size_t length, void *context) {
    return tw_buffer_append(context, bytes, length) ? 0 : -1;
}

void tw_pool_call(struct tw_pool *pool, const char *method, json_t *params, int64_t deadline_us,
                  tw_answer_fn callback, void *context) {
    struct tw_buffer text = {0};
    (void)json_object_del(params, "deadline_ms"); /* ours is sent */
    if (json_dump_callback(params, append_piece, &text, JSON_COMPACT) != 0) {
        tw_buffer_free(&text);
    }
    make_call(pool, method, &text, params, deadline_us,
              &(struct tw_receiver){.callback = callback, .context = context});
}

void tw_pool_relay(struct tw_pool *pool, const char *method, struct tw_buffer *params,
                   int64_t deadline_us, tw_relayed_fn callback, void *context) {
    tw_assert(pool->options.on_late == NULL);
    make_call(pool, method, params, NULL, deadline_us,
              &(struct tw_receiver){.relayed = callback, .context = context});
}

/* --- availability --------------------------------------------------------------------------- */

size_t tw_pool_up(const struct tw_pool *pool) {
    size_t up = 0;
    for (size_t i = 0; i < pool->options.address_count; i++) {
        const struct tw_link *links = &pool->links[i * pool->options.connections_per_address];
        bool is_up = false;
        for (size_t j = 0; j < pool->options.connections_per_address; j++) {
            is_up = is_up || links[j].phase == TW_LINK_UP;
        }
        up += is_up;
    }
    return up;
}

static void on_unavailable(void *context) {
    struct tw_pool *pool = context;
    pool->unavailable = true;
    while (pool->queue.first != NULL) {
        end_with_error(pool->queue.first, TW_E_UNAVAILABLE, "no server is up");
    }
}

void tw_pool_watch_availability(struct tw_pool *pool) {
    bool was_up = pool->is_up;
    pool->is_up = tw_pool_up(pool) > 0;
    if (pool->is_up) {
        pool->unavailable = false;
        tw_loop_timer_clear(pool->loop, &pool->unavailable_timer);
        if (!was_up && pool->options.on_up != NULL) {
            pool->options.on_up(pool->options.context);
        }
    } else if (!pool->unavailable && !pool->unavailable_timer.set) {
        tw_loop_timer_set(pool->loop, &pool->unavailable_timer,
                          tw_loop_now_us(pool->loop) + pool->options.unavailable_ms * 1000);
    }
}

/* --- lifecycle ------------------------------------------------------------------------------ */

static struct tw_status resolve(struct tw_pool *pool, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; i < pool->options.address_count && tw_ok(status); i++) {
        status = tw_address_parse(pool->options.addresses[i], &pool->addresses[i], ret_error);
    }
    return status;
}

static struct tw_status allocate(struct tw_pool *pool, struct tw_error *ret_error) {
    const struct tw_pool_options *options = &pool->options;
    tw_assert(options->address_count > 0 && options->connections_per_address > 0);
    tw_assert(options->calls_max < ECHO_SLOT && options->echo_misses > 0);
    pool->link_count = options->address_count * options->connections_per_address;
    pool->addresses = calloc(options->address_count, sizeof *pool->addresses);
    pool->links = calloc(pool->link_count, sizeof *pool->links);
    pool->calls = calloc(options->calls_max, sizeof *pool->calls);
    if (pool->addresses == NULL || pool->links == NULL || pool->calls == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "connection pool");
    }
    for (size_t i = options->calls_max; i > 0; i--) {
        struct tw_call *call = &pool->calls[i - 1];
        call->pool = pool;
        call->deadline = (struct tw_timer){.run = on_deadline, .context = call};
        call->next = pool->free_calls;
        pool->free_calls = call;
    }
    return resolve(pool, ret_error);
}

struct tw_status tw_pool_new(struct tw_loop *loop, const struct tw_pool_options *options,
                             struct tw_pool **ret_pool, struct tw_error *ret_error) {
    struct tw_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "connection pool");
    }
    pool->loop = loop;
    pool->options = *options;
    pool->unavailable_timer = (struct tw_timer){.run = on_unavailable, .context = pool};
    pool->stream_limits = (struct tw_stream_limits){
        .line_max = options->line_max,
        .output_max = SIZE_MAX / 2, /* calls_per_connection bounds it */
        .handshake_ms = options->connect_ms,
    };
    struct tw_status status = allocate(pool, ret_error);
    if (!tw_ok(status)) {
        pool->link_count = 0;
        tw_pool_free(pool);
        return status;
    }
    for (size_t i = 0; i < pool->link_count; i++) {
        pool->links[i].pool = pool;
        pool->links[i].address = i / options->connections_per_address;
        tw_link_start(&pool->links[i]);
    }
    tw_pool_watch_availability(pool);
    *ret_pool = pool;
    return tw_success();
}

void tw_pool_free(struct tw_pool *pool) {
    if (pool == NULL) {
        return;
    }
    pool->closing = true;
    for (size_t i = 0; i < pool->link_count; i++) {
        while (pool->links[i].calls.first != NULL) {
            end_with_error(pool->links[i].calls.first, TW_E_SHUTTING_DOWN, "shutting down");
        }
        tw_link_free(&pool->links[i]);
    }
    while (pool->queue.first != NULL) {
        end_with_error(pool->queue.first, TW_E_SHUTTING_DOWN, "shutting down");
    }
    tw_loop_timer_clear(pool->loop, &pool->unavailable_timer);
    free(pool->addresses);
    free(pool->links);
    free(pool->calls);
    free(pool);
}

void tw_pool_cut(struct tw_pool *pool, int64_t ms) {
    pool->cut_until_us = tw_loop_now_us(pool->loop) + ms * 1000;
    for (size_t i = 0; i < pool->link_count; i++) {
        tw_link_cut(&pool->links[i]);
    }
}

void tw_pool_recheck_peers(struct tw_pool *pool) {
    for (size_t i = 0; i < pool->link_count; i++) {
        tw_link_recheck(&pool->links[i]);
    }
}

struct tw_pool_counters tw_pool_counters(const struct tw_pool *pool) {
    return pool->counters;
}

/* --- the blocking form ---------------------------------------------------------------------- */

struct waiting {
    bool done;
    struct tw_status status;
    json_t *result, *rpc_error;
    struct tw_error error;
};

static void on_awaited(void *context, const struct tw_answer *answer) {
    struct waiting *waiting = context;
    waiting->done = true;
    waiting->status = answer->status;
    waiting->result = json_incref(answer->result);
    waiting->rpc_error = json_incref(answer->rpc_error);
    if (answer->error != NULL) {
        waiting->error = *answer->error;
    }
}

struct tw_status tw_pool_call_wait(struct tw_pool *pool, struct tw_loop *loop, const char *method,
                                   json_t *params, int64_t deadline_us, json_t **ret_result,
                                   json_t **ret_rpc_error, struct tw_error *ret_error) {
    struct waiting waiting = {0};
    tw_pool_call(pool, method, params, deadline_us, on_awaited, &waiting);
    /* The call ends by its own deadline; the loop must not give up before. */
    bool ended = tw_loop_run_until(loop, &waiting.done, INT64_MAX);
    tw_assert(ended);
    *ret_result = waiting.result;
    *ret_rpc_error = waiting.rpc_error;
    if (!tw_ok(waiting.status) && ret_error != NULL) {
        *ret_error = waiting.error;
    }
    return waiting.status;
}
