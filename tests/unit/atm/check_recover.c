/* core/recover: what a power loss at each point of an operation leads to at the next power-up. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

/* --- withdrawals ---------------------------------------------------------------------------- */

enum { NO_FAULT = -1, TAKES_IT = -2 };

static const struct {
    const char *what;
    enum bench_cut cut;
    int between; /* a fault armed, or a hand, between loss and power-up */
    bool confirmed;
    bool suspect;
    int64_t rejected, retracted, taken;
} losses[] = {
    {"intent on disk, nothing moved", CUT_BEFORE_DISPENSE, NO_FAULT, false, false, 0, 0, 0},
    {"notes in the stacker", CUT_AFTER_DISPENSE, NO_FAULT, false, false, 3, 0, 0},
    {"notes at the shutter", CUT_AFTER_PRESENT, NO_FAULT, false, false, 0, 3, 0},
    {"taken in the dark", CUT_AFTER_PRESENT, TAKES_IT, true, false, 0, 0, 3},
    {"sensor says taken", CUT_AFTER_PRESENT, ATM_FAULT_SENSOR_TAKEN, true, false, 0, 0, 3},
    {"sensor says inside", CUT_AFTER_PRESENT, ATM_FAULT_SENSOR_INSIDE, false, false, 0, 3, 0},
    {"taken, DONE not on disk", CUT_AFTER_TAKEN, NO_FAULT, true, false, 0, 0, 3},
    {"sensor knows nothing", CUT_AFTER_PRESENT, ATM_FAULT_SENSOR_UNKNOWN, true, true, 0, 0, 0},
    {"sensor knows nothing of taken notes", CUT_AFTER_TAKEN, ATM_FAULT_SENSOR_UNKNOWN, true, true,
     0, 0, 0},
};

static void lose_power(enum bench_cut cut, int between) {
    struct tw_error error = {0};
    bench.cut = cut;
    bench_withdraw(&bench, 6000);
    if (between == TAKES_IT)
        ck_assert(tw_ok(atm_sim_take(bench.sim, &error)));
    else if (between != NO_FAULT)
        bench_arm(&bench, (enum atm_fault)between, 0);
    bench_power_loss(&bench);
}

START_TEST(sensors_decide_after_a_power_loss) {
    lose_power(losses[_i].cut, losses[_i].between);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    const struct bench_call *confirm = bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM);
    const struct bench_call *reverse = bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_msg((confirm != NULL) == losses[_i].confirmed, "%s", losses[_i].what);
    ck_assert_msg((reverse != NULL) == !losses[_i].confirmed, "%s", losses[_i].what);
    if (confirm != NULL)
        ck_assert_int_eq(json_is_true(json_object_get(confirm->params, "suspect")),
                         losses[_i].suspect);
    else
        ck_assert_str_eq(bench_text(reverse, "reason"), "power_loss");
    const struct atm_cassette cassette = bench_cassette(&bench, 2);
    ck_assert_int_eq(cassette.rejected, losses[_i].rejected);
    ck_assert_int_eq(cassette.retracted, losses[_i].retracted);
    ck_assert_int_eq(cassette.dispensed, losses[_i].taken);
    ck_assert_int_eq(cassette.suspect, losses[_i].suspect ? 3 : 0);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), losses[_i].suspect ? "suspect" : "");
}
END_TEST

START_TEST(recovery_happens_once) {
    lose_power(CUT_AFTER_TAKEN, NO_FAULT);
    bench_pass(&bench, 0);
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 0);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 1);
}
END_TEST

START_TEST(request_without_answer_is_reversed) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    const struct bench_call *reverse = bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_str_eq(bench_text(reverse, "txid"),
                     bench_text(bench_last(&bench, TW_METHOD_WITHDRAW), "txid"));
    ck_assert_int_eq(bench_number(reverse, "dispensed"), 0);
}
END_TEST

