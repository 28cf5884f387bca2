/*
 * What two books have alike of one pair and window, and what not: a pure comparison of items, made
 * by each of the two banks for itself with the same result (docs/CLEARING.md, "Reconciliation of a
 * pair"). Everything that is not alike of one operation is one break; its id is the same at both
 * banks, and its class the same or, for what is missing, the mirrored one.
 *
 * An item is one entry on an IB account. Amounts are minor units, debit positive: owed to the bank
 * whose list it is. Classes, of the items of one txid that are left after those that both have:
 *
 *   DUPLICATE      one book has an item more often than the other, which has it too
 *   AMOUNT         something is left in both books
 *   STATUS         left in one book only, and it undoes (or is undone by) what both have, or what
 *                  the other book has in another window: a reversal or return
 *   WINDOW         left in one book only; the other has it in another window
 *   MISSING_HERE, MISSING_THERE   else: only their book has it, only ours
 *
 * STATUS by another window and WINDOW need a look into other windows (ib_match_found). An ib_match
 * owns its arrays. Errors: NO_MEMORY. Pure; any thread.
 */
#ifndef IB_CLEARING_MATCH_H
#define IB_CLEARING_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "core/uuid.h"

enum ib_break_class {
    IB_BREAK_MISSING_HERE,
    IB_BREAK_MISSING_THERE,
    IB_BREAK_AMOUNT,
    IB_BREAK_STATUS,
    IB_BREAK_WINDOW,
    IB_BREAK_DUPLICATE,
};

struct ib_match_item {
    struct tw_uuid txid;
    int64_t amount_minor;
    int64_t account_id, entry_no; /* ours: which entry it is; theirs: 0 */
};

/* Ids of breaks are made from these. */
struct ib_match_pair {
    int32_t own, peer;
    int32_t window_no;
};

struct ib_match_break {
    struct tw_uuid id;
    struct tw_uuid txid;
    enum ib_break_class class;
    int64_t ours_minor, theirs_minor; /* sums of what is left; both from our view */
    size_t first_ours, count_ours;    /* in ib_match.ours */
    size_t first_theirs, count_theirs;
    int32_t other_window_no; /* WINDOW: where the other book has it; else 0 */
};

struct ib_match_agreed {
    int64_t debit_count, debit_minor;   /* the peer owes */
    int64_t credit_count, credit_minor; /* we owe, positive */
};

struct ib_match {
    struct ib_match_pair pair;
    struct ib_match_agreed agreed;
    size_t break_count;
    struct ib_match_break *breaks; /* in the order of txid */
    /* What is left of the two lists, in the order of txid, then amount; theirs from our view. */
    size_t ours_count, theirs_count;
    struct ib_match_item *ours, *theirs;
};

/* theirs as they sent it: amounts from their view. The lists are in any order and are not kept.
 * *ret_match belongs to the caller: ib_match_clear. */
struct tw_status ib_match_make(const struct ib_match_pair *pair, const struct ib_match_item *ours,
                               size_t ours_count, const struct ib_match_item *theirs,
                               size_t theirs_count, struct ib_match *ret_match,
                               struct tw_error *ret_error);
void ib_match_clear(struct ib_match *match);

/* Whether only one book has what is left of this break: then the other one is asked for more. */
TW_MUST_USE bool ib_match_is_missing(const struct ib_match_break *found);

/* What the book that lacks the items of a break has of the same txid in other windows. */
struct ib_match_elsewhere {
    int32_t window_no;
    int64_t amount_minor; /* from our view, whichever book it is */
};
/* Classifies a missing one anew and changes its id accordingly. */
void ib_match_found(struct ib_match *match, struct ib_match_break *missing,
                    const struct ib_match_elsewhere *elsewhere, size_t count);

const char *ib_break_class_name(enum ib_break_class class); /* "MISSING_HERE" */
/* As the other bank has it. */
enum ib_break_class ib_break_class_mirrored(enum ib_break_class class);

#endif
