/*
 * Counts and digests of the buckets of a set of items (clearing/item.h): the last byte of the txid
 * and, one level deeper, the byte before it. Pure.
 */
#ifndef BANK_FLOW_CLEARING_BUCKETS_H
#define BANK_FLOW_CLEARING_BUCKETS_H

#include "clearing/item.h"
#include "wire/message.h"

struct bank_bucket {
    int64_t count;
    struct ib_item_digest digest;
};

/* Which of the 256 parts of bucket prefix ("" or two digits) the txid belongs to. */
size_t bank_bucket_index(const struct tw_uuid *txid, const char *prefix);
/* The part's own name: two digits more than prefix. */
void bank_bucket_name(const char *prefix, size_t index, char ret_name[TW_BUCKET_SIZE]);
/* Of a bucket's last two digits; the name is a valid one that is not "". */
size_t bank_bucket_number(const char *name);

void bank_bucket_add(struct bank_bucket *bucket, const struct ib_item_digest *digest,
                     int64_t count);

#endif
