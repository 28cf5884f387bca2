/* core/clock_file: time passes when the file says so, in both clocks, for the event loop too. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/scratch.h"
#include "support/suite.h"

#ifdef TW_CRASH_POINTS

#define HOUR_US INT64_C(3600000000)

static char path[TEST_PATH_SIZE];
static int file = -1;

static void set_ahead(int64_t ahead_us) {
    ck_assert_int_eq(pwrite(file, &ahead_us, sizeof ahead_us, 0), sizeof ahead_us);
}

static const struct tw_clock *clock_with(int64_t ahead_us) {
    file = test_scratch_file(path);
    set_ahead(ahead_us);
    ck_assert_int_eq(setenv("TW_CLOCK_FILE", path, 1), 0);
    return tw_clock_system();
}

START_TEST(both_clocks_are_ahead_and_follow_the_file) {
    const struct tw_clock *clock = clock_with(0);
    const int64_t now_us = tw_now_us(clock);
    const int64_t wall_ms = tw_wall_ms(clock);
    ck_assert_int_eq(tw_ahead_ms(clock), 0);
    set_ahead(HOUR_US);
    ck_assert_int_eq(tw_ahead_ms(clock), HOUR_US / 1000);
    ck_assert_int_ge(tw_now_us(clock) - now_us, HOUR_US);
    ck_assert_int_lt(tw_now_us(clock) - now_us, HOUR_US + HOUR_US / 60);
    ck_assert_int_ge(tw_wall_ms(clock) - wall_ms, HOUR_US / 1000);
    ck_assert_int_lt(tw_wall_ms(clock) - wall_ms, (HOUR_US + HOUR_US / 60) / 1000);
}
END_TEST

START_TEST(monotonic_clock_never_goes_back_with_the_file) {
    const struct tw_clock *clock = clock_with(HOUR_US);
    const int64_t now_us = tw_now_us(clock);
    const int64_t wall_ms = tw_wall_ms(clock);
    set_ahead(0);
    ck_assert_int_ge(tw_now_us(clock), now_us);
    ck_assert_int_lt(tw_wall_ms(clock), wall_ms);
}
END_TEST

START_TEST(without_the_variable_the_clock_goes_by_itself) {
    ck_assert_int_eq(unsetenv("TW_CLOCK_FILE"), 0);
    ck_assert(tw_clock_system()->ahead_ms == NULL);
    ck_assert_int_eq(tw_ahead_ms(tw_clock_system()), 0);
}
END_TEST

static const struct {
    const char *path, *reason;
} bad[] = {
    {"/nowhere/clock", "TW_CLOCK_FILE: /nowhere/clock: No such file or directory\n"},
    {"/", "TW_CLOCK_FILE: /: not a file of at least 8 bytes\n"},
    {"", "TW_CLOCK_FILE: : No such file or directory\n"},
};

/* What a process with this file says on stderr before it ends with a failure. */
static void check_refusal(const char *name, const char *reason) {
    char said[256] = "";
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)setenv("TW_CLOCK_FILE", name, 1);
        (void)tw_now_us(tw_clock_system());
        _exit(0);
    }
    close(ends[1]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_ge(read(ends[0], said, sizeof said - 1), 0);
    close(ends[0]);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), EXIT_FAILURE);
    ck_assert_str_eq(said, reason);
}

START_TEST(file_that_cannot_be_used_ends_the_process_with_the_reason) {
    check_refusal(bad[_i].path, bad[_i].reason);
}
END_TEST

START_TEST(file_that_is_too_short_ends_the_process) {
    char reason[TEST_PATH_SIZE + 64];
    test_scratch_text(path, "1234567");
    (void)snprintf(reason, sizeof reason, "TW_CLOCK_FILE: %s: not a file of at least 8 bytes\n",
                   path);
    check_refusal(path, reason);
}
END_TEST

#else

START_TEST(release_builds_do_not_look_at_the_variable) {
    ck_assert_int_eq(setenv("TW_CLOCK_FILE", "/nowhere", 1), 0);
    ck_assert(tw_clock_system()->ahead_ms == NULL);
}
END_TEST

#endif

int main(void) {
    const struct test_entry tests[] = {
#ifdef TW_CRASH_POINTS
        {.test = both_clocks_are_ahead_and_follow_the_file},
        {.test = monotonic_clock_never_goes_back_with_the_file},
        {.test = without_the_variable_the_clock_goes_by_itself},
        {.test = file_that_cannot_be_used_ends_the_process_with_the_reason, .rows = COUNT_OF(bad)},
        {.test = file_that_is_too_short_ends_the_process},
#else
        {.test = release_builds_do_not_look_at_the_variable},
#endif
    };
    return test_main("clock file", tests, COUNT_OF(tests));
}
