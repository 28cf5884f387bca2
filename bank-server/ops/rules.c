/* Pure functions of the item, the book and the services; nothing here touches the database. */
#include "ops/rules.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "ops/session_token.h"
#include "wire/write.h"

/* --- prepare ------------------------------------------------------------------------------- */

void bank_prepare_session(struct bank_item *item, const struct bank_services *services,
                          const char *token) {
    item->session_valid =
        bank_token_unseal(services->keyring, services->bank_code, token, &item->claims);
}

void bank_prepare_pin(struct bank_item *item, const struct bank_services *services,
                      const char *pin_block, const char *pan) {
    const struct tw_header *header = &item->request.header;
    struct tw_status status =
        tw_pin_decrypt(services->pin_decryptor, pin_block, &item->pin, &item->error);
    item->pin_valid = tw_ok(status) &&
                      tw_pin_bound(&item->pin, pan != NULL ? pan : item->pin.pan,
                                   header->terminal_id, &header->txid, tw_wall_ms(services->clock));
}

void bank_content_begin(struct bank_content *content, const struct bank_item *item) {
    const struct tw_header *header = &item->request.header;
    content->used = 0;
    bank_content_i64(content, item->op->operation);
    bank_content_i64(content, item->phase);
    bank_content_i64(content, item->acquirer);
    bank_content_i64(content, header->terminal_id);
    bank_content_i64(content, header->business_date);
    bank_content_i64(content, header->stan);
}

void bank_content_i64(struct bank_content *content, int64_t value) {
    uint64_t wire = htobe64((uint64_t)value);
    bank_content_bytes(content, &wire, sizeof wire);
}

void bank_content_bytes(struct bank_content *content, const void *bytes, size_t length) {
    tw_assert(length <= sizeof content->bytes - content->used);
    memcpy(content->bytes + content->used, bytes, length);
    content->used += length;
}

void bank_content_notes(struct bank_content *content, const struct tw_notes *notes, size_t count) {
    bank_content_i64(content, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        bank_content_i64(content, notes[i].denomination);
        bank_content_i64(content, notes[i].count);
    }
}

void bank_content_fees(struct bank_content *content, const struct bank_item *item,
                       const struct bank_services *services, const struct tw_fees *fees) {
    if (item->acquirer != services->bank_code) {
        bank_content_i64(content, fees->surcharge);
        bank_content_i64(content, fees->interchange);
    }
}

/* Looked up once in a process. EVP_sha256() would be looked up by every digest, which takes longer
 * than digesting a request. */
static const EVP_MD *sha256(void) {
    static EVP_MD *fetched;
    if (fetched == NULL) {
        fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
        tw_assert(fetched != NULL);
    }
    return fetched;
}

void bank_content_end(struct bank_content *content, struct bank_item *item) {
    int ok = EVP_Digest(content->bytes, content->used, item->content_digest, NULL, sha256(), NULL);
    tw_assert(ok == 1);
}

void bank_prepare_cash(struct bank_item *item, const struct bank_services *services) {
    const struct tw_cash_request *request = &item->request.cash;
    bank_prepare_session(item, services, request->session);
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->account.bank_code);
    bank_content_i64(&content, request->account.account);
    bank_content_i64(&content, request->amount);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_notes(&content, request->notes, request->note_count);
    bank_content_fees(&content, item, services, &request->fees);
    bank_content_end(&content, item);
}

/* --- decide -------------------------------------------------------------------------------- */

struct bank_card *bank_session_card(struct bank_item *item, struct bank_book *book) {
    const struct tw_session_claims *claims = &item->claims;
    bool ours = item->session_valid && claims->terminal_id == item->request.header.terminal_id &&
                claims->acquirer == item->acquirer &&
                claims->expires_ms > tw_wall_ms(book->services->clock);
    struct bank_card *card = ours ? bank_book_card(book, claims->card_id) : NULL;
    bool open =
        card != NULL && card->has_session && tw_uuid_equal(&card->session, &claims->session);
    if (!open) {
        bank_decline(item, TW_RC_SECURITY_VIOLATION);
        return NULL;
    }
    item->decision.card_id = card->id;
    return card;
}

bool bank_issues_iin(const struct bank_book *book, const char *iin) {
    for (const char *known = book->iins; known[0] != '\0'; known += strspn(known, ",")) {
        size_t length = strcspn(known, ",");
        if (strncmp(known, iin, length) == 0) {
            return true;
        }
        known += length;
    }
    return false;
}

