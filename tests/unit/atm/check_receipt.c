/* core/receipt: the texts, against golden files in tests/unit/atm/receipts. TW_GOLDEN=1 writes them
 * anew; look at the difference before committing it. */
#include "atm-client/core/receipt.h"
#include "atm-client/core/words.h"
#include "fixture.h"

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_teardown(&bench);
}

static void check_golden(const char *name) {
    char file[128];
    char golden[ATM_RECEIPT_SIZE] = "";
    (void)snprintf(file, sizeof file, "tests/unit/atm/receipts/%s.txt", name);
    if (getenv("TW_GOLDEN") != NULL) {
        FILE *out = fopen(file, "w");
        ck_assert_ptr_nonnull(out);
        ck_assert_int_ge(fputs(bench.outcome.receipt, out), 0);
        ck_assert_int_eq(fclose(out), 0);
    }
    FILE *in = fopen(file, "r");
    ck_assert_msg(in != NULL, "%s is missing", file);
    golden[fread(golden, 1, sizeof golden - 1, in)] = '\0';
    (void)fclose(in);
    ck_assert_str_eq(bench.outcome.receipt, golden);
}

static void withdrawal(void) {
    bench_withdraw(&bench, 11000);
}

static void declined(void) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_DECLINES;
    bench_withdraw(&bench, 6000);
}

static void partial(void) {
    bench_arm(&bench, ATM_FAULT_PARTIAL_DISPENSE, 3);
    bench_withdraw(&bench, 8000);
}

static void unanswered(void) {
    bench.mood[TW_METHOD_WITHDRAW] = HOST_FAILS;
    bench_withdraw(&bench, 6000);
}

static void suspect(void) {
    bench_arm(&bench, ATM_FAULT_SENSOR_UNKNOWN, 0);
    bench_withdraw(&bench, 6000);
}

static void deposit(void) {
    const struct tw_notes notes[] = {{2000, 3}, {1000, 1}};
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 2, NULL)));
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
}

static void transfer(void) {
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "lunch", bench_done, &bench);
}

static void pending(void) {
    bench.mood[TW_METHOD_TRANSFER] = HOST_IS_SILENT;
    transfer();
    bench_pass(&bench, 10000);
}

static void transfer_status(void) {
    pending();
    const struct tw_uuid txid = bench.outcome.txid;
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
}

static void foreign_withdrawal(void) {
    bench_ready_foreign(&bench, 250);
    atm_withdraw(bench.terminal, &bench_foreign, 11000, bench_done, &bench);
}

static void foreign_partial(void) {
    bench_ready_foreign(&bench, 250);
    bench_arm(&bench, ATM_FAULT_PARTIAL_DISPENSE, 3);
    atm_withdraw(bench.terminal, &bench_foreign, 8000, bench_done, &bench);
}

static void foreign_transfer(void) {
    bench_ready_foreign(&bench, 250);
    atm_transfer(bench.terminal, &bench_foreign, &bench_payee, 2500, "lunch", bench_done, &bench);
}

static void foreign_pending(void) {
    bench.transfer_status = "PENDING";
    foreign_transfer();
}

static void held(void) {
    bench.transfer_status = "PENDING";
    transfer();
}

static void returned(void) {
    transfer();
    const struct tw_uuid txid = bench.outcome.txid;
    bench.transfer_status = "RETURNED";
    atm_transfer_status(bench.terminal, &txid, bench_done, &bench);
}

static void balance(void) {
    atm_balance(bench.terminal, &bench_account, bench_done, &bench);
}

static void statement(void) {
    atm_statement(bench.terminal, &bench_account, 10, bench_done, &bench);
}

static void german_partial(void) {
    atm_choose_language(bench.terminal, ATM_GERMAN);
    partial();
}

static void german_statement(void) {
    atm_choose_language(bench.terminal, ATM_GERMAN);
    statement();
}

static void german_pending(void) {
    atm_choose_language(bench.terminal, ATM_GERMAN);
    pending();
}

static void german_declined(void) {
    atm_choose_language(bench.terminal, ATM_GERMAN);
    declined();
}

static const struct {
    const char *name;
    void (*act)(void);
} receipts[] = {
    {"withdrawal", withdrawal},
    {"declined", declined},
    {"partial", partial},
    {"unanswered", unanswered},
    {"suspect", suspect},
    {"deposit", deposit},
    {"transfer", transfer},
    {"pending", pending},
    {"balance", balance},
    {"statement", statement},
    {"transfer_status", transfer_status},
    {"foreign_withdrawal", foreign_withdrawal},
    {"foreign_partial", foreign_partial},
    {"foreign_transfer", foreign_transfer},
    {"foreign_pending", foreign_pending},
    {"held", held},
    {"returned", returned},
    {"german_partial", german_partial},
    {"german_statement", german_statement},
    {"german_pending", german_pending},
    {"german_declined", german_declined},
};

START_TEST(receipt_is_the_golden_one) {
    receipts[_i].act();
    check_golden(receipts[_i].name);
}
END_TEST

START_TEST(no_line_is_wider_than_the_paper_and_no_pan_is_on_it) {
    receipts[_i].act();
    ck_assert_ptr_null(strstr(bench.outcome.receipt, BENCH_PAN));
    for (const char *line = bench.outcome.receipt; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        size_t columns = 0;
        for (size_t i = 0; i < length; i++)
            columns += ((unsigned char)line[i] & 0xc0) != 0x80;
        ck_assert_uint_le(columns, 40);
        line += length + (line[length] == '\n');
    }
}
END_TEST

START_TEST(language_ends_with_the_card) {
    atm_choose_language(bench.terminal, ATM_GERMAN);
    withdrawal();
    ck_assert_int_eq(bench.outcome.language, ATM_GERMAN);
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "AUSZAHLUNG"));
    ck_assert_str_eq(atm_words(&bench.outcome, bench.outcome.language), "Fertig.");
    atm_eject(bench.terminal, bench_done, &bench);
    bench_open_session(&bench);
    withdrawal();
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "WITHDRAWAL"));
}
END_TEST

START_TEST(strange_characters_do_not_come_onto_the_paper) {
    static const struct atm_receipt_head head = {
        .terminal_id = BENCH_TERMINAL,
        .location = "Caf\xc3\xa9 \xe2\x82\xac\x1b[2J\xff \xf0\x9f\x8f\xa7 end"};
    withdrawal();
    atm_receipt_write(&head, &bench.outcome, bench.outcome.receipt);
    ck_assert_ptr_nonnull(strstr(bench.outcome.receipt, "Caf\xc3\xa9 ??[2J? ? end\n"));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = receipt_is_the_golden_one, .rows = COUNT_OF(receipts)},
        {.test = language_ends_with_the_card},
        {.test = strange_characters_do_not_come_onto_the_paper},
        {.test = no_line_is_wider_than_the_paper_and_no_pan_is_on_it, .rows = COUNT_OF(receipts)},
    };
    return test_main_with("receipt", tests, COUNT_OF(tests), setup, teardown);
}
