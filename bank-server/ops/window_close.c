/*
 * What was agreed with a peer in a window is final: it leaves the window's IB accounts, in each
 * stripe by what was agreed there, for SettleCtl of the window. The peer owes it no more from here,
 * so its exposure goes down in the same stripes. What is in breaks stays.
 *
 * Gross settlement pays the two directions of a pair apart, and the agent may exclude the pair when
 * one of them was paid. What was paid is final all the same: that part alone leaves. It may be more
 * than the pair's net, or go the other way (of 100 and 40, net 60, the 40 were paid): then the peer
 * owes more than before, whatever its limit. No stripe was agreed to be its, so one gives it all.
 */
#include "ops/clearing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct bank_settle_request *request = &item->request.settle;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->window_no);
    bank_content_i64(&content, request->peer);
    bank_content_i64(&content, request->net);
    if (request->part) {
        bank_content_i64(&content, 1);
    }
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct bank_settle_request *request = &item->request.settle;
    bank_want_settlectl(book, request->window_no);
    bank_want_whole_window(book, item, request->peer, request->window_no);
}

/* False when the sums of the stripes do not fit. */
static bool agreed(struct bank_book *book, const struct bank_settle_request *request,
                   int64_t *ret_net) {
    *ret_net = 0;
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        const struct bank_position *position = bank_book_position(
            book, bank_interbank_account(request->peer, request->window_no, stripe));
        if (position != NULL && !tw_money_add(*ret_net, position->agreed_minor, ret_net)) {
            return false;
        }
    }
    return true;
}

/* What was booked of each direction bounds what can have been paid of it. The flow that read the
 * agent's result knows it by what was agreed. */
static bool is_part(struct bank_book *book, const struct bank_settle_request *request) {
    int64_t debit_minor = 0;
    int64_t credit_minor = 0;
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        const struct bank_position *position = bank_book_position(
            book, bank_interbank_account(request->peer, request->window_no, stripe));
        if (position != NULL &&
            (!tw_money_add(debit_minor, position->debit_minor, &debit_minor) ||
             !tw_money_add(credit_minor, position->credit_minor, &credit_minor))) {
            return false;
        }
    }
    return request->net != 0 && request->net <= debit_minor && request->net >= -credit_minor;
}

static bool is_final(struct bank_book *book, const struct bank_settle_request *request) {
    int64_t agreed_net = 0;
    return request->part ? is_part(book, request)
                         : agreed(book, request, &agreed_net) && request->net == agreed_net;
}

static void post_part(struct bank_book *book, const struct bank_decision *decision, int64_t part) {
    struct bank_account *account = NULL;
    for (int32_t stripe = 0; account == NULL && stripe < BANK_STRIPES; stripe++) {
        account = bank_book_account(
            book, bank_interbank_account(decision->peer, decision->window_no, stripe));
    }
    tw_assert(account != NULL); /* is_part found its position */
    bank_post_leg(book, decision, account, -part);
}

static void post_agreed(struct bank_book *book, const struct bank_decision *decision) {
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        int64_t account_id = bank_interbank_account(decision->peer, decision->window_no, stripe);
        const struct bank_position *position = bank_book_position(book, account_id);
        if (position != NULL && position->agreed_minor != 0) {
            bank_post_leg(book, decision, bank_book_account(book, account_id),
                          -position->agreed_minor);
        }
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_settle_request *request = &item->request.settle;
    struct bank_decision *decision = &item->decision;
    struct bank_account *control =
        bank_book_account(book, bank_settlectl_account(request->window_no));
    decision->peer = request->peer;
    decision->window_no = request->window_no;
    if (request->window_no >= book->window_no) {
        bank_clearing_refuse(item, "the window is not closed");
        return;
    }
    if (!is_final(book, request) || !bank_fits(control, request->net)) {
        bank_clearing_refuse(item, "the final net is not what was agreed with the peer");
        return;
    }
    decision->amount_minor = request->net < 0 ? -request->net : request->net;
    if (request->part) {
        char detail[sizeof "{\"part\":-9223372036854775808}"];
        (void)snprintf(detail, sizeof detail, "{\"part\":%" PRId64 "}", request->net);
        decision->detail = strdup(detail);
        tw_assert(decision->detail != NULL);
        post_part(book, decision, request->net);
    } else {
        post_agreed(book, decision);
    }
    if (request->net != 0) {
        bank_post_leg(book, decision, control, request->net);
    }
}

const struct bank_op bank_op_window_close = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_WINDOW_CLOSE,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_ALONE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
