/*
 * Requests in flight live in slots that are allocated at start, so that a flood meets BUSY and not
 * the end of memory. Each slot's deadline is a timer in the loop's heap; most are cleared unrun.
 * A batch gathers its answers in an array whose places were taken when it was read, so they leave
 * in the order in which the requests came although they are made in any order.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "rpc/server_parts.h"
#include "wire/write.h"

static const int64_t deadline_max_ms = 600000;

static void on_deadline(void *context);

struct tw_status tw_slots_new(struct tw_server *server, struct tw_error *ret_error) {
    size_t count = server->limits.in_flight;
    server->slots = calloc(count, sizeof *server->slots);
    if (server->slots == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "%zu requests in flight", count);
    }
    for (size_t i = count; i > 0; i--) {
        struct tw_slot *slot = &server->slots[i - 1];
        slot->generation = 1;
        slot->deadline = (struct tw_timer){.run = on_deadline, .context = slot};
        slot->next = server->free_slots;
        server->free_slots = slot;
    }
    return tw_success();
}

static struct tw_slot *take_slot(struct tw_connection *connection) {
    struct tw_server *server = connection->server;
    struct tw_slot *slot = server->free_slots;
    if (slot == NULL || connection->in_flight >= server->limits.in_flight_per_connection) {
        return NULL;
    }
    server->free_slots = slot->next;
    server->counters.in_flight++;
    slot->connection = connection;
    slot->previous = NULL;
    slot->next = connection->slots;
    if (slot->next != NULL) {
        slot->next->previous = slot;
    }
    connection->slots = slot;
    connection->in_flight++;
    return slot;
}

/* The handle dies here. */
static void release_slot(struct tw_slot *slot) {
    struct tw_connection *connection = slot->connection;
    struct tw_server *server = connection->server;
    tw_loop_timer_clear(server->loop, &slot->deadline);
    if (slot->previous != NULL) {
        slot->previous->next = slot->next;
    } else {
        connection->slots = slot->next;
    }
    if (slot->next != NULL) {
        slot->next->previous = slot->previous;
    }
    connection->in_flight--;
    server->counters.in_flight--;
    json_decref(slot->id);
    slot->id = NULL;
    slot->batch = NULL;
    slot->connection = NULL;
    slot->generation++;
    slot->next = server->free_slots;
    server->free_slots = slot;
}

static struct tw_slot *find_slot(const struct tw_server *server, struct tw_request_handle handle) {
    if (handle.slot >= server->limits.in_flight) {
        return NULL;
    }
    struct tw_slot *slot = &server->slots[handle.slot];
    return slot->connection != NULL && slot->generation == handle.generation ? slot : NULL;
}

/* --- batches ------------------------------------------------------------------------------- */

static struct tw_batch *batch_new(struct tw_connection *connection) {
    struct tw_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    batch->reading = true;
    batch->next = connection->batches;
    if (batch->next != NULL) {
        batch->next->previous = batch;
    }
    connection->batches = batch;
    return batch;
}

static bool batch_write(const struct tw_batch *batch, struct tw_buffer *output) {
    bool made = true;
    for (size_t i = 0; i < batch->count && made; i++) {
        const struct tw_buffer *answer = &batch->answers[i];
        made = tw_write_plain(output, i == 0 ? "[" : ",") &&
               tw_buffer_append(output, tw_buffer_head(answer), tw_buffer_length(answer));
    }
    return made && tw_write_plain(output, "]\n");
}

/* A client that lacks an answer must ask again. */
static void out_of_memory(struct tw_connection *connection) {
    tw_stream_close(connection->stream, &(struct tw_error){.code = TW_E_NO_MEMORY});
}

/* When nothing is missing any more the batch leaves. */
static void batch_settle(struct tw_connection *connection, struct tw_batch *batch) {
    if (batch->reading || batch->waiting > 0) {
        return;
    }
    struct tw_buffer *output = tw_stream_output(connection->stream);
    if (output != NULL && batch->count > 0) {
        if (batch_write(batch, output)) {
            tw_stream_send(connection->stream);
        } else {
            out_of_memory(connection);
        }
    }
    if (batch->previous != NULL) {
        batch->previous->next = batch->next;
    } else {
        connection->batches = batch->next;
    }
    if (batch->next != NULL) {
        batch->next->previous = batch->previous;
    }
    for (size_t i = 0; i < batch->count; i++) {
        tw_buffer_free(&batch->answers[i]);
    }
    free(batch);
}

/* Where an answer goes. */
struct place {
    struct tw_connection *connection;
    struct tw_batch *batch;
    size_t index;
};

