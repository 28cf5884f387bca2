/* clearing/statement: what is signed, read strictly, and when two banks say the same. */
#include "clearing/statement.h"

#include <string.h>

#include "support/suite.h"
#include "wire/json.h"

#define DIGEST "00000000000000000000000000000000000000000000000000000000000000ff"
#define TOTALS                                                                                     \
    "{\"bank\":\"90000001\",\"peer\":\"90000002\",\"window_no\":3,\"currency\":\"EUR\","           \
    "\"debit_count\":2,\"debit_amount\":6190,\"credit_count\":1,\"credit_amount\":1000,"           \
    "\"reversal_count\":1,\"reversal_amount\":1000,\"fee_amount\":190,\"digest\":\"" DIGEST "\"}"
#define POSITION(peer, debit, credit)                                                              \
    "{\"peer\":\"" peer "\",\"debit_count\":1,\"debit_amount\":" debit                             \
    ",\"credit_count\":1,\"credit_amount\":" credit ",\"breaks\":0}"
#define POSITIONS(net, list)                                                                       \
    "{\"bank\":\"90000001\",\"window_no\":3,\"currency\":\"EUR\",\"revision\":1,\"net\":" net      \
    ",\"positions\":[" list "]}"
#define FINALITY(result, net, list)                                                                \
    "{\"bank\":\"90000001\",\"window_no\":3,\"currency\":\"EUR\",\"model\":\"multilateral\","      \
    "\"result\":\"" result "\",\"settled_at\":\"2026-11-20T09:00:00Z\",\"net\":" net               \
    ",\"prefunding_drawn\":0,\"reserve\":100,\"prefunding\":0,\"pairs\":[" list                    \
    "],\"participants\":[{\"bank\":\"90000002\",\"status\":\"ACTIVE\",\"cap\":0}]}"
#define PAIR(peer, net, settled) "{\"peer\":\"" peer "\",\"net\":" net ",\"settled\":" settled "}"

static json_t *parsed(const char *text) {
    json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_json_parse(text, strlen(text), TW_JSON_LIMITS_DEFAULT, &json, &error)),
                  "%s: %s", text, error.detail);
    return json;
}

static struct ib_totals totals_of(const char *text) {
    TW_JSON_OWNED json_t *json = parsed(text);
    struct ib_totals totals;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_totals_read(json, &totals, &error)), "%s", error.detail);
    return totals;
}

static struct ib_totals mirrored(const struct ib_totals *own) {
    struct ib_totals peers = *own;
    peers.bank = own->peer;
    peers.peer = own->bank;
    peers.debit_count = own->credit_count;
    peers.debit_amount = own->credit_amount;
    peers.credit_count = own->debit_count;
    peers.credit_amount = own->debit_amount;
    return peers;
}

START_TEST(totals_are_written_as_they_were_read) {
    struct ib_totals totals = totals_of(TOTALS);
    TW_JSON_OWNED json_t *written = tw_fields_write(ib_totals_fields, &totals);
    TW_JSON_OWNED json_t *expected = parsed(TOTALS);
    ck_assert(json_equal(written, expected));
}
END_TEST

START_TEST(mirrored_totals_agree) {
    struct ib_totals own = totals_of(TOTALS);
    struct ib_totals peers = mirrored(&own);
    ck_assert_ptr_null(ib_totals_difference(&own, &peers));
    ck_assert_ptr_null(ib_totals_difference(&peers, &own));
}
END_TEST

START_TEST(each_difference_is_named) {
    struct ib_totals own = totals_of(TOTALS);
    struct ib_totals changed[9];
    static const char *const names[] = {"bank",          "window_no",       "currency",
                                        "debit_count",   "debit_amount",    "credit_count",
                                        "credit_amount", "reversal_amount", "digest"};
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        changed[i] = mirrored(&own);
    }
    changed[0].peer = 90000003;
    changed[1].window_no++;
    memcpy(changed[2].currency.code, "USD", 4);
    changed[3].credit_count++;
    changed[4].credit_amount++;
    changed[5].debit_count++;
    changed[6].debit_amount++;
    changed[7].reversal_amount++;
    changed[8].digest[0] = '1';
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        ck_assert_str_eq(ib_totals_difference(&own, &changed[i]), names[i]);
    }
}
END_TEST

static const char *const bad_totals[] = {
    "{}",
    "[]",
    "{\"bank\":\"90000001\",\"peer\":\"90000001\",\"window_no\":3,\"currency\":\"EUR\","
    "\"debit_count\":2,\"debit_amount\":6190,\"credit_count\":1,\"credit_amount\":1000,"
    "\"reversal_count\":1,\"reversal_amount\":1000,\"fee_amount\":190,\"digest\":\"" DIGEST "\"}",
    "{\"bank\":\"90000001\",\"peer\":\"90000002\",\"window_no\":3,\"currency\":\"EUR\","
    "\"debit_count\":2,\"debit_amount\":-1,\"credit_count\":1,\"credit_amount\":1000,"
    "\"reversal_count\":1,\"reversal_amount\":1000,\"fee_amount\":190,\"digest\":\"" DIGEST "\"}",
    "{\"bank\":\"90000001\",\"peer\":\"90000002\",\"window_no\":3,\"currency\":\"EUR\","
    "\"debit_count\":2,\"debit_amount\":1,\"credit_count\":1,\"credit_amount\":1000,"
    "\"reversal_count\":1,\"reversal_amount\":1000,\"fee_amount\":190,\"digest\":\"xx\"}",
};

