/* face: what a script line, a command line and a cards file may say, and how nonsense is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/face/cards.h"
#include "atm-client/face/options.h"
#include "atm-client/face/script.h"
#include "support/scratch.h"
#include "support/suite.h"

static struct tw_status read_line(const char *line, struct atm_step *step, struct tw_error *error) {
    json_t *expect = NULL;
    const struct tw_status status = atm_script_line(line, strlen(line), step, &expect, error);
    json_decref(expect);
    return status;
}

START_TEST(step_has_what_the_line_says) {
    struct atm_step step;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(read_line("{\"do\":\"withdraw\",\"card\":\"alice\",\"pin\":\"1234\","
                                  "\"amount\":6000,\"account\":\"DE77900000011000000001\"}",
                                  &step, &error)),
                  "%s", error.detail);
    ck_assert_int_eq(step.verb, ATM_VERB_WITHDRAW);
    ck_assert_str_eq(step.card, "alice");
    ck_assert_int_eq(step.amount, 6000);
    ck_assert_int_eq(step.account.account, 1000000001);
}
END_TEST

static const struct {
    const char *line;
    const char *reason;
} refused[] = {
    {"", ""},
    {"{", ""},
    {"[]", "object"},
    {"42", "object"},
    {"{}", "do"},
    {"{\"do\":1}", "do"},
    {"{\"do\":\"fly\"}", "do"},
    {"{\"do\":\"withdraw\"}", "amount is missing"},
    {"{\"do\":\"withdraw\",\"amount\":60.0}", "amount"},
    {"{\"do\":\"withdraw\",\"amount\":\"60\"}", "amount"},
    {"{\"do\":\"withdraw\",\"amount\":0}", "amount"},
    {"{\"do\":\"withdraw\",\"amount\":-1}", "amount"},
    {"{\"do\":\"withdraw\",\"amount\":9007199254740992}", "amount"},
    {"{\"do\":\"withdraw\",\"amount\":1,\"amount\":2}", "duplicate"},
    {"{\"do\":\"withdraw\",\"amount\":1,\"ammount\":2}", "ammount"},
    {"{\"do\":\"balance\",\"amount\":1}", "takes no amount"},
    {"{\"do\":\"deposit\",\"notes\":[],\"max_surcharge\":1}", "takes no max_surcharge"},
    {"{\"do\":\"withdraw\",\"amount\":1,\"max_surcharge\":-1}", "max_surcharge"},
    {"{\"do\":\"transfer\",\"amount\":1,\"to\":\"DE00900000011000000001\"}", "to"},
    {"{\"do\":\"deposit\",\"notes\":[{\"denomination\":2000}]}", "count"},
    {"{\"do\":\"deposit\",\"notes\":2000}", "notes"},
    {"{\"do\":\"replenish\",\"loads\":[{\"cassette\":0,\"notes\":1}]}", "cassette"},
    {"{\"do\":\"transfer-status\",\"txid\":\"x\"}", "txid"},
    {"{\"do\":\"balance\",\"card\":\"alice\",\"expect\":\"00\"}", "expect"},
    {"{\"do\":\"close\",\"pin\":\"1234\"}", "takes no card"},
    {"{\"do\":\"open\",\"card\":\"a\",\"pin\":\"12345678901234567890\"}", "pin"},
    {"{\"do\":\"echo\"} {}", ""},
};

START_TEST(nonsense_is_refused_with_a_reason) {
    struct atm_step step;
    struct tw_error error = {0};
    ck_assert_msg(!tw_ok(read_line(refused[_i].line, &step, &error)), "%s", refused[_i].line);
    ck_assert_msg(strstr(error.detail, refused[_i].reason) != NULL, "%s: %s", refused[_i].line,
                  error.detail);
}
END_TEST

START_TEST(secrets_are_not_repeated_in_the_reason) {
    struct atm_step step;
    struct tw_error error = {0};
    ck_assert(!tw_ok(read_line("{\"do\":\"open\",\"card\":\"a\",\"pin\":\"98765432109876543210\"}",
                               &step, &error)));
    ck_assert_ptr_null(strstr(error.detail, "98765"));
}
END_TEST

START_TEST(script_stops_at_the_line_it_does_not_understand) {
    char text[] = "# comment\n\n{\"do\":\"nothing\"}\n";
    char complaint[256] = "";
    FILE *in = fmemopen(text, strlen(text), "r");
    FILE *out = tmpfile();
    FILE *err = fmemopen(complaint, sizeof complaint, "w");
    struct atm_player player = {0};
    ck_assert_int_eq(atm_script_run(&player, in, out, err), ATM_EXIT_USAGE);
    (void)fclose(in);
    (void)fclose(out);
    (void)fclose(err);
    ck_assert_ptr_nonnull(strstr(complaint, "script line 3:"));
}
END_TEST

START_TEST(expectations_are_compared_member_by_member) {
    struct tw_error error = {0};
    json_t *report = json_pack("{s:s, s:i}", "rc", "00", "dispensed", 6000);
    json_t *met = json_pack("{s:s}", "rc", "00");
    json_t *missed = json_pack("{s:i}", "dispensed", 4000);
    json_t *absent = json_pack("{s:s}", "status", "COMPLETED");
    ck_assert(atm_script_meets(report, met, &error));
    ck_assert(!atm_script_meets(report, missed, &error));
    ck_assert_str_eq(error.detail, "expected dispensed = 4000, got 6000");
    ck_assert(!atm_script_meets(report, absent, &error));
    json_decref(report);
    json_decref(met);
    json_decref(missed);
    json_decref(absent);
}
END_TEST

/* --- command lines -------------------------------------------------------------------------- */

