/* EVP's one-shot digest: 0.3 us an item, of some 50 that a posting costs. */
#include "clearing/item.h"

#include <openssl/evp.h>
#include <string.h>

static const char context[] = "tellerwire item 1";
static const char hexadecimal[] = "0123456789abcdef";

void ib_item_digest(int32_t own, int32_t peer, const struct tw_uuid *txid, int64_t amount_minor,
                    struct ib_item_digest *ret_digest) {
    uint8_t bytes[sizeof context - 1 + sizeof txid->bytes + 8];
    uint8_t *next = bytes;
    uint64_t amount = (uint64_t)(own < peer ? amount_minor : -amount_minor);
    memcpy(next, context, sizeof context - 1);
    next += sizeof context - 1;
    memcpy(next, txid->bytes, sizeof txid->bytes);
    next += sizeof txid->bytes;
    for (int shift = 56; shift >= 0; shift -= 8) {
        *next++ = (uint8_t)(amount >> shift);
    }
    int made = EVP_Digest(bytes, sizeof bytes, ret_digest->bytes, NULL, EVP_sha256(), NULL);
    tw_assert(made == 1);
}

void ib_item_digest_add(struct ib_item_digest *sum, const struct ib_item_digest *digest) {
    unsigned carry = 0;
    for (size_t i = IB_ITEM_DIGEST_BYTES; i-- > 0;) {
        carry += (unsigned)sum->bytes[i] + digest->bytes[i];
        sum->bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

bool ib_item_digest_equal(const struct ib_item_digest *left, const struct ib_item_digest *right) {
    return memcmp(left->bytes, right->bytes, IB_ITEM_DIGEST_BYTES) == 0;
}

const char *ib_item_digest_text(const struct ib_item_digest *digest,
                                char buffer[IB_ITEM_DIGEST_TEXT]) {
    for (size_t i = 0; i < IB_ITEM_DIGEST_BYTES; i++) {
        buffer[2 * i] = hexadecimal[digest->bytes[i] >> 4];
        buffer[2 * i + 1] = hexadecimal[digest->bytes[i] & 15];
    }
    buffer[IB_ITEM_DIGEST_TEXT - 1] = '\0';
    return buffer;
}

/* -1: no lower-case hexadecimal digit. */
static int digit_of(char character) {
    const char *found = character != '\0' ? strchr(hexadecimal, character) : NULL;
    return found != NULL ? (int)(found - hexadecimal) : -1;
}

bool ib_item_digest_parse(const char *text, struct ib_item_digest *ret_digest) {
    if (strlen(text) != IB_ITEM_DIGEST_TEXT - 1) {
        return false;
    }
    for (size_t i = 0; i < IB_ITEM_DIGEST_BYTES; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret_digest->bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

bool ib_bucket_valid(const char *bucket) {
    size_t length = strlen(bucket);
    return (length == 0 || length == 2 || length == 4) && strspn(bucket, hexadecimal) == length;
}

bool ib_item_in_bucket(const struct tw_uuid *txid, const char *bucket) {
    if (!ib_bucket_valid(bucket)) {
        return false;
    }
    size_t last = sizeof txid->bytes - 1;
    for (size_t i = 0; bucket[i] != '\0'; i += 2) {
        if (txid->bytes[last - i / 2] != digit_of(bucket[i]) * 16 + digit_of(bucket[i + 1])) {
            return false;
        }
    }
    return true;
}
