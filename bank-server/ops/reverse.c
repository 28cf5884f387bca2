/*
 * A reversal that overtakes its original leaves a tombstone: it is stored with 25, and the
 * original, when it comes, finds the key taken (94). Both lock the terminal's account first, so
 * neither can slip past the other on two bank servers. Card and account of the original are locked
 * through its decision; one that was committed only after that look-up makes the batch run again.
 *
 * A reversal cannot be refused, and a closed account cannot take it. It has to wait: 96, which is
 * not stored, makes the terminal come again by and by, and the log tells the operators to reopen
 * the account. Rejected: a suspense account, which would need a way to pay out of it, and as one
 * more row locked by every reversal would hold up all lanes for what hardly ever happens.
 */
#include "ops/reverse.h"

#include "core/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/acquirer.h"
#include "ops/interbank.h"
#include "wire/json.h"

void bank_reverse_prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_reverse_request *request = &item->request.reverse;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->amount);
    bank_content_i64(&content, request->dispensed);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_notes(&content, request->notes, request->note_count);
    bank_content_end(&content, item);
}

void bank_reverse_plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_original(book, &item->request.header.txid);
    if (bank_is_foreign(item, book->services)) {
        bank_issuer_plan(item, book);
    } else {
        bank_acquirer_reverse_plan(item, book);
    }
}

/* So that the late original finds its key taken. */
static void leave_tombstone(struct bank_item *item) {
    item->has_extra = true;
    item->extra = item->decision;
    item->extra.phase = BANK_REQUEST;
    memset(item->extra.content_digest, 0, sizeof item->extra.content_digest);
}

static bool matches(const struct bank_item *item, const struct bank_decision *original,
                    enum bank_operation operation) {
    const struct tw_reverse_request *request = &item->request.reverse;
    return original->operation == operation && original->acquirer == item->acquirer &&
           original->terminal_id == item->request.header.terminal_id &&
           original->amount_minor == request->amount && request->dispensed <= request->amount;
}

/* True, and refused, when money is to move on an account that was closed. */
static bool account_closed(struct bank_item *item, struct bank_book *book,
                           const struct bank_decision *original) {
    const struct bank_account *account = bank_book_account(book, original->account_id);
    if (account->status != 'C' || item->request.reverse.dispensed == original->amount_minor) {
        return false;
    }
    char txid[TW_UUID_TEXT_SIZE];
    tw_uuid_text(&original->txid, txid);
    tw_log(TW_LOG_ERROR,
           "a reversal waits for an account that is closed: bankctl account reopen, and close it "
           "again afterwards",
           TW_INT("account", account->id), TW_STR("txid", txid),
           TW_INT("terminal_id", original->terminal_id));
    item->origin = BANK_REFUSED;
    bank_decline(item, TW_RC_SYSTEM_ERROR);
    return true;
}

const struct bank_decision *bank_reverse_original(struct bank_item *item, struct bank_book *book,
                                                  enum bank_operation operation) {
    const struct tw_reverse_request *request = &item->request.reverse;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL) {
        decision->rc = TW_RC_ORIGINAL_NOT_FOUND;
        if (bank_is_foreign(item, book->services)) {
            leave_tombstone(item);
        }
        return NULL;
    }
    if (!matches(item, original, operation)) {
        bank_refuse_duplicate(item);
        return NULL;
    }
    decision->card_id = original->card_id;
    decision->account_id = original->account_id;
    if (bank_is_foreign(item, book->services)) {
        bank_reverse_tell_original(item, original);
    }
    if (original->rc != TW_RC_APPROVED) {
        decision->kept_minor = request->amount; /* nothing was posted, nothing comes back */
        return NULL;
    }
    if (bank_book_decision(book, &decision->txid, BANK_CONFIRMATION) != NULL) {
        decision->kept_minor = request->amount;
        decision->detail = strdup("{\"disputed\":true}");
        tw_assert(decision->detail != NULL);
        return NULL;
    }
    if (!bank_reverse_locked(book, original) || account_closed(item, book, original)) {
        return NULL;
    }
    decision->kept_minor = request->dispensed;
    return original;
}

