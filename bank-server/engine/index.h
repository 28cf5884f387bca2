/*
 * A small hash index: 64-bit key -> position in an array of the owner. Open addressing with linear
 * probing; sized once for the most a batch can hold, cleared for each batch, which costs nothing: a
 * slot counts only when it has the generation of the index. Different rows may share a key (keys
 * made from UUIDs): the owner walks the candidates and compares.
 */
#ifndef BANK_ENGINE_INDEX_H
#define BANK_ENGINE_INDEX_H

#include <stdint.h>

#include "core/status.h"

struct bank_index_slot { /* 16 bytes: a look at one slot is a look at one cache line */
    uint64_t key;
    uint32_t position;
    uint32_t generation; /* another one than the index has: empty */
};

struct bank_index {
    struct bank_index_slot *slots;
    size_t mask;
    size_t used;
    uint32_t generation; /* from 1, so that new slots are empty */
};

#define BANK_INDEX_NONE UINT32_MAX

TW_MUST_USE bool bank_index_init(struct bank_index *index, size_t most);
void bank_index_free(struct bank_index *index);
void bank_index_clear(struct bank_index *index);
void bank_index_add(struct bank_index *index, uint64_t key, uint32_t position);
/* First candidate: *cursor = 0 before. Next ones: call again. BANK_INDEX_NONE ends. */
uint32_t bank_index_next(const struct bank_index *index, uint64_t key, size_t *cursor);

static inline uint32_t bank_index_find(const struct bank_index *index, uint64_t key) {
    size_t cursor = 0;
    return bank_index_next(index, key, &cursor);
}

#endif
