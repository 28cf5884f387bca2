/*
 * Timers as an intrusive pairing heap: setting one allocates nothing and cannot fail, and most
 * deadlines are set in rising order and cleared before they are due, which costs a few pointer
 * moves here. The heap knows no clock; the loop compares due_us with its own.
 *
 * The owner embeds the timer, fills in run and context once, and clears it before its memory goes.
 */
#ifndef TW_NET_TIMER_H
#define TW_NET_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct tw_timer {
    void (*run)(void *context);
    void *context;
    int64_t due_us; /* on the loop's monotonic clock */
    struct tw_timer *child;
    struct tw_timer *next;     /* right sibling */
    struct tw_timer *previous; /* left sibling; of a first child the parent */
    bool set;
};

struct tw_timers {
    struct tw_timer *earliest; /* NULL when none is set */
};

void tw_timers_add(struct tw_timers *timers, struct tw_timer *timer);
void tw_timers_remove(struct tw_timers *timers, struct tw_timer *timer);

#endif
