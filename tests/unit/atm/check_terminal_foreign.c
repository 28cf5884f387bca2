/* core: cards of other banks, what they pay here, and whose PIN key is whose. */
#include "fixture.h"

#define SURCHARGE 250

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
    bench_ready_foreign(&bench, SURCHARGE);
}

static void teardown(void) {
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static void withdraw(int64_t amount_minor) {
    atm_withdraw(bench.terminal, &bench_foreign, amount_minor, bench_done, &bench);
}

static void transfer(void) {
    atm_transfer(bench.terminal, &bench_foreign, &bench_payee, 2500, "lunch", bench_done, &bench);
}

static struct atm_operation operation_of(const struct tw_uuid *txid) {
    struct atm_operation operation = {0};
    ck_assert(tw_ok(atm_journal_operation(bench.journal, txid, &operation, NULL)));
    return operation;
}

START_TEST(surcharge_is_for_accounts_of_other_banks_only) {
    ck_assert_int_eq(atm_terminal_surcharge(bench.terminal, &bench_foreign), SURCHARGE);
    ck_assert_int_eq(atm_terminal_surcharge(bench.terminal, &bench_account), 0);
}
END_TEST

START_TEST(surcharge_is_the_one_of_the_latest_sign_on) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench.surcharge = 0;
    bench_sign_on(&bench);
    ck_assert_int_eq(atm_terminal_surcharge(bench.terminal, &bench_foreign), 0);
}
END_TEST

START_TEST(surcharge_is_journaled_and_on_the_outcome) {
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 6000);
    ck_assert_int_eq(bench.outcome.surcharge_minor, SURCHARGE);
    ck_assert_int_eq(operation_of(&bench.outcome.txid).surcharge_minor, SURCHARGE);
    transfer();
    ck_assert_int_eq(bench.outcome.surcharge_minor, SURCHARGE);
    ck_assert_int_eq(operation_of(&bench.outcome.txid).surcharge_minor, SURCHARGE);
}
END_TEST

START_TEST(own_card_after_a_foreign_one_pays_nothing) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench_open_session(&bench);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.surcharge_minor, 0);
    ck_assert_ptr_null(strstr(bench.outcome.receipt, "Surcharge"));
}
END_TEST

START_TEST(declined_or_unpaid_withdrawal_costs_nothing) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_DECLINES;
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.surcharge_minor, 0);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.surcharge_minor, 0);
    bench.mood[TW_METHOD_WITHDRAW] = HOST_APPROVES;
    bench_arm(&bench, ATM_FAULT_JAM_BEFORE_PRESENT, 0);
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.surcharge_minor, 0);
}
END_TEST

START_TEST(partial_withdrawal_keeps_its_surcharge) {
    bench_arm(&bench, ATM_FAULT_PARTIAL_DISPENSE, 3);
    withdraw(8000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 6000);
    ck_assert_int_eq(bench.outcome.surcharge_minor, SURCHARGE);
}
END_TEST

START_TEST(surcharge_that_nobody_was_told_of_is_not_taken) {
    bench.charged = SURCHARGE + 1;
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 0);
    const struct bench_call *reversal = bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE);
    ck_assert_str_eq(bench_text(reversal, "txid"),
                     bench_text(bench_last(&bench, TW_METHOD_WITHDRAW), "txid"));
    ck_assert_int_eq(bench_number(reversal, "dispensed"), 0);
    ck_assert_int_eq(atm_terminal_surcharge(bench.terminal, &bench_foreign), SURCHARGE + 1);
    withdraw(6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(reversal_says_whose_account_it_is_about) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    withdraw(6000);
    char iban[TW_IBAN_TEXT_SIZE];
    ck_assert_str_eq(bench_text(bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE), "account"),
                     tw_iban_text(bench_foreign, iban));
}
END_TEST

START_TEST(every_issuer_has_its_own_pin_key_and_keeps_it) {
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 2);
    for (size_t i = 0; i < 4; i++) {
        atm_eject(bench.terminal, bench_done, &bench);
        bench_open_card(&bench, i % 2 == 0 ? BENCH_PAN : BENCH_FOREIGN);
        ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    }
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 2);
    ck_assert_str_eq(bench_text(bench_last(&bench, TW_METHOD_PIN_KEY), "iin"), "92760002");
}
END_TEST

START_TEST(security_violation_costs_only_that_issuers_key) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = "63";
    bench_open_card(&bench, BENCH_FOREIGN);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_APPROVES;
    bench_open_session(&bench);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 2);
    atm_eject(bench.terminal, bench_done, &bench);
    bench_open_card(&bench, BENCH_FOREIGN);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_KEY), 3);
}
END_TEST

START_TEST(acquirers_own_key_is_not_taken_for_a_foreign_card) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench_power_loss(&bench);
    bench_sign_on(&bench);
    free(bench.foreign_pem);
    bench.foreign_pem = strdup(bench.pin_pem);
    const size_t opened = bench_count(&bench, TW_METHOD_SESSION_OPEN);
    bench_open_card(&bench, BENCH_FOREIGN);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_SECURITY_VIOLATION);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), opened);
    atm_eject(bench.terminal, bench_done, &bench);
}
END_TEST

static const struct {
    const char *rc;
    bool retained;
} endings[] = {{"41", true}, {"43", true}, {"75", true}, {"54", false}, {"91", false}};

START_TEST(foreign_card_is_retained_by_the_same_codes) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = endings[_i].rc;
    bench_open_card(&bench, BENCH_FOREIGN);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(bench.outcome.card_retained, endings[_i].retained);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

START_TEST(card_of_an_unknown_issuer_is_not_asked_for_its_pin_again) {
    atm_eject(bench.terminal, bench_done, &bench);
    bench.mood[TW_METHOD_PIN_KEY] = HOST_DECLINES;
    bench.rc[TW_METHOD_PIN_KEY] = "92";
    bench_power_loss(&bench);
    bench_sign_on(&bench);
    bench.mood[TW_METHOD_PIN_KEY] = HOST_DECLINES;
    bench_open_card(&bench, BENCH_FOREIGN);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_NO_ROUTE);
    ck_assert(!bench.outcome.card_retained);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = surcharge_is_for_accounts_of_other_banks_only},
        {.test = surcharge_is_the_one_of_the_latest_sign_on},
        {.test = surcharge_is_journaled_and_on_the_outcome},
        {.test = own_card_after_a_foreign_one_pays_nothing},
        {.test = declined_or_unpaid_withdrawal_costs_nothing},
        {.test = partial_withdrawal_keeps_its_surcharge},
        {.test = surcharge_that_nobody_was_told_of_is_not_taken},
        {.test = reversal_says_whose_account_it_is_about},
        {.test = every_issuer_has_its_own_pin_key_and_keeps_it},
        {.test = security_violation_costs_only_that_issuers_key},
        {.test = acquirers_own_key_is_not_taken_for_a_foreign_card},
        {.test = foreign_card_is_retained_by_the_same_codes, .rows = COUNT_OF(endings)},
        {.test = card_of_an_unknown_issuer_is_not_asked_for_its_pin_again},
    };
    return test_main_with("terminal foreign", tests, COUNT_OF(tests), setup, teardown);
}
