/* core/transfer: transfers whose end is not known yet, and who does not wait for them. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static void transfer(void) {
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "lunch", bench_done, &bench);
}

static enum atm_operation_state state_of(const struct tw_uuid *txid) {
    struct atm_operation operation = {0};
    ck_assert(tw_ok(atm_journal_operation(bench.journal, txid, &operation, NULL)));
    return operation.state;
}

static size_t questions(void) {
    return bench_count(&bench, TW_METHOD_TRANSFER_STATUS);
}

/* The bank holds the money and does not know the end. */
static struct tw_uuid hold(void) {
    bench.transfer_status = "PENDING";
    transfer();
    return bench.outcome.txid;
}

START_TEST(held_transfer_is_pending_and_says_so) {
    const struct tw_uuid txid = hold();
    ck_assert_int_eq(bench.outcome.verdict, ATM_PENDING);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_APPROVED);
    ck_assert_int_eq(state_of(&txid), ATM_OP_PENDING);
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "pending (00)"));
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "Transfer id"));
}
END_TEST

START_TEST(pending_is_asked_about_with_growing_pauses_until_it_ends) {
    static const int64_t pauses_ms[] = {5000, 5000, 10000, 20000, 40000, 60000, 60000};
    const struct tw_uuid txid = hold();
    for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
        bench_pass(&bench, pauses_ms[i] - 1);
        ck_assert_uint_eq(questions(), i);
        bench_pass(&bench, 1);
        ck_assert_uint_eq(questions(), i + 1);
        ck_assert_int_eq(state_of(&txid), ATM_OP_PENDING);
    }
    bench.transfer_status = "COMPLETED";
    bench_pass(&bench, 60000);
    ck_assert_int_eq(state_of(&txid), ATM_OP_DONE);
    ck_assert_uint_eq(atm_terminal_questions(bench.terminal), 0);
    ck_assert_int_eq(atm_terminal_due_us(bench.terminal), INT64_MAX);
}
END_TEST

static const struct {
    const char *status;
    enum atm_operation_state state;
    enum atm_verdict verdict;
    const char *words;
} ends[] = {{"COMPLETED", ATM_OP_DONE, ATM_APPROVED, "approved"},
            {"RETURNED", ATM_OP_RETURNED, ATM_DECLINED, "returned"},
            {"PENDING", ATM_OP_PENDING, ATM_PENDING, "pending"}};

START_TEST(customer_who_asks_hears_the_state) {
    const struct tw_uuid txid = hold();
    bench.transfer_status = ends[_i].status;
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ends[_i].verdict);
    ck_assert_int_eq(state_of(&txid), ends[_i].state);
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, ends[_i].status));
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, ends[_i].words));
}
END_TEST

START_TEST(completed_transfer_can_come_back_later) {
    transfer();
    const struct tw_uuid txid = bench.outcome.txid;
    ck_assert_int_eq(state_of(&txid), ATM_OP_DONE);
    bench.transfer_status = "RETURNED";
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
    ck_assert_int_eq(state_of(&txid), ATM_OP_RETURNED);
    bench.transfer_status = "COMPLETED"; /* final: what is said later changes nothing */
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
    ck_assert_int_eq(state_of(&txid), ATM_OP_RETURNED);
}
END_TEST

static const struct {
    const char *rc;
    enum atm_operation_state state;
} on_the_way[] = {{"91", ATM_OP_PENDING},  {"96", ATM_OP_PENDING},  {"68", ATM_OP_PENDING},
                  {"92", ATM_OP_DECLINED}, {"63", ATM_OP_DECLINED}, {"51", ATM_OP_DECLINED}};

START_TEST(code_of_somebody_on_the_way_is_no_rejection) {
    bench.mood[TW_METHOD_TRANSFER] = HOST_DECLINES;
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_IS_SILENT;
    bench.rc[TW_METHOD_TRANSFER] = on_the_way[_i].rc;
    transfer();
    ck_assert_int_eq(state_of(&bench.outcome.txid), on_the_way[_i].state);
    ck_assert_int_eq(bench.outcome.verdict,
                     on_the_way[_i].state == ATM_OP_PENDING ? ATM_PENDING : ATM_DECLINED);
}
END_TEST

