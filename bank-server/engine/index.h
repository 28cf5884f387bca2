/*
 * A small hash index: 64-bit key -> position in an array of the owner. Open addressing with linear
 * probing; sized once for the most a batch can hold, cleared for each batch, which costs what was
 * in it: most batches are far smaller than the largest. Different rows may
 * share a key (keys made from UUIDs): the owner walks the candidates and compares.
 */
#ifndef BANK_ENGINE_INDEX_H
#define BANK_ENGINE_INDEX_H

#include <stdint.h>

#include "core/status.h"

struct bank_index {
    uint64_t *keys;
    uint32_t *positions; /* position + 1; 0 is empty */
    uint32_t *taken;     /* slots that are not empty, in the order of adding */
    size_t mask;
    size_t used;
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
