/* core/session, inquiry, transfer: cards, PINs, what a session may ask. */
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_teardown(&bench);
}

static void eject(void) {
    atm_eject(bench.terminal, bench_done, &bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}

START_TEST(session_has_the_cards_accounts) {
    const struct tw_session_account *accounts = NULL;
    ck_assert_uint_eq(atm_session_accounts(bench.terminal, &accounts), 2);
    ck_assert_int_eq(accounts[0].account.account, bench_account.account);
    const struct bench_call *open = bench_last(&bench, TW_METHOD_SESSION_OPEN);
    ck_assert_str_eq(bench_text(open, "pan"), BENCH_PAN);
    ck_assert_str_eq(bench_text(open, "expiry"), "3011");
    ck_assert_uint_gt(strlen(bench_text(open, "pin_block")), 100);
    ck_assert_ptr_null(strstr(bench_text(open, "pin_block"), BENCH_PIN));
}
END_TEST

START_TEST(pin_key_is_fetched_once_per_issuer) {
    eject();
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 1);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), 2);
}
END_TEST

START_TEST(pin_key_is_fetched_anew_after_a_security_violation) {
    eject();
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = "63";
    bench_open_session(&bench);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_APPROVES;
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 2);
}
END_TEST

START_TEST(unproved_pin_key_gets_no_pin) {
    bench_power_loss(&bench);
    bench_sign_on(&bench);
    FILE *root = fopen(bench.root_file, "r+");
    ck_assert_ptr_nonnull(root);
    free(bench.pin_pem);
    const struct test_wish wish = {.names = "URI:tellerwire://pin/90000001/92760001",
                                   .key_usage = "critical,keyAgreement"};
    struct test_certificate stranger = test_certificate_make(&wish, NULL);
    bench.pin_pem = test_certificate_pem(&stranger);
    test_certificate_free(&stranger);
    (void)fclose(root);
    const size_t opened = bench_count(&bench, TW_METHOD_SESSION_OPEN);
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_SECURITY_VIOLATION);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), opened);
    eject();
}
END_TEST

/* An acquirer that offers a good key of its own for a card of somebody else. */
START_TEST(pin_key_for_other_cards_gets_no_pin) {
    bench_power_loss(&bench);
    bench_sign_on(&bench);
    free(bench.pin_pem);
    const struct test_wish wish = {.names = "URI:tellerwire://pin/90000001/92760002",
                                   .key_usage = "critical,keyAgreement"};
    struct test_certificate other = test_certificate_make(&wish, &bench.root);
    bench.pin_pem = test_certificate_pem(&other);
    test_certificate_free(&other);
    const size_t opened = bench_count(&bench, TW_METHOD_SESSION_OPEN);
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_SECURITY_VIOLATION);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), opened);
    eject();
}
END_TEST

START_TEST(revoked_pin_key_gets_no_pin_though_it_was_used_before) {
    eject();
    const size_t opened = bench_count(&bench, TW_METHOD_SESSION_OPEN);
    test_crl_write(&bench.root, bench.pin.certificate, TEST_NOW_S + TEST_DAY_S, bench.crl_file);
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_SECURITY_VIOLATION);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), opened);
    eject();

    const struct test_wish wish = {.names = "URI:tellerwire://pin/90000001/92760001",
                                   .key_usage = "critical,keyAgreement"};
    struct test_certificate renewed = test_certificate_make(&wish, &bench.root);
    free(bench.pin_pem);
    bench.pin_pem = test_certificate_pem(&renewed);
    test_certificate_free(&renewed);
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(wrong_pin_leaves_the_card_for_another_try) {
    eject();
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = "55";
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_CARD);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_APPROVES;
    atm_enter_pin(bench.terminal, BENCH_PIN, bench_done, &bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_SESSION);
}
END_TEST

