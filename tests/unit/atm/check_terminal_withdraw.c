/* core/withdraw: what the customer, the host, the journal and the notes see of a withdrawal. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    if (bench.sim != NULL)
        bench_check_notes(&bench);
    bench_teardown(&bench);
}

static enum atm_operation_state state_of_last(void) {
    struct atm_operation operation = {0};
    struct tw_error error = {0};
    ck_assert_msg(
        tw_ok(atm_journal_operation(bench.journal, &bench.outcome.txid, &operation, &error)), "%s",
        error.detail);
    return operation.state;
}

START_TEST(approval_is_dispensed_and_confirmed) {
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 6000);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 3);
    const struct bench_call *request = bench_last(&bench, TW_METHOD_WITHDRAW);
    const struct bench_call *confirm = bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM);
    ck_assert_str_eq(bench_text(confirm, "txid"), bench_text(request, "txid"));
    ck_assert_int_ne(bench_number(confirm, "stan"), bench_number(request, "stan"));
    ck_assert_int_eq(bench_number(confirm, "amount"), 6000);
    const json_t *notes = json_array_get(json_object_get(confirm->params, "notes"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(notes, "denomination")), 2000);
    ck_assert_int_eq(json_integer_value(json_object_get(notes, "count")), 3);
    ck_assert_int_eq(state_of_last(), ATM_OP_DONE);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

START_TEST(decline_moves_no_note_and_sends_no_advice) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_DECLINES;
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_INSUFFICIENT_FUNDS);
    ck_assert_int_eq(state_of_last(), ATM_OP_DECLINED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 0);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_SESSION);
}
END_TEST

static const int64_t impossible_amounts[] = {1000, 3000, 6001, 1, 1000000000};

START_TEST(amount_without_a_mix_is_refused_before_the_host_hears_of_it) {
    bench_withdraw(&bench, impossible_amounts[_i]);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_int_eq(bench.outcome.stan, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW), 0);
}
END_TEST

START_TEST(silence_is_reversed_and_no_cash_leaves) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    const size_t before = bench.done_count;
    bench_pass(&bench, 29999);
    ck_assert_uint_eq(bench.done_count, before);
    bench_pass(&bench, 1);
    ck_assert_uint_eq(bench.done_count, before + 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_UNANSWERED);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_ISSUER_UNREACHABLE);
    const struct bench_call *reverse = bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_int_eq(bench_number(reverse, "dispensed"), 0);
    ck_assert_str_eq(bench_text(reverse, "reason"), "timeout");
    ck_assert_int_eq(state_of_last(), ATM_OP_REVERSED);
}
END_TEST

static void count_late(void *context, const struct atm_journal_entry *entry) {
    if (strcmp(entry->event, "late") == 0 && strstr(entry->detail, "\"rc\":\"68\"") != NULL)
        ++*(size_t *)context;
}

START_TEST(late_approval_is_journaled_as_68_and_pays_nothing) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_pass(&bench, 30000);
    const size_t done = bench.done_count;
    bench_answer(&bench, bench_last(&bench, TW_METHOD_WITHDRAW), HOST_APPROVES);
    size_t late = 0;
    struct tw_error error = {0};
    ck_assert(tw_ok(atm_journal_read(bench.journal, 0, 1000, count_late, &late, &error)));
    ck_assert_uint_eq(late, 1);
    ck_assert_uint_eq(bench.done_count, done);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 0);
}
END_TEST

static const enum bench_mood errors[] = {HOST_FAILS, HOST_MISBEHAVES, HOST_REFUSES};

START_TEST(error_instead_of_an_answer_is_reversed) {
    bench.mood[TW_METHOD_WITHDRAW] = errors[_i];
    bench_withdraw(&bench, 6000);
    ck_assert_int_ne(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 1);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 0);
}
END_TEST

static const struct {
    enum atm_fault fault;
    int64_t value;
    int64_t amount;
    int64_t handed_out;
    const char *reason;
} device_faults[] = {
    {ATM_FAULT_DISPENSE_JAM, 0, 6000, 0, "jam"},
    {ATM_FAULT_JAM_BEFORE_PRESENT, 0, 6000, 0, "jam"},
    {ATM_FAULT_PARTIAL_DISPENSE, 3, 8000, 6000, "partial_dispense"},
    {ATM_FAULT_PARTIAL_DISPENSE, 0, 8000, 0, "jam"},
    {ATM_FAULT_NOT_TAKEN, 0, 11000, 0, "not_taken"},
};

START_TEST(device_fault_reverses_what_was_not_handed_out) {
    bench_arm(&bench, device_faults[_i].fault, device_faults[_i].value);
    bench_withdraw(&bench, device_faults[_i].amount);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.dispensed_minor, device_faults[_i].handed_out);
    const struct bench_call *reverse = bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_int_eq(bench_number(reverse, "amount"), device_faults[_i].amount);
    ck_assert_int_eq(bench_number(reverse, "dispensed"), device_faults[_i].handed_out);
    ck_assert_str_eq(bench_text(reverse, "reason"), device_faults[_i].reason);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 0);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_SESSION);
}
END_TEST

START_TEST(rejected_notes_are_counted_and_do_not_spoil_the_withdrawal) {
    bench_arm(&bench, ATM_FAULT_NOTE_REJECT, 2);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench_cassette(&bench, 2).rejected, 2);
    ck_assert_int_eq(bench_cassette(&bench, 2).remaining, 35);
}
END_TEST

START_TEST(unknown_exit_is_suspect_and_ends_service) {
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_SUSPECT);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 0);
    const struct bench_call *confirm = bench_last(&bench, TW_METHOD_WITHDRAW_CONFIRM);
    ck_assert(json_is_true(json_object_get(confirm->params, "suspect")));
    ck_assert_int_eq(bench_cassette(&bench, 2).suspect, 3);
    bench_withdraw(&bench, 2000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    atm_eject(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_OUT_OF_SERVICE);
}
END_TEST

START_TEST(faulty_cassette_is_left_out_of_the_mix) {
    bench_arm(&bench, ATM_FAULT_CASSETTE_FAULT, 1);
    bench_withdraw(&bench, 10000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 5);
    bench_withdraw(&bench, 5000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
}
END_TEST

START_TEST(failed_receipt_reverses_nothing) {
    bench_arm(&bench, ATM_FAULT_PRINTER_FAULT, 0);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert(!bench.outcome.receipt_printed);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 0);
}
END_TEST

START_TEST(second_operation_is_refused_while_one_is_under_way) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_withdraw(&bench, 2000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW), 1);
}
END_TEST

START_TEST(renewed_session_token_is_used_from_then_on) {
    bench.mood[TW_METHOD_BALANCE] = HOST_IS_SILENT;
    atm_balance(bench.terminal, &bench_account, bench_done, &bench);
    struct bench_call *call = bench_last(&bench, TW_METHOD_BALANCE);
    ck_assert_str_eq(bench_text(call, "session"), "TOKEN-1");
    TW_JSON_OWNED json_t *result = bench_result(&bench, TW_METHOD_BALANCE, call->params);
    (void)json_object_set_new(result, "session", json_string("TOKEN-2"));
    const struct atm_host_answer answer = {.result = result};
    atm_host_fn callback = call->callback;
    call->callback = NULL;
    callback(call->context, &answer);
    bench_withdraw(&bench, 6000);
    ck_assert_str_eq(bench_text(bench_last(&bench, TW_METHOD_WITHDRAW), "session"), "TOKEN-2");
}
END_TEST

/* The bytes of one of the journal's files; a missing one is empty. */
static void refute_in_file(const char *ending, const char *secret) {
    char name[128];
    static char bytes[1 << 20];
    (void)snprintf(name, sizeof name, "%s%s", bench.journal_file, ending);
    FILE *in = fopen(name, "r");
    if (in == NULL)
        return;
    const size_t length = fread(bytes, 1, sizeof bytes, in);
    ck_assert_uint_lt(length, sizeof bytes);
    (void)fclose(in);
    ck_assert_msg(memmem(bytes, length, secret, strlen(secret)) == NULL, "%s", name);
}

