/* wire/trace: W3C Trace Context, version 00 and what it says about later versions. */
#include <string.h>

#include "support/suite.h"
#include "wire/trace.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static void fill_zeros(void *context, void *bytes, size_t length) {
    (void)context;
    memset(bytes, 0, length);
}

START_TEST(traceparent_is_read_and_written) {
    struct tw_trace trace;
    char text[56];
    ck_assert(tw_trace_parse("00-" TRACE "-" SPAN "-01", &trace));
    ck_assert_str_eq(trace.trace_id, TRACE);
    ck_assert_str_eq(trace.span_id, SPAN);
    ck_assert_str_eq(tw_trace_text(&trace, text), "00-" TRACE "-" SPAN "-01");
}
END_TEST

static const char *const accepted[] = {
    "00-" TRACE "-" SPAN "-00",
    "00-" TRACE "-" SPAN "-ff",
    "01-" TRACE "-" SPAN "-01",
    "cc-" TRACE "-" SPAN "-01-more-to-come",
};

START_TEST(other_flags_and_later_versions_are_accepted) {
    struct tw_trace trace;
    ck_assert_msg(tw_trace_parse(accepted[_i], &trace), "%s", accepted[_i]);
    ck_assert_str_eq(trace.trace_id, TRACE);
}
END_TEST

static const char *const refused[] = {
    "",
    "00",
    "00-" TRACE "-" SPAN,
    "00-" TRACE "-" SPAN "-0",
    "00-" TRACE "-" SPAN "-011",
    "00-" TRACE "-" SPAN "-01-more",
    "01-" TRACE "-" SPAN "-01.more",
    "ff-" TRACE "-" SPAN "-01",
    "0g-" TRACE "-" SPAN "-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
    "00-00000000000000000000000000000000-" SPAN "-01",
    "00-" TRACE "-0000000000000000-01",
    "00_" TRACE "-" SPAN "-01",
    "00-" TRACE "_" SPAN "-01",
    "00-" TRACE "-" SPAN "_01",
    " 0-" TRACE "-" SPAN "-01",
    "00-" TRACE "-" SPAN "-0x",
};

START_TEST(other_text_is_no_traceparent) {
    struct tw_trace trace;
    ck_assert_msg(!tw_trace_parse(refused[_i], &trace), "%s", refused[_i]);
}
END_TEST

START_TEST(child_keeps_the_trace_and_gets_a_span_of_its_own) {
    const struct tw_trace parent = tw_trace_new(tw_random_system());
    const struct tw_trace child = tw_trace_child(&parent, tw_random_system());
    ck_assert_str_eq(child.trace_id, parent.trace_id);
    ck_assert_str_ne(child.span_id, parent.span_id);
}
END_TEST

START_TEST(new_trace_is_valid_even_if_random_is_all_zero) {
    const struct tw_random zeros = {.fill = fill_zeros};
    const struct tw_random *sources[] = {&zeros, tw_random_system()};
    const struct tw_trace trace = tw_trace_new(sources[_i]);
    struct tw_trace back;
    char text[56];
    ck_assert(tw_trace_parse(tw_trace_text(&trace, text), &back));
    ck_assert_str_eq(back.trace_id, trace.trace_id);
    ck_assert_str_eq(back.span_id, trace.span_id);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = traceparent_is_read_and_written},
        {.test = other_flags_and_later_versions_are_accepted, .rows = COUNT_OF(accepted)},
        {.test = other_text_is_no_traceparent, .rows = COUNT_OF(refused)},
        {.test = child_keeps_the_trace_and_gets_a_span_of_its_own},
        {.test = new_trace_is_valid_even_if_random_is_all_zero, .rows = 2},
    };
    return test_main("trace", tests, COUNT_OF(tests));
}
