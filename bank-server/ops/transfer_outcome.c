/*
 * What the beneficiary's bank finally said about our transfer, booked as phase 4; after it there is
 * only a return. Accepted: Dr Transit Cr IB:{beneficiary} in the window that bank stamped; the bank
 * of a foreign terminal now earns its fee, an item of its own (phase 7) that we decide and stamp.
 * Rejected: Dr Transit Cr Cust, and the day's limit back. An answer that cannot be true (another
 * amount, an impossible window) is not booked: the transfer stays UNKNOWN, is inquired again, and
 * is listed as an exception.
 */
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "ops/interbank.h"
#include "ops/transfer.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    memset(item->content_digest, 0, sizeof item->content_digest);
}

static bool is_accepted(const struct bank_item *item) {
    return item->peer_answer.credit.outcome.rc == TW_RC_APPROVED;
}

/* The acquirer becomes known with the original; then the item runs again and wants its rows too. */
static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe), true);
    if (is_accepted(item)) {
        bank_want_peer(book, item, item->peer_answer.peer,
                       (int32_t)item->peer_answer.credit.window_no);
    } else {
        bank_want_original(book, &item->request.header.txid);
    }
    if (bank_is_foreign(item, book->services)) {
        bank_issuer_plan(item, book);
    }
}

static void refuse(struct bank_item *item, const char *reason) {
    tw_log(TW_LOG_ERROR, "answer about a transfer refused", TW_INT("peer", item->peer_answer.peer),
           TW_STR("reason", reason), TW_STR("trace_id", item->trace.trace_id));
    item->origin = BANK_REFUSED;
    bank_decline(item, TW_RC_RECONCILE_ERROR);
}

static void release(struct bank_item *item, struct bank_book *book,
                    const struct bank_decision *original) {
    const struct tw_credit_result *answer = &item->peer_answer.credit;
    struct bank_decision *decision = &item->decision;
    struct bank_account *account = bank_book_account(book, original->account_id);
    if (account == NULL || !account->locked) {
        book->retry = true;
        return;
    }
    const char *reason = answer->reason[0] != '\0' ? answer->reason : "AB05";
    decision->rc = bank_rc_of_reason(reason);
    decision->detail = bank_reason_detail(reason);
    decision->account_id = account->id;
    bank_post(book, decision,
              bank_book_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe)), account,
              original->amount_minor + original->surcharge_minor);
    bank_unuse_daily(account, original->posted_on, original->amount_minor);
    bank_note_balance(item, account);
}

/* The fee is an item between us and the terminal's bank: our decision, our window. */
static void post_fee(struct bank_item *item, struct bank_book *book,
                     const struct bank_decision *original, struct bank_account *acquirer) {
    item->has_extra = true;
    item->extra = bank_transfer_fee(book, &item->decision, original);
    if (original->surcharge_minor > 0) {
        bank_post_leg(book, &item->extra,
                      bank_book_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe)),
                      original->surcharge_minor);
    }
    bank_issuer_post(book, &item->extra, acquirer, original->surcharge_minor,
                     original->interchange_minor);
}

static void complete(struct bank_item *item, struct bank_book *book,
                     const struct bank_decision *original) {
    const struct tw_credit_result *answer = &item->peer_answer.credit;
    struct bank_decision *decision = &item->decision;
    bool fee = original->surcharge_minor + original->interchange_minor > 0;
    struct bank_account *beneficiary =
        bank_book_interbank(book, item, original->peer, (int32_t)answer->window_no);
    struct bank_account *acquirer =
        fee ? bank_book_interbank(book, item, original->acquirer, 0) : NULL;
    if (beneficiary == NULL || (fee && acquirer == NULL)) {
        return;
    }
    decision->window_no = (int32_t)answer->window_no;
    bank_post(book, decision,
              bank_book_account(book, bank_ledger_account(BANK_TRANSIT, book->stripe)), beneficiary,
              original->amount_minor);
    if (fee) {
        post_fee(item, book, original, acquirer);
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_credit_result *answer = &item->peer_answer.credit;
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL || original->operation != BANK_TRANSFER ||
        original->rc != TW_RC_APPROVED || original->peer != item->peer_answer.peer) {
        refuse(item, "there is no such transfer to that bank");
        return;
    }
    if (item->acquirer != original->acquirer) {
        item->acquirer = original->acquirer;
        book->retry = true;
        return;
    }
    decision->terminal_id = original->terminal_id;
    decision->amount_minor = original->amount_minor;
    decision->peer = original->peer;
    if (!is_accepted(item)) {
        release(item, book, original);
    } else if (answer->amount != original->amount_minor ||
               !bank_window_plausible(book, answer->window_no)) {
        refuse(item, "another amount, or a window that cannot be");
        return;
    } else {
        complete(item, book, original);
    }
    bank_book_answered(book, original->peer, &decision->txid, BANK_REQUEST);
}

const struct bank_op bank_op_transfer_outcome = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_TRANSFER,
    .phase = BANK_OUTCOME,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_ADVICE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
