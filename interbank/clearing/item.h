/*
 * Digests of interbank items, the same at both banks (docs/CLEARING.md, "Items and digests"). An
 * item is one entry on an IB account; a set's digest is the sum of its items' modulo 2^256, so it
 * does not depend on order and can be kept as items post, or taken back.
 *
 * Amounts are minor units, debit positive: the peer owes this bank. Pure; any thread.
 */
#ifndef IB_CLEARING_ITEM_H
#define IB_CLEARING_ITEM_H

#include <stdint.h>

#include "core/status.h"
#include "core/uuid.h"

#define IB_ITEM_DIGEST_BYTES 32
#define IB_ITEM_DIGEST_TEXT  (2 * IB_ITEM_DIGEST_BYTES + 1)

struct ib_item_digest {
    uint8_t bytes[IB_ITEM_DIGEST_BYTES]; /* big-endian number; all zero: no items */
};

/* Of one item in the book of bank own about bank peer. */
void ib_item_digest(int32_t own, int32_t peer, const struct tw_uuid *txid, int64_t amount_minor,
                    struct ib_item_digest *ret_digest);
/* *sum += *digest modulo 2^256. */
void ib_item_digest_add(struct ib_item_digest *sum, const struct ib_item_digest *digest);
TW_MUST_USE bool ib_item_digest_equal(const struct ib_item_digest *left,
                                      const struct ib_item_digest *right);
const char *ib_item_digest_text(const struct ib_item_digest *digest,
                                char buffer[IB_ITEM_DIGEST_TEXT]);
/* Exactly 64 lower-case hexadecimal digits. */
TW_MUST_USE bool ib_item_digest_parse(const char *text, struct ib_item_digest *ret_digest);

/* Whether txid belongs to the bucket: "" all, two hexadecimal digits its last byte, four its last
 * byte and the one before it. False for any other text. */
TW_MUST_USE bool ib_item_in_bucket(const struct tw_uuid *txid, const char *bucket);
TW_MUST_USE bool ib_bucket_valid(const char *bucket);

#endif
