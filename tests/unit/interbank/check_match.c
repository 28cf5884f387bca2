/*
 * clearing/match: random books of two banks, made wrong in every way that is known, and compared
 * from both sides. The seed is printed; TW_SEED repeats it.
 */
#include "clearing/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/suite.h"

#define ALDER 90000001
#define BIRCH 90000002

enum { OPERATIONS = 60, BOOK_MAX = 3 * OPERATIONS + 64, ROUNDS = 100, WINDOW = 7 };

struct book {
    struct ib_match_item items[BOOK_MAX];
    size_t count;
};

/* Both banks' books of one window; operation i has txid_of(i). */
struct books {
    struct book alder, birch;
};

/* --- right books ------------------------------------------------------------------------------ */

static void seed_random(void) {
    const char *given = getenv("TW_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
}

static int64_t random_below(int64_t most) {
    return random() % most;
}

static int64_t random_amount(void) {
    int64_t amount = 2000 + 2 * random_below(50000);
    return random_below(2) == 0 ? amount : -amount;
}

static struct tw_uuid txid_of(unsigned number) {
    struct tw_uuid txid = {{1, 147, 72, 159, 122, 60, 125, 239, 129, 35, 69, 103, 137, 171, 0, 0}};
    /* Not in the order of their making: comparison must not rest on it. */
    txid.bytes[0] = (uint8_t)(number * 151);
    txid.bytes[14] = (uint8_t)(number >> 8);
    txid.bytes[15] = (uint8_t)number;
    return txid;
}

static void put(struct book *book, unsigned number, int64_t amount_minor) {
    ck_assert_uint_lt(book->count, BOOK_MAX);
    book->items[book->count] = (struct ib_match_item){.txid = txid_of(number),
                                                      .amount_minor = amount_minor,
                                                      .account_id = 1 + random_below(8),
                                                      .entry_no = (int64_t)book->count + 1};
    book->count++;
}

static void put_both(struct books *books, unsigned number, int64_t amount_minor) {
    put(&books->alder, number, amount_minor);
    put(&books->birch, number, -amount_minor);
}

/* Payments, some of them reversed whole or in part, some with a fee of their own. */
static void fill(struct books *books) {
    memset(books, 0, sizeof *books);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        int64_t amount = random_amount();
        put_both(books, i, amount);
        switch (random_below(6)) {
        case 0:
            put_both(books, i, -amount);
            break;
        case 1:
            put_both(books, i, -amount / 2);
            break;
        case 2:
            put_both(books, i, amount > 0 ? 40 : -40);
            break;
        default:
            break;
        }
    }
}

static void shuffle(struct book *book) {
    for (size_t i = book->count; i > 1; i--) {
        size_t other = (size_t)random_below((int64_t)i);
        struct ib_match_item taken = book->items[other];
        book->items[other] = book->items[i - 1];
        book->items[i - 1] = taken;
    }
}

/* --- wrong ones --------------------------------------------------------------------------------
 * Each spoils what stands under one txid, which no other operation of the books has. */

static void spoil_lost(struct books *books, unsigned number) {
    put(&books->alder, number, random_amount());
}

static void spoil_extra(struct books *books, unsigned number) {
    put(&books->birch, number, random_amount());
}

static void spoil_amount(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put(&books->alder, number, amount);
    put(&books->birch, number, -amount - 1);
}

static void spoil_sign(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put(&books->alder, number, amount);
    put(&books->birch, number, amount);
}

static void spoil_doubled_here(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->alder, number, amount);
}

static void spoil_doubled_there(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->birch, number, -amount);
}

static void spoil_reversal_lost(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->alder, number, -amount);
}

static void spoil_partial_reversal_lost(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->birch, number, amount / 2);
}

static void spoil_only_reversal(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, -amount);
    put(&books->alder, number, amount);
}

static void spoil_reversed_and_lost(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put(&books->alder, number, amount);
    put(&books->alder, number, -amount);
}

static void spoil_partial_reversal_amount(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->alder, number, -amount);
    put(&books->birch, number, amount / 2);
}

static void spoil_fee_lost(struct books *books, unsigned number) {
    int64_t amount = random_amount();
    put_both(books, number, amount);
    put(&books->alder, number, amount > 0 ? 40 : -40);
}

