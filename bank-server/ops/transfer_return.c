/*
 * A completed transfer goes back (ISO 20022 pacs.004), decided by the beneficiary's bank:
 *
 *   beneficiary  an operator returns it: Dr Cust Cr IB:{originator}, our window, and the advice for
 *                the originator in the same commit
 *   originator   transfer.return cannot be refused: Dr IB:{beneficiary} in that window, Cr Cust; a
 *                payer who has closed the account meanwhile is owed it (Cr DepPend)
 *
 * One that overtakes our own completion is told 25 and comes again.
 */
#include <stdio.h>
#include <string.h>

#include "ops/interbank.h"
#include "ops/transfer.h"

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    bank_decline(item, rc);
}

/* --- as the beneficiary's bank (bankctl) --------------------------------------------------------
 */

static void prepare_give(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_end(&content, item);
}

static void plan_give(const struct bank_item *item, struct bank_book *book) {
    bank_want_account(book, item->request.counter.account_id, true);
    bank_want_peer(book, item, item->peer_answer.peer, 0);
}

static void send_return(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *decision = &item->decision;
    struct tw_return_request request = {
        .header = {.txid = decision->txid},
        .amount = decision->amount_minor,
        .currency = book->currency,
        .window_no = decision->window_no,
        .reason = "CUST",
    };
    bank_book_send(book, item, decision->peer, BANK_RETURN,
                   tw_method(TW_METHOD_TRANSFER_RETURN)->name,
                   tw_fields_write(tw_return_request_fields, &request));
}

/* counter.account_id and peer_answer.peer were read from the credit. */
static void decide_give(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *credit = bank_book_decision(book, &decision->txid, BANK_CREDIT);
    struct bank_account *account = bank_book_account(book, item->request.counter.account_id);
    bool known = credit != NULL && credit->rc == TW_RC_APPROVED && account != NULL &&
                 credit->account_id == account->id && credit->peer == item->peer_answer.peer;
    if (!known) {
        refuse(item, TW_RC_ORIGINAL_NOT_FOUND);
        return;
    }
    if (bank_available_balance(account) < credit->amount_minor || account->status == 'C') {
        refuse(item, TW_RC_INSUFFICIENT_FUNDS);
        return;
    }
    struct bank_account *originator = bank_book_interbank(book, item, credit->peer, 0);
    if (originator == NULL) {
        return;
    }
    decision->amount_minor = credit->amount_minor;
    decision->account_id = account->id;
    decision->peer = credit->peer;
    decision->window_no = book->window_no;
    bank_post(book, decision, account, originator, decision->amount_minor);
    bank_note_balance(item, account);
    send_return(item, book);
}

const struct bank_op bank_op_transfer_give_back = {
    .method = TW_METHOD_COUNT,
    .operation = BANK_INCOMING_TRANSFER,
    .phase = BANK_RETURN,
    .flags = BANK_OP_NO_TERMINAL,
    .prepare = prepare_give,
    .plan = plan_give,
    .decide = decide_give,
    .answer = bank_answer_posting,
};

/* --- as the originator -------------------------------------------------------------------------
 */

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_return_request *request = &item->request.returned;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->amount);
    bank_content_i64(&content, request->window_no);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_original(book, &item->request.header.txid);
    bank_want_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe), true);
    bank_want_peer(book, item, item->acquirer, (int32_t)item->request.returned.window_no);
}

/* The payer's account, or who holds the money for a payer without one; NULL: run again. */
static struct bank_account *find_payer(struct bank_book *book,
                                       const struct bank_decision *original) {
    struct bank_account *account = bank_book_account(book, original->account_id);
    if (account == NULL || !account->locked) {
        book->retry = true;
        return NULL;
    }
    return account->status != 'C'
               ? account
               : bank_book_account(book, bank_ledger_account(BANK_DEPPEND, book->stripe));
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_return_request *request = &item->request.returned;
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    const struct bank_decision *outcome = bank_book_decision(book, &decision->txid, BANK_OUTCOME);
    bool ours = original != NULL && original->operation == BANK_TRANSFER &&
                original->peer == item->acquirer && outcome != NULL &&
                outcome->rc == TW_RC_APPROVED;
    if (!ours) {
        refuse(item, TW_RC_ORIGINAL_NOT_FOUND);
        return;
    }
    if (request->amount != original->amount_minor ||
        !bank_window_plausible(book, request->window_no)) {
        refuse(item, TW_RC_RECONCILE_ERROR);
        return;
    }
    struct bank_account *payer = find_payer(book, original);
    struct bank_account *beneficiary =
        payer != NULL ? bank_book_interbank(book, item, item->acquirer, (int32_t)request->window_no)
                      : NULL;
    if (beneficiary == NULL) {
        return;
    }
    decision->operation = BANK_TRANSFER;
    decision->amount_minor = original->amount_minor;
    decision->peer = item->acquirer;
    decision->window_no = (int32_t)request->window_no;
    bank_post(book, decision, beneficiary, payer, decision->amount_minor);
    if (payer->kind == BANK_CUST) {
        decision->account_id = payer->id;
        bank_note_balance(item, payer);
    }
}

static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    (void)services;
    struct tw_credit_result result = {.outcome = bank_outcome(item->decision.rc),
                                      .amount = item->decision.amount_minor};
    (void)snprintf(result.status, sizeof result.status, "%s",
                   item->decision.rc == TW_RC_APPROVED ? "RETURNED" : "REFUSED");
    return tw_fields_write_text(out, tw_credit_result_fields, &result);
}

const struct bank_op bank_op_transfer_returned = {
    .method = TW_METHOD_TRANSFER_RETURN,
    .operation = BANK_TRANSFER,
    .phase = BANK_RETURN,
    .flags = BANK_OP_NO_TERMINAL | BANK_OP_PEER | BANK_OP_ADVICE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = answer,
};
