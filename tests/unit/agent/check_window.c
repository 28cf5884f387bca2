/* agent/window: who is missing, who contradicts whom, and what is owed. */
#include "agent/window.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/suite.h"

#define BANKS 4

static struct agent_window window;

static struct tw_currency currency_of(const char *code) {
    struct tw_currency currency;
    ck_assert(tw_ok(tw_currency_parse(code, &currency, NULL, NULL)));
    return currency;
}

/* Four members, the last one in another currency; nobody has submitted. */
static void setup(void) {
    window = (struct agent_window){.window_no = 7, .member_count = BANKS};
    window.claims = calloc((size_t)BANKS * BANKS, sizeof *window.claims);
    ck_assert_ptr_nonnull(window.claims);
    for (size_t i = 0; i < BANKS; i++) {
        struct agent_member *member = &window.members[i];
        *member = (struct agent_member){
            .bank_code = 90000001 + (int32_t)i,
            .currency = currency_of(i + 1 < BANKS ? "EUR" : "USD"),
            .reserve_minor = 1000,
            .prefunding_minor = 10,
        };
        snprintf(member->status, sizeof member->status, "ACTIVE");
    }
}

static void teardown(void) {
    agent_window_clear(&window);
}

/* The debtor's and the creditor's positions say so. */
static void owe(size_t debtor, size_t creditor, int64_t amount_minor) {
    struct agent_claim *theirs = agent_window_claim(&window, creditor, debtor);
    struct agent_claim *ours = agent_window_claim(&window, debtor, creditor);
    theirs->debit_count = ours->credit_count = 1;
    theirs->debit_minor = ours->credit_minor = amount_minor;
}

static void submit_all(void) {
    for (size_t i = 0; i < BANKS; i++) {
        window.members[i].revision = 1;
        for (size_t j = 0; j < BANKS; j++) {
            agent_window_claim(&window, i, j)->stated = true;
        }
    }
}

static void set_status(size_t member, const char *status) {
    snprintf(window.members[member].status, sizeof window.members[member].status, "%s", status);
}

START_TEST(members_are_found_by_their_codes) {
    ck_assert_uint_eq(agent_window_member(&window, 90000003), 2);
    ck_assert_uint_eq(agent_window_member(&window, 90000009), SIZE_MAX);
}
END_TEST

START_TEST(window_is_complete_once_all_have_submitted) {
    ck_assert(!agent_window_complete(&window));
    submit_all();
    ck_assert(agent_window_complete(&window));
    window.members[1].revision = 0;
    ck_assert(agent_window_missing(&window, 1));
    ck_assert(!agent_window_complete(&window));
}
END_TEST

START_TEST(suspended_member_is_waited_for_and_a_defaulted_one_is_not) {
    submit_all();
    window.members[1].revision = 0;
    set_status(1, "SUSPENDED");
    ck_assert(!agent_window_complete(&window));
    set_status(1, "DEFAULTED");
    ck_assert(agent_window_complete(&window));
}
END_TEST

START_TEST(only_pairs_that_can_settle_are_pairs) {
    ck_assert(agent_window_pair(&window, 0, 1));
    ck_assert(!agent_window_pair(&window, 0, 0));
    ck_assert(!agent_window_pair(&window, 0, 3));
    set_status(1, "SUSPENDED");
    ck_assert(agent_window_pair(&window, 0, 1));
    set_status(1, "DEFAULTED");
    ck_assert(!agent_window_pair(&window, 0, 1));
    ck_assert(!agent_window_pair(&window, 1, 0));
}
END_TEST

START_TEST(mirrored_positions_are_no_contradiction) {
    submit_all();
    owe(0, 1, 500);
    owe(1, 0, 300);
    ck_assert(!agent_window_disputed(&window, 0, 1));
    ck_assert(agent_window_complete(&window));
}
END_TEST

static const struct {
    const char *what;
    int64_t debit_count, debit_minor, credit_count, credit_minor;
} wrong[] = {
    {"amount owed", 1, 501, 1, 300},  {"amount owing", 1, 500, 1, 299},
    {"count owed", 2, 500, 1, 300},   {"count owing", 1, 500, 0, 300},
    {"the same net", 1, 700, 1, 500}, {"the other way round", 1, 300, 1, 500},
};

START_TEST(any_difference_is_a_contradiction_for_both) {
    submit_all();
    owe(1, 0, 500);
    owe(0, 1, 300);
    *agent_window_claim(&window, 0, 1) =
        (struct agent_claim){true, wrong[_i].debit_count, wrong[_i].debit_minor,
                             wrong[_i].credit_count, wrong[_i].credit_minor};
    ck_assert_msg(agent_window_disputed(&window, 0, 1), "%s", wrong[_i].what);
    ck_assert(agent_window_disputed(&window, 1, 0));
    ck_assert(!agent_window_disputed(&window, 0, 2));
    ck_assert(!agent_window_complete(&window));
}
END_TEST

