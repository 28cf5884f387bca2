/* What is done about a pair, and the reason that operators read. */
#include "flow/clearing_verdict.h"

#include "support/suite.h"

#define ALDER 90000001
#define BIRCH 90000002

static struct ib_totals totals_of(int32_t bank, int32_t peer, int64_t owed) {
    struct ib_totals totals = {
        .bank = bank, .peer = peer, .window_no = 3, .currency = {"EUR"}, .digest = "00"};
    totals.debit_count = owed > 0 ? 1 : 0;
    totals.debit_amount = owed > 0 ? owed : 0;
    totals.credit_count = owed < 0 ? 1 : 0;
    totals.credit_amount = owed < 0 ? -owed : 0;
    return totals;
}

/* Birch's book has the item, alder's has not; both have closed long ago, nothing is in doubt. */
static struct bank_pair_facts differing(void) {
    return (struct bank_pair_facts){.peer = BIRCH,
                                    .window_no = 3,
                                    .ours = totals_of(ALDER, BIRCH, 0),
                                    .theirs = totals_of(BIRCH, ALDER, -100),
                                    .both_closed_ms = 20000,
                                    .drain_ms = 20000,
                                    .drain_max_ms = 300000};
}

static void assert_verdict(const struct bank_pair_facts *facts, enum bank_verdict verdict,
                           const char *reason) {
    char said[BANK_REASON_SIZE];
    ck_assert_int_eq(bank_pair_judge(facts, said), verdict);
    ck_assert_str_eq(said, reason);
}

START_TEST(equal_totals_are_agreed_whatever_is_in_doubt) {
    struct bank_pair_facts facts = differing();
    facts.ours = totals_of(ALDER, BIRCH, 100);
    facts.in_doubt_here = 7;
    facts.in_doubt_there = 7;
    facts.both_closed_ms = -1;
    assert_verdict(&facts, BANK_AGREE, "");
}
END_TEST

START_TEST(open_window_is_waited_for) {
    struct bank_pair_facts facts = differing();
    facts.open_there = true;
    assert_verdict(&facts, BANK_WAIT, "bank 90000002 has not closed window 3");
}
END_TEST

START_TEST(refusal_is_told) {
    struct bank_pair_facts facts = differing();
    facts.refusal = "cannot be reached";
    assert_verdict(&facts, BANK_WAIT, "bank 90000002: cannot be reached");
}
END_TEST

START_TEST(first_difference_drains) {
    struct bank_pair_facts facts = differing();
    facts.both_closed_ms = -1;
    assert_verdict(&facts, BANK_DRAIN, "debit_count differs: items may still be on their way");
    facts.both_closed_ms = facts.drain_ms - 1;
    assert_verdict(&facts, BANK_DRAIN, "debit_count differs: items may still be on their way");
}
END_TEST

START_TEST(messages_in_doubt_are_waited_for) {
    struct bank_pair_facts facts = differing();
    facts.in_doubt_there = 2;
    assert_verdict(&facts, BANK_DRAIN,
                   "debit_count differs: 2 messages of bank 90000002 not acknowledged here");
    facts.in_doubt_here = 1;
    assert_verdict(&facts, BANK_DRAIN,
                   "debit_count differs: 1 of our messages to bank 90000002 not acknowledged");
}
END_TEST

START_TEST(messages_in_doubt_are_not_waited_for_for_ever) {
    struct bank_pair_facts facts = differing();
    facts.in_doubt_here = 1;
    facts.both_closed_ms = facts.drain_max_ms;
    assert_verdict(&facts, BANK_COMPARE, "debit_count differs: compared item by item");
}
END_TEST

START_TEST(drained_difference_is_compared) {
    struct bank_pair_facts facts = differing();
    assert_verdict(&facts, BANK_COMPARE, "debit_count differs: compared item by item");
}
END_TEST

START_TEST(another_digest_alone_is_a_difference) {
    struct bank_pair_facts facts = differing();
    facts.ours = totals_of(ALDER, BIRCH, 100);
    facts.ours.digest[1] = '1';
    assert_verdict(&facts, BANK_COMPARE, "digest differs: compared item by item");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = equal_totals_are_agreed_whatever_is_in_doubt},
        {.test = open_window_is_waited_for},
        {.test = refusal_is_told},
        {.test = first_difference_drains},
        {.test = messages_in_doubt_are_waited_for},
        {.test = messages_in_doubt_are_not_waited_for_for_ever},
        {.test = drained_difference_is_compared},
        {.test = another_digest_alone_is_a_difference},
    };
    return test_main("clearing_verdict", tests, COUNT_OF(tests));
}
