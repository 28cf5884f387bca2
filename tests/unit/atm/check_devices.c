/* devices: what state they are in, what a fault of each does, and what goes on all the same. After
 * every one of them the notes are where the journal says (T1), and at most what was approved went
 * out. */
#include <signal.h>

#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    ck_assert_int_eq(atm_journal_operation_count(bench.journal, ATM_OP_REQUESTED), 0);
    ck_assert_int_eq(atm_journal_operation_count(bench.journal, ATM_OP_INTENT), 0);
    bench_check_notes(&bench);
    bench_teardown(&bench);
}

static void eject(void) {
    atm_eject(bench.terminal, bench_done, &bench);
}

static void clear_faults(void) {
    ck_assert(tw_ok(atm_sim_clear_faults(bench.sim, NULL)));
}

static struct atm_device_status state_of(enum atm_device device) {
    const struct atm_devices devices = atm_sim_devices(bench.sim);
    return atm_device_status(&devices.sensors, device);
}

static void expect_state(enum atm_device device, enum atm_device_state state, const char *detail) {
    const struct atm_device_status status = state_of(device);
    ck_assert_str_eq(atm_device_state_name(status.state), atm_device_state_name(state));
    ck_assert_str_eq(status.detail, detail);
}

static bool insert(const char **ret_reason) {
    static struct tw_error error;
    const struct atm_card card = {.pan = BENCH_PAN, .expiry = 3011};
    error = (struct tw_error){0};
    const bool taken = atm_insert_card(bench.terminal, &card, &error);
    *ret_reason = error.detail;
    return taken;
}

static size_t journaled;
static char last_detail[ATM_DETAIL_SIZE];

static void see_entry(void *context, const struct atm_journal_entry *entry) {
    if (strcmp(entry->event, context) != 0)
        return;
    journaled++;
    (void)snprintf(last_detail, sizeof last_detail, "%s", entry->detail);
}

static size_t count_entries(const char *event) {
    journaled = 0;
    ck_assert(
        tw_ok(atm_journal_read(bench.journal, 0, 1000, see_entry, (void *)(uintptr_t)event, NULL)));
    return journaled;
}

/* --- states --------------------------------------------------------------------------------- */

START_TEST(all_devices_are_well_at_first) {
    expect_state(ATM_DEVICE_CARD_READER, ATM_DEVICE_ONLINE, "media NOTPRESENT, retain bin OK");
    expect_state(ATM_DEVICE_PIN_PAD, ATM_DEVICE_ONLINE, "encryption READY");
    expect_state(ATM_DEVICE_DISPENSER, ATM_DEVICE_ONLINE, "OK");
    expect_state(ATM_DEVICE_DEPOSITOR, ATM_DEVICE_ONLINE, "OK");
    expect_state(ATM_DEVICE_RECEIPT_PRINTER, ATM_DEVICE_ONLINE, "paper FULL");
    expect_state(ATM_DEVICE_JOURNAL_PRINTER, ATM_DEVICE_ONLINE, "paper FULL");
    for (int i = 0; i < ATM_DEVICE_COUNT; i++)
        ck_assert(state_of((enum atm_device)i).usable);
}
END_TEST

static const struct {
    enum atm_fault fault;
    enum atm_device device;
    int64_t value;
    const char *detail;
    enum atm_device_state state;
    bool usable;
} lasting[] = {
    {ATM_FAULT_READER_FAULT, ATM_DEVICE_CARD_READER, 0, "media NOTPRESENT, retain bin OK",
     ATM_DEVICE_HW_ERROR, false},
    {ATM_FAULT_PIN_PAD_FAULT, ATM_DEVICE_PIN_PAD, 0, "encryption NOTREADY", ATM_DEVICE_HW_ERROR,
     false},
    {ATM_FAULT_CASSETTE_FAULT, ATM_DEVICE_DISPENSER, 1, "CUSTATE", ATM_DEVICE_ONLINE, true},
    {ATM_FAULT_CASSETTE_MISSING, ATM_DEVICE_DISPENSER, 2, "CUSTATE", ATM_DEVICE_ONLINE, true},
    {ATM_FAULT_ACCEPTOR_FAULT, ATM_DEVICE_DEPOSITOR, 0, "CUSTOP", ATM_DEVICE_HW_ERROR, false},
    {ATM_FAULT_PAPER_LOW, ATM_DEVICE_RECEIPT_PRINTER, 0, "paper LOW", ATM_DEVICE_ONLINE, true},
    {ATM_FAULT_PAPER_OUT, ATM_DEVICE_RECEIPT_PRINTER, 0, "paper OUT", ATM_DEVICE_ONLINE, false},
    {ATM_FAULT_JOURNAL_PRINTER_FAULT, ATM_DEVICE_JOURNAL_PRINTER, 0, "paper JAMMED",
     ATM_DEVICE_HW_ERROR, false},
};

