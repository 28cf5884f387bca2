/*
 * session.open: card and PIN. Whether the card is lost, stolen, restricted or expired is told only
 * after the right PIN, and an unknown card looks like a wrong PIN, so that a guess teaches nothing:
 * the answer does not say how many tries are left either, which an unknown card has none of. One
 * card has one open session: the newest. The token is sealed again for a repeat from what is
 * stored; the store itself holds no token.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "ops/pin_check.h"
#include "ops/session_token.h"
#include "wire/json.h"
#include "wire/write.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    const struct tw_session_open_request *request = &item->request.session_open;
    bank_prepare_pin(item, services, request->pin_block, request->pan);
    tw_keyring_pan_digest(services->keyring, request->pan, item->pan_digest);
    uint8_t block_digest[TW_DIGEST_BYTES];
    int ok = EVP_Digest(request->pin_block, strlen(request->pin_block), block_digest, NULL,
                        EVP_sha256(), NULL);
    tw_assert(ok == 1);
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_bytes(&content, item->pan_digest, sizeof item->pan_digest);
    bank_content_i64(&content, request->expiry);
    bank_content_bytes(&content, block_digest, sizeof block_digest);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_iins(book);
    bank_want_card_by_pan(book, item->pan_digest);
    bank_want_own_terminal(item, book);
}

static enum tw_rc check(const struct bank_item *item, struct bank_book *book,
                        struct bank_card *card, struct bank_terminal *terminal) {
    if (terminal != NULL && terminal->pin_failures >= BANK_TERMINAL_PIN_FAILURES_MAX) {
        return TW_RC_NOT_PERMITTED_TERMINAL;
    }
    if (!bank_issues_iin(book, item->request.session_open.pan)) {
        return TW_RC_NO_ROUTE;
    }
    if (!item->pin_valid) {
        return TW_RC_SECURITY_VIOLATION;
    }
    enum tw_rc rc = bank_check_pin(item, book, card, terminal);
    if (rc != TW_RC_APPROVED) {
        return rc;
    }
    return card->expiry != item->request.session_open.expiry ? TW_RC_NO_SUCH_CARD
                                                             : bank_check_card(card, book);
}

static struct tw_session_open_result result_of(const struct bank_item *item, struct bank_book *book,
                                               const struct bank_card *card) {
    struct tw_session_open_result result = {.outcome = bank_outcome(item->decision.rc)};
    result.retain_card = tw_rc_retains_card(item->decision.rc);
    if (item->decision.rc != TW_RC_APPROVED) {
        return result;
    }
    result.expires_in_ms = book->services->session_idle_ms;
    for (size_t i = 0; i < card->account_count; i++) {
        const struct bank_account *account = bank_book_account(book, card->accounts[i]);
        if (account == NULL || account->status == 'C') {
            continue;
        }
        struct tw_session_account *listed = &result.accounts[result.account_count++];
        listed->account = (struct tw_iban){book->services->bank_code, account->id};
        listed->currency = account->currency;
        memcpy(listed->product, account->product, sizeof listed->product);
    }
    return result;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    struct bank_card *card = bank_book_card_by_pan(book, item->pan_digest);
    struct bank_terminal *terminal = bank_own_terminal(item, book);
    item->decision.rc = check(item, book, card, terminal);
    if (card != NULL) {
        item->decision.card_id = card->id;
    }
    if (item->decision.rc == TW_RC_APPROVED) {
        tw_assert(card != NULL);
        card->has_session = true;
        card->session = item->decision.txid;
        card->changed = true;
    }
    struct tw_session_open_result result = result_of(item, book, card);
    if (item->decision.rc != TW_RC_APPROVED) {
        bank_reply(item, tw_session_open_result_fields, &result, true);
        return;
    }
    int64_t expires_ms = tw_wall_ms(book->services->clock) + book->services->session_idle_ms;
    TW_JSON_OWNED json_t *reply = tw_fields_write(tw_session_open_result_fields, &result);
    (void)json_object_set_new(reply, "expires_ms", json_integer(expires_ms));
    bank_reply_text(item, json_dumps(reply, JSON_COMPACT), true);
}

/* Turns the stored moment of expiry into a token and the time left. */
static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    const char *stored = item->reply != NULL ? item->reply : item->decision.detail;
    TW_JSON_OWNED json_t *result = NULL;
    if (stored != NULL) {
        (void)tw_json_parse(stored, strlen(stored), TW_JSON_LIMITS_DEFAULT, &result, NULL);
    }
    const json_t *expires = json_object_get(result, "expires_ms");
    if (expires == NULL) {
        return bank_answer_reply(item, services, out);
    }
    struct tw_session_claims claims = {
        .card_id = item->decision.card_id,
        .terminal_id = item->decision.terminal_id,
        .acquirer = item->decision.acquirer,
        .session = item->decision.txid,
        .expires_ms = json_integer_value(expires),
    };
    char token[TW_SESSION_TEXT_SIZE];
    bank_token_seal(services->keyring, services->bank_code, &claims, token);
    int64_t left_ms = claims.expires_ms - tw_wall_ms(services->clock);
    (void)json_object_set_new(result, "session", json_string(token));
    (void)json_object_set_new(result, "expires_in_ms", json_integer(left_ms > 0 ? left_ms : 0));
    (void)json_object_del(result, "expires_ms");
    char *text = json_dumps(result, JSON_COMPACT);
    bool made = text != NULL && tw_write_plain(out, text);
    free(text);
    return made;
}

const struct bank_op bank_op_session_open = {
    .method = TW_METHOD_SESSION_OPEN,
    .operation = BANK_SESSION,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ISSUER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = answer,
};