bool bank_reverse_locked(struct bank_book *book, const struct bank_decision *original) {
    const struct bank_account *account = bank_book_account(book, original->account_id);
    const struct bank_card *card = bank_book_card(book, original->card_id);
    bool locked = account != NULL && account->locked && card != NULL && card->locked;
    book->retry = book->retry || !locked;
    return locked;
}

/* Only the day it was counted on gives it back. */
void bank_reverse_limits(struct bank_card *card, struct bank_account *account,
                         const struct bank_decision *original, int64_t returned_minor) {
    bank_unuse_daily(account, original->posted_on, returned_minor);
    if (card->usage_date == original->posted_on) {
        card->used_minor -= returned_minor;
        card->used_count -= returned_minor == original->amount_minor ? 1 : 0;
        card->changed = true;
    }
}

void bank_reverse_return(struct bank_item *item, struct bank_book *book,
                         const struct bank_decision *original, int64_t returned_minor) {
    struct bank_account *account = bank_book_account(book, original->account_id);
    if (returned_minor > 0) {
        struct bank_account *clearing =
            bank_book_account(book, bank_dispclr_account(original->terminal_id));
        bank_post(book, &item->decision, clearing, account, returned_minor);
        bank_reverse_limits(bank_book_card(book, original->card_id), account, original,
                            returned_minor);
    }
    bank_note_balance(item, account);
}

/* --- for a peer's terminal: the acknowledgement tells the original's fate too -------------------
 */

void bank_reverse_tell_original(struct bank_item *item, const struct bank_decision *original) {
    char detail[128];
    int64_t posted =
        original->rc == TW_RC_APPROVED
            ? original->amount_minor + original->surcharge_minor + original->interchange_minor
            : 0;
    (void)snprintf(detail, sizeof detail,
                   "{\"original_rc\":\"%s\",\"original_amount\":%" PRId64
                   ",\"original_window_no\":%" PRId32 "}",
                   tw_rc_digits(original->rc), posted, original->window_no);
    free(item->decision.detail);
    item->decision.detail = strdup(detail);
    tw_assert(item->decision.detail != NULL);
}

struct bank_account *bank_reverse_interbank(struct bank_item *item, struct bank_book *book,
                                            const struct bank_decision *original) {
    struct bank_account *interbank = bank_book_interbank(book, item, item->acquirer, 0);
    bool full = item->decision.kept_minor == 0;
    struct tw_fees fees = {.surcharge = full ? original->surcharge_minor : 0,
                           .interchange = full ? original->interchange_minor : 0};
    bank_issuer_stamp(item, book, &fees);
    return interbank;
}

/* The original's fate, as bank_reverse_tell_original stored it. */
static void take_original(const char *stored, struct tw_posting_result *result) {
    TW_JSON_OWNED json_t *detail = NULL;
    if (!tw_ok(tw_json_parse(stored, strlen(stored), TW_JSON_LIMITS_DEFAULT, &detail, NULL))) {
        return;
    }
    const char *rc = json_string_value(json_object_get(detail, "original_rc"));
    (void)snprintf(result->original_rc, sizeof result->original_rc, "%s", rc != NULL ? rc : "");
    result->original_amount = json_integer_value(json_object_get(detail, "original_amount"));
    result->original_window_no = json_integer_value(json_object_get(detail, "original_window_no"));
}

bool bank_reverse_answer(const struct bank_item *item, const struct bank_services *services,
                         struct tw_buffer *out) {
    struct tw_posting_result result = bank_posting_result(item, services);
    if (bank_is_foreign(item, services) && item->decision.detail != NULL) {
        take_original(item->decision.detail, &result);
    }
    return bank_write_posting(item, &result, out);
}
