/*
 * Items of one bucket as they are listed to a peer: gathered in any order, sorted, paged. Pure.
 * Amounts are from this bank's view.
 */
#ifndef BANK_FLOW_CLEARING_ITEMS_H
#define BANK_FLOW_CLEARING_ITEMS_H

#include "flow/clearing_walk.h"
#include "wire/message.h"

#define BANK_ITEMS_MAX 65536

struct bank_items {
    struct tw_window_item *items;
    size_t count, capacity;
    bool overflown; /* there were more than BANK_ITEMS_MAX, or more than memory */
};

/* False when it is full. */
TW_MUST_USE bool bank_items_add(struct bank_items *items, const struct bank_walk_item *item,
                                int32_t window_no);
/* Sorts, and fills page with what comes after the first offset ones. */
void bank_items_page(struct bank_items *items, int64_t offset,
                     struct tw_window_items_result *ret_page);
/* Those of this operation correct a break. */
void bank_items_mark_corrections(struct tw_window_items_result *page, const struct tw_uuid *txid);
void bank_items_clear(struct bank_items *items);

#endif
