/* net/loop: turns, tasks and timers on a clock of the test's own. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/loop.h"
#include "support/bed.h"
#include "support/scratch.h"
#include "support/suite.h"

static struct test_bed bed;
static char trail[64]; /* what ran, in order */

struct step {
    char name;
    struct tw_task *then; /* deferred when this one runs */
};

static void run_step(void *context) {
    const struct step *step = context;
    size_t length = strlen(trail);
    ck_assert_uint_lt(length, sizeof trail - 1);
    trail[length] = step->name;
    if (step->then != NULL) {
        tw_loop_defer(bed.loop, step->then);
    }
}

static void turn(void) {
    const bool never = false;
    (void)tw_loop_run_until(bed.loop, &never, tw_loop_now_us(bed.loop) + 1);
}

START_TEST(tasks_run_in_order_and_once) {
    struct step a_step = {.name = 'a'};
    struct step b_step = {.name = 'b'};
    struct tw_task a = {.run = run_step, .context = &a_step};
    struct tw_task b = {.run = run_step, .context = &b_step};
    test_bed_open(&bed);
    tw_loop_defer(bed.loop, &b);
    tw_loop_defer(bed.loop, &a);
    tw_loop_defer(bed.loop, &b);
    turn();
    ck_assert_str_eq(trail, "ba");
    test_bed_close(&bed);
}
END_TEST

START_TEST(task_deferred_by_a_task_runs_in_the_same_turn) {
    struct step b_step = {.name = 'b'};
    struct tw_task b = {.run = run_step, .context = &b_step};
    struct step a_step = {.name = 'a', .then = &b};
    struct tw_task a = {.run = run_step, .context = &a_step};
    struct step c_step = {.name = 'c'};
    struct tw_task c = {.run = run_step, .context = &c_step};
    test_bed_open(&bed);
    tw_loop_defer(bed.loop, &a);
    tw_loop_defer(bed.loop, &c);
    turn();
    ck_assert_str_eq(trail, "acb");
    test_bed_close(&bed);
}
END_TEST

static void run_once_more(void *context) {
    struct tw_task *task = context;
    size_t length = strlen(trail);
    trail[length] = 'x';
    if (length < 2) {
        tw_loop_defer(bed.loop, task);
        tw_loop_stop(bed.loop);
    }
}

START_TEST(task_that_ran_waits_for_the_next_turn) {
    struct tw_task task = {.run = run_once_more};
    task.context = &task;
    test_bed_open(&bed);
    tw_loop_defer(bed.loop, &task);
    ck_assert(tw_ok(tw_loop_run(bed.loop, NULL)));
    ck_assert_str_eq(trail, "x");
    ck_assert(tw_ok(tw_loop_run(bed.loop, NULL)));
    ck_assert_str_eq(trail, "xx");
    test_bed_close(&bed);
}
END_TEST

START_TEST(undeferred_task_does_not_run) {
    struct step steps[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    struct tw_task tasks[3] = {{0}};
    test_bed_open(&bed);
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct tw_task){.run = run_step, .context = &steps[i]};
        tw_loop_defer(bed.loop, &tasks[i]);
    }
    tw_loop_undefer(bed.loop, &tasks[2]);
    tw_loop_undefer(bed.loop, &tasks[0]);
    tw_loop_undefer(bed.loop, &tasks[0]);
    tw_loop_defer(bed.loop, &tasks[0]);
    turn();
    ck_assert_str_eq(trail, "ba");
    test_bed_close(&bed);
}
END_TEST

enum { READY_SOCKETS = 2 * TW_LOOP_INPUTS_PER_TURN + 5, TURNS = 3 };

struct intake {
    struct tw_task pass_on; /* what is deferred by everything that is read */
    size_t taken, pieces;
    size_t passed[TURNS + 1]; /* how many were taken by then, turn by turn */
};

static void on_ready(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct intake *intake = context;
    intake->taken++;
    tw_loop_took_input(bed.loop);
    tw_loop_defer(bed.loop, &intake->pass_on);
}

static void pass_on(void *context) {
    struct intake *intake = context;
    ck_assert_uint_le(intake->pieces, TURNS);
    intake->passed[intake->pieces++] = intake->taken;
}

START_TEST(many_inputs_are_passed_on_in_pieces_and_none_is_forgotten) {
    struct intake intake = {.pass_on = {.run = pass_on, .context = &intake}};
    struct event *ready[READY_SOCKETS];
    test_bed_open(&bed);
    for (size_t i = 0; i < READY_SOCKETS; i++) {
        ready[i] = event_new(tw_loop_base(bed.loop), -1, 0, on_ready, &intake);
        ck_assert_ptr_nonnull(ready[i]);
        event_active(ready[i], EV_READ, 0);
    }
    for (size_t i = 0; i < TURNS; i++) {
        turn();
    }
    ck_assert_uint_eq(intake.pieces, TURNS);
    ck_assert_uint_eq(intake.passed[0], TW_LOOP_INPUTS_PER_TURN);
    ck_assert_uint_eq(intake.passed[1], intake.passed[0] + TW_LOOP_INPUTS_PER_TURN);
    ck_assert_uint_eq(intake.passed[2], READY_SOCKETS);
    for (size_t i = 0; i < READY_SOCKETS; i++) {
        event_free(ready[i]);
    }
    test_bed_close(&bed);
}
END_TEST

