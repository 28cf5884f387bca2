/*
 * transfer.request between accounts of this bank: Dr Cust1 Cr Cust2, final at once. Rejections
 * carry the ISO 20022 reason beside the response code. A payee at another bank is RC01 here until
 * this bank has a route to it.
 */
#include "ops/transfer.h"

#include <stdio.h>
#include <string.h>

#include "wire/json.h"

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
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    const struct tw_transfer_request *request = &item->request.transfer;
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
    }
    bank_want_account(book, request->from_account.account, true);
    if (request->to_account.bank_code == book->services->bank_code) {
        bank_want_account(book, request->to_account.account, true);
    }
}

void bank_transfer_reject(struct bank_item *item, enum tw_rc rc, const char *reason) {
    char detail[32];
    (void)snprintf(detail, sizeof detail, "{\"reason\":\"%s\"}", reason);
    item->decision.rc = rc;
    item->decision.detail = strdup(detail);
    tw_assert(item->decision.detail != NULL);
}

/* False when rejected. */
static bool check_payee(struct bank_item *item, const struct bank_book *book,
                        const struct bank_account *from, const struct bank_account *to) {
    const struct tw_transfer_request *request = &item->request.transfer;
    if (request->to_account.bank_code != book->services->bank_code) {
        bank_transfer_reject(item, TW_RC_NO_ROUTE, "RC01");
    } else if (to == NULL || to->kind != BANK_CUST) {
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
    enum tw_rc rc = bank_check_debit(from, book, item->request.transfer.amount);
    if (rc == TW_RC_RESTRICTED_CARD) {
        bank_transfer_reject(item, rc, "AC06");
    } else if (rc == TW_RC_AMOUNT_LIMIT) {
        bank_transfer_reject(item, rc, "AM14");
    } else if (rc != TW_RC_APPROVED) {
        bank_transfer_reject(item, rc, "AM04");
    }
    return rc == TW_RC_APPROVED;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_transfer_request *request = &item->request.transfer;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    enum tw_rc rc = bank_check_card(card, book);
    if (rc != TW_RC_APPROVED) {
        bank_decline(item, rc);
        return;
    }
    struct bank_account *from = bank_card_account(book, card, request->from_account);
    if (from == NULL) {
        bank_transfer_reject(item, TW_RC_BAD_FROM_ACCOUNT, "AC01");
        return;
    }
    struct bank_account *to = bank_book_account(book, request->to_account.account);
    decision->account_id = from->id;
    if (!check_payee(item, book, from, to) || !check_payer(item, book, from)) {
        return;
    }
    decision->to_account_id = to->id;
    bank_post(book, decision, from, to, request->amount);
    bank_use_daily(from, book, request->amount);
    bank_note_balance(item, from);
}

json_t *bank_transfer_answer(const struct bank_item *item, const struct bank_services *services) {
    const struct bank_decision *decision = &item->decision;
    json_t *result = bank_answer_posting(item, services);
    bool completed = decision->rc == TW_RC_APPROVED;
    (void)json_object_set_new(result, "status", json_string(completed ? "COMPLETED" : "REJECTED"));
    if (decision->detail != NULL) {
        TW_JSON_OWNED json_t *detail = NULL;
        struct tw_status status = tw_json_parse(decision->detail, strlen(decision->detail),
                                                TW_JSON_LIMITS_DEFAULT, &detail, NULL);
        if (tw_ok(status)) {
            (void)json_object_update(result, detail);
        }
    }
    return result;
}

const struct bank_op bank_op_transfer = {
    .method = TW_METHOD_TRANSFER,
    .operation = BANK_TRANSFER,
    .phase = BANK_REQUEST,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_transfer_answer,
};
