/*
 * Two books of a pair and window while they are compared: our sums, what differs from the peer's,
 * and the items of both in the buckets that do. Pure; amounts of each book from its own view.
 * Errors: INVALID_PARAMS when what the peer says cannot be so, or is too much.
 */
#ifndef BANK_FLOW_CLEARING_BOOKS_H
#define BANK_FLOW_CLEARING_BOOKS_H

#include "clearing/match.h"
#include "flow/clearing_buckets.h"
#include "flow/clearing_walk.h"

#define BANK_PARTS_MAX 512 /* buckets that differ and are listed */

struct bank_books {
    struct bank_bucket *sums; /* ours, of all buckets of four digits */
    bool *wanted;             /* likewise: is in one of the parts */
    char parts[BANK_PARTS_MAX][TW_BUCKET_SIZE];
    size_t part_count;
    char large[TW_BUCKETS_MAX][TW_BUCKET_SIZE]; /* of two digits; differ, to be divided */
    size_t large_count;
    struct ib_match_item *ours, *theirs;
    size_t our_count, our_capacity, their_count, their_capacity;
    bool overflown;
};

TW_MUST_USE bool bank_books_init(struct bank_books *books); /* false: no memory */
void bank_books_clear(struct bank_books *books);

/* One of our items, in the first walk. */
void bank_books_sum(struct bank_books *books, int32_t own, int32_t peer,
                    const struct bank_walk_item *item);
/* The peer's sums of the parts of prefix: what differs becomes a part, or is large. */
struct tw_status bank_books_divide(struct bank_books *books, const char *prefix,
                                   const struct tw_window_buckets_result *theirs,
                                   struct tw_error *ret_error);
/* A page of the peer's items of a part. */
struct tw_status bank_books_list(struct bank_books *books, const char *part,
                                 const struct tw_window_items_result *page, int32_t window_no,
                                 struct tw_error *ret_error);
/* One of our items, in the second walk: kept when it is in a part. False: overflown. */
TW_MUST_USE bool bank_books_gather(struct bank_books *books, const struct bank_walk_item *item);

#endif
