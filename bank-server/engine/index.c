/* Load stays under one half, so probe chains stay short; keys are mixed (splitmix64's finaliser)
 * because account numbers are consecutive. */
#include "engine/index.h"

#include <stdlib.h>

static uint64_t mix(uint64_t key) {
    key ^= key >> 30;
    key *= UINT64_C(0xbf58476d1ce4e5b9);
    key ^= key >> 27;
    key *= UINT64_C(0x94d049bb133111eb);
    return key ^ (key >> 31);
}

bool bank_index_init(struct bank_index *index, size_t most) {
    size_t slots = 64;
    while (slots < most * 2) {
        slots *= 2;
    }
    index->keys = calloc(slots, sizeof *index->keys);
    index->positions = calloc(slots, sizeof *index->positions);
    index->taken = calloc(slots, sizeof *index->taken);
    index->mask = slots - 1;
    index->used = 0;
    return index->keys != NULL && index->positions != NULL && index->taken != NULL;
}

void bank_index_free(struct bank_index *index) {
    free(index->keys);
    free(index->positions);
    free(index->taken);
    *index = (struct bank_index){0};
}

void bank_index_clear(struct bank_index *index) {
    for (size_t i = 0; i < index->used; i++) {
        index->positions[index->taken[i]] = 0;
    }
    index->used = 0;
}

void bank_index_add(struct bank_index *index, uint64_t key, uint32_t position) {
    tw_assert(index->used * 2 <= index->mask);
    size_t slot = mix(key) & index->mask;
    while (index->positions[slot] != 0) {
        slot = (slot + 1) & index->mask;
    }
    index->keys[slot] = key;
    index->positions[slot] = position + 1;
    index->taken[index->used++] = (uint32_t)slot;
}

uint32_t bank_index_next(const struct bank_index *index, uint64_t key, size_t *cursor) {
    for (size_t slot = (mix(key) + *cursor) & index->mask; index->positions[slot] != 0;
         slot = (slot + 1) & index->mask) {
        (*cursor)++;
        if (index->keys[slot] == key) {
            return index->positions[slot] - 1;
        }
    }
    return BANK_INDEX_NONE;
}
