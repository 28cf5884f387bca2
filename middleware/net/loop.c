/*
 * event_base_loop(EVLOOP_ONCE) is one turn's input; timers and tasks are ours, because libevent's
 * timers read the real clock, which a simulation could not own, and its deferred callbacks have no
 * order that we could rely on. One libevent timer wakes the loop for the earliest of ours. It is
 * re-armed only when that moves forward, so that a deadline set and cleared costs no system call.
 */
#include "net/loop.h"

#include <signal.h>
#include <stdlib.h>

/* A clock that is moved from outside is looked at more often. */
enum { WAIT_MAX_US = 1000000000, WAIT_MAX_MOVED_US = 20000 };

struct task_list {
    struct tw_task *first;
    struct tw_task **end;
};

struct tw_loop {
    const struct tw_clock *clock;
    const struct tw_random *random;
    struct event_base *base;
    struct event *wake;
    int64_t wake_us; /* when `wake` is armed for; 0: it is not */
    struct tw_timers timers;
    struct task_list tasks;      /* of this turn */
    struct task_list next_tasks; /* ran in this turn already */
    uint64_t turn;
    unsigned inputs; /* of this turn */
    bool stopping;
};

static void list_clear(struct task_list *list) {
    list->first = NULL;
    list->end = &list->first;
}

static void on_wake(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct tw_loop *loop = context;
    loop->wake_us = 0;
}

struct tw_status tw_loop_new(const struct tw_clock *clock, const struct tw_random *random,
                             struct tw_loop **ret_loop, struct tw_error *ret_error) {
    struct tw_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "event loop");
    }
    loop->clock = clock;
    loop->random = random;
    loop->turn = 1;
    list_clear(&loop->tasks);
    list_clear(&loop->next_tasks);
    (void)signal(SIGPIPE, SIG_IGN);
    loop->base = event_base_new();
    if (loop->base != NULL) {
        loop->wake = evtimer_new(loop->base, on_wake, loop);
    }
    if (loop->wake == NULL) {
        tw_loop_free(loop);
        return tw_fail(ret_error, TW_E_IO, "cannot make an event loop");
    }
    *ret_loop = loop;
    return tw_success();
}

void tw_loop_free(struct tw_loop *loop) {
    if (loop == NULL) {
        return;
    }
    if (loop->wake != NULL) {
        event_free(loop->wake);
    }
    if (loop->base != NULL) {
        event_base_free(loop->base);
    }
    free(loop);
}

const struct tw_clock *tw_loop_clock(const struct tw_loop *loop) {
    return loop->clock;
}

const struct tw_random *tw_loop_random(const struct tw_loop *loop) {
    return loop->random;
}

struct event_base *tw_loop_base(struct tw_loop *loop) {
    return loop->base;
}

int64_t tw_loop_now_us(const struct tw_loop *loop) {
    return tw_now_us(loop->clock);
}

void tw_loop_defer(struct tw_loop *loop, struct tw_task *task) {
    if (task->queued) {
        return;
    }
    struct task_list *list = task->turn == loop->turn ? &loop->next_tasks : &loop->tasks;
    task->queued = true;
    task->next = NULL;
    *list->end = task;
    list->end = &task->next;
}

/* The callbacks that are left stay active: the next turn begins with them. */
void tw_loop_took_input(struct tw_loop *loop) {
    loop->inputs++;
    if (loop->inputs >= TW_LOOP_INPUTS_PER_TURN) {
        (void)event_base_loopbreak(loop->base);
    }
}

static bool list_remove(struct task_list *list, const struct tw_task *task) {
    for (struct tw_task **link = &list->first; *link != NULL; link = &(*link)->next) {
        if (*link != task) {
            continue;
        }
        *link = task->next;
        if (task->next == NULL) {
            list->end = link;
        }
        return true;
    }
    return false;
}

void tw_loop_undefer(struct tw_loop *loop, struct tw_task *task) {
    if (!task->queued) {
        return;
    }
    bool found = list_remove(&loop->tasks, task) || list_remove(&loop->next_tasks, task);
    tw_assert(found);
    task->queued = false;
    task->next = NULL;
}

void tw_loop_timer_set(struct tw_loop *loop, struct tw_timer *timer, int64_t due_us) {
    tw_loop_timer_clear(loop, timer);
    timer->due_us = due_us;
    tw_timers_add(&loop->timers, timer);
}

void tw_loop_timer_clear(struct tw_loop *loop, struct tw_timer *timer) {
    if (timer->set) {
        tw_timers_remove(&loop->timers, timer);
    }
}

/* True when there is something to do at once; else the wake-up is armed for the earliest timer. */
static bool must_not_block(struct tw_loop *loop) {
    if (loop->tasks.first != NULL || loop->stopping) {
        return true;
    }
    const struct tw_timer *earliest = loop->timers.earliest;
    if (earliest == NULL || (loop->wake_us != 0 && loop->wake_us <= earliest->due_us)) {
        return false;
    }
    int64_t wait_us = earliest->due_us - tw_loop_now_us(loop);
    if (wait_us <= 0) {
        return true;
    }
    const int64_t most_us = loop->clock->ahead_ms != NULL ? WAIT_MAX_MOVED_US : WAIT_MAX_US;
    if (wait_us > most_us) {
        wait_us = most_us;
    }
    const struct timeval wait = {.tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000};
    if (evtimer_add(loop->wake, &wait) != 0) {
        return true;
    }
    loop->wake_us = earliest->due_us;
    return false;
}

/* Timers that become due while timers run wait for the next turn: sockets get their share. */
static void run_timers(struct tw_loop *loop) {
    int64_t now_us = tw_loop_now_us(loop);
    while (loop->timers.earliest != NULL && loop->timers.earliest->due_us <= now_us) {
        struct tw_timer *timer = loop->timers.earliest;
        tw_timers_remove(&loop->timers, timer);
        timer->run(timer->context);
    }
}

static void run_tasks(struct tw_loop *loop) {
    while (loop->tasks.first != NULL) {
        struct tw_task *task = loop->tasks.first;
        loop->tasks.first = task->next;
        if (task->next == NULL) {
            list_clear(&loop->tasks);
        }
        task->queued = false;
        task->next = NULL;
        task->turn = loop->turn;
        task->run(task->context);
    }
    if (loop->next_tasks.first != NULL) {
        loop->tasks = loop->next_tasks;
        list_clear(&loop->next_tasks);
    }
    loop->turn++;
}

static bool run_turn(struct tw_loop *loop) {
    int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;
    if (must_not_block(loop)) {
        flags |= EVLOOP_NONBLOCK;
    }
    loop->inputs = 0;
    if (event_base_loop(loop->base, flags) < 0) {
        return false;
    }
    run_timers(loop);
    run_tasks(loop);
    return true;
}

struct tw_status tw_loop_run(struct tw_loop *loop, struct tw_error *ret_error) {
    loop->stopping = false;
    while (!loop->stopping) {
        if (!run_turn(loop)) {
            return tw_fail(ret_error, TW_E_IO, "the event loop failed");
        }
    }
    return tw_success();
}

void tw_loop_stop(struct tw_loop *loop) {
    loop->stopping = true;
}

static void nothing(void *context) {
    (void)context;
}

bool tw_loop_run_until(struct tw_loop *loop, const bool *done, int64_t deadline_us) {
    struct tw_timer limit = {.run = nothing};
    tw_loop_timer_set(loop, &limit, deadline_us);
    bool turning = true;
    while (!*done && turning) {
        turning = run_turn(loop) && tw_loop_now_us(loop) < deadline_us;
    }
    tw_loop_timer_clear(loop, &limit);
    return *done;
}
