/* Lists of items for a peer: in the protocol's order, in pages, with their kinds. */
#include "flow/clearing_items.h"

#include "engine/item.h"
#include "support/suite.h"

enum { WINDOW = 3 };

static struct bank_items items;
static struct tw_window_items_result page;

static void teardown(void) {
    bank_items_clear(&items);
}

static void add(uint8_t txid, int64_t amount, enum bank_phase phase, bool reversal) {
    struct bank_walk_item item = {
        .txid = {{txid}}, .amount_minor = amount, .phase = (int16_t)phase, .reversal = reversal};
    ck_assert(bank_items_add(&items, &item, WINDOW));
}

START_TEST(items_are_in_the_order_of_txid_then_amount) {
    add(2, 5, BANK_REQUEST, false);
    add(1, 7, BANK_REQUEST, false);
    add(1, -7, BANK_REVERSAL, true);
    bank_items_page(&items, 0, &page);
    ck_assert_uint_eq(page.item_count, 3);
    ck_assert_int_eq(page.items[0].amount, -7);
    ck_assert_int_eq(page.items[1].amount, 7);
    ck_assert_int_eq(page.items[2].amount, 5);
    ck_assert_int_eq(page.items[2].window_no, WINDOW);
    ck_assert(!page.more);
}
END_TEST

START_TEST(pages_follow_each_other) {
    for (int i = 0; i < TW_ITEMS_MAX + 2; i++) {
        add((uint8_t)(TW_ITEMS_MAX + 2 - i), i + 1, BANK_REQUEST, false);
    }
    bank_items_page(&items, 0, &page);
    ck_assert_uint_eq(page.item_count, TW_ITEMS_MAX);
    ck_assert(page.more);
    bank_items_page(&items, TW_ITEMS_MAX, &page);
    ck_assert_uint_eq(page.item_count, 2);
    ck_assert(!page.more);
    bank_items_page(&items, INT64_MAX, &page);
    ck_assert_uint_eq(page.item_count, 0);
}
END_TEST

START_TEST(no_items_are_a_page) {
    bank_items_page(&items, 0, &page);
    ck_assert_uint_eq(page.item_count, 0);
    ck_assert(!page.more);
}
END_TEST

static const struct {
    enum bank_phase phase;
    bool reversal;
    const char *kind;
} kinds[] = {
    {BANK_REQUEST, false, "payment"},  {BANK_CREDIT, false, "payment"},
    {BANK_OUTCOME, false, "payment"},  {BANK_OUTCOME, true, "reversal"},
    {BANK_REVERSAL, true, "reversal"}, {BANK_RETURN, true, "return"},
    {BANK_FEE, false, "fee"},
};

START_TEST(kind_is_told) {
    add(1, 5, kinds[_i].phase, kinds[_i].reversal);
    bank_items_page(&items, 0, &page);
    ck_assert_str_eq(page.items[0].kind, kinds[_i].kind);
}
END_TEST

START_TEST(corrections_are_marked) {
    add(1, 5, BANK_REQUEST, false);
    add(2, 5, BANK_REQUEST, false);
    bank_items_page(&items, 0, &page);
    bank_items_mark_corrections(&page, &(struct tw_uuid){{2}});
    ck_assert_str_eq(page.items[0].kind, "payment");
    ck_assert_str_eq(page.items[1].kind, "correction");
}
END_TEST

START_TEST(too_many_items_overflow) {
    struct bank_walk_item item = {.amount_minor = 1};
    for (int i = 0; i < BANK_ITEMS_MAX; i++) {
        ck_assert(bank_items_add(&items, &item, WINDOW));
    }
    ck_assert(!items.overflown);
    ck_assert(!bank_items_add(&items, &item, WINDOW));
    ck_assert(items.overflown);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = items_are_in_the_order_of_txid_then_amount},
        {.test = pages_follow_each_other},
        {.test = no_items_are_a_page},
        {.test = kind_is_told, .rows = COUNT_OF(kinds)},
        {.test = corrections_are_marked},
        {.test = too_many_items_overflow},
    };
    return test_main_with("clearing_items", tests, COUNT_OF(tests), NULL, teardown);
}
