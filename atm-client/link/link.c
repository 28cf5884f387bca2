/*
 * Translates one answer type into the other; a small record per call carries the core's callback,
 * and what somebody who looks wants to know of the request.
 */
#include "atm-client/link/link.h"

#include <stdlib.h>
#include <string.h>

#include "core/pan.h"

struct pending {
    struct atm_link *link;
    atm_host_fn callback;
    void *context;
    const char *method; /* of the core's table; static */
    int64_t sent_us;
};

/* Secret, or too long to read. */
static bool is_hidden(const char *member) {
    static const char *const hidden[] = {"pin_block", "session", "certificate"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (strcmp(member, hidden[i]) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *masked(const json_t *message) {
    json_t *copy = json_copy((json_t *)(uintptr_t)message);
    const char *member = NULL;
    json_t *value = NULL;
    void *next = NULL;
    json_object_foreach_safe(copy, next, member, value) {
        char pan[TW_PAN_TEXT_SIZE];
        if (is_hidden(member)) {
            (void)json_object_set_new(copy, member, json_string("***"));
        } else if (strcmp(member, "pan") == 0 && json_is_string(value)) {
            (void)json_object_set_new(copy, member,
                                      json_string(tw_pan_mask(json_string_value(value), pan)));
        }
    }
    return copy;
}

static void show(const struct atm_link *link, struct atm_message_seen seen, const json_t *message) {
    if (link->on_message == NULL) {
        return;
    }
    json_t *shown = message != NULL ? masked(message) : NULL;
    char *text = shown != NULL ? json_dumps(shown, JSON_COMPACT) : NULL;
    if (text != NULL) {
        seen.text = text;
    }
    link->on_message(link->message_context, &seen);
    free(text);
    json_decref(shown);
}

static void answered(void *context, const struct tw_answer *answer) {
    struct pending pending = *(struct pending *)context;
    struct atm_link *link = pending.link;
    free(context);
    struct atm_host_answer translated = {.result = answer->result, .rpc_error = answer->rpc_error};
    if (!tw_ok(answer->status)) {
        translated = (struct atm_host_answer){
            .reason = answer->error != NULL ? answer->error->detail : "no answer"};
    }
    show(link,
         (struct atm_message_seen){
             .method = pending.method,
             .text = translated.reason != NULL ? translated.reason : "",
             .took_us = link->on_message != NULL ? tw_now_us(link->clock) - pending.sent_us : 0},
         translated.result != NULL ? translated.result : translated.rpc_error);
    pending.callback(pending.context, &translated);
    if (link->after != NULL) {
        link->after(link->context);
    }
}

static void call(void *context, const char *method, json_t *params, int64_t deadline_us,
                 atm_host_fn callback, void *callback_context) {
    struct atm_link *link = context;
    struct pending *pending = malloc(sizeof *pending);
    tw_assert(pending != NULL);
    *pending = (struct pending){
        .link = link, .callback = callback, .context = callback_context, .method = method};
    if (link->on_message != NULL) {
        pending->sent_us = tw_now_us(link->clock);
    }
    show(link, (struct atm_message_seen){.sent = true, .method = method, .text = ""}, params);
    const int64_t lost_ms = link->lost_ms != NULL ? link->lost_ms(link->lost_context) : 0;
    if (lost_ms > 0) {
        tw_pool_cut(link->pool, lost_ms);
    }
    tw_pool_call(link->pool, method, params, deadline_us, answered, pending);
}

struct atm_host atm_link_host(struct atm_link *link) {
    return (struct atm_host){.context = link, .call = call};
}
