/*
 * Advices: what the host must be told, however long it takes. Journaled before the first attempt,
 * repeated with the repeat mark until acknowledged, 5 s doubling to 60 s apart, each with a time of
 * its own so that one the host does not like holds up no other. One is in flight at a time.
 *
 * The question for a transfer's end travels the same way, because it too is repeated until answered
 * with an end; "pending" is none. But nobody else waits for it: advices go first, one that is in
 * flight when an advice comes is set aside, and neither customers, counts nor the way out wait.
 *
 * Acknowledged is what the host took (00), never knew (25: it keeps a tombstone) or disputes (a
 * difference for people: the entry stays in the journal with its rc). Codes that speak of the
 * route or the system, and all errors, mean "again".
 */
#include <stdio.h>
#include <string.h>

#include "atm-client/core/internal.h"
#include "core/log.h"

static bool means_again(enum tw_rc rc) {
    return rc == TW_RC_TOO_LATE || rc == TW_RC_CUT_OVER || rc == TW_RC_ISSUER_UNREACHABLE ||
           rc == TW_RC_NO_ROUTE || rc == TW_RC_SYSTEM_ERROR || rc == TW_RC_SECURITY_VIOLATION ||
           rc == TW_RC_NOT_PERMITTED_TERMINAL;
}

/* The host took it; what transfer.status asks is answered when the transfer's end is told. */
static bool is_acknowledged(const struct atm_advices *advices) {
    return advices->method == TW_METHOD_TRANSFER_STATUS
               ? atm_transfer_fate(&advices->answer.posting) != ATM_OP_PENDING
               : !means_again(advices->answer.outcome.rc);
}

static struct atm_advice_slot *find_slot(struct atm_terminal *terminal, int64_t id) {
    for (size_t i = 0; i < terminal->advices.count; i++)
        if (terminal->advices.slots[i].id == id)
            return &terminal->advices.slots[i];
    return NULL;
}

size_t atm_advices_of(const struct atm_terminal *terminal, bool questions) {
    size_t count = 0;
    for (size_t i = 0; i < terminal->advices.count; i++)
        count += terminal->advices.slots[i].question == questions;
    return count;
}

static void postpone(struct atm_terminal *terminal) {
    struct atm_advice_slot *slot = find_slot(terminal, terminal->advices.in_flight);
    slot->due_us = tw_now_us(terminal->options.clock) + slot->backoff_ms * 1000;
    slot->backoff_ms *= 2;
    if (slot->backoff_ms > ATM_ADVICE_BACKOFF_MAX)
        slot->backoff_ms = ATM_ADVICE_BACKOFF_MAX;
}

/* Frees the way for an advice; the answer, should it come, is nobody's, and it is asked again. */
static void set_question_aside(struct atm_terminal *terminal) {
    struct atm_advices *advices = &terminal->advices;
    if (advices->in_flight == 0 || !find_slot(terminal, advices->in_flight)->question)
        return;
    postpone(terminal);
    advices->in_flight = 0;
    advices->generation++;
}

static void add_slot(struct atm_terminal *terminal, int64_t id, bool question, int64_t pause_ms) {
    struct atm_advices *advices = &terminal->advices;
    if (advices->count == ATM_ADVICES_MAX) /* picked up from the journal at the next power-up */
        return;
    advices->slots[advices->count++] = (struct atm_advice_slot){
        .id = id,
        .due_us = tw_now_us(terminal->options.clock) + pause_ms * 1000,
        .backoff_ms = ATM_ADVICE_BACKOFF_MS,
        .question = question,
    };
}

void atm_advice_added(struct atm_terminal *terminal, int64_t id) {
    set_question_aside(terminal);
    add_slot(terminal, id, false, 0);
}

void atm_question_added(struct atm_terminal *terminal, int64_t id, int64_t pause_ms) {
    add_slot(terminal, id, true, pause_ms);
}

struct tw_status atm_advices_load(struct atm_terminal *terminal, struct tw_error *ret_error) {
    struct atm_waiting_advice waiting[ATM_ADVICES_MAX];
    size_t count = 0;
    struct tw_status status =
        atm_journal_waiting(terminal->options.journal, waiting, &count, ret_error);
    terminal->advices.count = 0;
    for (size_t i = 0; tw_ok(status) && i < count; i++)
        add_slot(terminal, waiting[i].id, waiting[i].question, 0);
    return status;
}

