/* What fleets count and how they judge: points over time, codes, outcomes that contradict
 * themselves. */
#include "atm-client/fleet/tally.h"

#include <string.h>

#include "atm-client/fleet/judge.h"
#include "support/suite.h"

static struct fleet_tally *tally;

static void setup(void) {
    tally = fleet_tally_new(120);
    ck_assert_ptr_nonnull(tally);
}

static void teardown(void) {
    fleet_tally_free(tally);
}

static struct atm_outcome answered(enum atm_verdict verdict, enum tw_rc rc) {
    struct atm_outcome outcome = {.verdict = verdict, .rc = rc, .answered = true, .stan = 5};
    outcome.answer.outcome.rc = rc;
    return outcome;
}

START_TEST(operations_are_counted_by_kind_verdict_and_code) {
    const struct atm_outcome good = answered(ATM_APPROVED, TW_RC_APPROVED);
    const struct atm_outcome poor = answered(ATM_DECLINED, TW_RC_INSUFFICIENT_FUNDS);
    const struct atm_outcome silent = {
        .verdict = ATM_UNANSWERED, .rc = TW_RC_ISSUER_UNREACHABLE, .stan = 6};
    const struct atm_outcome here = {.verdict = ATM_REFUSED, .rc = TW_RC_INVALID_AMOUNT};
    fleet_tally_add(tally, FLEET_KIND_WITHDRAW, &good, 1000);
    fleet_tally_add(tally, FLEET_KIND_WITHDRAW, &poor, 2000);
    fleet_tally_add(tally, FLEET_KIND_BALANCE, &silent, 3000);
    fleet_tally_add(tally, FLEET_KIND_BALANCE, &here, 10);
    fleet_tally_add(tally, FLEET_OPEN, &good, 4000);
    ck_assert_uint_eq(fleet_tally_operations(tally), 4);
    ck_assert_uint_eq(tally->verdicts[FLEET_KIND_WITHDRAW][ATM_DECLINED], 1);
    ck_assert_uint_eq(fleet_tally_verdict(tally, ATM_APPROVED), 1);
    ck_assert_uint_eq(tally->codes[TW_RC_APPROVED], 2);
    ck_assert_uint_eq(tally->codes[TW_RC_INSUFFICIENT_FUNDS], 1);
    ck_assert_uint_eq(tally->codes[FLEET_NO_ANSWER], 1);
    ck_assert_uint_eq(tally->codes[TW_RC_INVALID_AMOUNT], 0);
    ck_assert_uint_eq(tally->codes[TW_RC_ISSUER_UNREACHABLE], 0);
}
END_TEST

START_TEST(each_point_has_its_own_percentiles) {
    const struct atm_outcome good = answered(ATM_APPROVED, TW_RC_APPROVED);
    fleet_tally_add(tally, FLEET_KIND_BALANCE, &good, 10);
    fleet_tally_second(tally, 1, 3);
    fleet_tally_add(tally, FLEET_KIND_BALANCE, &good, 50);
    fleet_tally_end(tally, 4);
    ck_assert_uint_eq(tally->point_count, 2);
    ck_assert_int_eq(tally->points[0].p99_us, 10);
    ck_assert_int_eq(tally->points[1].p50_us, 50);
    ck_assert_int_eq(tally->points[1].max_us, 50);
    ck_assert_int_eq(tally->points[0].in_service, 3);
    ck_assert_uint_eq(tally->points[1].verdicts[ATM_APPROVED], 1);
    ck_assert_int_eq(tally->max_us, 50);
}
END_TEST

START_TEST(an_end_with_nothing_but_a_card_is_a_point_too) {
    const struct atm_outcome good = answered(ATM_APPROVED, TW_RC_APPROVED);
    fleet_tally_end(tally, 1);
    ck_assert_uint_eq(tally->point_count, 0);
    fleet_tally_add(tally, FLEET_OPEN, &good, 10);
    fleet_tally_end(tally, 1);
    ck_assert_uint_eq(tally->point_count, 1);
    ck_assert_uint_eq(tally->points[0].codes[TW_RC_APPROVED], 1);
}
END_TEST

START_TEST(seconds_that_were_missed_are_empty_points) {
    fleet_tally_second(tally, 3, 1);
    ck_assert_uint_eq(tally->point_count, 3);
    ck_assert_int_eq(tally->points[2].p50_us, 0);
}
END_TEST