START_TEST(pending_survives_a_power_loss) {
    const struct tw_uuid txid = hold();
    bench_power_loss(&bench);
    ck_assert_uint_eq(atm_terminal_questions(bench.terminal), 1);
    bench.transfer_status = "COMPLETED";
    bench_pass(&bench, 5000);
    ck_assert_int_eq(state_of(&txid), ATM_OP_DONE);
}
END_TEST

/* --- nobody waits for it -------------------------------------------------------------------- */

static void leave_question_in_flight(void) {
    (void)hold();
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_IS_SILENT;
    bench_pass(&bench, 5000);
    ck_assert_uint_eq(questions(), 1);
}

static void eject(void) {
    atm_eject(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}

START_TEST(count_of_the_cash_does_not_wait_for_a_pending_transfer) {
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    leave_question_in_flight();
    eject();
    atm_sim_count(bench.sim, notes, &count);
    const size_t done = bench.done_count;
    atm_balance_cash(bench.terminal, notes, count, bench_done, &bench);
    ck_assert_uint_eq(bench.done_count, done + 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(sign_off_does_not_wait_for_a_pending_transfer) {
    leave_question_in_flight();
    eject();
    const size_t done = bench.done_count;
    atm_sign_off(bench.terminal, bench_done, &bench);
    ck_assert_uint_eq(bench.done_count, done + 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_APPROVES;
    bench.transfer_status = "COMPLETED";
    bench_pass(&bench, 60000);
    ck_assert_uint_eq(atm_terminal_questions(bench.terminal), 0);
}
END_TEST

START_TEST(next_customer_and_his_confirmation_do_not_wait_either) {
    leave_question_in_flight();
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 1);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

START_TEST(answer_to_a_question_set_aside_is_harmless) {
    leave_question_in_flight();
    struct bench_call *question = bench_last(&bench, TW_METHOD_TRANSFER_STATUS);
    bench_withdraw(&bench, 6000);
    bench.transfer_status = "COMPLETED";
    bench_answer(&bench, question, HOST_APPROVES);
    ck_assert_uint_eq(atm_terminal_questions(bench.terminal), 1);
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_APPROVES;
    bench_pass(&bench, 60000);
    ck_assert_uint_eq(atm_terminal_questions(bench.terminal), 0);
}
END_TEST

START_TEST(supervisor_who_wants_to_know_has_it_asked_now) {
    (void)hold();
    eject();
    const size_t asked = questions();
    atm_send_advices(bench.terminal, bench_done, &bench);
    ck_assert_uint_eq(questions(), asked + 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_ptr_nonnull(strstr(bench.outcome.text, "pending"));
}
END_TEST

START_TEST(too_many_pending_transfers_leave_room_for_cash) {
    size_t made = 0;
    while (made < ATM_ADVICES_MAX && (hold(), bench.outcome.verdict == ATM_PENDING))
        made++;
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_gt(made, 10);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = held_transfer_is_pending_and_says_so},
        {.test = pending_is_asked_about_with_growing_pauses_until_it_ends},
        {.test = customer_who_asks_hears_the_state, .rows = COUNT_OF(ends)},
        {.test = completed_transfer_can_come_back_later},
        {.test = code_of_somebody_on_the_way_is_no_rejection, .rows = COUNT_OF(on_the_way)},
        {.test = pending_survives_a_power_loss},
        {.test = count_of_the_cash_does_not_wait_for_a_pending_transfer},
        {.test = sign_off_does_not_wait_for_a_pending_transfer},
        {.test = next_customer_and_his_confirmation_do_not_wait_either},
        {.test = answer_to_a_question_set_aside_is_harmless},
        {.test = supervisor_who_wants_to_know_has_it_asked_now},
        {.test = too_many_pending_transfers_leave_room_for_cash},
    };
    return test_main_with("terminal transfer", tests, COUNT_OF(tests), setup, teardown);
}
