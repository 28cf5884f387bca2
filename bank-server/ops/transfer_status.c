/*
 * transfer.status: the final state of the transfer with this txid. An inquiry always yields a final
 * answer: an unknown transfer is rejected here and now by a tombstone under its key, so that the
 * request, should it still be on its way, is refused when it arrives (94).
 *
 * It is the terminal that asks, after a power loss or a lost answer, and the card may be long gone:
 * no session, but only the terminal that sent the transfer is told. It is told how the transfer
 * ended, and no balances: those were for the customer who stood there. Refusals are not stored:
 * the key is the transfer's.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/transfer.h"

static void answer_stored(struct bank_item *item, struct bank_book *book,
                          const struct bank_decision *stored) {
    item->origin = BANK_STORED;
    item->decision = *stored;
    item->decision.has_balance = false;
    if (stored->detail != NULL) {
        item->decision.detail = strdup(stored->detail);
        tw_assert(item->decision.detail != NULL);
    }
    bank_transfer_find_fate(item, book);
}

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    bank_decline(item, rc);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *transfer = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (transfer == NULL) {
        decision->stan = 0; /* the transfer's own STAN is unknown here */
        memset(decision->content_digest, 0, sizeof decision->content_digest);
        bank_transfer_reject(item, TW_RC_ORIGINAL_NOT_FOUND, "AB05");
    } else if (transfer->terminal_id != item->request.header.terminal_id ||
               transfer->acquirer != item->acquirer) {
        refuse(item, TW_RC_SECURITY_VIOLATION);
    } else if (transfer->operation != BANK_TRANSFER) {
        refuse(item, TW_RC_ORIGINAL_NOT_FOUND);
    } else {
        answer_stored(item, book, transfer);
    }
}

/* A refusal says nothing about the transfer, so it has no `status`. */
static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    return item->origin == BANK_REFUSED ? bank_answer_plain(item, services, out)
                                        : bank_transfer_answer(item, services, out);
}

const struct bank_op bank_op_transfer_status = {
    .method = TW_METHOD_TRANSFER_STATUS,
    .operation = BANK_TRANSFER,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_INQUIRY | BANK_OP_ANY_TIME | BANK_OP_ISSUER,
    .decide = decide,
    .answer = answer,
};
