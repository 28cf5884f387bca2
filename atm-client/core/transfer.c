/*
 * Transfer: the same request, with the same key, until the host has answered or the customer has
 * waited long enough; then it is pending, which is neither yes nor no. Silence is never taken for
 * an outcome: the question for its final state (transfer.status) is journaled like an advice, in
 * the commit that says pending, and repeated until it is answered with one. The bank may say
 * PENDING too: the money is held, and the payee's bank has not said yet. Nobody stands there to get
 * a receipt of the outcome then, so it goes into the journal; a customer who comes back with the
 * transfer's id can ask too.
 */
#include <stdio.h>
#include <string.h>

#include "atm-client/core/internal.h"
#include "core/crash.h"

static bool journal_request(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_transfer_request *request = &work->request.transfer;
    struct tw_error error = {0};
    char from[TW_IBAN_TEXT_SIZE];
    char to[TW_IBAN_TEXT_SIZE];
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, &work->header);
    request->header = work->header;
    struct atm_operation operation = {
        .txid = work->header.txid,
        .kind = ATM_OP_TRANSFER,
        .state = ATM_OP_REQUESTED,
        .business_date = work->header.business_date,
        .stan = work->header.stan,
        .amount_minor = request->amount,
        .currency = request->currency,
        .account = request->from_account,
        .surcharge_minor = work->outcome.surcharge_minor,
    };
    (void)tw_pan_mask(terminal->card.pan, operation.pan_masked);
    atm_journal_operation_new(terminal->options.journal, &operation);
    atm_record(terminal, "request", &work->header,
               atm_with_surcharge(json_pack("{s:s, s:I, s:s, s:s}", "method",
                                            tw_method(TW_METHOD_TRANSFER)->name, "amount",
                                            (json_int_t)request->amount, "from",
                                            tw_iban_text(request->from_account, from), "to",
                                            tw_iban_text(request->to_account, to)),
                                  request->amount, work->outcome.surcharge_minor));
    if (tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        return true;
    work->outcome.stan = 0;
    atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
               ATM_PHASE_SESSION);
    return false;
}

static void journal_end(struct atm_terminal *terminal, enum atm_operation_state state,
                        enum tw_rc rc) {
    struct tw_error error = {0};
    const struct atm_work *work = &terminal->work;
    json_t *detail = json_pack("{s:s}", "rc", tw_rc_digits(rc));
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &work->header.txid, state,
                               tw_rc_digits(rc));
    if (state == ATM_OP_DONE) {
        atm_journal_operation_charge(terminal->options.journal, &work->header.txid,
                                     work->outcome.surcharge_minor);
        (void)atm_with_surcharge(detail, work->outcome.amount_minor, work->outcome.surcharge_minor);
        (void)atm_with_reference(detail, &terminal->exchange.answer.posting);
    }
    atm_record(terminal, atm_operation_state_name(state), &work->header, detail);
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error); /* found as REQUESTED at power-up: pending */
}

struct tw_status atm_transfer_leave(struct atm_terminal *terminal, const struct tw_uuid *txid,
                                    enum tw_rc rc, struct tw_error *ret_error) {
    struct atm_journal *journal = terminal->options.journal;
    struct tw_transfer_status_request question = {
        .header = {.terminal_id = terminal->options.terminal_id,
                   .business_date = terminal->business_date,
                   .txid = *txid},
        .from_account = atm_account_of(terminal, txid)};
    atm_journal_begin(journal);
    question.header.stan = atm_journal_next_stan(journal, terminal->business_date);
    atm_journal_operation_move(journal, txid, ATM_OP_PENDING, tw_rc_digits(rc));
    atm_record(terminal, atm_operation_state_name(ATM_OP_PENDING), &question.header,
               json_pack("{s:s}", "rc", tw_rc_digits(rc)));
    int64_t advice = atm_advise(terminal, TW_METHOD_TRANSFER_STATUS, &question, &question.header);
    struct tw_status status = atm_journal_commit(journal, ret_error);
    if (tw_ok(status))
        /* A bank that has just said "pending" is given time to find out. */
        atm_question_added(terminal, advice, rc == TW_RC_APPROVED ? ATM_ADVICE_BACKOFF_MS : 0);
    return status;
}

enum atm_operation_state atm_transfer_fate(const struct tw_posting_result *result) {
    static const struct {
        const char *status;
        enum atm_operation_state state;
    } fates[] = {
        {"COMPLETED", ATM_OP_DONE}, {"REJECTED", ATM_OP_DECLINED}, {"RETURNED", ATM_OP_RETURNED}};
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
        if (strcmp(result->status, fates[i].status) == 0)
            return fates[i].state;
    return ATM_OP_PENDING;
}

/* A code without a status comes from somebody on the way. What tells of the route or of a failure
 * leaves open whether the request went farther; everything else was said before it did. */
static enum atm_operation_state fate_of_request(const struct tw_posting_result *result) {
    enum tw_rc rc = result->outcome.rc;
    if (result->status[0] != '\0')
        return atm_transfer_fate(result);
    if (rc == TW_RC_APPROVED)
        return ATM_OP_DONE;
    return rc == TW_RC_ISSUER_UNREACHABLE || rc == TW_RC_SYSTEM_ERROR || rc == TW_RC_TOO_LATE
               ? ATM_OP_PENDING
               : ATM_OP_DECLINED;
}