START_TEST(a_fault_that_lasts_is_a_state_until_it_is_cleared) {
    bench_arm(&bench, lasting[_i].fault, lasting[_i].value);
    ck_assert(atm_fault_lasts(lasting[_i].fault));
    expect_state(lasting[_i].device, lasting[_i].state, lasting[_i].detail);
    ck_assert_int_eq(state_of(lasting[_i].device).usable, lasting[_i].usable);
    bench_withdraw(&bench, 20000); /* whatever happens now, it stays */
    expect_state(lasting[_i].device, lasting[_i].state, lasting[_i].detail);
    clear_faults();
    ck_assert_int_eq(state_of(lasting[_i].device).state, ATM_DEVICE_ONLINE);
    ck_assert(state_of(lasting[_i].device).usable);
}
END_TEST

START_TEST(cassettes_say_how_full_they_are) {
    const struct atm_devices devices = atm_sim_devices(bench.sim);
    const struct atm_sensors *sensors = &devices.sensors;
    ck_assert_int_eq(sensors->cassette(sensors->context, 1), ATM_CASSETTE_OK);
    bench_withdraw(&bench, 50000); /* ten fifties: ten are left */
    ck_assert_int_eq(sensors->cassette(sensors->context, 1), ATM_CASSETTE_LOW);
    bench_withdraw(&bench, 50000);
    ck_assert_int_eq(sensors->cassette(sensors->context, 1), ATM_CASSETTE_EMPTY);
    ck_assert_int_eq(sensors->cassette(sensors->context, 7), ATM_CASSETTE_MISSING);
    bench_arm(&bench, ATM_FAULT_CASSETTE_FAULT, 2);
    ck_assert_int_eq(sensors->cassette(sensors->context, 2), ATM_CASSETTE_INOP);
    expect_state(ATM_DEVICE_DISPENSER, ATM_DEVICE_ONLINE, "CUSTOP");
}
END_TEST

/* --- card reader and PIN pad ---------------------------------------------------------------- */

START_TEST(no_card_is_taken_without_a_reader) {
    const char *reason = NULL;
    eject();
    bench_arm(&bench, ATM_FAULT_READER_FAULT, 0);
    ck_assert(!insert(&reason));
    ck_assert_str_eq(reason, ATM_SAY(READER_FAULT));
    clear_faults();
    ck_assert(insert(&reason));
}
END_TEST

START_TEST(no_card_is_taken_without_a_pin_pad) {
    const char *reason = NULL;
    eject();
    bench_arm(&bench, ATM_FAULT_PIN_PAD_FAULT, 0);
    ck_assert(!insert(&reason));
    ck_assert_str_eq(reason, ATM_SAY(PIN_PAD_FAULT));
}
END_TEST

START_TEST(pin_pad_that_fails_asks_nothing_and_the_card_comes_back) {
    const char *reason = NULL;
    bench_arm(&bench, ATM_FAULT_PIN_PAD_FAULT, 0);
    atm_pin_change(bench.terminal, BENCH_PIN, "4321", bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_PIN_CHANGE), 0);
    eject();
    clear_faults();
    ck_assert(insert(&reason));
    bench_arm(&bench, ATM_FAULT_PIN_PAD_FAULT, 0);
    const size_t opened = bench_count(&bench, TW_METHOD_SESSION_OPEN);
    atm_enter_pin(bench.terminal, BENCH_PIN, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_SESSION_OPEN), opened);
    eject();
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

START_TEST(card_that_jams_is_journaled_and_no_other_is_taken) {
    const char *reason = NULL;
    bench_arm(&bench, ATM_FAULT_CARD_JAM, 0);
    eject();
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_str_eq(bench.outcome.retained_because, "jammed");
    ck_assert_uint_eq(count_entries("card retained"), 1);
    ck_assert_str_eq(last_detail, "{\"pan\":\"92760001****0015\",\"reason\":\"jammed\"}");
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
    expect_state(ATM_DEVICE_CARD_READER, ATM_DEVICE_HW_ERROR, "media JAMMED, retain bin OK");
    ck_assert(!insert(&reason));
    clear_faults();
    ck_assert(insert(&reason));
}
END_TEST