/* What an answer says: an error of ours, or the text of a result or of another hop's error. */
struct content {
    const struct tw_error *error;
    const char *trace_id; /* of the error */
    bool is_error;        /* of the text */
    struct tw_text text;
};

static bool write_answer(struct tw_buffer *out, const json_t *id, const struct content *content) {
    return content->error != NULL
               ? tw_envelope_write_error(out, id, content->error, content->trace_id)
               : tw_envelope_write_answer(out, id, content->is_error, content->text);
}

/* Sends or files an answer. When memory ran out the connection ends. */
static void emit(struct place place, const json_t *id, const struct content *content) {
    struct tw_stream *stream = place.connection->stream;
    if (place.batch != NULL) {
        place.batch->waiting--;
        if (!write_answer(&place.batch->answers[place.index], id, content)) {
            out_of_memory(place.connection);
        }
        return;
    }
    struct tw_buffer *output = tw_stream_output(stream);
    if (output == NULL) {
        return;
    }
    if (write_answer(output, id, content) && tw_write_plain(output, "\n")) {
        tw_stream_send(stream);
    } else {
        out_of_memory(place.connection);
    }
}

/* Of our own failures the client hears only the trace id; here goes the detail. */
static void emit_error(struct place place, const json_t *id, const struct tw_error *error,
                       const char *trace_id) {
    struct tw_connection *connection = place.connection;
    enum tw_error_class class = tw_code_class(error->code);
    connection->server->counters.errors++;
    if (class != TW_CLASS_USAGE && class != TW_CLASS_RETRY) {
        tw_log(TW_LOG_ERROR, "request failed", TW_STR("peer", connection->peer.text),
               TW_STR("code", tw_code_name(error->code)), TW_STR("reason", error->detail),
               TW_STR("trace_id", trace_id != NULL ? trace_id : ""));
    }
    emit(place, id, &(struct content){.error = error, .trace_id = trace_id});
}

/* --- answers ------------------------------------------------------------------------------- */

/* After the slot's answer was emitted, or none was wanted. */
static void finish(struct tw_slot *slot) {
    struct tw_connection *connection = slot->connection;
    struct tw_batch *batch = slot->batch;
    release_slot(slot);
    connection->server->counters.answers++;
    if (batch != NULL) {
        batch_settle(connection, batch);
    }
    if (connection->phase == TW_CONNECTION_FINISHING && connection->in_flight == 0) {
        tw_connection_finish(connection);
    }
}

static struct place place_of(const struct tw_slot *slot) {
    return (struct place){slot->connection, slot->batch, slot->batch_index};
}

void tw_server_answer_text(struct tw_server *server, struct tw_request_handle handle, bool is_error,
                           struct tw_text content) {
    struct tw_slot *slot = find_slot(server, handle);
    if (slot == NULL) {
        return;
    }
    if (slot->id != NULL) {
        server->counters.errors += is_error;
        emit(place_of(slot), slot->id, &(struct content){.is_error = is_error, .text = content});
    }
    finish(slot);
}

void tw_server_answer(struct tw_server *server, struct tw_request_handle handle, json_t *result) {
    char *text = json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(result);
    if (text == NULL) {
        tw_server_fail(server, handle, &(struct tw_error){.code = TW_E_NO_MEMORY});
        return;
    }
    tw_server_answer_text(server, handle, false, (struct tw_text){text, strlen(text)});
    free(text);
}

void tw_server_fail(struct tw_server *server, struct tw_request_handle handle,
                    const struct tw_error *error) {
    struct tw_slot *slot = find_slot(server, handle);
    if (slot == NULL) {
        return;
    }
    if (slot->id != NULL) {
        emit_error(place_of(slot), slot->id, error, slot->trace_id);
    }
    finish(slot);
}

static void on_deadline(void *context) {
    struct tw_slot *slot = context;
    struct tw_server *server = slot->connection->server;
    const struct tw_request_handle handle = {(uint32_t)(slot - server->slots), slot->generation};
    tw_server_fail(server, handle, &(struct tw_error){.code = TW_E_DEADLINE});
}

void tw_request_abandon_all(struct tw_connection *connection) {
    while (connection->slots != NULL) {
        struct tw_batch *batch = connection->slots->batch;
        release_slot(connection->slots);
        if (batch != NULL) {
            batch->waiting--;
            batch_settle(connection, batch);
        }
    }
}

/* --- admission ----------------------------------------------------------------------------- */