static void refute_in_files(const char *secret) {
    refute_in_file("", secret);
    refute_in_file("-wal", secret);
}

START_TEST(journal_holds_no_pin_pan_or_token) {
    bench_withdraw(&bench, 6000);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
    for (int stopped = 0; stopped <= 1; stopped++) { /* in the WAL, and after it was merged */
        refute_in_files(BENCH_PAN);
        refute_in_files("TOKEN-1");
        refute_in_files("pin_block");
        if (!stopped)
            bench_stop(&bench);
    }
}
END_TEST

static const int64_t jumps_ms[] = {-3600000, 3600000, -INT64_C(86400000) * 400};

static void jump_and_take(void *context, struct atm_sim *sim, int64_t timeout_ms) {
    (void)context;
    (void)timeout_ms;
    bench.wall_ahead_ms = -bench.wall_ahead_ms;
    atm_sim_customer(sim, true);
}

/* Deadlines and order never come from the clock on the wall, which somebody sets meanwhile. */
START_TEST(clock_that_jumps_moves_no_money_and_no_deadline) {
    bench.on_presented = jump_and_take;
    bench_power_loss(&bench); /* a machine whose customer takes time */
    bench_sign_on(&bench);
    bench_open_session(&bench);
    bench.wall_ahead_ms = jumps_ms[_i];
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench.wall_ahead_ms, -jumps_ms[_i]);
    ck_assert_int_eq(state_of_last(), ATM_OP_DONE);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    const size_t before = bench.done_count;
    bench.wall_ahead_ms = jumps_ms[_i];
    bench_pass(&bench, 29999);
    ck_assert_uint_eq(bench.done_count, before);
    bench_pass(&bench, 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_UNANSWERED);
    ck_assert_int_eq(state_of_last(), ATM_OP_REVERSED);
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 0);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = approval_is_dispensed_and_confirmed},
        {.test = decline_moves_no_note_and_sends_no_advice},
        {.test = amount_without_a_mix_is_refused_before_the_host_hears_of_it,
         .rows = COUNT_OF(impossible_amounts)},
        {.test = silence_is_reversed_and_no_cash_leaves},
        {.test = late_approval_is_journaled_as_68_and_pays_nothing},
        {.test = error_instead_of_an_answer_is_reversed, .rows = COUNT_OF(errors)},
        {.test = device_fault_reverses_what_was_not_handed_out, .rows = COUNT_OF(device_faults)},
        {.test = rejected_notes_are_counted_and_do_not_spoil_the_withdrawal},
        {.test = unknown_exit_is_suspect_and_ends_service},
        {.test = faulty_cassette_is_left_out_of_the_mix},
        {.test = failed_receipt_reverses_nothing},
        {.test = second_operation_is_refused_while_one_is_under_way},
        {.test = renewed_session_token_is_used_from_then_on},
        {.test = journal_holds_no_pin_pan_or_token},
        {.test = clock_that_jumps_moves_no_money_and_no_deadline, .rows = COUNT_OF(jumps_ms)},
    };
    return test_main_with("terminal withdraw", tests, COUNT_OF(tests), setup, teardown);
}
