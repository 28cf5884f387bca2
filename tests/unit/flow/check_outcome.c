/* Only what the beneficiary's bank has stored is an outcome. */
#include "flow/outcome.h"

#include <string.h>

#include "support/suite.h"

struct row {
    const char *json;
    bool is_outcome;
};

static const struct row rows[] = {
    {"{\"rc\":\"00\",\"text\":\"approved\",\"status\":\"ACCEPTED\",\"amount\":1,\"window_no\":7}",
     true},
    {"{\"rc\":\"76\",\"text\":\"x\",\"status\":\"REJECTED\",\"reason\":\"AC01\"}", true},
    {"{\"rc\":\"25\",\"text\":\"x\",\"status\":\"REJECTED\",\"reason\":\"AB05\"}", true},
    {"{\"rc\":\"63\",\"text\":\"x\",\"status\":\"REFUSED\"}", false},
    {"{\"rc\":\"94\",\"text\":\"x\",\"status\":\"REFUSED\"}", false},
    {"{\"rc\":\"00\",\"text\":\"x\",\"status\":\"REJECTED\"}", false},
    {"{\"rc\":\"76\",\"text\":\"x\",\"status\":\"ACCEPTED\"}", false},
    {"{\"rc\":\"00\",\"text\":\"x\",\"status\":\"ACCEPTED\",\"more\":1}", false},
    {"{\"rc\":\"00\",\"text\":\"x\",\"status\":\"ACCEPTED\",\"amount\":1.0}", false},
    {"{\"status\":\"ACCEPTED\"}", false},
    {"{}", false},
};

START_TEST(answer_is_read_or_is_no_outcome) {
    json_t *result = json_loads(rows[_i].json, 0, NULL);
    ck_assert_ptr_nonnull(result);
    struct tw_credit_result outcome;
    ck_assert_int_eq(bank_outcome_read(result, &outcome), rows[_i].is_outcome);
    json_decref(result);
}
END_TEST

START_TEST(no_answer_is_no_outcome) {
    struct tw_credit_result outcome;
    ck_assert(!bank_outcome_read(NULL, &outcome));
}
END_TEST

START_TEST(what_never_left_is_rejected_for_its_time) {
    struct tw_credit_result outcome = bank_outcome_unsent();
    ck_assert_str_eq(outcome.status, "REJECTED");
    ck_assert_str_eq(outcome.reason, "AB05");
    ck_assert_int_ne(outcome.outcome.rc, TW_RC_APPROVED);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = answer_is_read_or_is_no_outcome, .rows = COUNT_OF(rows)},
        {.test = no_answer_is_no_outcome},
        {.test = what_never_left_is_rejected_for_its_time},
    };
    return test_main("outcome", tests, COUNT_OF(tests));
}