static const struct {
    const char *name;
    void (*spoil)(struct books *books, unsigned number);
    enum ib_break_class class; /* as Alder finds it */
} kinds[] = {
    {"lost at the peer", spoil_lost, IB_BREAK_MISSING_THERE},
    {"only at the peer", spoil_extra, IB_BREAK_MISSING_HERE},
    {"another amount", spoil_amount, IB_BREAK_AMOUNT},
    {"the sign turned", spoil_sign, IB_BREAK_AMOUNT},
    {"doubled here", spoil_doubled_here, IB_BREAK_DUPLICATE},
    {"doubled there", spoil_doubled_there, IB_BREAK_DUPLICATE},
    {"reversal lost at the peer", spoil_reversal_lost, IB_BREAK_STATUS},
    {"partial reversal only there", spoil_partial_reversal_lost, IB_BREAK_STATUS},
    {"only the reversal at the peer", spoil_only_reversal, IB_BREAK_STATUS},
    {"lost with its reversal", spoil_reversed_and_lost, IB_BREAK_MISSING_THERE},
    {"reversed by another amount", spoil_partial_reversal_amount, IB_BREAK_AMOUNT},
    {"a fee lost at the peer", spoil_fee_lost, IB_BREAK_MISSING_THERE},
};

/* --- comparing from both sides -----------------------------------------------------------------
 */

struct found {
    struct ib_match alder, birch;
};

static void compare(struct books *books, struct found *ret_found) {
    const struct ib_match_pair of_alder = {.own = ALDER, .peer = BIRCH, .window_no = WINDOW};
    const struct ib_match_pair of_birch = {.own = BIRCH, .peer = ALDER, .window_no = WINDOW};
    shuffle(&books->alder);
    shuffle(&books->birch);
    struct tw_status status =
        ib_match_make(&of_alder, books->alder.items, books->alder.count, books->birch.items,
                      books->birch.count, &ret_found->alder, NULL);
    ck_assert(tw_ok(status));
    status = ib_match_make(&of_birch, books->birch.items, books->birch.count, books->alder.items,
                           books->alder.count, &ret_found->birch, NULL);
    ck_assert(tw_ok(status));
}

static void forget(struct found *found) {
    ib_match_clear(&found->alder);
    ib_match_clear(&found->birch);
}

static void assert_mirrored(const struct ib_match_break *alders,
                            const struct ib_match_break *birchs) {
    ck_assert(tw_uuid_equal(&alders->id, &birchs->id));
    ck_assert(tw_uuid_equal(&alders->txid, &birchs->txid));
    ck_assert_int_eq(birchs->class, ib_break_class_mirrored(alders->class));
    ck_assert_int_eq(alders->ours_minor, -birchs->theirs_minor);
    ck_assert_int_eq(alders->theirs_minor, -birchs->ours_minor);
    ck_assert_uint_eq(alders->count_ours, birchs->count_theirs);
    ck_assert_uint_eq(alders->count_theirs, birchs->count_ours);
    ck_assert_int_eq(alders->other_window_no, birchs->other_window_no);
}

static int64_t sum_of(const struct ib_match_item *items, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += items[i].amount_minor;
    }
    return sum;
}

/* Nothing is forgotten, and what both agree on comes to the same at both. */
static void assert_adds_up(const struct books *books, const struct found *found) {
    const struct ib_match *alder = &found->alder;
    const struct ib_match *birch = &found->birch;
    int64_t agreed = alder->agreed.debit_minor - alder->agreed.credit_minor;
    ck_assert_int_eq(agreed + sum_of(alder->ours, alder->ours_count),
                     sum_of(books->alder.items, books->alder.count));
    ck_assert_int_eq(agreed + sum_of(alder->theirs, alder->theirs_count),
                     -sum_of(books->birch.items, books->birch.count));
    ck_assert_int_eq(alder->agreed.debit_count, birch->agreed.credit_count);
    ck_assert_int_eq(alder->agreed.debit_minor, birch->agreed.credit_minor);
    ck_assert_int_eq(alder->agreed.credit_count, birch->agreed.debit_count);
    ck_assert_int_eq(alder->agreed.credit_minor, birch->agreed.debit_minor);
    ck_assert_uint_eq((size_t)alder->agreed.debit_count + (size_t)alder->agreed.credit_count +
                          alder->ours_count,
                      books->alder.count);
}

static void assert_alike(const struct books *books, const struct found *found) {
    ck_assert_uint_eq(found->alder.break_count, found->birch.break_count);
    for (size_t i = 0; i < found->alder.break_count; i++) {
        assert_mirrored(&found->alder.breaks[i], &found->birch.breaks[i]);
    }
    assert_adds_up(books, found);
}