START_TEST(totals_that_cannot_be_are_refused) {
    TW_JSON_OWNED json_t *json = parsed(bad_totals[_i]);
    struct ib_totals totals;
    struct tw_error error = {0};
    ck_assert_int_eq(ib_totals_read(json, &totals, &error).code, TW_E_INVALID_PARAMS);
    ck_assert_uint_gt(strlen(error.detail), 0);
}
END_TEST

START_TEST(positions_that_add_up_are_read) {
    TW_JSON_OWNED json_t *json = parsed(
        POSITIONS("-40", POSITION("90000002", "100", "50") "," POSITION("90000003", "0", "90")));
    static struct ib_positions positions;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_positions_read(json, &positions, &error)), "%s", error.detail);
    ck_assert_uint_eq(positions.position_count, 2);
    ck_assert_int_eq(positions.net, -40);
    TW_JSON_OWNED json_t *written = tw_fields_write(ib_positions_fields, &positions);
    ck_assert(json_equal(written, json));
}
END_TEST

static const struct {
    const char *text, *why;
} bad_positions[] = {
    {POSITIONS("51", POSITION("90000002", "100", "50")), "add up"},
    {POSITIONS("50", POSITION("90000001", "100", "50")), "own"},
    {POSITIONS("100", POSITION("90000002", "100", "50") "," POSITION("90000002", "100", "50")),
     "twice"},
    {POSITIONS("50", POSITION("90000002", "100.0", "50")), "amount"},
    {POSITIONS("50", POSITION("90000002", "100", "50") ",7"), "positions"},
};

START_TEST(positions_that_contradict_themselves_are_refused) {
    TW_JSON_OWNED json_t *json = parsed(bad_positions[_i].text);
    static struct ib_positions positions;
    struct tw_error error = {0};
    ck_assert_int_eq(ib_positions_read(json, &positions, &error).code, TW_E_INVALID_PARAMS);
    ck_assert_msg(strstr(error.detail, bad_positions[_i].why) != NULL, "%s", error.detail);
}
END_TEST

START_TEST(finality_counts_settled_pairs_only) {
    TW_JSON_OWNED json_t *json = parsed(FINALITY(
        "SETTLED", "10", PAIR("90000002", "10", "true") "," PAIR("90000003", "-70", "false")));
    static struct ib_finality finality;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_finality_read(json, &finality, &error)), "%s", error.detail);
    TW_JSON_OWNED json_t *written = tw_fields_write(ib_finality_fields, &finality);
    ck_assert(json_equal(written, json));
}
END_TEST

#define PART(peer, net, part)                                                                      \
    "{\"peer\":\"" peer "\",\"net\":" net ",\"settled\":false,\"part\":" part "}"

START_TEST(finality_counts_what_was_paid_before_an_exclusion) {
    TW_JSON_OWNED json_t *json = parsed(FINALITY(
        "SETTLED", "-20", PAIR("90000002", "10", "true") "," PART("90000003", "-70", "-30")));
    static struct ib_finality finality;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_finality_read(json, &finality, &error)), "%s", error.detail);
    TW_JSON_OWNED json_t *written = tw_fields_write(ib_finality_fields, &finality);
    ck_assert(json_equal(written, json));
}
END_TEST

static const struct {
    const char *text, *why;
} bad_finalities[] = {
    {FINALITY("SETTLED", "10", "{\"peer\":\"90000002\",\"net\":10,\"settled\":true,\"part\":1}"),
     "in part"},
    {FINALITY("SETTLED", "0", PART("90000002", "10", "5")), "add up"},
    {FINALITY("SETTLED", "11", PAIR("90000002", "10", "true")), "add up"},
    {FINALITY("FAILED", "10", PAIR("90000002", "10", "true")), "failed"},
    {FINALITY("DONE", "10", PAIR("90000002", "10", "true")), "result"},
    {FINALITY("SETTLED", "20", PAIR("90000002", "10", "true") "," PAIR("90000002", "10", "true")),
     "twice"},
};

START_TEST(finality_that_contradicts_itself_is_refused) {
    TW_JSON_OWNED json_t *json = parsed(bad_finalities[_i].text);
    static struct ib_finality finality;
    struct tw_error error = {0};
    ck_assert_int_eq(ib_finality_read(json, &finality, &error).code, TW_E_INVALID_PARAMS);
    ck_assert_msg(strstr(error.detail, bad_finalities[_i].why) != NULL, "%s", error.detail);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = totals_are_written_as_they_were_read},
        {.test = mirrored_totals_agree},
        {.test = each_difference_is_named},
        {.test = totals_that_cannot_be_are_refused, .rows = COUNT_OF(bad_totals)},
        {.test = positions_that_add_up_are_read},
        {.test = positions_that_contradict_themselves_are_refused, .rows = COUNT_OF(bad_positions)},
        {.test = finality_counts_settled_pairs_only},
        {.test = finality_counts_what_was_paid_before_an_exclusion},
        {.test = finality_that_contradicts_itself_is_refused, .rows = COUNT_OF(bad_finalities)},
    };
    return test_main("statement", tests, COUNT_OF(tests));
}
