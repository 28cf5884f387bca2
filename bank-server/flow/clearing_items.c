/* The order, txid then amount, is the protocol's: a page is what comes after so many items. */
#include "flow/clearing_items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/item.h"

static const char *kind_of(const struct bank_walk_item *item) {
    if (item->phase == BANK_RETURN) {
        return "return";
    }
    if (item->reversal) {
        return "reversal";
    }
    return item->phase == BANK_FEE ? "fee" : "payment";
}

static bool grow(struct bank_items *items) {
    size_t capacity = items->capacity == 0 ? 64 : 2 * items->capacity;
    struct tw_window_item *grown = realloc(items->items, capacity * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    items->items = grown;
    items->capacity = capacity;
    return true;
}

bool bank_items_add(struct bank_items *items, const struct bank_walk_item *item,
                    int32_t window_no) {
    bool room = items->count < BANK_ITEMS_MAX && (items->count < items->capacity || grow(items));
    if (!room) {
        items->overflown = true;
        return false;
    }
    struct tw_window_item *added = &items->items[items->count++];
    *added = (struct tw_window_item){
        .txid = item->txid, .window_no = window_no, .amount = item->amount_minor};
    (void)snprintf(added->kind, sizeof added->kind, "%s", kind_of(item));
    return true;
}

static int compare(const void *left_item, const void *right_item) {
    const struct tw_window_item *left = left_item;
    const struct tw_window_item *right = right_item;
    int order = memcmp(left->txid.bytes, right->txid.bytes, sizeof left->txid.bytes);
    return order != 0 ? order : (left->amount > right->amount) - (left->amount < right->amount);
}

void bank_items_page(struct bank_items *items, int64_t offset,
                     struct tw_window_items_result *ret_page) {
    if (items->count > 0) {
        qsort(items->items, items->count, sizeof items->items[0], compare);
    }
    size_t first = (uint64_t)offset < items->count ? (size_t)offset : items->count;
    size_t left = items->count - first;
    ret_page->more = left > TW_ITEMS_MAX;
    ret_page->item_count = ret_page->more ? TW_ITEMS_MAX : left;
    for (size_t i = 0; i < ret_page->item_count; i++) {
        ret_page->items[i] = items->items[first + i];
    }
}

void bank_items_mark_corrections(struct tw_window_items_result *page, const struct tw_uuid *txid) {
    for (size_t i = 0; i < page->item_count; i++) {
        struct tw_window_item *item = &page->items[i];
        if (tw_uuid_equal(&item->txid, txid)) {
            (void)snprintf(item->kind, sizeof item->kind, "correction");
        }
    }
}

void bank_items_clear(struct bank_items *items) {
    free(items->items);
    *items = (struct bank_items){0};
}