static struct tw_status read_deadline(const struct tw_server *server, const json_t *params,
                                      int64_t *ret_deadline_us, struct tw_error *ret_error) {
    int64_t now_us = tw_loop_now_us(server->loop);
    *ret_deadline_us = now_us + server->default_deadline_us;
    const json_t *given = json_object_get(params, "deadline_ms");
    if (given == NULL) {
        return tw_success();
    }
    int64_t left_ms = json_integer_value(given);
    if (!json_is_integer(given) || left_ms < 0) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "deadline_ms: not a time in milliseconds");
    }
    if (left_ms > 0) {
        *ret_deadline_us = now_us + (left_ms < deadline_max_ms ? left_ms : deadline_max_ms) * 1000;
    }
    return tw_success();
}

static struct tw_trace read_trace(const struct tw_server *server, const json_t *params) {
    const struct tw_random *random = tw_loop_random(server->loop);
    const char *parent_text = json_string_value(json_object_get(params, "traceparent"));
    struct tw_trace parent;
    if (parent_text == NULL || !tw_trace_parse(parent_text, &parent)) {
        return tw_trace_new(random);
    }
    return tw_trace_child(&parent, random);
}

/* Hands a request to the owner; on failure it took no slot. */
static struct tw_status hand_over(struct place place, const struct tw_envelope *envelope,
                                  struct tw_text line, struct tw_error *ret_error) {
    struct tw_connection *connection = place.connection;
    struct tw_server *server = connection->server;
    struct tw_request request = {.peer = &connection->peer,
                                 .method = envelope->method,
                                 .params = envelope->params,
                                 .line = line};
    if (server->draining) {
        return tw_fail(ret_error, TW_E_SHUTTING_DOWN, "ask another server");
    }
    struct tw_status status =
        read_deadline(server, envelope->params, &request.deadline_us, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    struct tw_slot *slot = take_slot(connection);
    if (slot == NULL) {
        return tw_fail(ret_error, TW_E_BUSY, "too many requests in flight");
    }
    request.trace = read_trace(server, envelope->params);
    request.handle = (struct tw_request_handle){(uint32_t)(slot - server->slots), slot->generation};
    slot->id = json_incref(envelope->id);
    slot->batch = place.batch;
    slot->batch_index = place.index;
    memcpy(slot->trace_id, request.trace.trace_id, sizeof slot->trace_id);
    tw_loop_timer_set(server->loop, &slot->deadline, request.deadline_us);
    server->on_request(server->context, &request);
    return tw_success();
}

static void admit_one(struct tw_connection *connection, struct tw_batch *batch, json_t *document,
                      struct tw_text line) {
    struct tw_envelope envelope = {0};
    struct tw_error error = {0};
    connection->server->counters.requests++;
    struct tw_status status = tw_envelope_read(document, &envelope, &error);
    bool wanted = !tw_ok(status) || envelope.id != NULL;
    struct place place = {.connection = connection};
    if (wanted && batch != NULL) {
        place.batch = batch;
        place.index = batch->count++;
        batch->waiting++;
    }
    if (tw_ok(status) && strcmp(envelope.method, "rpc.ping") == 0) {
        if (wanted) {
            emit(place, envelope.id, &(struct content){.text = {"{}", 2}});
        }
        return;
    }
    if (tw_ok(status)) {
        status = hand_over(place, &envelope, line, &error);
    }
    if (!tw_ok(status) && wanted) {
        emit_error(place, envelope.id, &error, NULL);
    }
}

static void admit_batch(struct tw_connection *connection, const json_t *document) {
    size_t count = json_array_size(document);
    struct tw_error error = {0};
    struct tw_batch *batch = NULL;
    if (count == 0) {
        (void)tw_fail(&error, TW_E_INVALID_REQUEST, "empty batch");
    } else if (count > TW_BATCH_MAX) {
        (void)tw_fail(&error, TW_E_TOO_LARGE, "more than %d requests in a batch", TW_BATCH_MAX);
    } else if ((batch = batch_new(connection)) == NULL) {
        (void)tw_fail(&error, TW_E_NO_MEMORY, "batch");
    }
    if (batch == NULL) {
        tw_request_refuse_line(connection, &error);
        return;
    }
    for (size_t i = 0; i < count && connection->phase != TW_CONNECTION_CLOSING; i++) {
        admit_one(connection, batch, json_array_get(document, i), (struct tw_text){0});
    }
    batch->reading = false;
    batch_settle(connection, batch);
}

void tw_request_admit(struct tw_connection *connection, json_t *document, struct tw_text line) {
    if (json_is_array(document)) {
        admit_batch(connection, document);
    } else {
        admit_one(connection, NULL, document, line);
    }
}

void tw_request_refuse_line(struct tw_connection *connection, const struct tw_error *error) {
    struct place place = {.connection = connection};
    emit_error(place, NULL, error, NULL);
}