int64_t atm_advise(struct atm_terminal *terminal, enum tw_method_id method, const void *request,
                   const struct tw_header *header) {
    TW_JSON_OWNED json_t *params = tw_fields_write(tw_method(method)->request, request);
    tw_assert(params != NULL);
    return atm_journal_advise(terminal->options.journal, &header->txid, method, header->stan,
                              params);
}

int64_t atm_advice_due_us(const struct atm_terminal *terminal) {
    const struct atm_advices *advices = &terminal->advices;
    if (advices->in_flight != 0)
        return advices->deadline_us;
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < advices->count; i++)
        if (advices->slots[i].due_us < due_us)
            due_us = advices->slots[i].due_us;
    return due_us;
}

static void send_advice(struct atm_terminal *terminal, int64_t id) {
    struct atm_advices *advices = &terminal->advices;
    struct atm_advice advice = {0};
    struct tw_error error = {0};
    struct tw_status status = atm_journal_advice(terminal->options.journal, id, &advice, &error);
    if (tw_ok(status)) {
        atm_journal_begin(terminal->options.journal);
        atm_journal_advice_sent(terminal->options.journal, id);
        status = atm_journal_commit(terminal->options.journal, &error);
    }
    if (!tw_ok(status)) {
        (void)atm_broken(terminal, &error);
        find_slot(terminal, id)->due_us = INT64_MAX;
        json_decref(advice.params);
        return;
    }
    if (advice.attempts > 0)
        (void)json_object_set_new(advice.params, "repeat", json_true());
    advices->in_flight = id;
    advices->generation++;
    advices->method = advice.method;
    advices->txid = advice.txid;
    advices->stan = advice.stan;
    advices->deadline_us =
        tw_now_us(terminal->options.clock) + terminal->options.limits.advice_ms * 1000;
    atm_call_host(terminal,
                  (struct atm_ticket){.generation = advices->generation,
                                      .is_advice = true,
                                      .method = advice.method,
                                      .txid = advice.txid,
                                      .stan = advice.stan},
                  advice.params, advices->deadline_us);
    json_decref(advice.params);
}

/* Advices before questions, then the earlier due. */
static bool goes_before(const struct atm_advice_slot *slot, const struct atm_advice_slot *other) {
    return other == NULL ||
           (slot->question == other->question ? slot->due_us < other->due_us : other->question);
}

/* The one to send now: one that is due, or during a flush the first untried. */
static int64_t next_advice(const struct atm_terminal *terminal) {
    const struct atm_advices *advices = &terminal->advices;
    int64_t now_us = tw_now_us(terminal->options.clock);
    const struct atm_advice_slot *best = NULL;
    for (size_t i = 0; i < advices->count; i++) {
        const struct atm_advice_slot *slot = &advices->slots[i];
        if (advices->flushed != NULL && !slot->tried)
            return slot->id;
        if (slot->due_us <= now_us && goes_before(slot, best))
            best = slot;
    }
    return best != NULL ? best->id : 0;
}

static void end_flush(struct atm_terminal *terminal) {
    atm_step_fn then = terminal->advices.flushed;
    terminal->advices.flushed = NULL;
    if (then != NULL)
        then(terminal);
}

static bool all_tried(const struct atm_terminal *terminal) {
    for (size_t i = 0; i < terminal->advices.count; i++)
        if (!terminal->advices.slots[i].tried)
            return false;
    return true;
}

static void send_next(struct atm_terminal *terminal) {
    const struct atm_advices *advices = &terminal->advices;
    while (advices->in_flight == 0) {
        if (advices->flushed != NULL && all_tried(terminal)) {
            end_flush(terminal); /* what is still due is sent by the next tick */
            return;
        }
        int64_t id = next_advice(terminal);
        if (id == 0)
            return;
        find_slot(terminal, id)->tried = true;
        send_advice(terminal, id);
        if (advices->in_flight == id)
            return; /* the answer, or the tick, goes on */
    }
}

void atm_advice_flush(struct atm_terminal *terminal, bool questions, atm_step_fn then) {
    struct atm_advices *advices = &terminal->advices;
    tw_assert(advices->flushed == NULL);
    if (!questions)
        set_question_aside(terminal);
    size_t wanted = 0;
    for (size_t i = 0; i < advices->count; i++) {
        struct atm_advice_slot *slot = &advices->slots[i];
        bool left_out = slot->question && !questions;
        slot->tried = left_out || slot->id == advices->in_flight;
        wanted += !left_out;
    }
    if (wanted == 0) {
        then(terminal);
        return;
    }
    advices->flushed = then;
    send_next(terminal);
}

