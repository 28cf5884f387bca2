/*
 * The settlement agent has moved the reserves: what SettleCtl gathered from the peers' accounts
 * leaves for Settle, all of it. Another amount than the final one means that a pair is still to be
 * closed, or that our book and the agent's differ: then nothing is posted.
 */
#include "ops/clearing.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct bank_settle_request *request = &item->request.settle;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->window_no);
    bank_content_i64(&content, request->net);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_settlectl(book, item->request.settle.window_no);
    bank_want_account(book, bank_ledger_account(BANK_SETTLE, 0), true);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_settle_request *request = &item->request.settle;
    struct bank_decision *decision = &item->decision;
    struct bank_account *control =
        bank_book_account(book, bank_settlectl_account(request->window_no));
    struct bank_account *settle = bank_book_account(book, bank_ledger_account(BANK_SETTLE, 0));
    int64_t net = request->net;
    decision->window_no = request->window_no;
    if (control->balance_minor != net || !bank_fits(settle, net)) {
        bank_clearing_refuse(item, "the final net is not what the window's pairs add up to");
        return;
    }
    decision->amount_minor = net < 0 ? -net : net;
    if (net > 0) {
        bank_post(book, decision, settle, control, net);
    } else if (net < 0) {
        bank_post(book, decision, control, settle, -net);
    }
}

const struct bank_op bank_op_settlement = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_SETTLEMENT,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_ALONE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