START_TEST(timers_follow_the_injected_clock) {
    struct step steps[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    struct tw_timer timers[3] = {{0}};
    const int64_t due_ms[] = {3600000, 1800000, 7200000};
    test_bed_open(&bed);
    int64_t now_us = tw_loop_now_us(bed.loop);
    for (size_t i = 0; i < 3; i++) {
        timers[i] = (struct tw_timer){.run = run_step, .context = &steps[i]};
        tw_loop_timer_set(bed.loop, &timers[i], now_us + due_ms[i] * 1000);
    }
    turn();
    ck_assert_str_eq(trail, "");
    test_bed_advance(&bed, 3600001);
    turn();
    ck_assert_str_eq(trail, "ba");
    ck_assert(!timers[0].set && !timers[1].set && timers[2].set);
    tw_loop_timer_clear(bed.loop, &timers[2]);
    test_bed_advance(&bed, 7200000);
    turn();
    ck_assert_str_eq(trail, "ba");
    test_bed_close(&bed);
}
END_TEST

START_TEST(timer_set_again_moves) {
    struct step step = {.name = 'a'};
    struct tw_timer timer = {.run = run_step, .context = &step};
    test_bed_open(&bed);
    int64_t now_us = tw_loop_now_us(bed.loop);
    tw_loop_timer_set(bed.loop, &timer, now_us + 1000000);
    tw_loop_timer_set(bed.loop, &timer, now_us + 60000000);
    test_bed_advance(&bed, 2000);
    turn();
    ck_assert_str_eq(trail, "");
    test_bed_advance(&bed, 60000);
    turn();
    ck_assert_str_eq(trail, "a");
    test_bed_close(&bed);
}
END_TEST

static void set_flag(void *context) {
    bool *flag = context;
    *flag = true;
}

START_TEST(run_until_ends_by_flag_or_deadline) {
    bool done = false;
    const bool never = false;
    struct tw_timer timer = {.run = set_flag, .context = &done};
    test_bed_open(&bed);
    int64_t now_us = tw_loop_now_us(bed.loop);
    tw_loop_timer_set(bed.loop, &timer, now_us + 2000);
    ck_assert(tw_loop_run_until(bed.loop, &done, now_us + 5000000));
    ck_assert_int_lt(tw_loop_now_us(bed.loop), now_us + 5000000);
    now_us = tw_loop_now_us(bed.loop);
    ck_assert(!tw_loop_run_until(bed.loop, &never, now_us + 2000));
    ck_assert_int_ge(tw_loop_now_us(bed.loop), now_us + 2000);
    test_bed_close(&bed);
}
END_TEST

#ifdef TW_CRASH_POINTS

static void set_done(void *context) {
    *(bool *)context = true;
}

/* A moment later, while the loop sleeps, another process lets an hour pass. */
static void let_an_hour_pass(int file) {
    const int64_t hour_us = INT64_C(3600000000);
    const struct timespec moment = {.tv_nsec = 50000000};
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)nanosleep(&moment, NULL);
        _exit(pwrite(file, &hour_us, sizeof hour_us, 0) == sizeof hour_us ? 0 : 1);
    }
}

START_TEST(clock_that_is_moved_wakes_the_loop) {
    char path[TEST_PATH_SIZE];
    const int64_t none = 0;
    bool done = false;
    struct tw_loop *loop = NULL;
    struct tw_timer timer = {.run = set_done, .context = &done};
    int file = test_scratch_file(path);
    ck_assert_int_eq(write(file, &none, sizeof none), sizeof none);
    ck_assert_int_eq(setenv("TW_CLOCK_FILE", path, 1), 0);
    ck_assert(tw_ok(tw_loop_new(tw_clock_system(), tw_random_system(), &loop, NULL)));
    const int64_t due_us = tw_loop_now_us(loop) + INT64_C(3500000000);
    tw_loop_timer_set(loop, &timer, due_us);
    let_an_hour_pass(file);
    ck_assert(tw_loop_run_until(loop, &done, due_us + INT64_C(3600000000)));
    tw_loop_free(loop);
    ck_assert_int_gt(wait(NULL), 0);
}
END_TEST

#endif

int main(void) {
    const struct test_entry tests[] = {
        {.test = tasks_run_in_order_and_once},
        {.test = task_deferred_by_a_task_runs_in_the_same_turn},
        {.test = task_that_ran_waits_for_the_next_turn},
        {.test = undeferred_task_does_not_run},
        {.test = many_inputs_are_passed_on_in_pieces_and_none_is_forgotten},
        {.test = timers_follow_the_injected_clock},
        {.test = timer_set_again_moves},
        {.test = run_until_ends_by_flag_or_deadline},
#ifdef TW_CRASH_POINTS
        {.test = clock_that_is_moved_wakes_the_loop},
#endif
    };
    return test_main("loop", tests, COUNT_OF(tests));
}
