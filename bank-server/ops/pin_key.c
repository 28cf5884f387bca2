/* pin.key: the certificate to encrypt PINs for. Only this bank's own IINs are known here (92). */
#include <string.h>

#include "ops/rules.h"

static void plan(const struct bank_item *item, struct bank_book *book) {
    (void)item;
    bank_want_iins(book);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    if (!bank_issues_iin(book, item->request.pin_key.iin)) {
        bank_decline(item, TW_RC_NO_ROUTE);
    }
}

static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    if (item->decision.rc != TW_RC_APPROVED) {
        return bank_answer_plain(item, services, out);
    }
    char *certificate = strdup(services->pin_certificate_pem);
    tw_assert(certificate != NULL);
    struct tw_pin_key_result result = {
        .outcome = bank_outcome(TW_RC_APPROVED),
        .bank_code = services->bank_code,
        .certificate = certificate,
    };
    bool made = tw_fields_write_text(out, tw_pin_key_result_fields, &result);
    tw_fields_clear(tw_pin_key_result_fields, &result);
    return made;
}

const struct bank_op bank_op_pin_key = {
    .method = TW_METHOD_PIN_KEY,
    .flags = BANK_OP_READS | BANK_OP_ANY_TIME | BANK_OP_ISSUER,
    .plan = plan,
    .decide = decide,
    .answer = answer,
};