START_TEST(card_that_nobody_takes_is_kept_and_journaled) {
    bench_arm(&bench, ATM_FAULT_CARD_NOT_TAKEN, 0);
    eject();
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_str_eq(bench.outcome.retained_because, "not_taken");
    ck_assert_int_eq(atm_sim_world(bench.sim)->cards_retained, 1);
    ck_assert_uint_eq(count_entries("card retained"), 1);
    bench_open_session(&bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(card_left_behind_after_a_decline_is_kept_and_the_decline_stands) {
    eject();
    bench_arm(&bench, ATM_FAULT_CARD_NOT_TAKEN, 0);
    bench.mood[TW_METHOD_SESSION_OPEN] = HOST_DECLINES;
    bench.rc[TW_METHOD_SESSION_OPEN] = "54";
    bench_open_card(&bench, BENCH_PAN);
    ck_assert_int_eq(bench.outcome.verdict, ATM_DECLINED);
    ck_assert_int_eq(bench.outcome.rc, TW_RC_EXPIRED_CARD);
    ck_assert(bench.outcome.card_retained);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_IDLE);
}
END_TEST

START_TEST(full_retain_bin_takes_no_card_until_it_is_emptied) {
    const char *reason = NULL;
    for (int i = 0; i < ATM_RETAIN_BIN_CARDS; i++) {
        bench_arm(&bench, ATM_FAULT_CARD_NOT_TAKEN, 0);
        eject();
        ck_assert(bench.outcome.card_retained);
        if (i + 1 < ATM_RETAIN_BIN_CARDS)
            bench_open_session(&bench);
    }
    expect_state(ATM_DEVICE_CARD_READER, ATM_DEVICE_ONLINE, "media NOTPRESENT, retain bin FULL");
    ck_assert(!insert(&reason));
    ck_assert(tw_ok(atm_sim_collect_cards(bench.sim, NULL)));
    ck_assert(insert(&reason));
}
END_TEST

/* --- cassettes and depositor ---------------------------------------------------------------- */

START_TEST(withdrawal_goes_round_a_cassette_that_is_missing) {
    bench_arm(&bench, ATM_FAULT_CASSETTE_MISSING, 1);
    bench_withdraw(&bench, 10000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_uint_eq(bench.outcome.note_count, 1);
    ck_assert_int_eq(bench.outcome.notes[0].denomination, 2000);
}
END_TEST

START_TEST(without_cassettes_nothing_is_asked_and_other_services_go_on) {
    const struct tw_notes notes[] = {{2000, 3}};
    bench_arm(&bench, ATM_FAULT_CASSETTE_MISSING, 1);
    bench_arm(&bench, ATM_FAULT_CASSETTE_FAULT, 2);
    bench_withdraw(&bench, 10000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW), 0);
    atm_balance(bench.terminal, &bench_account, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 1, NULL)));
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

START_TEST(cassette_that_turns_out_empty_pays_less_and_the_count_finds_it) {
    struct tw_notes counted[TW_NOTES_MAX] = {0};
    size_t count = 0;
    bench_arm(&bench, ATM_FAULT_CASSETTE_EMPTY, 2);
    bench_withdraw(&bench, 11000); /* a fifty and three twenties, which are not there */
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(bench.outcome.dispensed_minor, 5000);
    ck_assert_int_eq(bench_number(bench_last(&bench, TW_METHOD_WITHDRAW_REVERSE), "dispensed"),
                     5000);
    bench_withdraw(&bench, 2000); /* the sensor knows now */
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    eject();
    atm_sim_count(bench.sim, counted, &count);
    atm_balance_cash(bench.terminal, counted, count, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench_cassette(&bench, 2).remaining, 0);
}
END_TEST

START_TEST(depositor_out_of_order_takes_no_notes) {
    const struct tw_notes notes[] = {{2000, 3}};
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 1, NULL)));
    bench_arm(&bench, ATM_FAULT_ACCEPTOR_FAULT, 0);
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
    ck_assert_int_eq(bench.outcome.verdict, ATM_REFUSED);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT), 0);
    ck_assert_uint_eq(atm_sim_world(bench.sim)->stowed_count, 0);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

