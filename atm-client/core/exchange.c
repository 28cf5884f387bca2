/*
 * One call and its answer. The terminal keeps its own deadline: the host link may bring an answer
 * after it, which then belongs to nobody and is journaled as late (68) when it approved money.
 *
 * A ticket goes with every call and says which exchange or advice it was for; a raised generation
 * makes it stale. Repeats send the same params with the repeat mark, so that the host's stored
 * answer comes back whatever became of the first attempt.
 */
#include <stdio.h>
#include <stdlib.h>

#include "atm-client/core/internal.h"
#include "core/log.h"

static void unlink_ticket(struct atm_ticket *ticket) {
    struct atm_ticket **place = &ticket->terminal->tickets;
    while (*place != ticket)
        place = &(*place)->next;
    *place = ticket->next;
}

void atm_disown_tickets(struct atm_terminal *terminal) {
    for (struct atm_ticket *ticket = terminal->tickets; ticket != NULL; ticket = ticket->next)
        ticket->terminal = NULL;
    terminal->tickets = NULL;
}

static bool is_money(enum tw_method_id method) {
    return method == TW_METHOD_WITHDRAW || method == TW_METHOD_DEPOSIT ||
           method == TW_METHOD_TRANSFER;
}

/* An answer nobody waits for any more. Its reversal is queued already; this is for the record. */
static void note_late(struct atm_terminal *terminal, const struct atm_ticket *ticket,
                      const struct atm_host_answer *answer) {
    const char *rc = json_string_value(json_object_get(answer->result, "rc"));
    if (!is_money(ticket->method) || rc == NULL)
        return;
    struct tw_header header = {
        .business_date = terminal->business_date, .stan = ticket->stan, .txid = ticket->txid};
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_record(terminal, "late", &header,
               json_pack("{s:s, s:s}", "rc", tw_rc_digits(TW_RC_TOO_LATE), "host_rc", rc));
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error);
    tw_log(TW_LOG_WARN, "answer came too late", TW_STR("method", tw_method(ticket->method)->name),
           TW_STR("host_rc", rc), TW_INT("stan", ticket->stan));
}

static void exchange_answered(struct atm_terminal *terminal, const struct atm_host_answer *answer);

static void host_answered(void *context, const struct atm_host_answer *answer) {
    struct atm_ticket *ticket = context;
    struct atm_terminal *terminal = ticket->terminal;
    if (terminal == NULL) {
        free(ticket);
        return;
    }
    unlink_ticket(ticket);
    bool for_advice = ticket->is_advice && ticket->generation == terminal->advices.generation &&
                      terminal->advices.in_flight != 0;
    bool for_exchange = !ticket->is_advice && terminal->exchange.waiting &&
                        ticket->generation == terminal->exchange.generation;
    if (!for_advice && !for_exchange)
        note_late(terminal, ticket, answer);
    free(ticket);
    if (for_advice)
        atm_advice_answered(terminal, answer);
    else if (for_exchange)
        exchange_answered(terminal, answer);
}

void atm_call_host(struct atm_terminal *terminal, struct atm_ticket wanted, json_t *params,
                   int64_t deadline_us) {
    struct atm_ticket *ticket = malloc(sizeof *ticket);
    tw_assert(ticket != NULL);
    *ticket = wanted;
    ticket->terminal = terminal;
    ticket->next = terminal->tickets;
    terminal->tickets = ticket;
    const struct atm_host *host = &terminal->options.host;
    host->call(host->context, tw_method(wanted.method)->name, params, deadline_us, host_answered,
               ticket);
}

static bool leaves_open(int json_rpc_code) {
    return json_rpc_code == tw_code_json_rpc(TW_E_INTERNAL) ||
           json_rpc_code == tw_code_json_rpc(TW_E_BUSY) ||
           json_rpc_code == tw_code_json_rpc(TW_E_DEADLINE) ||
           json_rpc_code == tw_code_json_rpc(TW_E_UNAVAILABLE) ||
           json_rpc_code == tw_code_json_rpc(TW_E_SHUTTING_DOWN);
}

static enum atm_reply read_rpc_error(json_t *rpc_error, enum tw_rc *ret_rc,
                                     char text[ATM_TEXT_SIZE]) {
    json_t *data = json_object_get(rpc_error, "data");
    const char *message = json_string_value(json_object_get(rpc_error, "message"));
    const char *reason = json_string_value(json_object_get(data, "reason"));
    const char *rc = json_string_value(json_object_get(data, "rc"));
    if (rc == NULL || !tw_rc_from_digits(rc, ret_rc))
        *ret_rc = TW_RC_SYSTEM_ERROR;
    (void)snprintf(text, ATM_TEXT_SIZE, "%s%s%.100s", message != NULL ? message : "host error",
                   reason != NULL ? ": " : "", reason != NULL ? reason : "");
    int code = (int)json_integer_value(json_object_get(rpc_error, "code"));
    return leaves_open(code) ? ATM_REPLY_NONE : ATM_REPLY_ERROR;
}

