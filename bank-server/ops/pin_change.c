/* pin.change: the old PIN is checked again, with the same count of tries, then replaced. */
#include <openssl/evp.h>
#include <string.h>

#include "ops/pin_check.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    const struct tw_pin_change_request *request = &item->request.pin_change;
    bank_prepare_session(item, services, request->session);
    bank_prepare_pin(item, services, request->pin_block, NULL);
    if (item->pin_valid) {
        tw_keyring_pan_digest(services->keyring, item->pin.pan, item->pan_digest);
    }
    uint8_t block_digest[TW_DIGEST_BYTES];
    int ok = EVP_Digest(request->pin_block, strlen(request->pin_block), block_digest, NULL,
                        EVP_sha256(), NULL);
    tw_assert(ok == 1);
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_bytes(&content, block_digest, sizeof block_digest);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, true);
        bank_want_own_terminal(item, book);
    }
}

static enum tw_rc change(struct bank_item *item, struct bank_book *book, struct bank_card *card) {
    bool bound = item->pin_valid && item->pin.new_pin[0] != '\0' &&
                 tw_digest_equal(card->pan_digest, item->pan_digest);
    if (!bound) {
        return TW_RC_SECURITY_VIOLATION;
    }
    enum tw_rc rc = bank_check_card(card, book);
    if (rc == TW_RC_APPROVED) {
        struct bank_terminal *terminal = bank_own_terminal(item, book);
        rc = bank_check_pin(item, book, card, terminal);
    }
    if (rc == TW_RC_APPROVED) {
        tw_keyring_pin_digest(book->services->keyring, card->id, item->pin.new_pin,
                              card->pin_digest);
        card->changed = true;
    }
    return rc;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    struct bank_card *card = bank_session_card(item, book);
    if (card != NULL) {
        item->decision.rc = change(item, book, card);
    }
}

const struct bank_op bank_op_pin_change = {
    .method = TW_METHOD_PIN_CHANGE,
    .operation = BANK_PIN_CHANGE,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ISSUER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
