/* Two digits of a name are one byte of the txid. */
#include "flow/clearing_buckets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t bank_bucket_index(const struct tw_uuid *txid, const char *prefix) {
    size_t last = sizeof txid->bytes - 1;
    return txid->bytes[last - strlen(prefix) / 2];
}

void bank_bucket_name(const char *prefix, size_t index, char ret_name[TW_BUCKET_SIZE]) {
    (void)snprintf(ret_name, TW_BUCKET_SIZE, "%.2s%02x", prefix, (unsigned)index & 0xffu);
}

size_t bank_bucket_number(const char *name) {
    return strtoul(name + strlen(name) - 2, NULL, 16);
}

void bank_bucket_add(struct bank_bucket *bucket, const struct ib_item_digest *digest,
                     int64_t count) {
    bucket->count += count;
    ib_item_digest_add(&bucket->digest, digest);
}
