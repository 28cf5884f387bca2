/* Load stays under one half, so probe chains stay short; keys are mixed (splitmix64's finaliser)
 * because account numbers are consecutive. */
#include "engine/index.h"

#include <stdlib.h>
#include <string.h>

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
    *index = (struct bank_index){
        .slots = calloc(slots, sizeof *index->slots), .mask = slots - 1, .generation = 1};
    return index->slots != NULL;
}

void bank_index_free(struct bank_index *index) {
    free(index->slots);
    *index = (struct bank_index){0};
}

/* When generations start again from 1, slots that still have an old 1 would count. */
void bank_index_clear(struct bank_index *index) {
    index->used = 0;
    index->generation++;
    if (index->generation == 0) {
        memset(index->slots, 0, (index->mask + 1) * sizeof *index->slots);
        index->generation = 1;
    }
}

void bank_index_add(struct bank_index *index, uint64_t key, uint32_t position) {
    tw_assert(index->used * 2 <= index->mask);
    size_t at = mix(key) & index->mask;
    while (index->slots[at].generation == index->generation) {
        at = (at + 1) & index->mask;
    }
    index->slots[at] = (struct bank_index_slot){key, position, index->generation};
    index->used++;
}

uint32_t bank_index_next(const struct bank_index *index, uint64_t key, size_t *cursor) {
    uint64_t home = mix(key);
    const struct bank_index_slot *slot = &index->slots[(home + *cursor) & index->mask];
    while (slot->generation == index->generation) {
        (*cursor)++;
        if (slot->key == key) {
            return slot->position;
        }
        slot = &index->slots[(home + *cursor) & index->mask];
    }
    return BANK_INDEX_NONE;
}
