/* core/crash: the process dies at the named point, the N-th time, and at no other. */
#include <signal.h>
#include <stdlib.h>

#include "core/crash.h"
#include "support/suite.h"

#ifdef TW_CRASH_POINTS

static void want(const char *point) {
    ck_assert_int_eq(setenv("TW_CRASH_AT", point, 1), 0);
}

START_TEST(nothing_happens_without_the_variable) {
    ck_assert_int_eq(unsetenv("TW_CRASH_AT"), 0);
    tw_crash_point("bank.before_begin");
    tw_crash_point("bank.commit_sent");
}
END_TEST

START_TEST(process_dies_at_the_named_point) {
    want("bank.commit_sent");
    tw_crash_point("bank.before_begin");
    tw_crash_point("bank.commit_sent");
    ck_abort_msg("survived");
}
END_TEST

START_TEST(other_points_are_passed) {
    want("bank.commit_sent");
    tw_crash_point("bank.before_begin");
    tw_crash_point("bank.commit_received");
}
END_TEST

START_TEST(passes_before_the_counted_one_are_survived) {
    want("mw.forwarded:3");
    tw_crash_point("mw.forwarded");
    tw_crash_point("mw.forwarded");
}
END_TEST

START_TEST(counted_pass_is_deadly) {
    want("mw.forwarded:3");
    tw_crash_point("mw.forwarded");
    tw_crash_point("mw.forwarded");
    tw_crash_point("mw.forwarded");
    ck_abort_msg("survived");
}
END_TEST

START_TEST(misspelt_point_aborts) {
    want(_i == 0 ? "bank.comit_sent" : _i == 1 ? "bank.commit_sent:x" : "bank.commit_sent");
    tw_crash_point(_i == 2 ? "no.such_point" : "bank.before_begin");
}
END_TEST

static int told;

static void tell(void *context) {
    ck_assert_ptr_eq(context, &told);
    told++;
    (void)raise(SIGUSR1); /* seen by the test: it came before the end */
}

START_TEST(armed_point_tells_before_it_kills) {
    ck_assert(tw_crash_known("atm.taken"));
    ck_assert(!tw_crash_known("atm.token"));
    tw_crash_arm("atm.taken", tell, &told);
    tw_crash_point("atm.presented");
    ck_assert_int_eq(told, 0);
    tw_crash_point("atm.taken");
    ck_abort_msg("survived");
}
END_TEST

START_TEST(armed_point_without_a_listener_kills) {
    tw_crash_arm("atm.taken", NULL, NULL);
    tw_crash_point("atm.taken");
    ck_abort_msg("survived");
}
END_TEST

START_TEST(disarmed_point_is_passed) {
    tw_crash_arm("atm.taken", tell, &told);
    tw_crash_arm(NULL, NULL, NULL);
    tw_crash_point("atm.taken");
    ck_assert_int_eq(told, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = armed_point_tells_before_it_kills, .signal = SIGUSR1},
        {.test = armed_point_without_a_listener_kills, .signal = SIGKILL},
        {.test = disarmed_point_is_passed},
        {.test = nothing_happens_without_the_variable},
        {.test = process_dies_at_the_named_point, .signal = SIGKILL},
        {.test = other_points_are_passed},
        {.test = passes_before_the_counted_one_are_survived},
        {.test = counted_pass_is_deadly, .signal = SIGKILL},
        {.test = misspelt_point_aborts, .rows = 3, .signal = SIGABRT},
    };
    return test_main("crash", tests, COUNT_OF(tests));
}

#else

START_TEST(release_builds_have_no_crash_points) {
    ck_assert_int_eq(setenv("TW_CRASH_AT", "bank.commit_sent", 1), 0);
    tw_crash_point("bank.commit_sent");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {{.test = release_builds_have_no_crash_points}};
    return test_main("crash", tests, COUNT_OF(tests));
}

#endif