static const struct {
    const char *rc;
    bool retained;
} endings[] = {{"41", true},  {"43", true},  {"75", true},
               {"54", false}, {"62", false}, {"92", false}};

START_TEST(card_is_retained_or_given_back_by_code) {
    eject();
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = endings[_i].rc;
    const int64_t before = atm_sim_world(bench.sim)->cards_retained;
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.card_retained, endings[_i].retained);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cards_retained - before, endings[_i].retained);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

static const char *const no_pins[] = {"", "1", "123", "1234567890123", "12a4", "١٢٣٤", "1234 "};

START_TEST(what_is_no_pin_is_refused_here) {
    eject();
    const struct atm_card card = {.pan = BENCH_PAN, .expiry = 3011};
    ck_assert(atm_insert_card(bench.terminal, &card, NULL));
    const size_t before = bench.call_count;
    atm_enter_pin(bench.terminal, no_pins[_i], bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench.call_count, before);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_CARD);
}
END_TEST

START_TEST(card_with_a_wrong_check_digit_is_not_taken) {
    eject();
    const struct atm_card card = {.pan = "9276000100000016", .expiry = 3011};
    struct tw_error error = {0};
    ck_assert(!atm_insert_card(bench.terminal, &card, &error));
    ck_assert_ptr_null(strstr(error.detail, "9276"));
}
END_TEST

START_TEST(silent_session_open_is_repeated_with_the_same_block) {
    eject();
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_FAILS;
    bench_open_session(&bench);
    TW_JSON_OWNED json_t *first =
        json_deep_copy(bench_last(&bench, TW_METHOD_SESSION_OPEN)->params);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_APPROVES;
    bench_pass(&bench, 1000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    (void)json_object_set_new(first, "repeat", json_true());
    ck_assert(json_equal(first, bench_last(&bench, TW_METHOD_SESSION_OPEN)->params));
}
END_TEST

START_TEST(session_is_closed_before_the_card_leaves) {
    eject();
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_CLOSE), 1);
    const struct tw_session_account *accounts = NULL;
    ck_assert_uint_eq(atm_session_accounts(bench.terminal, &accounts), 0);
    atm_balance(bench.terminal, &bench_account, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
}
END_TEST

START_TEST(silent_close_gives_the_card_back_all_the_same) {
    bench.mood[TW_METHOD_SESSION_CLOSE] = HOST_IS_SILENT;
    atm_eject(bench.terminal, bench_done, &bench);
    bench_pass(&bench, 10000);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

START_TEST(pin_change_sends_one_block_and_no_digits) {
    atm_pin_change(bench.terminal, BENCH_PIN, "4321", bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    const struct bench_call *change = bench_last(&bench, TW_METHOD_PIN_CHANGE);
    ck_assert_uint_gt(strlen(bench_text(change, "pin_block")), 100);
    ck_assert_ptr_null(json_object_get(change->params, "new_pin"));
}
END_TEST

START_TEST(unanswered_inquiry_leaves_the_session_open) {
    bench.mood[TW_METHOD_BALANCE] = HOST_IS_SILENT;
    atm_balance(bench.terminal, &bench_account, bench_done, &bench);
    bench_pass(&bench, 31000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_UNANSWERED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_SESSION);
}
END_TEST

START_TEST(two_terminals_live_in_one_process) {
    static struct bench other;
    bench_ready(&other);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    bench_withdraw(&other, 2000);
    ck_assert_int_eq(other.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_REQUESTED);
    bench_answer(&bench, bench_last(&bench, TW_METHOD_WITHDRAW), HOST_APPROVES);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 6000);
    bench_check_notes(&bench);
    bench_check_notes(&other);
    bench_teardown(&other);
}
END_TEST

/* --- transfers ------------------------------------------------------------------------------ */

static void transfer(void) {
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "lunch", bench_done, &bench);
}