void atm_transfer_finish(struct atm_terminal *terminal, enum atm_operation_state fate) {
    struct atm_outcome *outcome = &terminal->work.outcome;
    const struct tw_outcome *said = &terminal->exchange.answer.outcome;
    outcome->answered = true;
    outcome->answer = terminal->exchange.answer;
    if (fate == ATM_OP_DECLINED)
        outcome->surcharge_minor = 0; /* of one that came back the fee stays paid */
    if (fate == ATM_OP_PENDING)
        atm_finish(terminal, ATM_PENDING, said->rc, ATM_SAY(TRANSFER_PENDING), ATM_PHASE_SESSION);
    else if (fate == ATM_OP_RETURNED)
        atm_finish(terminal, ATM_DECLINED, said->rc, ATM_SAY(TRANSFER_RETURNED), ATM_PHASE_SESSION);
    else
        atm_finish(terminal, fate == ATM_OP_DONE ? ATM_APPROVED : ATM_DECLINED, said->rc,
                   said->text, ATM_PHASE_SESSION);
}

void atm_transfer_end(struct atm_terminal *terminal, const struct tw_header *header,
                      const struct tw_posting_result *result) {
    struct atm_journal *journal = terminal->options.journal;
    struct atm_operation operation = {0};
    enum atm_operation_state state = atm_transfer_fate(result);
    bool known = tw_ok(atm_journal_operation(journal, &header->txid, &operation, NULL));
    bool news = (operation.state == ATM_OP_PENDING && state != ATM_OP_PENDING) ||
                (operation.state == ATM_OP_DONE && state == ATM_OP_RETURNED);
    if (!known || !news)
        return;
    atm_journal_operation_move(journal, &header->txid, state, tw_rc_digits(result->outcome.rc));
    atm_record(terminal, atm_operation_state_name(state), header,
               json_pack("{s:s}", "rc", tw_rc_digits(result->outcome.rc)));
}

static void leave(struct atm_terminal *terminal, enum tw_rc rc) {
    struct tw_error error = {0};
    if (!tw_ok(atm_transfer_leave(terminal, &terminal->work.header.txid, rc, &error)))
        (void)atm_broken(terminal, &error); /* found as REQUESTED at power-up */
}

static void transfer_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_exchange *exchange = &terminal->exchange;
    tw_crash_point("atm.answer_received");
    if (reply == ATM_REPLY_RESULT) {
        enum tw_rc rc = exchange->answer.outcome.rc;
        enum atm_operation_state fate = fate_of_request(&exchange->answer.posting);
        atm_keep_session(terminal, exchange->answer.posting.session);
        if (rc == TW_RC_APPROVED)
            terminal->work.outcome.surcharge_minor = exchange->answer.posting.surcharge;
        if (fate == ATM_OP_PENDING)
            leave(terminal, rc);
        else
            journal_end(terminal, fate, rc);
        atm_transfer_finish(terminal, fate);
    } else if (reply == ATM_REPLY_ERROR) {
        journal_end(terminal, ATM_OP_DECLINED, exchange->error_rc);
        terminal->work.outcome.surcharge_minor = 0;
        atm_finish_reply(terminal, reply, ATM_PHASE_SESSION);
    } else {
        leave(terminal, TW_RC_ISSUER_UNREACHABLE);
        atm_finish(terminal, ATM_PENDING, TW_RC_ISSUER_UNREACHABLE, ATM_SAY(TRANSFER_PENDING),
                   ATM_PHASE_SESSION);
    }
}

static void request_transfer(struct atm_terminal *terminal) {
    if (!journal_request(terminal))
        return;
    tw_crash_point("atm.request_journaled");
    struct tw_transfer_request *request = &terminal->work.request.transfer;
    int64_t transfer_ms = terminal->options.limits.transfer_ms;
    request->header.deadline_ms = transfer_ms;
    (void)snprintf(request->session, sizeof request->session, "%s", terminal->session);
    atm_exchange(terminal, TW_METHOD_TRANSFER, request,
                 (struct atm_patience){.attempt_ms = transfer_ms, .total_ms = transfer_ms},
                 transfer_answered);
    tw_wipe(request->session, sizeof request->session);
}

void atm_transfer(struct atm_terminal *terminal, const struct tw_iban *from,
                  const struct tw_iban *to, int64_t amount_minor, const char *remittance,
                  atm_done_fn done, void *context) {
    if (amount_minor <= 0 || amount_minor > TW_AMOUNT_MAX_MINOR ||
        strlen(remittance) >= sizeof((struct tw_transfer_request *)NULL)->remittance) {
        atm_refuse(terminal, done, context, ATM_SAY(TRANSFER_RANGE));
        return;
    }
    if (atm_advices_of(terminal, true) >= ATM_QUESTIONS_MAX) {
        atm_refuse(terminal, done, context, ATM_SAY(TRANSFERS_PENDING));
        return;
    }
    if (!atm_begin(terminal, TW_METHOD_TRANSFER, ATM_PHASE_SESSION, ATM_PHASE_TRANSFERRING, done,
                   context))
        return;
    struct atm_work *work = &terminal->work;
    work->outcome.account = *from;
    work->outcome.to_account = *to;
    work->outcome.amount_minor = amount_minor;
    work->outcome.surcharge_minor = atm_terminal_surcharge(terminal, from);
    work->request.transfer = (struct tw_transfer_request){
        .from_account = *from,
        .to_account = *to,
        .amount = amount_minor,
        .currency = terminal->currency,
    };
    (void)snprintf(work->request.transfer.remittance, sizeof work->request.transfer.remittance,
                   "%s", remittance);
    atm_advice_flush(terminal, false, request_transfer);
}
