/*
 * Both lists are sorted and walked once, txid by txid; within a txid the amounts are walked the
 * same way. Classes look at amounts alone: what kind of item it is is each book's own opinion, and
 * a class that rested on it could differ between the two.
 *
 * Rejected: pairing items of different txids by amount. An operation has its txid from its
 * beginning, so two different ones are never the same item, however alike they look.
 */
#include "clearing/match.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [IB_BREAK_MISSING_HERE] = "MISSING_HERE",
    [IB_BREAK_MISSING_THERE] = "MISSING_THERE",
    [IB_BREAK_AMOUNT] = "AMOUNT",
    [IB_BREAK_STATUS] = "STATUS",
    [IB_BREAK_WINDOW] = "WINDOW",
    [IB_BREAK_DUPLICATE] = "DUPLICATE",
};

const char *ib_break_class_name(enum ib_break_class class) {
    return names[class];
}

enum ib_break_class ib_break_class_mirrored(enum ib_break_class class) {
    switch (class) {
    case IB_BREAK_MISSING_HERE:
        return IB_BREAK_MISSING_THERE;
    case IB_BREAK_MISSING_THERE:
        return IB_BREAK_MISSING_HERE;
    case IB_BREAK_AMOUNT:
    case IB_BREAK_STATUS:
    case IB_BREAK_WINDOW:
    case IB_BREAK_DUPLICATE:
    default:
        return class;
    }
}

/* --- identity --------------------------------------------------------------------------------- */

static uint8_t *put_i32(uint8_t *next, int32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        *next++ = (uint8_t)((uint32_t)value >> shift);
    }
    return next;
}

/* A UUID of version 8 (RFC 9562): what the two banks know of the break alike, the class as the bank
 * with the lower code sees it. */
