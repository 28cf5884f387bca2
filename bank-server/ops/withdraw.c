/*
 * withdrawal.request: the function that decides a withdrawal is `decide` below.
 *
 * Single-message: approval posts; the cash is confirmed or reversed by an advice later. At our own
 * terminal Dr Cust Cr DispClr:{terminal}; at a peer's Dr Cust Cr IB:{acquirer}, with its surcharge
 * on top for the customer and the agreed interchange (Dr FeeExp) for us. Limits come before funds,
 * so that a customer who asks for too much learns the limit. The lock on DispClr orders this
 * request against an early reversal of the same txid; a peer's are ordered by the key of the
 * tombstone.
 */
#include "ops/interbank.h"

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, true);
    }
    bank_want_account(book, item->request.cash.account.account, true);
    if (bank_is_foreign(item, book->services)) {
        bank_issuer_plan(item, book);
    } else {
        bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
    }
}

static void start_usage_day(struct bank_card *card, const struct bank_book *book) {
    if (card->usage_date != book->business_date) {
        card->usage_date = book->business_date;
        card->used_minor = 0;
        card->used_count = 0;
        card->changed = true; /* stored even when this declines: later items see the new day */
    }
}

static enum tw_rc check_card_limits(const struct bank_card *card, int64_t amount_minor) {
    if (amount_minor > card->daily_limit_minor - card->used_minor) {
        return TW_RC_AMOUNT_LIMIT;
    }
    return card->used_count >= card->daily_limit_count ? TW_RC_COUNT_LIMIT : TW_RC_APPROVED;
}

static enum tw_rc check(const struct bank_item *item, const struct bank_book *book,
                        struct bank_card *card, const struct bank_account *account) {
    const struct tw_cash_request *request = &item->request.cash;
    enum tw_rc rc = bank_check_cash(item, book, card, account, TW_RC_BAD_FROM_ACCOUNT);
    if (rc != TW_RC_APPROVED) {
        return rc;
    }
    start_usage_day(card, book);
    rc = check_card_limits(card, request->amount);
    return rc != TW_RC_APPROVED
               ? rc
               : bank_check_debit(account, book, request->amount + request->fees.surcharge);
}

/* Where the money goes: the terminal's clearing account, or what we owe its bank. NULL with the rc
 * set, or with book->retry. */
static struct bank_account *find_contra(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    if (bank_is_foreign(item, book->services)) {
        decision->rc = bank_issuer_check(item, book, &request->fees);
        return decision->rc == TW_RC_APPROVED ? bank_book_interbank(book, item, item->acquirer, 0)
                                              : NULL;
    }
    struct bank_account *clearing =
        bank_book_account(book, bank_dispclr_account(decision->terminal_id));
    if (clearing == NULL || !bank_fits(clearing, request->amount)) {
        decision->rc = TW_RC_NOT_PERMITTED_TERMINAL;
        return NULL;
    }
    return clearing;
}

static void post(struct bank_item *item, struct bank_book *book, struct bank_account *account,
                 struct bank_account *contra) {
    const struct tw_cash_request *request = &item->request.cash;
    if (!bank_is_foreign(item, book->services)) {
        bank_post(book, &item->decision, account, contra, request->amount);
        return;
    }
    int64_t payment = request->amount + request->fees.surcharge;
    bank_issuer_stamp(item, book, &request->fees);
    bank_post_leg(book, &item->decision, account, payment);
    bank_issuer_post(book, &item->decision, contra, payment, request->fees.interchange);
}

/* An advice that overtook this request was answered 25 and left its tombstone. */
static bool advice_came_first(struct bank_book *book, const struct tw_uuid *txid) {
    return bank_book_decision(book, txid, BANK_REVERSAL) != NULL ||
           bank_book_decision(book, txid, BANK_CONFIRMATION) != NULL ||
           bank_book_decision(book, txid, BANK_SUSPICION) != NULL;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    if (advice_came_first(book, &decision->txid)) {
        bank_refuse_duplicate(item);
        return;
    }
    struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    struct bank_account *account = bank_card_account(book, card, request->account);
    decision->rc = check(item, book, card, account);
    if (account != NULL) {
        decision->account_id = account->id;
    }
    struct bank_account *contra = decision->rc == TW_RC_APPROVED ? find_contra(item, book) : NULL;
    if (contra == NULL) {
        return;
    }
    post(item, book, account, contra);
    bank_use_daily(account, book, request->amount);
    card->used_minor += request->amount;
    card->used_count++;
    card->changed = true;
    bank_note_balance(item, account);
}

const struct bank_op bank_op_withdraw = {
    .method = TW_METHOD_WITHDRAW,
    .operation = BANK_WITHDRAWAL,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ISSUER,
    .prepare = bank_prepare_cash,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
