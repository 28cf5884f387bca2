/*
 * A window with few items is listed whole; a bucket with few is listed without being divided. That
 * saves rounds where a page holds it all, and a page is what a walk costs the peer.
 */
#include "flow/clearing_books.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_BUCKETS 65536
#define WHOLE_MAX        512 /* items of a window that is listed whole */
#define ITEMS_MAX        65536

bool bank_books_init(struct bank_books *books) {
    *books = (struct bank_books){.sums = calloc(SMALLEST_BUCKETS, sizeof *books->sums),
                                 .wanted = calloc(SMALLEST_BUCKETS, sizeof *books->wanted)};
    if (books->sums == NULL || books->wanted == NULL) {
        bank_books_clear(books);
        return false;
    }
    return true;
}

void bank_books_clear(struct bank_books *books) {
    free(books->sums);
    free(books->wanted);
    free(books->ours);
    free(books->theirs);
    *books = (struct bank_books){0};
}

/* Buckets of four digits that belong to one of two are neighbours. */
static size_t smallest_bucket(const struct tw_uuid *txid) {
    return bank_bucket_index(txid, "") * 256 + bank_bucket_index(txid, "00");
}

void bank_books_sum(struct bank_books *books, int32_t own, int32_t peer,
                    const struct bank_walk_item *item) {
    struct ib_item_digest digest;
    ib_item_digest(own, peer, &item->txid, item->amount_minor, &digest);
    bank_bucket_add(&books->sums[smallest_bucket(&item->txid)], &digest, 1);
}

/* Our sum of one of the 256 parts of prefix. */
static struct bank_bucket our_part(const struct bank_books *books, const char *prefix,
                                   size_t index) {
    if (prefix[0] != '\0') {
        return books->sums[bank_bucket_number(prefix) * 256 + index];
    }
    struct bank_bucket sum = {0};
    for (size_t i = 0; i < 256; i++) {
        const struct bank_bucket *smallest = &books->sums[index * 256 + i];
        bank_bucket_add(&sum, &smallest->digest, smallest->count);
    }
    return sum;
}

/* --- what differs ----------------------------------------------------------------------------- */

static struct tw_status read_parts(const char *prefix,
                                   const struct tw_window_buckets_result *theirs,
                                   struct bank_bucket ret_parts[TW_BUCKETS_MAX],
                                   struct tw_error *ret_error) {
    size_t length = strlen(prefix);
    for (size_t i = 0; i < theirs->bucket_count; i++) {
        const struct tw_window_bucket *bucket = &theirs->buckets[i];
        bool named = ib_bucket_valid(bucket->bucket) && strlen(bucket->bucket) == length + 2 &&
                     strncmp(bucket->bucket, prefix, length) == 0;
        struct bank_bucket *part = named ? &ret_parts[bank_bucket_number(bucket->bucket)] : NULL;
        if (part == NULL || part->count != 0 || bucket->count <= 0 ||
            !ib_item_digest_parse(bucket->digest, &part->digest)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "its buckets cannot be read");
        }
        part->count = bucket->count;
    }
    return tw_success();
}

static void want(struct bank_books *books, const char *part) {
    size_t digits = strlen(part);
    size_t first = digits == 0   ? 0
                   : digits == 2 ? bank_bucket_number(part) * 256
                                 : strtoul((char[]){part[0], part[1], '\0'}, NULL, 16) * 256 +
                                       bank_bucket_number(part);
    size_t count = digits == 0 ? SMALLEST_BUCKETS : digits == 2 ? 256 : 1;
    for (size_t i = 0; i < count; i++) {
        books->wanted[first + i] = true;
    }
}

static struct tw_status add_part(struct bank_books *books, const char *part,
                                 struct tw_error *ret_error) {
    if (books->part_count == BANK_PARTS_MAX) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the books differ in too many places");
    }
    memcpy(books->parts[books->part_count++], part, strlen(part) + 1);
    want(books, part);
    return tw_success();
}