/* --- printers ------------------------------------------------------------------------------- */

static const enum atm_fault printer_faults[] = {ATM_FAULT_PAPER_OUT, ATM_FAULT_PRINTER_FAULT,
                                                ATM_FAULT_JOURNAL_PRINTER_FAULT};

START_TEST(printer_that_fails_reverses_nothing) {
    bench_arm(&bench, printer_faults[_i], 0);
    ck_assert_int_eq(atm_terminal_prints(bench.terminal),
                     printer_faults[_i] != ATM_FAULT_PAPER_OUT);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
    ck_assert_int_eq(bench.outcome.receipt_printed,
                     printer_faults[_i] == ATM_FAULT_JOURNAL_PRINTER_FAULT);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 0);
}
END_TEST

/* --- power and network ---------------------------------------------------------------------- */

static const char *const no_points[] = {"atm.nowhere", "bank.commit_sent", "", "taken"};

START_TEST(power_goes_at_points_of_this_terminal_only) {
    struct tw_error error = {0};
    ck_assert_int_eq(atm_sim_arm_power_loss(bench.sim, no_points[_i], &error).code, TW_E_CONFIG);
    ck_assert_int_eq(atm_sim_arm(bench.sim, ATM_FAULT_POWER_LOSS, 0, &error).code,
                     TW_E_INVALID_PARAMS);
    ck_assert_uint_eq(atm_sim_world(bench.sim)->fault_count, 0);
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

#ifdef TW_CRASH_POINTS

START_TEST(power_goes_where_it_was_armed) {
    ck_assert(tw_ok(atm_sim_arm_power_loss(bench.sim, "atm.presented", NULL)));
    ck_assert_int_eq(atm_sim_arm_power_loss(bench.sim, "atm.taken", NULL).code, TW_E_CONFLICT);
    bench_withdraw(&bench, 6000);
    ck_abort_msg("survived");
}
END_TEST

START_TEST(cleared_power_loss_does_not_happen) {
    ck_assert(tw_ok(atm_sim_arm_power_loss(bench.sim, "atm.presented", NULL)));
    clear_faults();
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_APPROVED);
}
END_TEST

#endif

START_TEST(network_is_gone_once_and_for_as_long_as_was_said) {
    ck_assert_int_eq(atm_sim_link_loss_ms(bench.sim), 0);
    bench_arm(&bench, ATM_FAULT_LINK_LOSS, 1500);
    ck_assert_int_eq(atm_sim_link_loss_ms(bench.sim), 1500);
    ck_assert_int_eq(atm_sim_link_loss_ms(bench.sim), 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
#ifdef TW_CRASH_POINTS
        {.test = power_goes_where_it_was_armed, .signal = SIGKILL},
        {.test = cleared_power_loss_does_not_happen},
#endif
        {.test = power_goes_at_points_of_this_terminal_only, .rows = COUNT_OF(no_points)},
        {.test = network_is_gone_once_and_for_as_long_as_was_said},
        {.test = all_devices_are_well_at_first},
        {.test = a_fault_that_lasts_is_a_state_until_it_is_cleared, .rows = COUNT_OF(lasting)},
        {.test = cassettes_say_how_full_they_are},
        {.test = no_card_is_taken_without_a_reader},
        {.test = no_card_is_taken_without_a_pin_pad},
        {.test = pin_pad_that_fails_asks_nothing_and_the_card_comes_back},
        {.test = card_that_jams_is_journaled_and_no_other_is_taken},
        {.test = card_that_nobody_takes_is_kept_and_journaled},
        {.test = card_left_behind_after_a_decline_is_kept_and_the_decline_stands},
        {.test = full_retain_bin_takes_no_card_until_it_is_emptied},
        {.test = withdrawal_goes_round_a_cassette_that_is_missing},
        {.test = without_cassettes_nothing_is_asked_and_other_services_go_on},
        {.test = cassette_that_turns_out_empty_pays_less_and_the_count_finds_it},
        {.test = depositor_out_of_order_takes_no_notes},
        {.test = printer_that_fails_reverses_nothing, .rows = COUNT_OF(printer_faults)},
    };
    return test_main_with("devices", tests, COUNT_OF(tests), setup, teardown);
}