START_TEST(partial_dispense_taken_in_the_dark_is_reversed_in_part) {
    bench_arm(&bench, ATM_FAULT_PARTIAL_DISPENSE, 2);
    lose_power(CUT_AFTER_TAKEN, NO_FAULT);
    bench_pass(&bench, 0);
    ck_assert_int_eq(bench_number(bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE), "dispensed"),
                     4000);
}
END_TEST

START_TEST(suspect_lasts_over_restarts_until_the_notes_are_counted) {
    lose_power(CUT_AFTER_TAKEN, ATM_FAULT_SENSOR_UNKNOWN);
    bench_power_loss(&bench);
    bench_sign_on(&bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_OUT_OF_SERVICE);
    const struct atm_card card = {.pan = BENCH_PAN, .expiry = 3011};
    ck_assert(!atm_insert_card(bench.terminal, &card, NULL));
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    atm_sim_count(bench.sim, notes, &count);
    atm_balance_cash(bench.terminal, notes, count, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
    ck_assert_int_eq(bench_cassette(&bench, 2).suspect, 0);
    ck_assert_int_eq(bench_cassette(&bench, 2).dispensed, 3);
    bench_power_loss(&bench);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "");
}
END_TEST

/* --- advices, deposits, transfers ----------------------------------------------------------- */

START_TEST(unacknowledged_confirmation_is_sent_again_with_the_repeat_mark) {
    bench.mood[TW_METHOD_WITHDRAW_CONFIRM] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    TW_JSON_OWNED json_t *first =
        json_deep_copy(bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM)->params);
    bench_power_loss(&bench);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 2);
    const json_t *again = bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM)->params;
    ck_assert(json_is_true(json_object_get(again, "repeat")));
    (void)json_object_set_new(first, "repeat", json_true());
    ck_assert(json_equal(first, again));
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

static void put_notes_in(void) {
    const struct tw_notes notes[] = {{2000, 3}};
    struct tw_error error = {0};
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 1, &error)));
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
}

START_TEST(notes_counted_before_anything_was_journaled_are_returned) {
    bench.cut = CUT_AFTER_COUNT;
    put_notes_in();
    bench_power_loss(&bench);
    ck_assert_int_eq(atm_sim_world(bench.sim)->deposit_state, ATM_ESCROW_RETURNED);
    ck_assert_int_eq(bench.outcome.recovered, 0);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 0);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_OUT_OF_SERVICE);
}
END_TEST

START_TEST(deposit_without_answer_is_reversed_and_returned) {
    bench.mood[TW_METHOD_DEPOSIT] = HOST_IS_SILENT;
    put_notes_in();
    bench_power_loss(&bench);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 1);
    ck_assert_int_eq(atm_sim_world(bench.sim)->deposit_state, ATM_ESCROW_RETURNED);
    ck_assert_uint_eq(atm_sim_world(bench.sim)->stowed_count, 0);
}
END_TEST

static const enum bench_cut stow_cuts[] = {CUT_BEFORE_STOW, CUT_AFTER_STOW};

START_TEST(approved_deposit_is_stowed_at_power_up) {
    bench.cut = stow_cuts[_i];
    put_notes_in();
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    ck_assert_int_eq(atm_sim_world(bench.sim)->deposit_state, ATM_ESCROW_STOWED);
    ck_assert_int_eq(atm_sim_world(bench.sim)->stowed[0].count, 3);
    struct tw_notes inside[TW_NOTES_MAX];
    size_t count = 0;
    ck_assert(tw_ok(atm_journal_inside(bench.journal, inside, &count, NULL)));
    ck_assert_int_eq(inside[1].count, 43);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 0);
}
END_TEST

START_TEST(approved_deposit_that_cannot_be_stowed_is_returned_and_reversed) {
    bench.cut = CUT_BEFORE_STOW;
    put_notes_in();
    bench_arm(&bench, ATM_FAULT_STOW_FAILURE, 0);
    bench_power_loss(&bench);
    bench_pass(&bench, 0);
    ck_assert_int_eq(atm_sim_world(bench.sim)->deposit_state, ATM_ESCROW_RETURNED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 1);
}
END_TEST

