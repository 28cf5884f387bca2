/*
 * A set of 64-bit keys taken from digests, to draw card numbers that are not in use. Two digests
 * with the same first eight bytes count as one: then another number is drawn, which harms nobody.
 * Grows as needed; aborts without memory. Not for secrets: comparison is not constant-time.
 */
#ifndef BANK_CTL_DIGEST_SET_H
#define BANK_CTL_DIGEST_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_digest_set {
    uint64_t *slots; /* 0: free */
    size_t size;     /* power of two */
    size_t used;
};

/* False when the key was there already. */
bool ctl_digest_set_add(struct ctl_digest_set *set, uint64_t key);
void ctl_digest_set_free(struct ctl_digest_set *set);

#endif