void atm_advice_watch(struct atm_terminal *terminal, int64_t id, atm_reply_fn then) {
    tw_assert(terminal->advices.watched == NULL);
    terminal->advices.watch = id;
    terminal->advices.watched = then;
    send_next(terminal);
}

static void remove_slot(struct atm_terminal *terminal, int64_t id) {
    struct atm_advices *advices = &terminal->advices;
    struct atm_advice_slot *slot = find_slot(terminal, id);
    advices->count--;
    memmove(slot, slot + 1,
            (size_t)(&advices->slots[advices->count] - slot) * sizeof advices->slots[0]);
}

/* A physical count that the host has booked ends the suspicion. */
static void after_acknowledgement(struct atm_terminal *terminal, enum tw_rc rc) {
    if (terminal->advices.method == TW_METHOD_TERMINAL_BALANCE && rc == TW_RC_APPROVED &&
        strcmp(terminal->reason, "suspect") == 0)
        atm_take_out(terminal, ATM_JOURNAL_READY);
}

static void acknowledge(struct atm_terminal *terminal, enum tw_rc rc) {
    struct atm_advices *advices = &terminal->advices;
    struct tw_header header = {
        .business_date = terminal->business_date, .stan = advices->stan, .txid = advices->txid};
    bool inquiry = advices->method == TW_METHOD_TRANSFER_STATUS;
    bool disputed = !inquiry && rc != TW_RC_APPROVED && rc != TW_RC_ORIGINAL_NOT_FOUND;
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_journal_advice_acknowledged(terminal->options.journal, advices->in_flight,
                                    tw_rc_digits(rc));
    atm_record(terminal, disputed ? "disputed" : "acknowledged", &header,
               json_pack("{s:s, s:s}", "method", tw_method(advices->method)->name, "rc",
                         tw_rc_digits(rc)));
    after_acknowledgement(terminal, rc);
    if (inquiry)
        atm_transfer_end(terminal, &header, &advices->answer.posting);
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error); /* sent again after the repair; harmless */
    tw_log(disputed ? TW_LOG_WARN : TW_LOG_INFO, "advice acknowledged",
           TW_STR("method", tw_method(advices->method)->name), TW_STR("rc", tw_rc_digits(rc)),
           TW_INT("stan", advices->stan));
    remove_slot(terminal, advices->in_flight);
}

static void after_attempt(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_advices *advices = &terminal->advices;
    int64_t id = advices->in_flight;
    advices->in_flight = 0;
    advices->generation++;
    if (advices->watched != NULL && advices->watch == id) {
        atm_reply_fn watched = advices->watched;
        advices->watched = NULL;
        watched(terminal, reply);
    }
    if (reply == ATM_REPLY_NONE && advices->flushed != NULL) /* nobody there: stop trying */
        for (size_t i = 0; i < advices->count; i++)
            advices->slots[i].tried = true;
    send_next(terminal);
}

void atm_advice_answered(struct atm_terminal *terminal, const struct atm_host_answer *answer) {
    struct atm_advices *advices = &terminal->advices;
    enum tw_rc rc = TW_RC_SYSTEM_ERROR;
    char text[ATM_TEXT_SIZE] = "";
    enum atm_reply reply = atm_read_answer(advices->method, answer, &advices->answer, &rc, text);
    if (reply == ATM_REPLY_RESULT && is_acknowledged(advices)) {
        acknowledge(terminal, advices->answer.outcome.rc);
    } else {
        bool pending = reply == ATM_REPLY_RESULT && advices->method == TW_METHOD_TRANSFER_STATUS;
        tw_log(
            pending ? TW_LOG_INFO : TW_LOG_WARN, "advice not acknowledged",
            TW_STR("method", tw_method(advices->method)->name), TW_STR("reason", text),
            TW_STR("rc", tw_rc_digits(reply == ATM_REPLY_RESULT ? advices->answer.outcome.rc : rc)),
            TW_INT("stan", advices->stan));
        postpone(terminal);
    }
    after_attempt(terminal, reply);
}

void atm_advice_tick(struct atm_terminal *terminal) {
    struct atm_advices *advices = &terminal->advices;
    if (advices->in_flight != 0 && tw_now_us(terminal->options.clock) >= advices->deadline_us) {
        postpone(terminal);
        after_attempt(terminal, ATM_REPLY_NONE);
        return;
    }
    send_next(terminal);
}