enum tw_rc bank_check_card(const struct bank_card *card, const struct bank_book *book) {
    if (card->tries_left <= 0) {
        return TW_RC_PIN_TRIES_EXCEEDED;
    }
    switch (card->status) {
    case 'L':
        return TW_RC_LOST_CARD;
    case 'S':
        return TW_RC_STOLEN_CARD;
    case 'R':
        return TW_RC_RESTRICTED_CARD;
    default:
        break;
    }
    int year = 0;
    int month = 0;
    int day = 0;
    tw_date_civil(book->business_date, &year, &month, &day);
    return card->expiry < (year % 100) * 100 + month ? TW_RC_EXPIRED_CARD : TW_RC_APPROVED;
}

bool bank_card_has_account(const struct bank_card *card, int64_t account_id) {
    for (size_t i = 0; i < card->account_count; i++) {
        if (card->accounts[i] == account_id) {
            return true;
        }
    }
    return false;
}

struct bank_account *bank_card_account(struct bank_book *book, const struct bank_card *card,
                                       struct tw_iban iban) {
    bool linked =
        iban.bank_code == book->services->bank_code && bank_card_has_account(card, iban.account);
    struct bank_account *account = linked ? bank_book_account(book, iban.account) : NULL;
    return account != NULL && account->kind == BANK_CUST && account->status != 'C' ? account : NULL;
}

enum tw_rc bank_check_cash(const struct bank_item *item, const struct bank_book *book,
                           const struct bank_card *card, const struct bank_account *account,
                           enum tw_rc missing_rc) {
    enum tw_rc rc = bank_check_card(card, book);
    if (rc != TW_RC_APPROVED) {
        return rc;
    }
    if (account == NULL) {
        return missing_rc;
    }
    bool same_currency = tw_currency_equal(account->currency, item->request.cash.currency);
    return same_currency ? TW_RC_APPROVED : TW_RC_INVALID_TRANSACTION;
}

int64_t bank_ledger_balance(const struct bank_account *account) {
    return -account->balance_minor;
}

int64_t bank_available_balance(const struct bank_account *account) {
    return account->overdraft_minor - account->balance_minor;
}

static int64_t daily_used(const struct bank_account *account, int32_t business_date) {
    return account->daily_date == business_date ? account->daily_used_minor : 0;
}

enum tw_rc bank_check_debit(const struct bank_account *account, const struct bank_book *book,
                            int64_t amount_minor) {
    if (account->status != 'O') {
        return TW_RC_RESTRICTED_CARD;
    }
    if (account->daily_limit_minor != BANK_NO_LIMIT &&
        amount_minor > account->daily_limit_minor - daily_used(account, book->business_date)) {
        return TW_RC_AMOUNT_LIMIT;
    }
    return amount_minor > bank_available_balance(account) ? TW_RC_INSUFFICIENT_FUNDS
                                                          : TW_RC_APPROVED;
}

void bank_use_daily(struct bank_account *account, const struct bank_book *book,
                    int64_t amount_minor) {
    account->daily_used_minor = daily_used(account, book->business_date) + amount_minor;
    account->daily_date = book->business_date;
    account->changed = true;
}

void bank_unuse_daily(struct bank_account *account, int32_t business_date, int64_t amount_minor) {
    if (account->daily_date == business_date) {
        account->daily_used_minor -= amount_minor;
        account->changed = true;
    }
}

bool bank_fits(const struct bank_account *account, int64_t delta_minor) {
    int64_t after = 0;
    return tw_money_add(account->balance_minor, delta_minor, &after) &&
           after <= TW_AMOUNT_MAX_MINOR && after >= -TW_AMOUNT_MAX_MINOR;
}

bool bank_notes_add_up(const struct tw_notes *notes, size_t count, int64_t amount_minor) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t value = 0;
        if (__builtin_mul_overflow(notes[i].denomination, notes[i].count, &value) ||
            !tw_money_add(sum, value, &sum)) {
            return false;
        }
    }
    return sum == amount_minor;
}

void bank_note_balance(struct bank_item *item, const struct bank_account *account) {
    item->decision.has_balance = true;
    item->decision.ledger_minor = bank_ledger_balance(account);
    item->decision.available_minor = bank_available_balance(account);
    item->decision.entry_no = account->entry_no;
}

void bank_decline(struct bank_item *item, enum tw_rc rc) {
    item->decision.rc = rc;
}

void bank_refuse_duplicate(struct bank_item *item) {
    item->origin = BANK_REFUSED;
    item->decision.rc = TW_RC_DUPLICATE;
}

/* --- answer -------------------------------------------------------------------------------- */

struct tw_outcome bank_outcome(enum tw_rc rc) {
    struct tw_outcome outcome = {.rc = rc};
    (void)snprintf(outcome.text, sizeof outcome.text, "%s", tw_rc_text(rc));
    return outcome;
}

