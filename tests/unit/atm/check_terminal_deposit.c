/* core/deposit: notes wait in escrow until the host has spoken. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static void put_in(int64_t twenties) {
    const struct tw_notes notes[] = {{2000, twenties}, {1000, 1}};
    struct tw_error error = {0};
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 2, &error)));
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
}

static int64_t escrow_state(void) {
    return atm_sim_world(bench.sim)->deposit_state;
}

START_TEST(approved_notes_are_stowed_and_counted) {
    put_in(3);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench.outcome.amount_minor, 7000);
    const struct bench_call *request = bench_last(&bench, TW_METHOD_DEPOSIT);
    ck_assert_int_eq(bench_number(request, "amount"), 7000);
    ck_assert_uint_eq(json_array_size(json_object_get(request->params, "notes")), 2);
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_STOWED);
    struct tw_notes inside[TW_NOTES_MAX];
    size_t count = 0;
    ck_assert(tw_ok(atm_journal_inside(bench.journal, inside, &count, NULL)));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(inside[1].count, 43);
    ck_assert_int_eq(inside[2].denomination, 1000);
}
END_TEST

START_TEST(declined_notes_are_returned) {
    bench.mood[TW_METHOD_DEPOSIT] = HOST_DECLINES;
    bench.rc[TW_METHOD_DEPOSIT] = "78";
    put_in(3);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_BAD_ACCOUNT);
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_RETURNED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 0);
}
END_TEST

START_TEST(silence_repeats_the_same_request_until_it_is_answered) {
    bench.mood[TW_METHOD_DEPOSIT] = HOST_IS_SILENT;
    put_in(3);
    const size_t before = bench.done_count;
    TW_JSON_OWNED json_t *first = json_deep_copy(bench_last(&bench, TW_METHOD_DEPOSIT)->params);
    bench.mood[TW_METHOD_DEPOSIT] = HOST_APPROVES;
    bench_pass(&bench, 31000);
    ck_assert_uint_eq(bench.done_count, before + 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    (void)json_object_set_new(first, "repeat", json_true());
    ck_assert(json_equal(first, bench_last(&bench, TW_METHOD_DEPOSIT)->params));
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_STOWED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 0);
}
END_TEST

START_TEST(endless_silence_returns_the_notes_and_reverses) {
    bench.mood[TW_METHOD_DEPOSIT] = HOST_FAILS;
    put_in(3);
    bench_pass(&bench, 90000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_UNANSWERED);
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_RETURNED);
    const struct bench_call *reverse = bench_last(&bench, TW_METHOD_DEPOSIT_REVERSE);
    ck_assert_int_eq(bench_number(reverse, "dispensed"), 0);
    ck_assert_int_eq(bench_number(reverse, "amount"), 7000);
    ck_assert_uint_gt(bench_count(&bench, TW_METHOD_DEPOSIT), 10);
}
END_TEST

START_TEST(notes_that_cannot_be_stowed_are_returned_and_reversed) {
    bench_arm(&bench, ATM_FAULT_STOW_FAILURE, 0);
    put_in(3);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_RETURNED);
    ck_assert_str_eq(bench_text(bench_last(&bench, TW_METHOD_DEPOSIT_REVERSE), "reason"),
                     "returned");
}
END_TEST

START_TEST(notes_that_are_stuck_end_service) {
    bench_arm(&bench, ATM_FAULT_STOW_FAILURE, 0);
    bench_arm(&bench, ATM_FAULT_RETURN_FAILURE, 0);
    put_in(3);
    ck_assert_int_eq(bench.outcome.verdict, ATM_SUSPECT);
    ck_assert_int_eq(escrow_state(), ATM_ESCROW_HELD);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "suspect");
}
END_TEST

START_TEST(empty_slot_is_no_deposit) {
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT), 0);
}
END_TEST

static const struct tw_notes odd_notes[] = {{1234, 1}, {2000, 0}, {2000, -1}, {2000, 201}, {0, 1}};

START_TEST(what_is_no_banknote_does_not_go_in) {
    struct tw_error error = {0};
    ck_assert(!tw_ok(atm_sim_insert(bench.sim, &odd_notes[_i], 1, &error)));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = approved_notes_are_stowed_and_counted},
        {.test = declined_notes_are_returned},
        {.test = silence_repeats_the_same_request_until_it_is_answered},
        {.test = endless_silence_returns_the_notes_and_reverses},
        {.test = notes_that_cannot_be_stowed_are_returned_and_reversed},
        {.test = notes_that_are_stuck_end_service},
        {.test = empty_slot_is_no_deposit},
        {.test = what_is_no_banknote_does_not_go_in, .rows = COUNT_OF(odd_notes)},
    };
    return test_main_with("terminal deposit", tests, COUNT_OF(tests), setup, teardown);
}
