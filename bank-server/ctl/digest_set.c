/* Open addressing with linear probing, at most half full. Keys are uniform already: no hashing. */
#include "ctl/digest_set.h"

#include <stdlib.h>

#include "core/status.h"

#define FIRST_SIZE 1024

static bool insert(uint64_t *slots, size_t size, uint64_t key) {
    size_t at = key & (size - 1);
    while (slots[at] != 0) {
        if (slots[at] == key) {
            return false;
        }
        at = (at + 1) & (size - 1);
    }
    slots[at] = key;
    return true;
}

static void grow(struct ctl_digest_set *set) {
    size_t size = set->size == 0 ? FIRST_SIZE : set->size * 2;
    uint64_t *slots = calloc(size, sizeof *slots);
    tw_assert(slots != NULL);
    for (size_t i = 0; i < set->size; i++) {
        if (set->slots[i] != 0) {
            (void)insert(slots, size, set->slots[i]);
        }
    }
    free(set->slots);
    set->slots = slots;
    set->size = size;
}

bool ctl_digest_set_add(struct ctl_digest_set *set, uint64_t key) {
    if (2 * (set->used + 1) > set->size) {
        grow(set);
    }
    bool added = insert(set->slots, set->size, key != 0 ? key : 1);
    set->used += added;
    return added;
}

void ctl_digest_set_free(struct ctl_digest_set *set) {
    free(set->slots);
    *set = (struct ctl_digest_set){0};
}