#define WORDS_MAX 8

static struct tw_status read_words(const char *const *words, struct atm_options *options,
                                   struct tw_error *error) {
    static char copies[WORDS_MAX + 1][64];
    char *argv[WORDS_MAX + 1] = {copies[0]};
    int argc = 1;
    while (argc <= WORDS_MAX && words[argc - 1] != NULL) {
        (void)snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
        argc++;
    }
    struct tw_status status = atm_options_read(argc, argv, false, options, error);
    if (tw_ok(status))
        status = atm_options_money(options, (struct tw_currency){"EUR"}, error);
    return status;
}

START_TEST(command_line_fills_the_step) {
    const char *const words[] = {"withdraw", "--card", "alice", "--amount",
                                 "60.00",    "--json", NULL};
    struct atm_options options;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(read_words(words, &options, &error)), "%s", error.detail);
    ck_assert_int_eq(options.step.amount, 6000);
    ck_assert(options.json);
    const char *const limited[] = {"withdraw", "--amount", "60", "--max-surcharge", "0.00", NULL};
    ck_assert_msg(tw_ok(read_words(limited, &options, &error)), "%s", error.detail);
    ck_assert_uint_ne(options.step.has & ATM_HAS_MAX_SURCHARGE, 0);
    ck_assert_int_eq(options.step.max_surcharge, 0);
    const char *const deposit[] = {"deposit", "--notes", "3x20,1x50.00", NULL};
    ck_assert_msg(tw_ok(read_words(deposit, &options, &error)), "%s", error.detail);
    ck_assert_uint_eq(options.step.note_count, 2);
    ck_assert_int_eq(options.step.notes[1].denomination, 5000);
}
END_TEST

static const char *const bad_words[][WORDS_MAX] = {
    {NULL},
    {"fly", NULL},
    {"balance", "echo", NULL},
    {"balance", "--pin", "1234", NULL},
    {"balance", "--card", NULL},
    {"balance", "--card", "-", NULL},
    {"balance", "--card-file", "card.txt", NULL},
    {"balance", "--card", "alice", "--card-file", "card.txt", "--expiry", "3011", NULL},
    {"echo", "--card", "-", "--expiry", "3011", NULL},
    {"withdraw", NULL},
    {"withdraw", "--amount", "6O", NULL},
    {"withdraw", "--amount", "-60", NULL},
    {"withdraw", "--amount", "0", NULL},
    {"withdraw", "--amount", "60.001", NULL},
    {"echo", "--amount", "60", NULL},
    {"balance", "--max-surcharge", "0", NULL},
    {"withdraw", "--amount", "60", "--max-surcharge", "x", NULL},
    {"deposit", "--notes", "3*20", NULL},
    {"deposit", "--notes", "x20", NULL},
    {"replenish", "--load", "1=5", NULL},
    {"replenish", "--load", "1:", NULL},
    {"balance", "--expiry", "2913", NULL},
    {"balance", "--account", "DE00", NULL},
    {"transfer-status", "--txid", "1", NULL},
    {"journal", "--count", "many", NULL},
};

