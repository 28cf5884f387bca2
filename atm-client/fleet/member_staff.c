/* What the staff does at one terminal. The hands follow the journal at once: notes are put in when
 * the journal has taken note, not when the host has answered, so that a kill of the process finds
 * hands and journal apart for as short a time as can be. */
#include "atm-client/fleet/member.h"

#include <string.h>

#define RECOUNT_MS 500 /* the host must hear of all withdrawals before */

bool fleet_staff_needed_to_fill(const struct fleet_member *member) {
    const struct atm_world *world = atm_sim_world(member->machine.sim);
    for (size_t i = 0; i < world->cassette_count; i++)
        if (world->cassettes[i].notes < member->ground->profile->low_notes)
            return true;
    return false;
}

static void told(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    bool broken = strcmp(atm_terminal_reason(member->machine.terminal), "journal") == 0;
    member->journaled = outcome->stan != 0;
    if (!member->journaled && !broken) {
        fleet_member_move(member, member->phase, RECOUNT_MS);
        return;
    }
    if (outcome->verdict == ATM_DECLINED && member->phase == FLEET_FILLING)
        fleet_member_problem(member, "the host did not take note of its notes");
    if (member->phase == FLEET_STAFF)
        member->wants_staff = false;
    fleet_member_rest(member);
}

void fleet_staff_counts(struct fleet_member *member) {
    struct atm_sim *sim = member->machine.sim;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    struct tw_error error = {0};
    fleet_member_move(member, FLEET_STAFF, -1);
    if (!tw_ok(atm_sim_clear_faults(sim, &error)) || !tw_ok(atm_sim_tidy(sim, &error)) ||
        !tw_ok(atm_sim_collect_cards(sim, &error))) {
        fleet_member_problem(member, error.detail);
        fleet_member_move(member, FLEET_ENDED, -1);
        return;
    }
    atm_sim_count(sim, notes, &count);
    member->ground->tally->visits++;
    atm_balance_cash(member->machine.terminal, notes, count, told, member);
}

void fleet_staff_fills(struct fleet_member *member) {
    struct atm_sim *sim = member->machine.sim;
    const struct atm_world *world = atm_sim_world(sim);
    struct atm_load loads[ATM_CASSETTES_MAX];
    size_t count = 0;
    struct tw_error error = {0};
    fleet_member_move(member, FLEET_FILLING, -1);
    for (size_t i = 0; i < world->cassette_count; i++) {
        int64_t missing = member->ground->profile->notes - world->cassettes[i].notes;
        if (missing > 0)
            loads[count++] = (struct atm_load){(int32_t)world->cassettes[i].number, missing};
    }
    member->journaled = true; /* unless told at once that it is not */
    atm_replenish(member->machine.terminal, loads, count, told, member);
    for (size_t i = 0; member->journaled && i < count; i++)
        if (!tw_ok(atm_sim_load(sim, loads[i].number, loads[i].notes, &error)))
            fleet_member_problem(member, error.detail);
}