static const struct ib_match_break *break_of(const struct ib_match *match, unsigned number) {
    struct tw_uuid txid = txid_of(number);
    for (size_t i = 0; i < match->break_count; i++) {
        if (tw_uuid_equal(&match->breaks[i].txid, &txid)) {
            return &match->breaks[i];
        }
    }
    return NULL;
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(right_books_agree_on_everything) {
    static struct books books;
    struct found found;
    seed_random();
    for (int round = 0; round < ROUNDS; round++) {
        fill(&books);
        compare(&books, &found);
        ck_assert_uint_eq(found.alder.break_count, 0);
        assert_alike(&books, &found);
        forget(&found);
    }
}
END_TEST

START_TEST(empty_books_agree) {
    static struct books books;
    struct found found;
    compare(&books, &found);
    ck_assert_uint_eq(found.alder.break_count + found.birch.break_count, 0);
    ck_assert_int_eq(found.alder.agreed.debit_count + found.alder.agreed.credit_count, 0);
    forget(&found);
}
END_TEST

START_TEST(each_kind_of_wrong_book_is_found_and_classified) {
    static struct books books;
    struct found found;
    seed_random();
    for (int round = 0; round < ROUNDS; round++) {
        fill(&books);
        kinds[_i].spoil(&books, OPERATIONS);
        compare(&books, &found);
        ck_assert_msg(found.alder.break_count == 1, "%s: %zu breaks", kinds[_i].name,
                      found.alder.break_count);
        const struct ib_match_break *left = break_of(&found.alder, OPERATIONS);
        ck_assert_msg(left != NULL && left->class == kinds[_i].class, "%s: %s", kinds[_i].name,
                      left == NULL ? "another txid" : ib_break_class_name(left->class));
        assert_alike(&books, &found);
        forget(&found);
    }
}
END_TEST

START_TEST(several_wrongs_at_once_are_each_found) {
    static struct books books;
    struct found found;
    seed_random();
    for (int round = 0; round < ROUNDS; round++) {
        fill(&books);
        for (unsigned i = 0; i < COUNT_OF(kinds); i++) {
            kinds[i].spoil(&books, OPERATIONS + i);
        }
        compare(&books, &found);
        ck_assert_uint_eq(found.alder.break_count, COUNT_OF(kinds));
        for (unsigned i = 0; i < COUNT_OF(kinds); i++) {
            const struct ib_match_break *left = break_of(&found.alder, OPERATIONS + i);
            ck_assert_msg(left != NULL && left->class == kinds[i].class, "%s", kinds[i].name);
        }
        assert_alike(&books, &found);
        forget(&found);
    }
}
END_TEST

START_TEST(swapped_amounts_are_two_breaks) {
    static struct books books;
    struct found found;
    fill(&books);
    put(&books.alder, OPERATIONS, 100);
    put(&books.alder, OPERATIONS + 1, 200);
    put(&books.birch, OPERATIONS, -200);
    put(&books.birch, OPERATIONS + 1, -100);
    compare(&books, &found);
    ck_assert_uint_eq(found.alder.break_count, 2);
    ck_assert_int_eq(found.alder.breaks[0].class, IB_BREAK_AMOUNT);
    ck_assert_int_eq(found.alder.breaks[1].class, IB_BREAK_AMOUNT);
    assert_alike(&books, &found);
    forget(&found);
}
END_TEST

START_TEST(another_txid_is_missing_here_and_there) {
    static struct books books;
    struct found found;
    fill(&books);
    put(&books.alder, OPERATIONS, 100);
    put(&books.birch, OPERATIONS + 1, -100);
    compare(&books, &found);
    ck_assert_uint_eq(found.alder.break_count, 2);
    ck_assert_int_eq(break_of(&found.alder, OPERATIONS)->class, IB_BREAK_MISSING_THERE);
    ck_assert_int_eq(break_of(&found.alder, OPERATIONS + 1)->class, IB_BREAK_MISSING_HERE);
    assert_alike(&books, &found);
    forget(&found);
}
END_TEST

/* The bank that lacks it has it elsewhere; both ask, each from its own view. */
static void look_elsewhere(struct found *found, const struct ib_match_elsewhere *as_alder) {
    const struct ib_match_elsewhere as_birch = {.window_no = as_alder->window_no,
                                                .amount_minor = -as_alder->amount_minor};
    ck_assert_uint_eq(found->alder.break_count, 1);
    ib_match_found(&found->alder, &found->alder.breaks[0], as_alder, 1);
    ib_match_found(&found->birch, &found->birch.breaks[0], &as_birch, 1);
}

static const struct {
    bool here;
    struct ib_match_elsewhere elsewhere;
    enum ib_break_class class;
    int32_t other_window_no;
} moved[] = {
    {false, {.window_no = 8, .amount_minor = 100}, IB_BREAK_WINDOW, 8},
    {true, {.window_no = 6, .amount_minor = 100}, IB_BREAK_WINDOW, 6},
    {false, {.window_no = 6, .amount_minor = -100}, IB_BREAK_STATUS, 0},
    {true, {.window_no = 6, .amount_minor = -60}, IB_BREAK_STATUS, 0},
    {false, {.window_no = 8, .amount_minor = 99}, IB_BREAK_MISSING_THERE, 0},
    {true, {.window_no = 8, .amount_minor = 99}, IB_BREAK_MISSING_HERE, 0},
};

START_TEST(items_in_another_window_are_told_apart) {
    static struct books books;
    struct found found;
    fill(&books);
    put(moved[_i].here ? &books.birch : &books.alder, OPERATIONS, moved[_i].here ? -100 : 100);
    compare(&books, &found);
    struct tw_uuid missing = found.alder.breaks[0].id;
    look_elsewhere(&found, &moved[_i].elsewhere);
    ck_assert_int_eq(found.alder.breaks[0].class, moved[_i].class);
    ck_assert_int_eq(found.alder.breaks[0].other_window_no, moved[_i].other_window_no);
    bool still_missing = ib_match_is_missing(&found.alder.breaks[0]);
    ck_assert_int_eq(tw_uuid_equal(&missing, &found.alder.breaks[0].id), still_missing);
    assert_alike(&books, &found);
    forget(&found);
}
END_TEST

START_TEST(an_item_found_nowhere_stays_missing) {
    static struct books books;
    struct found found;
    put(&books.alder, 1, 100);
    compare(&books, &found);
    ib_match_found(&found.alder, &found.alder.breaks[0], NULL, 0);
    ck_assert_int_eq(found.alder.breaks[0].class, IB_BREAK_MISSING_THERE);
    assert_alike(&books, &found);
    forget(&found);
}
END_TEST

/* What is left names the entries of our book, so that they can be kept out of what settles. */
START_TEST(left_items_name_their_entries) {
    static struct books books;
    struct found found;
    put_both(&books, 1, 100);
    put(&books.alder, 1, 100);
    compare(&books, &found);
    ck_assert_uint_eq(found.alder.ours_count, 1);
    ck_assert_int_gt(found.alder.ours[0].account_id, 0);
    ck_assert_int_gt(found.alder.ours[0].entry_no, 0);
    forget(&found);
}
END_TEST

START_TEST(ids_differ_by_pair_window_operation_and_class) {
    static struct books books;
    struct ib_match matches[4];
    const struct ib_match_pair pairs[] = {{ALDER, BIRCH, WINDOW},
                                          {ALDER, BIRCH, WINDOW + 1},
                                          {ALDER, BIRCH + 1, WINDOW},
                                          {BIRCH + 1, BIRCH, WINDOW}};
    put(&books.alder, 1, 100);
    put(&books.alder, 2, 100);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct tw_status status =
            ib_match_make(&pairs[i], books.alder.items, 2, NULL, 0, &matches[i], NULL);
        ck_assert(tw_ok(status));
        ck_assert(!tw_uuid_equal(&matches[i].breaks[0].id, &matches[i].breaks[1].id));
        for (size_t j = 0; j < i; j++) {
            ck_assert(!tw_uuid_equal(&matches[i].breaks[0].id, &matches[j].breaks[0].id));
        }
    }
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        ib_match_clear(&matches[i]);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = right_books_agree_on_everything},
        {.test = empty_books_agree},
        {.test = each_kind_of_wrong_book_is_found_and_classified, .rows = COUNT_OF(kinds)},
        {.test = several_wrongs_at_once_are_each_found},
        {.test = swapped_amounts_are_two_breaks},
        {.test = another_txid_is_missing_here_and_there},
        {.test = items_in_another_window_are_told_apart, .rows = COUNT_OF(moved)},
        {.test = an_item_found_nowhere_stays_missing},
        {.test = left_items_name_their_entries},
        {.test = ids_differ_by_pair_window_operation_and_class},
    };
    return test_main("match", tests, COUNT_OF(tests));
}
