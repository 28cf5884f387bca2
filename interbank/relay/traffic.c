/*
 * A message is looked at once, when it arrives: a rule takes it or it passes. What waits is in one
 * list of the relay, with a timer each; whatever a pair still has there when a side of it goes is
 * cut, so that no pointer outlives what it points to. Answers find their request by connection and
 * id, as the caller does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "relay/relay_parts.h"

enum { CALLS_MAX = 4096 };

static const char echo_method[] = "rpc.ping";

/* --- calls of a pair ------------------------------------------------------------------------ */

static void drop_call(struct rl_pair *pair, struct rl_call **place) {
    struct rl_call *call = *place;
    *place = call->next;
    pair->call_count--;
    free(call->id);
    free(call);
}

void rl_traffic_forget_calls(struct rl_pair *pair) {
    while (pair->calls != NULL) {
        drop_call(pair, &pair->calls);
    }
}

/* The place of the call in its list; NULL: none has this id. */
static struct rl_call **find_call(struct rl_pair *pair, const char *id) {
    struct rl_call **place = &pair->calls;
    while (*place != NULL && (id == NULL || strcmp((*place)->id, id) != 0)) {
        place = &(*place)->next;
    }
    return *place != NULL ? place : NULL;
}

/* A request goes to the target so many times. Without an id nobody answers it. */
static void expect_answers(struct rl_pair *pair, const struct rl_message *message) {
    struct rl_call *call = calloc(1, sizeof *call);
    char *id = rl_message_id(message);
    if (call == NULL || id == NULL) {
        free(call);
        free(id);
        return;
    }
    call->id = id;
    call->number = message->call;
    call->answers = message->lines;
    memcpy(call->method, message->method, sizeof call->method);
    memcpy(call->txid, message->txid, sizeof call->txid);
    struct rl_call **end = &pair->calls;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = call;
    if (++pair->call_count > CALLS_MAX) {
        drop_call(pair, &pair->calls);
    }
}

/* The answer learns whose it is. False: it is that of an extra copy. */
static bool recognise(struct rl_pair *pair, struct rl_message *answer) {
    char *id = rl_message_id(answer);
    struct rl_call **place = find_call(pair, id);
    free(id);
    if (place == NULL) {
        (void)snprintf(answer->method, sizeof answer->method, "%s", RL_UNKNOWN_NAME);
        return true;
    }
    struct rl_call *call = *place;
    bool first = !call->answered;
    answer->call = call->number;
    memcpy(answer->method, call->method, sizeof answer->method);
    memcpy(answer->txid, call->txid, sizeof answer->txid);
    call->answered = true;
    if (--call->answers == 0) {
        drop_call(pair, place);
    }
    return first;
}

/* --- the list of what waits ----------------------------------------------------------------- */

static void on_due(void *context);

static void wait_until(struct rl_message *message, int64_t due_us) {
    struct rl_relay *relay = message->pair->link->relay;
    if (!message->waiting) {
        message->waiting = true;
        message->previous = NULL;
        message->next = relay->waiting;
        if (relay->waiting != NULL) {
            relay->waiting->previous = message;
        }
        relay->waiting = message;
    }
    message->timer.run = on_due;
    message->timer.context = message;
    tw_loop_timer_set(relay->loop, &message->timer, due_us);
}

static void stop_waiting(struct rl_message *message) {
    struct rl_relay *relay = message->pair->link->relay;
    if (!message->waiting) {
        return;
    }
    message->waiting = false;
    tw_loop_timer_clear(relay->loop, &message->timer);
    if (message->next != NULL) {
        message->next->previous = message->previous;
    }
    *(message->previous != NULL ? &message->previous->next : &relay->waiting) = message->next;
    struct rl_rule *rule =
        message->fate == RL_REORDERED ? rl_rules_find(&relay->rules, message->rule) : NULL;
    if (rule != NULL) {
        rule->holds = false;
    }
}

bool rl_traffic_waits(const struct rl_pair *pair, enum rl_way way) {
    const struct rl_message *message = pair->link->relay->waiting;
    while (message != NULL && (message->pair != pair || message->way != way)) {
        message = message->next;
    }
    return message != NULL;
}

/* --- passing -------------------------------------------------------------------------------- */

static bool is_echo(const struct rl_message *message) {
    return strcmp(message->method, echo_method) == 0;
}

static void trace(struct rl_message *message) {
    const struct rl_link *link = message->pair->link;
    if (!message->traced && !is_echo(message)) {
        rl_trace_write(link->relay->trace, link->config->name, message);
    }
    message->traced = true;
}

/* Its last use. */
static void finish(struct rl_message *message) {
    stop_waiting(message);
    trace(message);
    rl_message_free(message);
}

static void finish_as(struct rl_message *message, enum rl_fate fate) {
    stop_waiting(message);
    if (message->sent == 0) {
        message->fate = fate;
    }
    finish(message);
}

/* False: the link is cut, or the connection is not there any more. */
static bool write_line(struct rl_message *message) {
    struct rl_pair *pair = message->pair;
    struct tw_stream *to = message->way == RL_REQUEST ? pair->far : pair->near;
    struct tw_buffer *out = to != NULL ? tw_stream_output(to) : NULL;
    if (out == NULL || pair->link->cut != RL_OPEN ||
        !tw_buffer_append(out, message->line, message->length)) {
        return false;
    }
    tw_stream_send(to);
    message->sent++;
    return true;
}

