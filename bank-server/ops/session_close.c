/* session.close: the token is void from the commit on. Closing what is closed is fine. */
#include "ops/rules.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    bank_prepare_session(item, services, item->request.session.session);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, true);
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    bool ours = item->session_valid &&
                item->claims.terminal_id == item->request.header.terminal_id &&
                item->claims.acquirer == item->acquirer;
    if (!ours) {
        bank_decline(item, TW_RC_SECURITY_VIOLATION);
        return;
    }
    struct bank_card *card = bank_book_card(book, item->claims.card_id);
    bool open =
        card != NULL && card->has_session && tw_uuid_equal(&card->session, &item->claims.session);
    if (open) {
        card->has_session = false;
        card->changed = true;
    }
}

const struct bank_op bank_op_session_close = {
    .method = TW_METHOD_SESSION_CLOSE,
    .operation = BANK_SESSION,
    .flags = BANK_OP_UNSTORED | BANK_OP_ANY_TIME | BANK_OP_ISSUER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_plain,
};
