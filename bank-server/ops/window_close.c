/*
 * What was agreed with a peer in a window is final: it leaves the window's IB accounts, in each
 * stripe by what was agreed there, for SettleCtl of the window. The peer owes it no more from here,
 * so its exposure goes down in the same stripes. What is in breaks stays. Of a pair that the agent
 * excluded when a part of it was paid (gross settlement), that part alone leaves, taken from
 * one stripe after the other; the rest stays owed.
 */
#include "ops/clearing.h"

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

static int64_t smaller(int64_t one, int64_t other) {
    return one < other ? one : other;
}

/* What of the agreed amount of a stripe leaves it, when *rest is still to be found. */
static int64_t share_of(int64_t agreed_minor, int64_t *rest) {
    int64_t share = 0;
    if (agreed_minor > 0 && *rest > 0) {
        share = smaller(agreed_minor, *rest);
    } else if (agreed_minor < 0 && *rest < 0) {
        share = -smaller(-agreed_minor, -*rest);
    }
    *rest -= share;
    return share;
}

static void post(struct bank_book *book, const struct bank_decision *decision,
                 const struct bank_settle_request *request) {
    int64_t rest = request->net;
    for (int32_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        int64_t account_id = bank_interbank_account(decision->peer, decision->window_no, stripe);
        const struct bank_position *position = bank_book_position(book, account_id);
        int64_t agreed_minor = position != NULL ? position->agreed_minor : 0;
        int64_t share = request->part ? share_of(agreed_minor, &rest) : agreed_minor;
        if (share != 0) {
            bank_post_leg(book, decision, bank_book_account(book, account_id), -share);
        }
    }
}

/* All of it, or with `part` some of it, and neither nothing nor more. */
static bool is_final(const struct bank_settle_request *request, int64_t agreed_net) {
    if (!request->part) {
        return request->net == agreed_net;
    }
    return agreed_net > 0 ? request->net > 0 && request->net < agreed_net
                          : request->net < 0 && request->net > agreed_net;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_settle_request *request = &item->request.settle;
    struct bank_decision *decision = &item->decision;
    struct bank_account *control =
        bank_book_account(book, bank_settlectl_account(request->window_no));
    int64_t net = 0;
    decision->peer = request->peer;
    decision->window_no = request->window_no;
    if (request->window_no >= book->window_no) {
        bank_clearing_refuse(item, "the window is not closed");
        return;
    }
    if (!agreed(book, request, &net) || !is_final(request, net) ||
        !bank_fits(control, request->net)) {
        bank_clearing_refuse(item, "the final net is not what was agreed with the peer");
        return;
    }
    decision->amount_minor = request->net < 0 ? -request->net : request->net;
    if (request->part) {
        decision->detail = strdup("{\"part\":true}");
        tw_assert(decision->detail != NULL);
    }
    post(book, decision, request);
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
