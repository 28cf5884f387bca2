/*
 * Comparison item by item of a pair whose totals differ and have drained: from the digests of all
 * items to those of a bucket to a bucket's items, at both banks, so that what is sent grows with
 * the differences and not with the window. Internal to flow/clearing*.c.
 *
 *   TAKING     the comparison is ours for a while (pair_compare)
 *   SUMMING    our own book: one walk, sums of all 65536 smallest buckets
 *   DIVIDING   window.buckets of the peer: the window, then each large bucket that differs
 *   LISTING    window.items of each bucket that differs
 *   GATHERING  our own book: a second walk, the items of those buckets
 *   FINDING    each item that one book lacks: has it in another window? (window.find, pair_find)
 *   agreed     with a break for everything that is not alike
 *
 * A peer whose items do not add up to the totals it signed is not believed; nothing is noted but
 * that. Bounds: differing buckets, items, breaks; beyond them the books must be repaired first.
 */
#ifndef BANK_FLOW_CLEARING_COMPARE_H
#define BANK_FLOW_CLEARING_COMPARE_H

#include "flow/clearing_pair.h"

/* The talk is the comparison's from here on. */
void bank_comparison_begin(struct bank_talk *talk);
void bank_comparison_free(struct bank_comparison *comparison); /* may be NULL */

#endif