START_TEST(deposit_of_unknown_whereabouts_ends_service) {
    bench.cut = CUT_BEFORE_STOW;
    put_notes_in();
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_power_loss(&bench);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "suspect");
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 0);
}
END_TEST

/* A transfer is asked for, and the power goes. */
static void lose_transfer(void) {
    bench.mood[TW_METHOD_TRANSFER] = HOST_IS_SILENT;
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "lunch", bench_done, &bench);
    bench_power_loss(&bench);
}

static int64_t operations_in(enum atm_operation_state state) {
    return atm_journal_operation_count(bench.journal, state);
}

START_TEST(transfer_without_answer_is_asked_about_until_its_end_is_known) {
    static const enum bench_mood no_answers[] = {HOST_IS_SILENT, HOST_FAILS, HOST_MISBEHAVES,
                                                 HOST_DECLINES};
    lose_transfer();
    bench.rc[TW_METHOD_TRANSFER_STATUS] = "63";
    for (size_t i = 0; i < COUNT_OF(no_answers); i++) {
        const size_t asked = bench_count(&bench, TW_METHOD_TRANSFER_STATUS);
        bench.mood[TW_METHOD_TRANSFER_STATUS] = no_answers[i];
        bench_pass(&bench, 100000);
        ck_assert_uint_gt(bench_count(&bench, TW_METHOD_TRANSFER_STATUS), asked);
        ck_assert_int_eq(operations_in(ATM_OP_PENDING), 1);
    }
    bench_power_loss(&bench); /* and that the question is open is on disk */
    bench_pass(&bench, 100000);
    ck_assert_int_eq(operations_in(ATM_OP_PENDING), 0);
    ck_assert_int_eq(operations_in(ATM_OP_DONE), 1);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TRANSFER), 1);
    const struct bench_call *question = bench_last(&bench, TW_METHOD_TRANSFER_STATUS);
    ck_assert_ptr_null(json_object_get(question->params, "session"));
    ck_assert_str_eq(bench_text(question, "txid"),
                     bench_text(bench_last(&bench, TW_METHOD_TRANSFER), "txid"));
}
END_TEST

START_TEST(transfer_that_was_rejected_ends_declined_with_its_code) {
    lose_transfer();
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_DECLINES;
    bench.rc[TW_METHOD_TRANSFER_STATUS] = "76";
    bench_pass(&bench, 100000);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TRANSFER_STATUS), 1);
    struct atm_operation operation = {0};
    ck_assert(tw_ok(atm_journal_operation_in(bench.journal, ATM_OP_DECLINED, &operation, NULL)));
    ck_assert_str_eq(operation.rc, "76");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = sensors_decide_after_a_power_loss, .rows = COUNT_OF(losses)},
        {.test = recovery_happens_once},
        {.test = request_without_answer_is_reversed},
        {.test = partial_dispense_taken_in_the_dark_is_reversed_in_part},
        {.test = suspect_lasts_over_restarts_until_the_notes_are_counted},
        {.test = unacknowledged_confirmation_is_sent_again_with_the_repeat_mark},
        {.test = notes_counted_before_anything_was_journaled_are_returned},
        {.test = deposit_without_answer_is_reversed_and_returned},
        {.test = approved_deposit_is_stowed_at_power_up, .rows = COUNT_OF(stow_cuts)},
        {.test = approved_deposit_that_cannot_be_stowed_is_returned_and_reversed},
        {.test = deposit_of_unknown_whereabouts_ends_service},
        {.test = transfer_without_answer_is_asked_about_until_its_end_is_known},
        {.test = transfer_that_was_rejected_ends_declined_with_its_code},
    };
    return test_main_with("recover", tests, COUNT_OF(tests), setup, teardown);
}
