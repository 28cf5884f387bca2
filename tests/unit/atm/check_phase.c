/* core/phase: the table of moves as a graph. */
#include "atm-client/core/phase.h"
#include "support/suite.h"

static void reach(enum atm_phase from, bool reached[ATM_PHASE_COUNT]) {
    bool grown = true;
    reached[from] = true;
    while (grown) {
        grown = false;
        for (int a = 0; a < ATM_PHASE_COUNT; a++)
            for (int b = 0; b < ATM_PHASE_COUNT; b++)
                if (reached[a] && !reached[b] &&
                    atm_phase_allowed((enum atm_phase)a, (enum atm_phase)b)) {
                    reached[b] = true;
                    grown = true;
                }
    }
}

START_TEST(every_phase_can_be_reached_and_left_for_idle) {
    bool from_start[ATM_PHASE_COUNT] = {false};
    reach(ATM_PHASE_OUT_OF_SERVICE, from_start);
    for (int i = 0; i < ATM_PHASE_COUNT; i++) {
        bool from_here[ATM_PHASE_COUNT] = {false};
        reach((enum atm_phase)i, from_here);
        ck_assert_msg(from_start[i], "%s", atm_phase_text((enum atm_phase)i));
        ck_assert_msg(from_here[ATM_PHASE_IDLE], "%s", atm_phase_text((enum atm_phase)i));
        ck_assert(!atm_phase_allowed((enum atm_phase)i, (enum atm_phase)i));
    }
}
END_TEST

/* What must come before: only these phases lead to the one. */
static const struct {
    enum atm_phase phase;
    enum atm_phase only_from;
} gates[] = {
    {ATM_PHASE_DISPENSING, ATM_PHASE_INTENT},  {ATM_PHASE_INTENT, ATM_PHASE_REQUESTED},
    {ATM_PHASE_REQUESTED, ATM_PHASE_SESSION},  {ATM_PHASE_SESSION, ATM_PHASE_PIN},
    {ATM_PHASE_PIN, ATM_PHASE_CARD},           {ATM_PHASE_PRESENTED, ATM_PHASE_DISPENSING},
    {ATM_PHASE_STOWING, ATM_PHASE_DEPOSITING}, {ATM_PHASE_DEPOSITING, ATM_PHASE_ESCROW},
};

START_TEST(cash_moves_only_after_what_must_come_before) {
    for (int from = 0; from < ATM_PHASE_COUNT; from++) {
        const bool allowed = atm_phase_allowed((enum atm_phase)from, gates[_i].phase);
        /* SESSION is also where each operation returns to, and CARD where a wrong PIN does. */
        if (gates[_i].phase == ATM_PHASE_SESSION) {
            if (from == ATM_PHASE_CARD || from == ATM_PHASE_IDLE ||
                from == ATM_PHASE_OUT_OF_SERVICE || from == ATM_PHASE_EJECTING)
                ck_assert(!allowed);
        } else {
            ck_assert_int_eq(allowed, from == (int)gates[_i].only_from);
        }
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_phase_can_be_reached_and_left_for_idle},
        {.test = cash_moves_only_after_what_must_come_before, .rows = COUNT_OF(gates)},
    };
    return test_main("phase", tests, COUNT_OF(tests));
}
