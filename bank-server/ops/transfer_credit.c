/*
 * As the beneficiary's bank: transfer.credit (Dr IB:{originator} Cr Cust, final) and
 * transfer.inquiry. Both speak of one decision, phase 5 of the transfer's txid: who comes first
 * makes it, so an inquiry about an unknown transfer rejects it for ever, and the transfer that
 * comes later is told so. The originator may owe us up to its bilateral limit.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/interbank.h"
#include "ops/transfer.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_credit_request *request = &item->request.credit;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->from_account.bank_code);
    bank_content_i64(&content, request->from_account.account);
    bank_content_i64(&content, request->to_account.bank_code);
    bank_content_i64(&content, request->to_account.account);
    bank_content_i64(&content, request->amount);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_bytes(&content, request->remittance, strlen(request->remittance));
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct tw_credit_request *request = &item->request.credit;
    if (request->to_account.bank_code == book->services->bank_code) {
        bank_want_account(book, request->to_account.account, true);
    }
    bank_want_peer(book, item, item->acquirer, 0);
}

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    bank_decline(item, rc);
}

/* NULL: it may be credited, as far as peer and account go. */
static const char *check(const struct bank_item *item, struct bank_book *book,
                         const struct bank_peer *peer, const struct bank_account *to) {
    const struct tw_credit_request *request = &item->request.credit;
    if (request->to_account.bank_code != book->services->bank_code) {
        return "RC01";
    }
    if (to == NULL || to->kind != BANK_CUST) {
        return "AC01";
    }
    if (to->status == 'C') {
        return "AC04";
    }
    if (!tw_currency_equal(to->currency, request->currency)) {
        return "AM03";
    }
    return peer->status == 'A' && bank_fits(to, -request->amount) ? NULL : "AM14";
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_credit_request *request = &item->request.credit;
    struct bank_decision *decision = &item->decision;
    const struct bank_peer *peer = bank_book_peer(book, item->acquirer);
    if (peer == NULL || request->from_account.bank_code != item->acquirer) {
        refuse(item, TW_RC_SECURITY_VIOLATION); /* not its customer's money */
        return;
    }
    struct bank_account *to = bank_book_account(book, request->to_account.account);
    const char *reason = check(item, book, peer, to);
    decision->amount_minor = request->amount;
    decision->peer = peer->code;
    if (reason == NULL) {
        struct bank_account *originator = bank_book_interbank(book, item, peer->code, 0);
        if (originator == NULL) {
            return;
        }
        if (bank_book_room(book, item, peer->code, request->amount)) {
            decision->account_id = to->id;
            decision->window_no = book->window_no;
            bank_post(book, decision, originator, to, request->amount);
            bank_note_balance(item, to);
            return;
        }
        reason = "AM14";
    }
    decision->rc = bank_rc_of_reason(reason);
    decision->detail = bank_reason_detail(reason);
}

static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    (void)services;
    const struct bank_decision *decision = &item->decision;
    struct tw_credit_result result = {.outcome = bank_outcome(decision->rc)};
    bool refused = item->origin == BANK_REFUSED;
    bool accepted = decision->rc == TW_RC_APPROVED;
    result.amount = decision->amount_minor;
    result.window_no = decision->window_no;
    (void)snprintf(result.status, sizeof result.status, "%s",
                   refused    ? "REFUSED"
                   : accepted ? "ACCEPTED"
                              : "REJECTED");
    if (!accepted) {
        bank_reason_of(decision, result.reason);
    }
    return tw_fields_write_text(out, tw_credit_result_fields, &result);
}

const struct bank_op bank_op_transfer_credit = {
    .method = TW_METHOD_TRANSFER_CREDIT,
    .operation = BANK_INCOMING_TRANSFER,
    .phase = BANK_CREDIT,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_PEER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = answer,
};

/* --- transfer.inquiry ------------------------------------------------------------------------ */

static void answer_stored(struct bank_item *item, const struct bank_decision *stored) {
    item->origin = BANK_STORED;
    item->decision = *stored;
    if (stored->detail != NULL) {
        item->decision.detail = strdup(stored->detail);
        tw_assert(item->decision.detail != NULL);
    }
}

static void decide_inquiry(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *credit = bank_book_decision(book, &decision->txid, BANK_CREDIT);
    if (credit == NULL) {
        decision->peer = item->acquirer;
        decision->rc = TW_RC_ORIGINAL_NOT_FOUND;
        decision->detail = bank_reason_detail("AB05");
    } else if (credit->peer != item->acquirer) {
        refuse(item, TW_RC_SECURITY_VIOLATION);
    } else {
        answer_stored(item, credit);
    }
}

const struct bank_op bank_op_transfer_inquiry = {
    .method = TW_METHOD_TRANSFER_INQUIRY,
    .operation = BANK_INCOMING_TRANSFER,
    .phase = BANK_CREDIT,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_PEER | BANK_OP_INQUIRY,
    .decide = decide_inquiry,
    .answer = answer,
};