START_TEST(nobody_is_contradicted_before_both_have_submitted) {
    submit_all();
    owe(0, 1, 500);
    agent_window_claim(&window, 0, 1)->credit_minor = 1;
    window.members[1].revision = 0;
    ck_assert(!agent_window_disputed(&window, 0, 1));
}
END_TEST

START_TEST(who_defaulted_disputes_nothing) {
    submit_all();
    owe(0, 1, 500);
    agent_window_claim(&window, 0, 1)->credit_minor = 1;
    set_status(1, "DEFAULTED");
    ck_assert(!agent_window_disputed(&window, 0, 1));
    ck_assert(agent_window_complete(&window));
}
END_TEST

START_TEST(nets_are_of_those_that_settle_and_add_up_to_zero) {
    submit_all();
    owe(1, 0, 500);
    owe(0, 2, 200);
    ck_assert_int_eq(agent_window_net(&window, 0), 300);
    ck_assert_int_eq(agent_window_net(&window, 1), -500);
    ck_assert_int_eq(agent_window_net(&window, 2), 200);
    ck_assert_ptr_null(agent_window_unbalanced(&window));
    set_status(1, "DEFAULTED");
    ck_assert_int_eq(agent_window_net(&window, 0), -200);
    ck_assert_int_eq(agent_window_net(&window, 1), 0);
    ck_assert_ptr_null(agent_window_unbalanced(&window));
}
END_TEST

START_TEST(positions_that_do_not_add_up_are_noticed) {
    submit_all();
    owe(1, 0, 500);
    agent_window_claim(&window, 1, 0)->credit_minor = 499;
    ck_assert_str_eq(agent_window_unbalanced(&window), "EUR");
}
END_TEST

START_TEST(plan_is_made_of_one_currency_and_of_who_is_left) {
    struct ib_participant payers[TW_PARTICIPANTS_MAX];
    struct ib_obligation owed[BANKS * BANKS];
    struct tw_currency currencies[TW_PARTICIPANTS_MAX];
    submit_all();
    owe(1, 0, 500);
    owe(2, 0, 70);
    set_status(2, "DEFAULTED");
    ck_assert_uint_eq(agent_window_currencies(&window, currencies), 2);
    ck_assert_uint_eq(agent_window_payers(&window, currency_of("EUR"), payers), 2);
    ck_assert_int_eq(payers[1].bank_code, 90000002);
    ck_assert_int_eq(payers[1].reserve_minor, 1000);
    ck_assert_int_eq(payers[1].prefunding_minor, 10);
    ck_assert_uint_eq(agent_window_obligations(&window, currency_of("EUR"), owed), 2);
    int64_t total = 0;
    for (size_t i = 0; i < 2; i++) {
        total += owed[i].amount_minor;
        ck_assert_int_eq(owed[i].amount_minor, owed[i].payer == 90000002 ? 500 : 0);
    }
    ck_assert_int_eq(total, 500);
    ck_assert_uint_eq(agent_window_payers(&window, currency_of("USD"), payers), 1);
    ck_assert_uint_eq(agent_window_obligations(&window, currency_of("USD"), owed), 0);
}
END_TEST

START_TEST(final_states_are_final) {
    static const char *const states[] = {"OPEN", "CLOSED", "PENDING_SETTLEMENT", "SETTLED",
                                         "FAILED"};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        snprintf(window.state, sizeof window.state, "%s", states[i]);
        ck_assert_int_eq(agent_window_final(&window), i >= 3);
        ck_assert(agent_window_is(&window, states[i]));
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = members_are_found_by_their_codes},
        {.test = window_is_complete_once_all_have_submitted},
        {.test = suspended_member_is_waited_for_and_a_defaulted_one_is_not},
        {.test = only_pairs_that_can_settle_are_pairs},
        {.test = mirrored_positions_are_no_contradiction},
        {.test = any_difference_is_a_contradiction_for_both, .rows = COUNT_OF(wrong)},
        {.test = nobody_is_contradicted_before_both_have_submitted},
        {.test = who_defaulted_disputes_nothing},
        {.test = nets_are_of_those_that_settle_and_add_up_to_zero},
        {.test = positions_that_do_not_add_up_are_noticed},
        {.test = plan_is_made_of_one_currency_and_of_who_is_left},
        {.test = final_states_are_final},
    };
    return test_main_with("window", tests, COUNT_OF(tests), setup, teardown);
}
