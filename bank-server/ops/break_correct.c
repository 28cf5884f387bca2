/*
 * A reconciliation break ends (ISO 20022: an adjustment), by an operator: what this book has of it
 * leaves the IB accounts of the window that was compared, what is right is booked in the next
 * window as an item (break id, amount), which the peer books likewise, and the difference is this
 * bank's loss or gain. It cannot be refused by the peer's limit, because it is owed.
 *
 *   ours 100.00, right 60.00   Cr IB:{peer,window} 100.00, Dr IB:{peer,next} 60.00, Dr Breaks 40.00
 *
 * The decision's detail keeps what was resolved, for the mark on the break, which follows.
 */
#include "ops/clearing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/interbank.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct bank_break_request *request = &item->request.correction;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->next_window_no);
    bank_content_i64(&content, request->settled);
    bank_content_bytes(&content, request->resolution, strlen(request->resolution));
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct bank_break_request *request = &item->request.correction;
    bank_want_account(book, bank_ledger_account(BANK_BREAKS, 0), true);
    bank_want_peer(book, item, request->peer, request->next_window_no);
    bank_want_whole_window(book, item, request->peer, request->window_no);
}

/* The part of each stripe leaves it; their sum in *ret_ours. */
static bool sum_up(struct bank_book *book, const struct bank_break_request *request,
                   int64_t *ret_ours) {
    *ret_ours = 0;
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        int64_t part = request->ours[stripe];
        const struct bank_account *account = bank_book_account(
            book, bank_interbank_account(request->peer, request->window_no, stripe));
        if (part != 0 && (account == NULL || !tw_money_add(*ret_ours, part, ret_ours))) {
            return false;
        }
    }
    return true;
}

static void note(struct bank_decision *decision, const struct bank_break_request *request,
                 int64_t ours) {
    char detail[160];
    int length = snprintf(detail, sizeof detail,
                          "{\"resolution\":\"%s\",\"ours\":%" PRId64 ",\"settled\":%" PRId64
                          ",\"old_window_no\":%" PRId32 "}",
                          request->resolution, ours, request->settled, request->window_no);
    tw_assert(length > 0 && (size_t)length < sizeof detail);
    decision->detail = strdup(detail);
    tw_assert(decision->detail != NULL);
}

static void post(struct bank_book *book, const struct bank_decision *decision,
                 const struct bank_break_request *request, struct bank_account *next,
                 int64_t difference) {
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        if (request->ours[stripe] != 0) {
            bank_post_leg(book, decision,
                          bank_book_account(book, bank_interbank_account(
                                                      request->peer, request->window_no, stripe)),
                          -request->ours[stripe]);
        }
    }
    if (request->settled != 0) {
        bank_post_leg(book, decision, next, request->settled);
    }
    if (difference != 0) {
        bank_post_leg(book, decision, bank_book_account(book, bank_ledger_account(BANK_BREAKS, 0)),
                      difference);
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_break_request *request = &item->request.correction;
    struct bank_decision *decision = &item->decision;
    int64_t ours = 0;
    decision->peer = request->peer;
    decision->window_no = request->next_window_no;
    if (request->window_no >= book->window_no || request->next_window_no <= request->window_no ||
        !bank_window_plausible(book, request->next_window_no)) {
        bank_clearing_refuse(item, "the break's window is not closed, or the next not after it");
        return;
    }
    const struct bank_account *losses =
        bank_book_account(book, bank_ledger_account(BANK_BREAKS, 0));
    if (!sum_up(book, request, &ours) || !bank_fits(losses, ours - request->settled)) {
        bank_clearing_refuse(item, "the accounts of the break's entries do not hold them");
        return;
    }
    struct bank_account *next =
        bank_book_interbank(book, item, request->peer, request->next_window_no);
    if (next == NULL) {
        return;
    }
    decision->amount_minor = request->settled < 0 ? -request->settled : request->settled;
    note(decision, request, ours);
    post(book, decision, request, next, ours - request->settled);
}

const struct bank_op bank_op_break_correct = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_BREAK_CORRECTION,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_ALONE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