void bank_rrn(int32_t business_date, int32_t stan, char ret_rrn[13]) {
    int year = 0;
    int month = 0;
    int day = 0;
    tw_date_civil(business_date, &year, &month, &day);
    unsigned number = (unsigned)(year % 10) * 1000 + (unsigned)tw_date_day_of_year(business_date);
    (void)snprintf(ret_rrn, 13, "%04u00%06u", number % 10000, (unsigned)stan % 1000000U);
}

/* Six characters (ISO 8583 DE 38) from the random part of the txid: the same for every repeat. */
static void authorization_id(const struct tw_uuid *txid, char ret_id[7]) {
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRSTUVWX";
    uint32_t bits = 0;
    memcpy(&bits, txid->bytes + sizeof txid->bytes - sizeof bits, sizeof bits);
    bits = be32toh(bits);
    for (size_t i = 0; i < 6; i++) {
        ret_id[i] = alphabet[bits & 31];
        bits >>= 5;
    }
    ret_id[6] = '\0';
}

void bank_renew_session(const struct bank_item *item, const struct bank_services *services,
                        char ret_token[TW_SESSION_TEXT_SIZE]) {
    ret_token[0] = '\0';
    int64_t left_ms = item->claims.expires_ms - tw_wall_ms(services->clock);
    bool due = item->session_valid && item->decision.rc == TW_RC_APPROVED && left_ms > 0 &&
               left_ms < services->session_idle_ms / 2;
    if (due) {
        struct tw_session_claims claims = item->claims;
        claims.expires_ms = tw_wall_ms(services->clock) + services->session_idle_ms;
        bank_token_seal(services->keyring, services->bank_code, &claims, ret_token);
    }
}

struct tw_posting_result bank_posting_result(const struct bank_item *item,
                                             const struct bank_services *services) {
    const struct bank_decision *decision = &item->decision;
    struct tw_posting_result result = {
        .outcome = bank_outcome(decision->rc),
        .amount = decision->amount_minor - decision->kept_minor,
        .business_date = decision->business_date,
    };
    bank_rrn(decision->business_date, decision->stan, result.rrn);
    if (decision->rc == TW_RC_APPROVED) {
        authorization_id(&decision->txid, result.authorization_id);
    }
    bank_renew_session(item, services, result.session);
    result.entry_no = decision->has_balance ? decision->entry_no : 0;
    result.surcharge = decision->surcharge_minor;
    if (decision->acquirer != services->bank_code) { /* the terminal's bank books the mirror */
        result.interchange = decision->interchange_minor;
        result.window_no = decision->window_no;
    }
    return result;
}

bool bank_write_posting(const struct bank_item *item, const struct tw_posting_result *result,
                        struct tw_buffer *out) {
    const struct bank_decision *decision = &item->decision;
    if (!tw_fields_write_text(out, tw_posting_result_fields, result)) {
        return false;
    }
    if (!decision->has_balance) {
        return true;
    }
    /* put in here, because an optional amount of zero counts as absent and a balance of zero does
     * not */
    out->end--;
    return tw_write_plain(out, ",\"ledger_balance\":") &&
           tw_write_integer(out, decision->ledger_minor) &&
           tw_write_plain(out, ",\"available_balance\":") &&
           tw_write_integer(out, decision->available_minor) && tw_write_plain(out, "}");
}

bool bank_answer_posting(const struct bank_item *item, const struct bank_services *services,
                         struct tw_buffer *out) {
    const struct tw_posting_result result = bank_posting_result(item, services);
    return bank_write_posting(item, &result, out);
}

bool bank_answer_plain(const struct bank_item *item, const struct bank_services *services,
                       struct tw_buffer *out) {
    (void)services;
    struct tw_plain_result result = {.outcome = bank_outcome(item->decision.rc)};
    return tw_fields_write_text(out, tw_plain_result_fields, &result);
}

bool bank_answer_reply(const struct bank_item *item, const struct bank_services *services,
                       struct tw_buffer *out) {
    const char *text = item->reply != NULL ? item->reply : item->decision.detail;
    return text != NULL ? tw_write_plain(out, text) : bank_answer_plain(item, services, out);
}

void bank_reply(struct bank_item *item, const struct tw_field *fields, const void *message,
                bool store) {
    struct tw_buffer text = {0};
    bool made = tw_fields_write_text(&text, fields, message) && tw_buffer_append(&text, "", 1);
    tw_assert(made);
    bank_reply_text(item, text.bytes, store);
}

void bank_reply_text(struct bank_item *item, char *text, bool store) {
    tw_assert(text != NULL);
    free(item->reply);
    item->reply = text;
    if (store) {
        free(item->decision.detail);
        item->decision.detail = strdup(item->reply);
        tw_assert(item->decision.detail != NULL);
    }
}