static struct tw_uuid id_of(const struct ib_match_pair *pair, const struct tw_uuid *txid,
                            enum ib_break_class class) {
    static const char context[] = "tellerwire break 1";
    uint8_t bytes[sizeof context - 1 + 3 * sizeof(int32_t) + sizeof txid->bytes + 1];
    uint8_t digest[32];
    struct tw_uuid id;
    bool lower = pair->own < pair->peer;
    uint8_t *next = bytes;
    memcpy(next, context, sizeof context - 1);
    next = put_i32(next + sizeof context - 1, lower ? pair->own : pair->peer);
    next = put_i32(next, lower ? pair->peer : pair->own);
    next = put_i32(next, pair->window_no);
    memcpy(next, txid->bytes, sizeof txid->bytes);
    next += sizeof txid->bytes;
    *next++ = (uint8_t)(lower ? class : ib_break_class_mirrored(class));
    int made = EVP_Digest(bytes, sizeof bytes, digest, NULL, EVP_sha256(), NULL);
    tw_assert(made == 1 && next == bytes + sizeof bytes);
    memcpy(id.bytes, digest, sizeof id.bytes);
    id.bytes[6] = (uint8_t)(0x80 | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

/* --- one operation ---------------------------------------------------------------------------- */

static int compare_txids(const struct ib_match_item *left, const struct ib_match_item *right) {
    return memcmp(left->txid.bytes, right->txid.bytes, sizeof left->txid.bytes);
}

static int compare_numbers(int64_t left, int64_t right) {
    return (left > right) - (left < right);
}

static int compare_items(const void *left_item, const void *right_item) {
    const struct ib_match_item *left = left_item;
    const struct ib_match_item *right = right_item;
    int order = compare_txids(left, right);
    order = order != 0 ? order : compare_numbers(left->amount_minor, right->amount_minor);
    order = order != 0 ? order : compare_numbers(left->account_id, right->account_id);
    return order != 0 ? order : compare_numbers(left->entry_no, right->entry_no);
}

/* The items of one txid in both lists, and what is known about them. */
struct operation {
    const struct ib_match_item *ours, *theirs;
    size_t ours_count, theirs_count;
    bool agreed_debit, agreed_credit;
    bool duplicate;
};

static size_t count_of_first(const struct ib_match_item *items, size_t count) {
    size_t same = 1;
    while (same < count && compare_txids(&items[0], &items[same]) == 0) {
        same++;
    }
    return same;
}

static void agree(struct ib_match *match, struct operation *operation, int64_t amount_minor) {
    struct ib_match_agreed *agreed = &match->agreed;
    if (amount_minor > 0) {
        operation->agreed_debit = true;
        agreed->debit_count++;
        agreed->debit_minor += amount_minor;
    } else {
        operation->agreed_credit = true;
        agreed->credit_count++;
        agreed->credit_minor -= amount_minor;
    }
}

static void leave_ours(struct ib_match *match, struct ib_match_break *left,
                       const struct ib_match_item *item) {
    match->ours[match->ours_count++] = *item;
    left->count_ours++;
    left->ours_minor += item->amount_minor;
}

static void leave_theirs(struct ib_match *match, struct ib_match_break *left,
                         const struct ib_match_item *item) {
    match->theirs[match->theirs_count++] = *item;
    left->count_theirs++;
    left->theirs_minor += item->amount_minor;
}

/* Agrees what both have and leaves the rest. */
static void pair_off(struct ib_match *match, struct operation *operation,
                     struct ib_match_break *left) {
    size_t ours = 0;
    size_t theirs = 0;
    int64_t last_agreed = 0; /* no item is 0 */
    while (ours < operation->ours_count || theirs < operation->theirs_count) {
        const struct ib_match_item *our = &operation->ours[ours];
        const struct ib_match_item *their = &operation->theirs[theirs];
        int order = ours == operation->ours_count ? 1
                    : theirs == operation->theirs_count
                        ? -1
                        : compare_numbers(our->amount_minor, their->amount_minor);
        if (order == 0) {
            last_agreed = our->amount_minor;
            agree(match, operation, last_agreed);
            ours++;
            theirs++;
        } else if (order < 0) {
            operation->duplicate = operation->duplicate || our->amount_minor == last_agreed;
            leave_ours(match, left, our);
            ours++;
        } else {
            operation->duplicate = operation->duplicate || their->amount_minor == last_agreed;
            leave_theirs(match, left, their);
            theirs++;
        }
    }
}

/* Whether something left is of the other direction than what both have. */
static bool undoes(const struct operation *operation, const struct ib_match_item *left,
                   size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (left[i].amount_minor > 0 ? operation->agreed_credit : operation->agreed_debit) {
            return true;
        }
    }
    return false;
}

static enum ib_break_class class_of(const struct ib_match *match, const struct operation *operation,
                                    const struct ib_match_break *left) {
    if (operation->duplicate) {
        return IB_BREAK_DUPLICATE;
    }
    if (left->count_ours > 0 && left->count_theirs > 0) {
        return IB_BREAK_AMOUNT;
    }
    if (undoes(operation, &match->ours[left->first_ours], left->count_ours) ||
        undoes(operation, &match->theirs[left->first_theirs], left->count_theirs)) {
        return IB_BREAK_STATUS;
    }
    return left->count_ours > 0 ? IB_BREAK_MISSING_THERE : IB_BREAK_MISSING_HERE;
}

static void match_operation(struct ib_match *match, struct operation *operation) {
    struct ib_match_break left = {.first_ours = match->ours_count,
                                  .first_theirs = match->theirs_count};
    left.txid = operation->ours_count > 0 ? operation->ours->txid : operation->theirs->txid;
    pair_off(match, operation, &left);
    if (left.count_ours + left.count_theirs > 0) {
        left.class = class_of(match, operation, &left);
        left.id = id_of(&match->pair, &left.txid, left.class);
        match->breaks[match->break_count++] = left;
    }
}

/* --- both lists ------------------------------------------------------------------------------- */

/* The operation with the lowest txid of what is not walked yet, and walks over it. */
static struct operation next_operation(struct operation *rest) {
    int order = rest->ours_count == 0     ? 1
                : rest->theirs_count == 0 ? -1
                                          : compare_txids(rest->ours, rest->theirs);
    struct operation next = {.ours = rest->ours, .theirs = rest->theirs};
    next.ours_count = order <= 0 ? count_of_first(rest->ours, rest->ours_count) : 0;
    next.theirs_count = order >= 0 ? count_of_first(rest->theirs, rest->theirs_count) : 0;
    rest->ours += next.ours_count;
    rest->ours_count -= next.ours_count;
    rest->theirs += next.theirs_count;
    rest->theirs_count -= next.theirs_count;
    return next;
}

static struct ib_match_item *sorted(const struct ib_match_item *items, size_t count, bool mirror) {
    struct ib_match_item *copy = calloc(count + 1, sizeof *copy); /* never of nothing */
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = items[i];
        copy[i].amount_minor = mirror ? -items[i].amount_minor : items[i].amount_minor;
    }
    qsort(copy, count, sizeof *copy, compare_items);
    return copy;
}

