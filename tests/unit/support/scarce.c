/* Counts what Jansson takes and gives back; the blocks themselves come from malloc. */
#include "support/scarce.h"

#include <jansson.h>
#include <stdlib.h>

static size_t allowed_left;
static size_t blocks;

static void *scarce_malloc(size_t size) {
    if (allowed_left == 0) {
        return NULL;
    }
    allowed_left--;
    blocks++;
    return malloc(size);
}

static void scarce_free(void *block) {
    if (block) {
        blocks--;
    }
    free(block);
}

void scarce_begin(size_t allowed) {
    allowed_left = allowed;
    blocks = 0;
    json_set_alloc_funcs(scarce_malloc, scarce_free);
}

size_t scarce_end(void) {
    json_set_alloc_funcs(malloc, free);
    return blocks;
}
