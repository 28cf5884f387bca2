/*
 * The hash chain over committed batches. Each lane has its own: digest(n) = SHA-256(digest(n-1) ||
 * batch number || business date || canonical bytes of the batch's decisions, each followed by its
 * entries). The bank server computes a link while it stores a batch; bankctl audit computes it
 * again from the rows. Integers are big-endian, variable parts carry their length; the encoding
 * never changes without a new version in the genesis.
 */
#ifndef BANK_ENGINE_CHAIN_H
#define BANK_ENGINE_CHAIN_H

#include "engine/book.h"
#include "engine/item.h"

struct bank_chain;

struct bank_anchor { /* one row of table anchor */
    int64_t lane_id, batch_no;
    uint8_t digest[TW_DIGEST_BYTES];
};

struct tw_status bank_chain_new(struct bank_chain **ret_chain, struct tw_error *ret_error);
void bank_chain_free(struct bank_chain *chain);

/* genesis = SHA-256("tellerwire chain 1" || lane id || anchors in order of their lane id). */
void bank_chain_genesis(struct bank_chain *chain, int64_t lane_id,
                        const struct bank_anchor *anchors, size_t count,
                        uint8_t ret_digest[TW_DIGEST_BYTES]);

void bank_chain_begin(struct bank_chain *chain, const uint8_t previous[TW_DIGEST_BYTES],
                      int64_t batch_no, int32_t business_date);
void bank_chain_decision(struct bank_chain *chain, const struct bank_decision *decision);
/* After the decision they belong to, in order of account id, then entry number. */
void bank_chain_entry(struct bank_chain *chain, const struct bank_entry *entry);
void bank_chain_end(struct bank_chain *chain, uint8_t ret_digest[TW_DIGEST_BYTES]);

#endif