START_TEST(a_day_has_no_more_points_than_there_is_room_for) {
    struct fleet_tally *day = fleet_tally_new(86400 + 3600);
    ck_assert_ptr_nonnull(day);
    for (int64_t second = 1; second <= 86400 + 3600; second++)
        fleet_tally_second(day, second, 1);
    ck_assert_uint_le(day->point_count, FLEET_POINTS_MAX);
    ck_assert_uint_ge(day->point_count, FLEET_POINTS_MAX / 2);
    fleet_tally_free(day);
}
END_TEST

START_TEST(problems_are_counted_and_the_first_are_told) {
    for (int i = 0; i < FLEET_PROBLEMS_MAX + 5; i++)
        fleet_tally_problem(tally, 1001, "a note too many");
    ck_assert_uint_eq(tally->problem_count, FLEET_PROBLEMS_MAX + 5);
    ck_assert_str_eq(tally->problems[FLEET_PROBLEMS_MAX - 1], "terminal 00001001: a note too many");
}
END_TEST

/* --- judging --------------------------------------------------------------------------------- */

static const struct {
    int64_t dispensed;
    enum fleet_kind kind;
    enum atm_verdict verdict;
    enum tw_rc rc;
    bool right;
} cases[] = {
    {6000, FLEET_KIND_WITHDRAW, ATM_APPROVED, TW_RC_APPROVED, true},
    {4000, FLEET_KIND_WITHDRAW, ATM_APPROVED, TW_RC_APPROVED, false},
    {6000, FLEET_KIND_WITHDRAW, ATM_APPROVED, TW_RC_INSUFFICIENT_FUNDS, false},
    {0, FLEET_KIND_WITHDRAW, ATM_DECLINED, TW_RC_INSUFFICIENT_FUNDS, true},
    {2000, FLEET_KIND_WITHDRAW, ATM_DECLINED, TW_RC_INSUFFICIENT_FUNDS, false},
    {0, FLEET_KIND_WITHDRAW, ATM_UNANSWERED, TW_RC_ISSUER_UNREACHABLE, true},
    {6000, FLEET_KIND_WITHDRAW, ATM_UNANSWERED, TW_RC_ISSUER_UNREACHABLE, false},
    {4000, FLEET_KIND_WITHDRAW, ATM_FAULT, TW_RC_APPROVED, true},
    {6000, FLEET_KIND_WITHDRAW, ATM_FAULT, TW_RC_APPROVED, false},
    {0, FLEET_KIND_WITHDRAW, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, true},
    {0, FLEET_KIND_WITHDRAW, ATM_PENDING, TW_RC_APPROVED, false},
    {0, FLEET_KIND_BALANCE, ATM_PENDING, TW_RC_APPROVED, false},
    {0, FLEET_KIND_TRANSFER_OTHER, ATM_PENDING, TW_RC_APPROVED, true},
    {0, FLEET_KIND_TRANSFER_OWN, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, false},
};

START_TEST(outcomes_that_contradict_themselves_are_found) {
    struct atm_outcome outcome = answered(cases[_i].verdict, cases[_i].rc);
    outcome.dispensed_minor = cases[_i].dispensed;
    outcome.answer.posting.amount = 6000;
    const char *problem = fleet_judge_outcome(cases[_i].kind, 6000, &outcome);
    ck_assert_msg((problem == NULL) == cases[_i].right, "%s", problem != NULL ? problem : "right");
}
END_TEST

START_TEST(an_approval_of_another_amount_is_found) {
    struct atm_outcome outcome = answered(ATM_APPROVED, TW_RC_APPROVED);
    outcome.answer.posting.amount = 5000;
    ck_assert_ptr_nonnull(fleet_judge_outcome(FLEET_KIND_DEPOSIT, 6000, &outcome));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = operations_are_counted_by_kind_verdict_and_code},
        {.test = each_point_has_its_own_percentiles},
        {.test = an_end_with_nothing_but_a_card_is_a_point_too},
        {.test = seconds_that_were_missed_are_empty_points},
        {.test = a_day_has_no_more_points_than_there_is_room_for},
        {.test = problems_are_counted_and_the_first_are_told},
        {.test = outcomes_that_contradict_themselves_are_found, .rows = COUNT_OF(cases)},
        {.test = an_approval_of_another_amount_is_found},
    };
    return test_main_with("fleet tally", tests, COUNT_OF(tests), setup, teardown);
}
