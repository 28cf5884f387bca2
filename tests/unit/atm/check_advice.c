/* core/advice: repeated until acknowledged, farther and farther apart, never forgotten. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static size_t confirms(void) {
    return bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM);
}

START_TEST(refused_advice_is_repeated_with_growing_pauses) {
    static const int64_t pauses_ms[] = {5000, 10000, 20000, 40000, 60000, 60000};
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    ck_assert_uint_eq(confirms(), 1);
    for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
        bench_pass(&bench, pauses_ms[i] - 1);
        ck_assert_uint_eq(confirms(), i + 1);
        bench_pass(&bench, 1);
        ck_assert_uint_eq(confirms(), i + 2);
        ck_assert(json_is_true(
            json_object_get(bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM)->params, "repeat")));
    }
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_APPROVES;
    bench_pass(&bench, 60000);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
    ck_assert_int_eq(atm_terminal_due_us(bench.terminal), INT64_MAX);
}
END_TEST

START_TEST(silence_counts_as_no_acknowledgement) {
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_pass(&bench, 10000 + 5000);
    ck_assert_uint_eq(confirms(), 2);
}
END_TEST

static const struct {
    const char *rc;
    bool acknowledges;
} codes[] = {{"25", true},  {"94", true},  {"12", true},  {"30", true},  {"91", false},
             {"96", false}, {"90", false}, {"68", false}, {"92", false}, {"58", false}};

START_TEST(some_codes_acknowledge_and_others_mean_again) {
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_DECLINES;
    bench.rc[TW_METHOD_WITHDRAW_CONFIRM] = codes[_i].rc;
    bench_withdraw(&bench, 6000);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), codes[_i].acknowledges ? 0 : 1);
}
END_TEST

START_TEST(waiting_reversal_goes_before_the_next_customers_request) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench.mood[TW_METHOD_WITHDRAW_REVERSE] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_APPROVES;
    bench.mood[TW_METHOD_WITHDRAW_REVERSE] = HOST_APPROVES;
    const size_t before = bench.call_count;
    bench_withdraw(&bench, 2000);
    ck_assert_int_eq(bench.calls[before].method, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_int_eq(bench.calls[before + 1].method, TW_METHOD_WITHDRAW);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(host_that_hears_no_reversal_still_gets_the_request) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench.mood[TW_METHOD_WITHDRAW_REVERSE] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_APPROVES;
    bench_withdraw(&bench, 2000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 1);
}
END_TEST

START_TEST(one_disliked_advice_holds_up_no_other) {
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 1);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 1);
}
END_TEST

START_TEST(late_acknowledgement_is_harmless) {
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_pass(&bench, 10000);
    bench_answer(&bench, bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM), HOST_APPROVES);
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_APPROVES;
    bench_pass(&bench, 5000);
    ck_assert_uint_eq(confirms(), 2);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

START_TEST(full_store_refuses_new_money_operations) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench.mood[TW_METHOD_WITHDRAW_REVERSE] = HOST_IS_SILENT;
    for (size_t i = 0; i < ATM_ADVICES_MAX + 8; i++) {
        bench_withdraw(&bench, 6000);
        bench_pass(&bench, 10000);
        if (bench.outcome.verdict == ATM_REFUSED)
            break;
        ck_assert_uint_le(atm_terminal_advices(bench.terminal), ATM_ADVICES_MAX);
    }
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = refused_advice_is_repeated_with_growing_pauses},
        {.test = silence_counts_as_no_acknowledgement},
        {.test = some_codes_acknowledge_and_others_mean_again, .rows = COUNT_OF(codes)},
        {.test = waiting_reversal_goes_before_the_next_customers_request},
        {.test = host_that_hears_no_reversal_still_gets_the_request},
        {.test = one_disliked_advice_holds_up_no_other},
        {.test = late_acknowledgement_is_harmless},
        {.test = full_store_refuses_new_money_operations},
    };
    return test_main_with("advice", tests, COUNT_OF(tests), setup, teardown);
}
