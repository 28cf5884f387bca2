/* A peer acknowledged a return, about which nothing more is to be booked: it is forgotten. */
#include "ops/rules.h"

static void decide(struct bank_item *item, struct bank_book *book) {
    bank_book_answered(book, item->peer_answer.peer, &item->decision.txid, item->decision.phase);
}

const struct bank_op bank_op_message_acknowledged = {
    .method = TW_METHOD_COUNT,
    .flags = BANK_OP_UNSTORED | BANK_OP_NO_TERMINAL | BANK_OP_ADVICE,
    .phase = BANK_RETURN,
    .decide = decide,
    .answer = bank_answer_plain,
};