START_TEST(card_number_is_asked_for_or_in_a_file) {
    const char *const asked[] = {"balance", "--card", "-", "--expiry", "3011", NULL};
    const char *const file[] = {"balance", "--card-file", "card.txt", "--expiry", "3011", NULL};
    struct atm_options options;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(read_words(asked, &options, &error)), "%s", error.detail);
    ck_assert(options.ask_card);
    ck_assert_ptr_null(options.card_file);
    ck_assert_int_eq(options.step.expiry, 3011);
    ck_assert_msg(tw_ok(read_words(file, &options, &error)), "%s", error.detail);
    ck_assert(options.ask_card);
    ck_assert_str_eq(options.card_file, "card.txt");
}
END_TEST

static const char *const numbers[] = {"9276000100000015", "9276000100000016", "9276 0001 0000 0015",
                                      "9276-0001-0000-0015", "9276000100000015000"};

START_TEST(card_number_on_the_command_line_is_refused_with_what_to_do) {
    const char *const words[] = {"balance", "--card", numbers[_i], "--expiry", "3011", NULL};
    struct atm_options options;
    struct tw_error error = {0};
    ck_assert_int_eq(read_words(words, &options, &error).code, TW_E_INVALID_PARAMS);
    ck_assert_ptr_nonnull(strstr(error.detail, "command line"));
    ck_assert_ptr_nonnull(strstr(error.detail, "--card-file FILE"));
    ck_assert_ptr_null(strstr(error.detail, numbers[_i]));
}
END_TEST

START_TEST(bad_command_lines_are_refused) {
    struct atm_options options;
    struct tw_error error = {0};
    ck_assert(!tw_ok(read_words(bad_words[_i], &options, &error)));
    ck_assert_str_ne(error.detail, "");
}
END_TEST

/* --- cards ---------------------------------------------------------------------------------- */

static struct tw_status load_cards(const char *text, struct atm_cards *cards,
                                   struct tw_error *error) {
    char file[TEST_PATH_SIZE];
    test_scratch_text(file, text);
    return atm_cards_load(file, cards, error);
}

START_TEST(cards_have_names) {
    struct atm_cards cards;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(load_cards("; demo\n[alice]\npan = 9276000100000015\nexpiry = 3011\n",
                                   &cards, &error)),
                  "%s", error.detail);
    ck_assert_ptr_nonnull(atm_cards_find(&cards, "alice"));
    ck_assert_int_eq(atm_cards_find(&cards, "alice")->card.expiry, 3011);
    ck_assert_ptr_null(atm_cards_find(&cards, "bob"));
    ck_assert(tw_ok(atm_cards_load("/nowhere/cards.ini", &cards, &error)));
    ck_assert_uint_eq(cards.count, 0);
}
END_TEST

static const char *const bad_cards[] = {
    "pan = 9276000100000015\n",      "[a]\npan = 9276000100000016\nexpiry = 3011\n",
    "[a]\npan = 9276000100000015\n", "[a]\npan = 9276000100000015\nexpiry = 3013\n",
    "[a]\nexpiry = 3011\n",          "[a]\npan = 9276000100000015\nexpiry = 3011\npin = 1234\n",
    "[a\npan = 9276000100000015\n",
};

START_TEST(bad_cards_are_refused_without_their_number) {
    struct atm_cards cards;
    struct tw_error error = {0};
    ck_assert(!tw_ok(load_cards(bad_cards[_i], &cards, &error)));
    ck_assert_ptr_null(strstr(error.detail, "9276"));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = step_has_what_the_line_says},
        {.test = nonsense_is_refused_with_a_reason, .rows = COUNT_OF(refused)},
        {.test = secrets_are_not_repeated_in_the_reason},
        {.test = script_stops_at_the_line_it_does_not_understand},
        {.test = expectations_are_compared_member_by_member},
        {.test = command_line_fills_the_step},
        {.test = card_number_is_asked_for_or_in_a_file},
        {.test = card_number_on_the_command_line_is_refused_with_what_to_do,
         .rows = COUNT_OF(numbers)},
        {.test = bad_command_lines_are_refused, .rows = COUNT_OF(bad_words)},
        {.test = cards_have_names},
        {.test = bad_cards_are_refused_without_their_number, .rows = COUNT_OF(bad_cards)},
    };
    return test_main("script", tests, COUNT_OF(tests));
}