/* A line goes to the other side, and then the next copy or nothing more. */
static void send_off(struct rl_message *message) {
    struct rl_pair *pair = message->pair;
    struct rl_relay *relay = pair->link->relay;
    bool first = message->sent == 0;
    do {
        if (!write_line(message)) {
            finish_as(message, RL_CUT);
            return;
        }
    } while (message->sent < message->lines && message->gap_ms == 0);
    if (first) {
        message->passed_us = tw_loop_now_us(relay->loop);
        trace(message);
    }
    if (first && message->way == RL_REQUEST) {
        expect_answers(pair, message);
    }
    if (message->sent < message->lines) {
        wait_until(message, tw_loop_now_us(relay->loop) + message->gap_ms * 1000);
    } else {
        finish(message);
    }
}

static struct rl_message *held_by(const struct rl_relay *relay, const struct rl_rule *rule) {
    struct rl_message *message = relay->waiting;
    while (message != NULL && (message->rule != rule->number || message->fate != RL_REORDERED)) {
        message = message->next;
    }
    return message;
}

/* What a rule held back for the next message of its kind follows that one. */
static void pass(struct rl_message *message) {
    const struct rl_link *link = message->pair->link;
    struct rl_relay *relay = link->relay;
    const enum rl_way way = message->way;
    char method[sizeof message->method];
    memcpy(method, message->method, sizeof method);
    bool leads = !is_echo(message);
    send_off(message);
    for (struct rl_rule *rule = leads ? relay->rules.first : NULL; rule != NULL;
         rule = rule->next) {
        if (rule->holds && rl_rule_matches(rule, link->config->name, way, method)) {
            rl_traffic_release(relay, rule);
        }
    }
}

static void on_due(void *context) {
    struct rl_message *message = context;
    struct rl_pair *pair = message->pair;
    if (message->sent == 0) {
        stop_waiting(message);
        pass(message);
    } else {
        send_off(message);
    }
    rl_pair_settle(pair);
}

void rl_traffic_release(struct rl_relay *relay, struct rl_rule *rule) {
    struct rl_message *message = held_by(relay, rule);
    rule->holds = false;
    if (message != NULL) {
        struct rl_pair *pair = message->pair;
        stop_waiting(message);
        send_off(message);
        rl_pair_settle(pair);
    }
}

void rl_traffic_cut(struct rl_pair *pair, enum rl_way way) {
    struct rl_message *next;
    for (struct rl_message *message = pair->link->relay->waiting; message != NULL; message = next) {
        next = message->next;
        if (message->pair == pair && message->way == way) {
            finish_as(message, RL_CUT);
        }
    }
}

/* --- arriving ------------------------------------------------------------------------------- */

static void change(struct rl_message *message, const struct rl_rule *rule) {
    message->was = rl_rule_change(rule, message->way, message->content);
    if (message->was != NULL && rl_message_rewrite(message)) {
        message->fate = RL_CHANGED;
    }
    pass(message);
}

static void act(struct rl_message *message, struct rl_rule *rule) {
    const int64_t now_us = message->at_us;
    message->rule = rule->number;
    switch (rule->act) {
    case RL_LOSE:
        finish_as(message, RL_LOST);
        return;
    case RL_DELAY:
        message->fate = RL_DELAYED;
        wait_until(message, now_us + rule->ms * 1000);
        return;
    case RL_DUPLICATE:
        message->fate = RL_DUPLICATED;
        message->lines = 1 + rule->copies;
        message->gap_ms = rule->ms;
        pass(message);
        return;
    case RL_REORDER:
        message->fate = RL_REORDERED;
        rule->holds = true;
        wait_until(message, now_us + rule->ms * 1000);
        return;
    case RL_CHANGE:
        change(message, rule);
        return;
    default:
        tw_assert(false);
    }
}

static void treat(struct rl_message *message) {
    struct rl_link *link = message->pair->link;
    struct rl_relay *relay = link->relay;
    if (message->way == RL_ANSWER && !recognise(message->pair, message)) {
        finish_as(message, RL_DROPPED);
        return;
    }
    if (is_echo(message)) {
        pass(message);
        return;
    }
    if (message->way == RL_REQUEST) {
        message->call = ++relay->calls;
    }
    struct rl_rule *rule = link->cut == RL_OPEN ? rl_rules_pick(&relay->rules, link->config->name,
                                                                message->way, message->method)
                                                : NULL;
    if (rule != NULL) {
        act(message, rule);
    } else {
        pass(message);
    }
}

void rl_traffic_arrive(struct rl_pair *pair, enum rl_way way, const char *bytes, size_t length) {
    struct rl_message *message = rl_message_new(way, bytes, length);
    if (message == NULL) {
        tw_log(TW_LOG_ERROR, "out of memory", TW_STR("link", pair->link->config->name));
        rl_pair_close(pair);
        return;
    }
    message->pair = pair;
    message->at_us = tw_loop_now_us(pair->link->relay->loop);
    treat(message);
    rl_pair_settle(pair);
}