enum atm_reply atm_read_answer(enum tw_method_id method, const struct atm_host_answer *answer,
                               union atm_answer *ret_answer, enum tw_rc *ret_rc,
                               char text[ATM_TEXT_SIZE]) {
    *ret_answer = (union atm_answer){0};
    if (answer->rpc_error != NULL)
        return read_rpc_error(answer->rpc_error, ret_rc, text);
    if (answer->result == NULL) {
        *ret_rc = TW_RC_ISSUER_UNREACHABLE;
        (void)snprintf(text, ATM_TEXT_SIZE, "%s",
                       answer->reason != NULL ? answer->reason : "no answer");
        return ATM_REPLY_NONE;
    }
    struct tw_error error = {0};
    if (tw_ok(tw_fields_read(answer->result, tw_method(method)->result, ret_answer, &error)))
        return ATM_REPLY_RESULT;
    *ret_rc = TW_RC_SYSTEM_ERROR;
    (void)snprintf(text, ATM_TEXT_SIZE, "host spoke nonsense: %.100s", error.detail);
    return ATM_REPLY_ERROR;
}

static void send_attempt(struct atm_terminal *terminal, int64_t attempt_ms, bool repeat) {
    struct atm_exchange *exchange = &terminal->exchange;
    int64_t now_us = tw_now_us(terminal->options.clock);
    exchange->waiting = true;
    exchange->paused = false;
    exchange->generation++;
    exchange->due_us = now_us + attempt_ms * 1000;
    if (repeat) {
        (void)json_object_set_new(exchange->params, "repeat", json_true());
        if (exchange->due_us > exchange->give_up_us)
            exchange->due_us = exchange->give_up_us;
    }
    /* A copy: the host may still hold the one of an earlier attempt. */
    json_t *params = json_copy(exchange->params);
    tw_assert(params != NULL);
    atm_call_host(terminal,
                  (struct atm_ticket){.generation = exchange->generation,
                                      .method = exchange->method,
                                      .txid = terminal->work.header.txid,
                                      .stan = terminal->work.header.stan},
                  params, exchange->due_us);
    json_decref(params);
}

void atm_exchange(struct atm_terminal *terminal, enum tw_method_id method, const void *request,
                  struct atm_patience patience, atm_reply_fn then) {
    struct atm_exchange *exchange = &terminal->exchange;
    tw_assert(!exchange->waiting && !exchange->paused);
    exchange->method = method;
    exchange->then = then;
    exchange->params = tw_fields_write(tw_method(method)->request, request);
    tw_assert(exchange->params != NULL);
    exchange->give_up_us = tw_now_us(terminal->options.clock) + patience.total_ms * 1000;
    send_attempt(terminal, patience.attempt_ms, false);
}

static void end_exchange(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_exchange *exchange = &terminal->exchange;
    exchange->waiting = false;
    exchange->paused = false;
    exchange->generation++;
    json_decref(exchange->params);
    exchange->params = NULL;
    exchange->then(terminal, reply);
}

/* Silence: the same again while there is patience, else the operation hears of it. */
static void unanswered(struct atm_terminal *terminal) {
    struct atm_exchange *exchange = &terminal->exchange;
    int64_t again_us = tw_now_us(terminal->options.clock) + INT64_C(1000) * ATM_REPEAT_MS;
    if (again_us >= exchange->give_up_us) {
        end_exchange(terminal, ATM_REPLY_NONE);
        return;
    }
    exchange->waiting = false;
    exchange->paused = true;
    exchange->generation++;
    exchange->due_us = again_us;
}

static void exchange_answered(struct atm_terminal *terminal, const struct atm_host_answer *answer) {
    struct atm_exchange *exchange = &terminal->exchange;
    enum atm_reply reply = atm_read_answer(exchange->method, answer, &exchange->answer,
                                           &exchange->error_rc, exchange->error_text);
    if (reply == ATM_REPLY_NONE)
        unanswered(terminal);
    else
        end_exchange(terminal, reply);
}

void atm_exchange_tick(struct atm_terminal *terminal) {
    struct atm_exchange *exchange = &terminal->exchange;
    bool due = tw_now_us(terminal->options.clock) >= exchange->due_us;
    if (exchange->paused && due) {
        send_attempt(terminal, terminal->options.limits.answer_ms, true);
    } else if (exchange->waiting && due) {
        exchange->error_rc = TW_RC_ISSUER_UNREACHABLE;
        (void)snprintf(exchange->error_text, sizeof exchange->error_text, "no answer in time");
        unanswered(terminal);
    }
}

void atm_finish_reply(struct atm_terminal *terminal, enum atm_reply reply, enum atm_phase to) {
    struct atm_exchange *exchange = &terminal->exchange;
    struct atm_outcome *outcome = &terminal->work.outcome;
    switch (reply) {
    case ATM_REPLY_RESULT:
        outcome->answered = true;
        outcome->answer = exchange->answer;
        atm_finish(terminal,
                   exchange->answer.outcome.rc == TW_RC_APPROVED ? ATM_APPROVED : ATM_DECLINED,
                   exchange->answer.outcome.rc, exchange->answer.outcome.text, to);
        return;
    case ATM_REPLY_ERROR:
        atm_finish(terminal, ATM_DECLINED, exchange->error_rc, exchange->error_text, to);
        return;
    case ATM_REPLY_NONE:
        atm_finish(terminal, ATM_UNANSWERED, TW_RC_ISSUER_UNREACHABLE, exchange->error_text, to);
        return;
    }
}
