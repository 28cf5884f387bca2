/*
 * A pairing heap (Fredman et al. 1986), iterative. A binary heap was rejected because its array
 * must grow, which can fail; a timer wheel because deadlines range from milliseconds to minutes.
 */
#include "net/timer.h"

#include <stddef.h>

#include "core/status.h"

/* Both are roots; the later one becomes the first child of the earlier one. */
static struct tw_timer *merge(struct tw_timer *a, struct tw_timer *b) {
    if (b->due_us < a->due_us) {
        struct tw_timer *swap = a;
        a = b;
        b = swap;
    }
    b->next = a->child;
    if (a->child != NULL) {
        a->child->previous = b;
    }
    b->previous = a;
    a->child = b;
    return a;
}

/* Merges a list of siblings into one root: pairs from left to right, then all from right to left.
 */
static struct tw_timer *merge_siblings(struct tw_timer *first) {
    struct tw_timer *pairs = NULL;
    while (first != NULL) {
        struct tw_timer *a = first;
        struct tw_timer *b = a->next;
        first = b != NULL ? b->next : NULL;
        struct tw_timer *pair = b != NULL ? merge(a, b) : a;
        pair->next = pairs;
        pairs = pair;
    }
    struct tw_timer *root = pairs;
    if (root == NULL) {
        return NULL;
    }
    pairs = root->next;
    while (pairs != NULL) {
        struct tw_timer *next = pairs->next;
        root = merge(root, pairs);
        pairs = next;
    }
    root->next = NULL;
    root->previous = NULL;
    return root;
}

void tw_timers_add(struct tw_timers *timers, struct tw_timer *timer) {
    tw_assert(!timer->set);
    timer->child = NULL;
    timer->next = NULL;
    timer->previous = NULL;
    timer->set = true;
    timers->earliest = timers->earliest == NULL ? timer : merge(timers->earliest, timer);
}

static void cut(struct tw_timer *timer) {
    if (timer->previous->child == timer) {
        timer->previous->child = timer->next;
    } else {
        timer->previous->next = timer->next;
    }
    if (timer->next != NULL) {
        timer->next->previous = timer->previous;
    }
}

void tw_timers_remove(struct tw_timers *timers, struct tw_timer *timer) {
    tw_assert(timer->set);
    struct tw_timer *orphans = NULL;
    if (timers->earliest == timer) {
        timers->earliest = merge_siblings(timer->child);
    } else {
        cut(timer);
        orphans = merge_siblings(timer->child);
        if (orphans != NULL) {
            timers->earliest = merge(timers->earliest, orphans);
        }
    }
    timer->child = NULL;
    timer->next = NULL;
    timer->previous = NULL;
    timer->set = false;
}
