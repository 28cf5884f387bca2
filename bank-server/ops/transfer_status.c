/*
 * transfer.status: the final state of the transfer with this txid. An inquiry always yields a final
 * answer: an unknown transfer is rejected here and now by a tombstone under its key, so that the
 * request, should it still be on its way, is refused when it arrives (94).
 */
#include <stdlib.h>
#include <string.h>

#include "ops/transfer.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    bank_prepare_session(item, services, item->request.session.session);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
    }
}

static void answer_stored(struct bank_item *item, const struct bank_decision *stored) {
    item->origin = BANK_STORED;
    item->decision = *stored;
    if (stored->detail != NULL) {
        item->decision.detail = strdup(stored->detail);
        tw_assert(item->decision.detail != NULL);
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        item->origin = BANK_REFUSED; /* the key is the transfer's: a bad token must not use it up */
        return;
    }
    const struct bank_decision *transfer = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (transfer == NULL) {
        decision->stan = 0; /* the transfer's own STAN is unknown here */
        memset(decision->content_digest, 0, sizeof decision->content_digest);
        bank_transfer_reject(item, TW_RC_ORIGINAL_NOT_FOUND, "AB05");
        return;
    }
    bool own = transfer->operation == BANK_TRANSFER && transfer->card_id == card->id;
    if (own) {
        answer_stored(item, transfer);
    } else {
        item->origin = BANK_REFUSED;
        bank_decline(item, TW_RC_ORIGINAL_NOT_FOUND);
    }
}

const struct bank_op bank_op_transfer_status = {
    .method = TW_METHOD_TRANSFER_STATUS,
    .operation = BANK_TRANSFER,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_INQUIRY,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_transfer_answer,
};
