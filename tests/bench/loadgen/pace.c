/* Two rings: terminals that are ready, first come first served, and times at which operations were
 * due that no terminal has taken. One of them is always empty. */
#include "pace.h"

#include <math.h>
#include <stdlib.h>

#include "terminal.h"

#define BACKLOG_MAX ((size_t)1 << 20)
#define US_PER_S    1e6
#define DRAW_BITS   53

struct bench_pace {
    struct bench_load *load;
    struct tw_timer timer;
    bool running;
    double due_us; /* of the next operation, on the loop's clock */
    struct bench_terminal **ready;
    size_t size, first, count;
    int64_t *waiting;
    size_t waiting_first, waiting_count, backlog;
};

static void begin_waiting(struct bench_pace *pace) {
    while (pace->count > 0 && pace->waiting_count > 0) {
        struct bench_terminal *terminal = pace->ready[pace->first];
        int64_t due_us = pace->waiting[pace->waiting_first];
        pace->first = (pace->first + 1) % pace->size;
        pace->count--;
        pace->waiting_first = (pace->waiting_first + 1) % BACKLOG_MAX;
        pace->waiting_count--;
        bench_terminal_begin(terminal, due_us);
    }
}

static double draw_gap_us(struct bench_pace *pace) {
    double drawn = (double)((tw_seeded_next(&pace->load->random) >> (64 - DRAW_BITS)) + 1) /
                   (double)(UINT64_C(1) << DRAW_BITS); /* above 0, at most 1 */
    return -log(drawn) / pace->load->work.rate * US_PER_S;
}

static void on_due(void *context) {
    struct bench_pace *pace = context;
    int64_t now_us = tw_loop_now_us(pace->load->loop);
    while (pace->due_us <= (double)now_us) {
        if (pace->waiting_count == BACKLOG_MAX) {
            (void)tw_fail(&pace->load->reason, TW_E_BUSY, "%zu operations wait for a terminal",
                          pace->waiting_count);
            return;
        }
        size_t at = (pace->waiting_first + pace->waiting_count) % BACKLOG_MAX;
        pace->waiting[at] = (int64_t)pace->due_us;
        pace->waiting_count++;
        pace->due_us += draw_gap_us(pace);
    }
    begin_waiting(pace);
    if (pace->waiting_count > pace->backlog) {
        pace->backlog = pace->waiting_count;
    }
    tw_loop_timer_set(pace->load->loop, &pace->timer, (int64_t)pace->due_us);
}

struct tw_status bench_pace_new(struct bench_load *load, size_t terminals,
                                struct bench_pace **ret_pace, struct tw_error *ret_error) {
    struct bench_pace *pace = calloc(1, sizeof *pace);
    if (pace == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "pace");
    }
    *pace = (struct bench_pace){.load = load, .size = terminals};
    pace->timer = (struct tw_timer){.run = on_due, .context = pace};
    pace->ready = calloc(terminals, sizeof(struct bench_terminal *));
    pace->waiting = calloc(BACKLOG_MAX, sizeof *pace->waiting);
    if (pace->ready == NULL || pace->waiting == NULL) {
        bench_pace_free(pace);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "pace");
    }
    *ret_pace = pace;
    return tw_success();
}

void bench_pace_free(struct bench_pace *pace) {
    if (pace != NULL) {
        tw_loop_timer_clear(pace->load->loop, &pace->timer);
        free(pace->ready);
        free(pace->waiting);
        free(pace);
    }
}

void bench_pace_start(struct bench_pace *pace) {
    pace->running = true;
    pace->backlog = 0;
    pace->due_us = (double)tw_loop_now_us(pace->load->loop) + draw_gap_us(pace);
    tw_loop_timer_set(pace->load->loop, &pace->timer, (int64_t)pace->due_us);
}

void bench_pace_stop(struct bench_pace *pace) {
    tw_loop_timer_clear(pace->load->loop, &pace->timer);
    pace->running = false;
    pace->count = 0;
    pace->waiting_count = 0;
}

void bench_pace_give(struct bench_pace *pace, struct bench_terminal *terminal) {
    if (!pace->running) {
        return;
    }
    pace->ready[(pace->first + pace->count) % pace->size] = terminal;
    pace->count++;
    begin_waiting(pace);
}

size_t bench_pace_backlog(const struct bench_pace *pace) {
    return pace->backlog;
}
