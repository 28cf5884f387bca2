/*
 * transfer.request. Between accounts of this bank: Dr Cust1 Cr Cust2, final at once. To another
 * bank: Dr Cust Cr Transit, and the message for the beneficiary's bank in the same commit (HELD);
 * what that bank says is booked by transfer_outcome.c. Rejections carry the ISO 20022 reason beside
 * the response code.
 *
 * At a peer's terminal the peer earns its fees when the transfer completes: at once within this
 * bank (phase 7), else the surcharge waits in Transit beside the amount.
 */
#include "ops/transfer.h"

#include <string.h>

#include "ops/interbank.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    const struct tw_transfer_request *request = &item->request.transfer;
    bank_prepare_session(item, services, request->session);
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->from_account.bank_code);
    bank_content_i64(&content, request->from_account.account);
    bank_content_i64(&content, request->to_account.bank_code);
    bank_content_i64(&content, request->to_account.account);
    bank_content_i64(&content, request->amount);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_bytes(&content, request->remittance, strlen(request->remittance));
    bank_content_fees(&content, item, services, &request->fees);
    bank_content_end(&content, item);
}

static bool stays_here(const struct tw_transfer_request *request, const struct bank_book *book) {
    return request->to_account.bank_code == book->services->bank_code;
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct tw_transfer_request *request = &item->request.transfer;
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
    }
    bank_want_account(book, request->from_account.account, true);
    if (stays_here(request, book)) {
        bank_want_account(book, request->to_account.account, true);
    } else {
        bank_want_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe), true);
        bank_want_peer_terms(book, request->to_account.bank_code);
    }
    if (bank_is_foreign(item, book->services)) {
        bank_issuer_plan(item, book);
    }
}

void bank_transfer_reject(struct bank_item *item, enum tw_rc rc, const char *reason) {
    item->decision.rc = rc;
    item->decision.detail = bank_reason_detail(reason);
}

/* False when rejected. */
static bool check_payee(struct bank_item *item, const struct bank_account *from,
                        const struct bank_account *to) {
    const struct tw_transfer_request *request = &item->request.transfer;
    if (to == NULL || to->kind != BANK_CUST) {
        bank_transfer_reject(item, TW_RC_BAD_TO_ACCOUNT, "AC01");
    } else if (to->status == 'C') {
        bank_transfer_reject(item, TW_RC_BAD_TO_ACCOUNT, "AC04");
    } else if (to == from) {
        bank_transfer_reject(item, TW_RC_INVALID_TRANSACTION, "AC01");
    } else if (!tw_currency_equal(from->currency, request->currency) ||
               !tw_currency_equal(to->currency, request->currency)) {
        bank_transfer_reject(item, TW_RC_INVALID_TRANSACTION, "AM03");
    } else if (!bank_fits(to, -request->amount)) {
        bank_transfer_reject(item, TW_RC_INVALID_AMOUNT, "AM14");
    } else {
        return true;
    }
    return false;
}

/* False when rejected. */
static bool check_payer(struct bank_item *item, const struct bank_book *book,
                        const struct bank_account *from) {
    const struct tw_transfer_request *request = &item->request.transfer;
    enum tw_rc rc = bank_check_debit(from, book, request->amount + request->fees.surcharge);
    if (rc == TW_RC_RESTRICTED_CARD) {
        bank_transfer_reject(item, rc, "AC06");
    } else if (rc == TW_RC_AMOUNT_LIMIT) {
        bank_transfer_reject(item, rc, "AM14");
    } else if (rc != TW_RC_APPROVED) {
        bank_transfer_reject(item, rc, "AM04");
    }
    return rc == TW_RC_APPROVED;
}

struct bank_decision bank_transfer_fee(const struct bank_book *book,
                                       const struct bank_decision *decision,
                                       const struct bank_decision *request) {
    return (struct bank_decision){
        .txid = decision->txid,
        .phase = BANK_FEE,
        .operation = BANK_FEE_POSTING,
        .acquirer = request->acquirer,
        .terminal_id = request->terminal_id,
        .business_date = decision->business_date,
        .amount_minor = request->surcharge_minor + request->interchange_minor,
        .account_id = request->account_id,
        .peer = request->acquirer,
        .window_no = book->window_no,
        .surcharge_minor = request->surcharge_minor,
        .interchange_minor = request->interchange_minor,
        .rc = TW_RC_APPROVED,
    };
}

/* Final at once; acquirer is the account of the terminal's bank when it earns a fee, else NULL. */
static void post_here(struct bank_item *item, struct bank_book *book, struct bank_account *from,
                      struct bank_account *to, struct bank_account *acquirer) {
    const struct tw_transfer_request *request = &item->request.transfer;
    struct bank_decision *decision = &item->decision;
    decision->to_account_id = to->id;
    bank_post(book, decision, from, to, request->amount);
    if (acquirer != NULL) {
        decision->peer = item->acquirer;
        decision->window_no = book->window_no;
        item->has_extra = true;
        item->extra = bank_transfer_fee(book, decision, decision);
        if (request->fees.surcharge > 0) {
            bank_post_leg(book, &item->extra, from, request->fees.surcharge);
        }
        bank_issuer_post(book, &item->extra, acquirer, request->fees.surcharge,
                         request->fees.interchange);
    }
}