static enum atm_operation_state state_of(const struct tw_uuid *txid) {
    struct atm_operation operation = {0};
    ck_assert(tw_ok(atm_journal_operation(bench.journal, txid, &operation, NULL)));
    return operation.state;
}

START_TEST(transfer_is_final_when_answered) {
    transfer();
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(state_of(&bench.outcome.txid), ATM_OP_DONE);
    bench.mood[TW_METHOD_TRANSFER] = HOST_DECLINES;
    transfer();
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(state_of(&bench.outcome.txid), ATM_OP_DECLINED);
}
END_TEST

START_TEST(failed_transfer_is_repeated_with_the_same_key) {
    bench.mood[TW_METHOD_TRANSFER] = HOST_FAILS;
    transfer();
    bench_pass(&bench, 3000);
    bench.mood[TW_METHOD_TRANSFER] = HOST_APPROVES;
    bench_pass(&bench, 1000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TRANSFER), 5);
    const char *first = NULL;
    for (size_t i = 0; i < bench.call_count; i++) {
        if (bench.calls[i].method != TW_METHOD_TRANSFER)
            continue;
        if (first == NULL)
            first = bench_text(&bench.calls[i], "txid");
        ck_assert_str_eq(bench_text(&bench.calls[i], "txid"), first);
    }
}
END_TEST

START_TEST(silent_transfer_is_pending_at_ten_seconds_and_its_status_ends_it) {
    bench.mood[TW_METHOD_TRANSFER] = HOST_IS_SILENT;
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_IS_SILENT; /* which it asks for by itself */
    transfer();
    bench_pass(&bench, 9999);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_TRANSFERRING);
    bench_pass(&bench, 1);
    ck_assert_int_eq(bench.outcome.verdict, ATM_PENDING);
    const struct tw_uuid txid = bench.outcome.txid;
    ck_assert_int_eq(state_of(&txid), ATM_OP_PENDING);
    bench.mood[TW_METHOD_TRANSFER_STATUS] = HOST_APPROVES;
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_str_eq(bench_text(bench_last(&bench, TW_METHOD_TRANSFER_STATUS), "txid"),
                     bench_text(bench_last(&bench, TW_METHOD_TRANSFER), "txid"));
    ck_assert_int_eq(state_of(&txid), ATM_OP_DONE);
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "COMPLETED"));
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "25.00"));
    bench_pass(&bench, 100000); /* its own question is answered alike and changes nothing */
    ck_assert_int_eq(state_of(&txid), ATM_OP_DONE);
    ck_assert_uint_eq(atm_terminal_advices(bench.terminal), 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = session_has_the_cards_accounts},
        {.test = pin_key_is_fetched_once_per_issuer},
        {.test = pin_key_is_fetched_anew_after_a_security_violation},
        {.test = unproved_pin_key_gets_no_pin},
        {.test = pin_key_for_other_cards_gets_no_pin},
        {.test = revoked_pin_key_gets_no_pin_though_it_was_used_before},
        {.test = wrong_pin_leaves_the_card_for_another_try},
        {.test = card_is_retained_or_given_back_by_code, .rows = COUNT_OF(endings)},
        {.test = what_is_no_pin_is_refused_here, .rows = COUNT_OF(no_pins)},
        {.test = card_with_a_wrong_check_digit_is_not_taken},
        {.test = silent_session_open_is_repeated_with_the_same_block},
        {.test = session_is_closed_before_the_card_leaves},
        {.test = silent_close_gives_the_card_back_all_the_same},
        {.test = pin_change_sends_one_block_and_no_digits},
        {.test = unanswered_inquiry_leaves_the_session_open},
        {.test = two_terminals_live_in_one_process},
        {.test = transfer_is_final_when_answered},
        {.test = failed_transfer_is_repeated_with_the_same_key},
        {.test = silent_transfer_is_pending_at_ten_seconds_and_its_status_ends_it},
    };
    return test_main_with("terminal session", tests, COUNT_OF(tests), setup, teardown);
}