struct tw_status ib_match_make(const struct ib_match_pair *pair, const struct ib_match_item *ours,
                               size_t ours_count, const struct ib_match_item *theirs,
                               size_t theirs_count, struct ib_match *ret_match,
                               struct tw_error *ret_error) {
    struct ib_match_item *our_items = sorted(ours, ours_count, false);
    struct ib_match_item *their_items = sorted(theirs, theirs_count, true);
    struct operation rest = {.ours = our_items,
                             .theirs = their_items,
                             .ours_count = ours_count,
                             .theirs_count = theirs_count};
    *ret_match = (struct ib_match){.pair = *pair};
    ret_match->breaks = calloc(ours_count + theirs_count + 1, sizeof *ret_match->breaks);
    ret_match->ours = calloc(ours_count + 1, sizeof *ret_match->ours);
    ret_match->theirs = calloc(theirs_count + 1, sizeof *ret_match->theirs);
    bool room = our_items != NULL && their_items != NULL && ret_match->breaks != NULL &&
                ret_match->ours != NULL && ret_match->theirs != NULL;
    while (room && rest.ours_count + rest.theirs_count > 0) {
        struct operation operation = next_operation(&rest);
        match_operation(ret_match, &operation);
    }
    free(our_items);
    free(their_items);
    if (!room) {
        ib_match_clear(ret_match);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory to compare %zu items with %zu",
                       ours_count, theirs_count);
    }
    return tw_success();
}

void ib_match_clear(struct ib_match *match) {
    free(match->breaks);
    free(match->ours);
    free(match->theirs);
    *match = (struct ib_match){0};
}

/* --- other windows ---------------------------------------------------------------------------- */

bool ib_match_is_missing(const struct ib_match_break *found) {
    return found->class == IB_BREAK_MISSING_HERE || found->class == IB_BREAK_MISSING_THERE;
}

/* The window where the other book has this very item; 0: in none. */
static int32_t window_of(const struct ib_match_item *item,
                         const struct ib_match_elsewhere *elsewhere, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (elsewhere[i].amount_minor == item->amount_minor) {
            return elsewhere[i].window_no;
        }
    }
    return 0;
}

static bool undone_elsewhere(const struct ib_match_item *item,
                             const struct ib_match_elsewhere *elsewhere, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if ((elsewhere[i].amount_minor > 0) != (item->amount_minor > 0)) {
            return true;
        }
    }
    return false;
}

void ib_match_found(struct ib_match *match, struct ib_match_break *missing,
                    const struct ib_match_elsewhere *elsewhere, size_t count) {
    tw_assert(ib_match_is_missing(missing));
    bool here = missing->class == IB_BREAK_MISSING_HERE;
    const struct ib_match_item *items =
        here ? &match->theirs[missing->first_theirs] : &match->ours[missing->first_ours];
    size_t item_count = here ? missing->count_theirs : missing->count_ours;
    bool all_moved = true;
    bool undone = false;
    for (size_t i = 0; i < item_count; i++) {
        all_moved = all_moved && window_of(&items[i], elsewhere, count) != 0;
        undone = undone || undone_elsewhere(&items[i], elsewhere, count);
    }
    if (all_moved) {
        missing->class = IB_BREAK_WINDOW;
        missing->other_window_no = window_of(&items[0], elsewhere, count);
    } else if (undone) {
        missing->class = IB_BREAK_STATUS;
    }
    missing->id = id_of(&match->pair, &missing->txid, missing->class);
}