/* Held until the beneficiary's bank has decided. */
static void post_abroad(struct bank_item *item, struct bank_book *book, struct bank_account *from) {
    const struct tw_transfer_request *request = &item->request.transfer;
    struct bank_decision *decision = &item->decision;
    decision->peer = request->to_account.bank_code;
    bank_post(book, decision, from,
              bank_book_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe)),
              request->amount + request->fees.surcharge);
    struct tw_credit_request credit = {
        .header = {.txid = decision->txid},
        .from_account = request->from_account,
        .to_account = request->to_account,
        .amount = request->amount,
        .currency = request->currency,
    };
    memcpy(credit.remittance, request->remittance, sizeof credit.remittance);
    bank_book_send(book, item, decision->peer, BANK_REQUEST,
                   tw_method(TW_METHOD_TRANSFER_CREDIT)->name,
                   tw_fields_write(tw_credit_request_fields, &credit));
}

/* False when rejected: the bank of the payee, or the currency. */
static bool check_route(struct bank_item *item, struct bank_book *book,
                        const struct bank_account *from) {
    const struct tw_transfer_request *request = &item->request.transfer;
    const struct bank_peer *peer = bank_book_peer(book, request->to_account.bank_code);
    if (peer == NULL || peer->status != 'A') {
        bank_transfer_reject(item, TW_RC_NO_ROUTE, "RC01");
        return false;
    }
    if (!tw_currency_equal(from->currency, request->currency)) {
        bank_transfer_reject(item, TW_RC_INVALID_TRANSACTION, "AM03");
        return false;
    }
    return true;
}

/* Card, payer, payee: false when declined. */
static bool check(struct bank_item *item, struct bank_book *book, const struct bank_card *card,
                  const struct bank_account *from, const struct bank_account *to) {
    const struct tw_transfer_request *request = &item->request.transfer;
    enum tw_rc rc = bank_check_card(card, book);
    if (rc == TW_RC_APPROVED && bank_is_foreign(item, book->services)) {
        rc = bank_issuer_check(item, book, &request->fees);
    }
    if (rc != TW_RC_APPROVED) {
        bank_decline(item, rc);
        return false;
    }
    if (from == NULL) {
        bank_transfer_reject(item, TW_RC_BAD_FROM_ACCOUNT, "AC01");
        return false;
    }
    item->decision.account_id = from->id;
    bool payee =
        stays_here(request, book) ? check_payee(item, from, to) : check_route(item, book, from);
    return payee && check_payer(item, book, from);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_transfer_request *request = &item->request.transfer;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    struct bank_account *from = bank_card_account(book, card, request->from_account);
    struct bank_account *to = bank_book_account(book, request->to_account.account);
    if (!check(item, book, card, from, to)) {
        return;
    }
    bool fee = bank_is_foreign(item, book->services) &&
               request->fees.surcharge + request->fees.interchange > 0;
    struct bank_account *acquirer = fee ? bank_book_interbank(book, item, item->acquirer, 0) : NULL;
    if (fee && acquirer == NULL) {
        return;
    }
    decision->surcharge_minor = request->fees.surcharge;
    decision->interchange_minor = request->fees.interchange;
    if (stays_here(request, book)) {
        post_here(item, book, from, to, acquirer);
    } else {
        post_abroad(item, book, from);
    }
    bank_use_daily(from, book, request->amount);
    bank_note_balance(item, from);
}

/* --- answer ------------------------------------------------------------------------------------
 */

void bank_transfer_find_fate(struct bank_item *item, struct bank_book *book) {
    const struct tw_uuid *txid = &item->decision.txid;
    const struct bank_decision *outcome = bank_book_decision(book, txid, BANK_OUTCOME);
    const struct bank_decision *fee = bank_book_decision(book, txid, BANK_FEE);
    item->fate.final = outcome != NULL;
    item->fate.fee_window_no = fee != NULL ? fee->window_no : 0;
    if (outcome != NULL) {
        item->fate.rc = outcome->rc;
        bank_reason_of(outcome, item->fate.reason);
        item->fate.returned = bank_book_decision(book, txid, BANK_RETURN) != NULL;
    }
}

static const char *status_of(const struct bank_item *item, enum tw_rc rc) {
    if (rc != TW_RC_APPROVED) {
        return "REJECTED";
    }
    bool here = item->decision.to_account_id != 0;
    if (here || item->fate.final) {
        return item->fate.returned ? "RETURNED" : "COMPLETED";
    }
    return "PENDING";
}

bool bank_transfer_answer(const struct bank_item *item, const struct bank_services *services,
                          struct tw_buffer *out) {
    const struct bank_decision *decision = &item->decision;
    struct tw_posting_result result = bank_posting_result(item, services);
    enum tw_rc rc = decision->rc;
    bank_reason_of(decision, result.reason);
    if (rc == TW_RC_APPROVED && item->fate.final && item->fate.rc != TW_RC_APPROVED) {
        rc = item->fate.rc;
        memcpy(result.reason, item->fate.reason, sizeof result.reason);
        result.outcome = bank_outcome(rc);
    }
    (void)snprintf(result.status, sizeof result.status, "%s", status_of(item, rc));
    if (item->fate.fee_window_no != 0) {
        result.window_no = item->fate.fee_window_no;
    }
    return bank_write_posting(item, &result, out);
}

const struct bank_op bank_op_transfer = {
    .method = TW_METHOD_TRANSFER,
    .operation = BANK_TRANSFER,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ISSUER | BANK_OP_OWN_KEY,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_transfer_answer,
    .replayed = bank_transfer_find_fate,
};
