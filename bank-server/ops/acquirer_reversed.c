/*
 * The issuer's acknowledgement of a reversal, booked at the acquirer as phase 4. It tells what
 * became of the original, so both books carry the same items with the same stamps:
 *
 *   we had booked it        withdrawal: Dr DispClr (and FeeInc) Cr IB:issuer, in the reversal's
 * window deposit:    Dr IB:issuer Cr DepPend we had no answer        IB:issuer by the original in
 * its window and back in the reversal's the issuer had nothing  nothing
 *
 * What contradicts our own book is not adjusted: it is recorded with 95, DispClr stays open and is
 * listed.
 */
#include <string.h>

#include "core/log.h"
#include "ops/acquirer.h"
#include "ops/interbank.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    memset(item->content_digest, 0, sizeof item->content_digest);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
    bank_want_account(book, bank_ledger_account(BANK_FEEINC, book->stripe), true);
    bank_want_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe), true);
    bank_want_peer(book, item, item->peer_answer.peer, (int32_t)answer->window_no);
    if (answer->original_window_no != 0 && answer->original_window_no != answer->window_no) {
        bank_want_peer(book, item, item->peer_answer.peer, (int32_t)answer->original_window_no);
    }
}

static void record_break(struct bank_item *item, const char *reason) {
    item->decision.rc = TW_RC_RECONCILE_ERROR;
    tw_log(TW_LOG_ERROR, "reconciliation difference", TW_INT("peer", item->peer_answer.peer),
           TW_STR("reason", reason), TW_STR("trace_id", item->trace.trace_id));
}

/* Debits what the issuer owed for a withdrawal, or credits what we owed for a deposit, away. */
static void post_booked(struct bank_item *item, struct bank_book *book, struct bank_account *issuer,
                        int64_t returned_minor) {
    struct bank_decision *decision = &item->decision;
    int64_t fees = decision->surcharge_minor + decision->interchange_minor;
    if (decision->operation == BANK_DEPOSIT) {
        bank_post(book, decision, issuer,
                  bank_book_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe)),
                  returned_minor);
        return;
    }
    bank_post_leg(book, decision,
                  bank_book_account(book, bank_dispclr_account(decision->terminal_id)),
                  returned_minor);
    if (fees > 0) {
        bank_post_leg(book, decision,
                      bank_book_account(book, bank_ledger_account(BANK_FEEINC, book->stripe)),
                      fees);
    }
    bank_post_leg(book, decision, issuer, -(returned_minor + fees));
}

/* original: booked here and approved. */
static void decide_booked(struct bank_item *item, struct bank_book *book,
                          const struct bank_decision *original,
                          const struct bank_decision *reversal) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    struct bank_decision *decision = &item->decision;
    int64_t returned = reversal->amount_minor - reversal->kept_minor;
    bool full = reversal->kept_minor == 0;
    bool as_asked = answer->amount == returned &&
                    answer->surcharge == (full ? original->surcharge_minor : 0) &&
                    answer->interchange == (full ? original->interchange_minor : 0) &&
                    answer->original_window_no == original->window_no &&
                    answer->original_amount == original->amount_minor + original->surcharge_minor +
                                                   original->interchange_minor;
    if (answer->outcome.rc != TW_RC_APPROVED || !as_asked) {
        record_break(item, "the issuer's reversal differs from ours");
        return;
    }
    struct bank_account *issuer =
        bank_book_interbank(book, item, decision->peer, decision->window_no);
    if (issuer == NULL) {
        return;
    }
    decision->surcharge_minor = answer->surcharge;
    decision->interchange_minor = answer->interchange;
    if (returned > 0) {
        post_booked(item, book, issuer, returned);
    }
}

/* Nothing was booked here: the mirror of the issuer's two items. */
static void decide_unbooked(struct bank_item *item, struct bank_book *book,
                            const struct bank_decision *reversal) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    struct bank_decision *decision = &item->decision;
    bool posted = answer->outcome.rc == TW_RC_APPROVED && answer->original_amount > 0;
    if (!posted) {
        decision->window_no = 0; /* no item */
        return;
    }
    int64_t whole = answer->amount + answer->surcharge + answer->interchange;
    if (whole != answer->original_amount || answer->amount != reversal->amount_minor ||
        !bank_window_plausible(book, answer->original_window_no)) {
        record_break(item, "the issuer did not reverse all of what it had posted");
        return;
    }
    struct bank_account *first =
        bank_book_interbank(book, item, decision->peer, (int32_t)answer->original_window_no);
    struct bank_account *second =
        bank_book_interbank(book, item, decision->peer, decision->window_no);
    if (first == NULL || second == NULL) {
        return;
    }
    decision->surcharge_minor = answer->surcharge;
    decision->interchange_minor = answer->interchange;
    int64_t owed = decision->operation == BANK_DEPOSIT ? -whole : whole;
    bank_post_leg(book, decision, first, owed);
    bank_post_leg(book, decision, second, -owed);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_posting_result *answer = &item->peer_answer.posting;
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    const struct bank_decision *reversal = bank_book_decision(book, &decision->txid, BANK_REVERSAL);
    if (reversal == NULL || reversal->peer != item->peer_answer.peer) {
        item->origin = BANK_REFUSED;
        bank_decline(item, TW_RC_ORIGINAL_NOT_FOUND);
        return;
    }
    decision->operation = reversal->operation;
    decision->terminal_id = reversal->terminal_id;
    decision->amount_minor = reversal->amount_minor;
    decision->kept_minor = reversal->kept_minor;
    decision->peer = reversal->peer;
    decision->window_no = (int32_t)answer->window_no;
    bank_book_answered(book, decision->peer, &decision->txid, BANK_REVERSAL);
    if (answer->outcome.rc == TW_RC_APPROVED && answer->window_no != 0 &&
        !bank_window_plausible(book, answer->window_no)) {
        record_break(item, "the issuer's window is not one of ours");
        return;
    }
    decision->rc = answer->outcome.rc;
    if (original != NULL && original->rc == TW_RC_APPROVED) {
        decide_booked(item, book, original, reversal);
    } else {
        decide_unbooked(item, book, reversal);
    }
}

const struct bank_op bank_op_acquirer_reversed = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_WITHDRAWAL,
    .phase = BANK_OUTCOME,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_ADVICE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
