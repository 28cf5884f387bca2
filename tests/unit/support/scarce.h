/*
 * Memory that runs out: between scarce_begin and scarce_end Jansson gets `allowed` allocations and
 * then none. A loop over allowed, until the operation succeeds, visits every failure there is.
 * Call nothing else that allocates through Jansson in between; one user at a time.
 */
#ifndef TEST_SUPPORT_SCARCE_H
#define TEST_SUPPORT_SCARCE_H

#include <stddef.h>

void scarce_begin(size_t allowed);
/* Restores malloc and free; answers the number of blocks that were not freed. */
size_t scarce_end(void);

#endif