static struct tw_status sort_part(struct bank_books *books, const char *prefix, size_t index,
                                  const struct bank_bucket *theirs, struct tw_error *ret_error) {
    struct bank_bucket ours = our_part(books, prefix, index);
    char name[TW_BUCKET_SIZE];
    if (ours.count == theirs->count && ib_item_digest_equal(&ours.digest, &theirs->digest)) {
        return tw_success();
    }
    bank_bucket_name(prefix, index, name);
    bool small = ours.count <= TW_ITEMS_MAX && theirs->count <= TW_ITEMS_MAX;
    if (small || prefix[0] != '\0') {
        return add_part(books, name, ret_error);
    }
    memcpy(books->large[books->large_count++], name, sizeof name);
    return tw_success();
}

/* Counts are a peer's word: they are capped so that no sum of them overflows. */
static int64_t capped(int64_t count) {
    return count < ITEMS_MAX ? count : ITEMS_MAX;
}

static bool is_small_window(const struct bank_books *books,
                            const struct bank_bucket parts[TW_BUCKETS_MAX]) {
    int64_t items = 0;
    for (size_t i = 0; i < TW_BUCKETS_MAX; i++) {
        items += capped(parts[i].count) + capped(our_part(books, "", i).count);
    }
    return items <= WHOLE_MAX;
}

struct tw_status bank_books_divide(struct bank_books *books, const char *prefix,
                                   const struct tw_window_buckets_result *theirs,
                                   struct tw_error *ret_error) {
    struct bank_bucket parts[TW_BUCKETS_MAX] = {0};
    struct tw_status status = read_parts(prefix, theirs, parts, ret_error);
    if (tw_ok(status) && prefix[0] == '\0' && is_small_window(books, parts)) {
        return add_part(books, "", ret_error);
    }
    for (size_t i = 0; i < TW_BUCKETS_MAX && tw_ok(status); i++) {
        status = sort_part(books, prefix, i, &parts[i], ret_error);
    }
    return status;
}

/* --- items ------------------------------------------------------------------------------------ */

/* False: no memory, or too many. */
static bool push(struct ib_match_item **items, size_t *count, size_t *capacity,
                 const struct ib_match_item *item) {
    if (*count == *capacity) {
        size_t wider = *capacity == 0 ? 64 : 2 * *capacity;
        struct ib_match_item *grown =
            wider <= ITEMS_MAX ? realloc(*items, wider * sizeof *grown) : NULL;
        if (grown == NULL) {
            return false;
        }
        *items = grown;
        *capacity = wider;
    }
    (*items)[(*count)++] = *item;
    return true;
}

struct tw_status bank_books_list(struct bank_books *books, const char *part,
                                 const struct tw_window_items_result *page, int32_t window_no,
                                 struct tw_error *ret_error) {
    if (page->outcome.rc != TW_RC_APPROVED || (page->more && page->item_count == 0)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "it does not list its items");
    }
    for (size_t i = 0; i < page->item_count; i++) {
        const struct tw_window_item *item = &page->items[i];
        const struct ib_match_item kept = {.txid = item->txid, .amount_minor = item->amount};
        if (item->amount == 0 || item->window_no != window_no ||
            !ib_item_in_bucket(&item->txid, part)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "lists an item that was not asked for");
        }
        if (!push(&books->theirs, &books->their_count, &books->their_capacity, &kept)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the books differ in too many items");
        }
    }
    return tw_success();
}

bool bank_books_gather(struct bank_books *books, const struct bank_walk_item *item) {
    const struct ib_match_item kept = {.txid = item->txid,
                                       .amount_minor = item->amount_minor,
                                       .account_id = item->account_id,
                                       .entry_no = item->entry_no};
    bool fits = !books->wanted[smallest_bucket(&item->txid)] ||
                push(&books->ours, &books->our_count, &books->our_capacity, &kept);
    books->overflown = books->overflown || !fits;
    return fits;
}
