/* core/supervisor and network: notes in, notes out, counts; the host is told whatever happens. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_setup(&bench);
    bench_start(&bench);
    bench_sign_on(&bench);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static void count_all(struct tw_notes notes[TW_NOTES_MAX], size_t *count) {
    atm_sim_count(bench.sim, notes, count);
}

START_TEST(replenished_notes_are_counted_and_told) {
    bench_replenish(&bench, 20, 40);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    const struct bench_call *call = bench_last(&bench, TW_METHOD_TERMINAL_REPLENISH);
    ck_assert_int_eq(bench_number(call, "amount"), 20 * 5000 + 40 * 2000);
    ck_assert_int_eq(bench_cassette(&bench, 1).loaded, 20);
    ck_assert_int_eq(bench_cassette(&bench, 2).remaining, 40);
}
END_TEST

START_TEST(replenishment_reaches_a_host_that_was_away) {
    bench.mood[TW_METHOD_TERMINAL_REPLENISH] = HOST_FAILS;
    bench_replenish(&bench, 20, 40);
    ck_assert_int_eq(bench.outcome.verdict, ATM_UNANSWERED);
    ck_assert_int_eq(bench_cassette(&bench, 1).loaded, 20);
    bench_power_loss(&bench);
    bench_pass(&bench, 0);
    const struct bench_call *call = bench_last(&bench, TW_METHOD_TERMINAL_REPLENISH);
    ck_assert(json_is_true(json_object_get(call->params, "repeat")));
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

static const struct atm_load bad_loads[] = {{9, 10}, {1, 0}, {1, -5}, {0, 1}, {1, INT64_MAX}};

START_TEST(impossible_loads_are_refused) {
    atm_replenish(bench.terminal, &bad_loads[_i], 1, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TERMINAL_REPLENISH), 0);
}
END_TEST

START_TEST(everything_can_be_removed) {
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    struct tw_error error = {0};
    bench_replenish(&bench, 20, 40);
    count_all(notes, &count);
    atm_remove(bench.terminal, notes, count, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert(tw_ok(atm_sim_empty(bench.sim, &error)));
    ck_assert_int_eq(bench_cassette(&bench, 1).removed, 20);
    ck_assert_int_eq(bench_cassette(&bench, 1).remaining, 0);
}
END_TEST

START_TEST(removal_with_another_count_is_refused) {
    const struct tw_notes notes[] = {{5000, 19}, {2000, 40}};
    bench_replenish(&bench, 20, 40);
    atm_remove(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_RECONCILE_ERROR);
    atm_remove(bench.terminal, notes, 1, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
}
END_TEST

START_TEST(balancing_books_what_was_counted) {
    const struct tw_notes notes[] = {{5000, 18}, {2000, 41}};
    struct tw_error error = {0};
    bench_replenish(&bench, 20, 40);
    atm_balance_cash(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench_number(bench_last(&bench, TW_METHOD_TERMINAL_BALANCE), "amount"),
                     18 * 5000 + 41 * 2000);
    ck_assert_int_eq(bench_cassette(&bench, 1).remaining, 18);
    ck_assert_int_eq(bench_cassette(&bench, 2).remaining, 41);
    ck_assert(tw_ok(atm_sim_load(bench.sim, 1, -2, &error))); /* so it is in the world, too */
    ck_assert(tw_ok(atm_sim_load(bench.sim, 2, 1, &error)));
}
END_TEST

START_TEST(balancing_waits_until_the_host_knows_every_withdrawal) {
    const struct tw_notes notes[] = {{5000, 20}, {2000, 37}};
    bench_replenish(&bench, 20, 40);
    bench_open_session(&bench);
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    atm_eject(bench.terminal, bench_done, &bench);
    atm_balance_cash(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TERMINAL_BALANCE), 0);
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_APPROVES;
    atm_balance_cash(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(suspect_notes_found_inside_count_as_rejected) {
    const struct tw_notes notes[] = {{5000, 20}, {2000, 40}}; /* all still there */
    bench_replenish(&bench, 20, 40);
    bench_open_session(&bench);
    bench.cut = CUT_BEFORE_DISPENSE;
    bench_withdraw(&bench, 6000);
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_power_loss(&bench);
    ck_assert_int_eq(bench_cassette(&bench, 2).suspect, 0); /* never reached the device */
    bench_sign_on(&bench);
    bench_open_session(&bench);
    bench.cut = CUT_AFTER_DISPENSE;
    bench_withdraw(&bench, 6000);
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_power_loss(&bench);
    ck_assert_int_eq(bench_cassette(&bench, 2).suspect, 3);
    bench_sign_on(&bench);
    atm_balance_cash(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench_cassette(&bench, 2).suspect, 0);
    ck_assert_int_eq(bench_cassette(&bench, 2).rejected, 3);
    ck_assert(tw_ok(atm_sim_tidy(bench.sim, NULL))); /* and in the world */
}
END_TEST

START_TEST(suspect_deposit_found_inside_counts_as_deposited) {
    const struct tw_notes put_in[] = {{2000, 3}};
    const struct tw_notes notes[] = {{5000, 20}, {2000, 43}};
    bench_replenish(&bench, 20, 40);
    bench_open_session(&bench);
    bench.cut = CUT_BEFORE_STOW;
    ck_assert(tw_ok(atm_sim_insert(bench.sim, put_in, 1, NULL)));
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_power_loss(&bench);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "suspect");
    bench_sign_on(&bench);
    ck_assert(tw_ok(atm_sim_tidy(bench.sim, NULL)));
    atm_balance_cash(bench.terminal, notes, 2, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench_cassette(&bench, 2).remaining, 40);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "");
}
END_TEST

START_TEST(cut_over_and_totals_are_answered) {
    atm_totals(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.answer.totals.cash_balance, 180000);
    atm_cut_over(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

START_TEST(declined_sign_on_keeps_the_terminal_out) {
    bench_power_loss(&bench);
    bench.mood[TW_METHOD_SIGN_ON] = HOST_DECLINES;
    bench.rc[TW_METHOD_SIGN_ON] = "58";
    atm_sign_on(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_OUT_OF_SERVICE);
    const struct atm_card card = {.pan = BENCH_PAN, .expiry = 3011};
    ck_assert(!atm_insert_card(bench.terminal, &card, NULL));
}
END_TEST

START_TEST(sign_off_and_echo) {
    atm_echo(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
    atm_sign_off(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_OUT_OF_SERVICE);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = replenished_notes_are_counted_and_told},
        {.test = replenishment_reaches_a_host_that_was_away},
        {.test = impossible_loads_are_refused, .rows = COUNT_OF(bad_loads)},
        {.test = everything_can_be_removed},
        {.test = removal_with_another_count_is_refused},
        {.test = balancing_books_what_was_counted},
        {.test = balancing_waits_until_the_host_knows_every_withdrawal},
        {.test = suspect_notes_found_inside_count_as_rejected},
        {.test = suspect_deposit_found_inside_counts_as_deposited},
        {.test = cut_over_and_totals_are_answered},
        {.test = declined_sign_on_keeps_the_terminal_out},
        {.test = sign_off_and_echo},
    };
    return test_main_with("supervisor", tests, COUNT_OF(tests), setup, teardown);
}
