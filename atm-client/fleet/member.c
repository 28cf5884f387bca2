/*
 * The frame of a member's life: phases by table, one timer that says when people act, and what an
 * idle terminal does next. Callbacks of the core only move and set that timer; they start nothing,
 * so no operation begins inside another's end.
 */
#include "atm-client/fleet/member.h"

#include <stdio.h>
#include <string.h>

#include "atm-client/fleet/config.h"

#define RETRY_MS 2000 /* mean, for a host that does not answer */
#define DRAIN_MS 200  /* how often a draining terminal is looked at */

#define TO(id) (1u << FLEET_##id)
#define RESTED (TO(CONTACT) | TO(STAFF) | TO(FILLING) | TO(IDLE) | TO(DRAINING) | TO(ENDED))

static const unsigned moves[FLEET_PHASE_COUNT] = {
    [FLEET_OFF] = TO(POWERING),
    [FLEET_POWERING] = RESTED,
    [FLEET_CONTACT] = RESTED,
    [FLEET_STAFF] = RESTED,
    [FLEET_FILLING] = RESTED,
    [FLEET_IDLE] = RESTED | TO(CARD),
    [FLEET_CARD] = TO(PIN) | TO(LEAVING),
    [FLEET_PIN] = RESTED | TO(CARD) | TO(SESSION) | TO(LEAVING),
    [FLEET_SESSION] = TO(WORKING) | TO(LEAVING) | TO(SESSION),
    [FLEET_WORKING] = TO(SESSION) | TO(LEAVING),
    [FLEET_LEAVING] = RESTED,
    [FLEET_DRAINING] = RESTED,
};

bool fleet_phase_allowed(enum fleet_phase from, enum fleet_phase to) {
    return (moves[from] >> to & 1u) != 0;
}

void fleet_member_move(struct fleet_member *member, enum fleet_phase to, int64_t wait_ms) {
    struct fleet_ground *ground = member->ground;
    tw_assert(member->phase == to || fleet_phase_allowed(member->phase, to));
    member->phase = to;
    if (wait_ms >= 0)
        tw_loop_timer_set(ground->loop, &member->next,
                          tw_loop_now_us(ground->loop) + wait_ms * 1000);
    else
        tw_loop_timer_clear(ground->loop, &member->next);
    if (to == FLEET_ENDED)
        ground->on_ended(ground->context);
}

void fleet_member_problem(struct fleet_member *member, const char *text) {
    fleet_tally_problem(member->ground->tally, member->number, text);
}

static int64_t retry_ms(struct fleet_member *member) {
    return RETRY_MS / 2 + tw_seeded_below(&member->random, RETRY_MS);
}

/* The terminal is idle, in service or not, and no card is inside. */
static void rest(struct fleet_member *member, int64_t wait_ms) {
    const struct atm_terminal *terminal = member->machine.terminal;
    const char *reason = atm_terminal_reason(terminal);
    bool ready = atm_terminal_phase(terminal) == ATM_PHASE_IDLE;
    bool told = atm_terminal_advices(terminal) == 0;
    bool counting = member->wants_staff || strcmp(reason, "suspect") == 0;
    if (strcmp(reason, "journal") == 0) {
        fleet_member_problem(member, "its journal cannot be written: out of service");
        fleet_member_move(member, FLEET_ENDED, -1);
    } else if (!atm_terminal_signed_on(terminal) || (!ready && !counting)) {
        bool nothing = member->ground->stopping && told && !counting;
        fleet_member_move(member, nothing ? FLEET_ENDED : FLEET_CONTACT, nothing ? -1 : wait_ms);
    } else if (counting) {
        fleet_member_move(member, FLEET_STAFF, wait_ms);
    } else if (member->ground->stopping) {
        fleet_member_move(member, told ? FLEET_ENDED : FLEET_DRAINING, told ? -1 : DRAIN_MS);
    } else if (fleet_staff_needed_to_fill(member)) {
        fleet_member_move(member, FLEET_FILLING, wait_ms);
    } else {
        fleet_member_move(member, FLEET_IDLE,
                          fleet_draw_wait_ms(&member->random, member->ground->profile->idle_ms));
    }
}

void fleet_member_rest(struct fleet_member *member) {
    rest(member, 0);
}

static void signed_on(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    rest(member, outcome->verdict == ATM_APPROVED ? 0 : retry_ms(member));
}

/* Notes may lie elsewhere than the journal says when the process was killed between the hands of
 * the staff and their message: then they are counted. */
static void powered(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    struct fleet_findings findings;
    struct tw_error error = {0};
    member->ground->tally->recovered += (uint64_t)outcome->recovered;
    struct tw_status status = fleet_judge_terminal(
        member->machine.journal, atm_sim_world(member->machine.sim), &findings, &error);
    if (!tw_ok(status)) {
        fleet_member_problem(member, error.detail);
    } else if (findings.notes[0] != '\0') {
        member->ground->tally->differences++;
        member->wants_staff = true;
    }
    rest(member, 0);
}

static void act(void *context) {
    struct fleet_member *member = context;
    switch (member->phase) {
    case FLEET_POWERING:
        atm_power_up(member->machine.terminal, powered, member);
        break;
    case FLEET_CONTACT:
        atm_sign_on(member->machine.terminal, signed_on, member);
        break;
    case FLEET_STAFF:
        fleet_staff_counts(member);
        break;
    case FLEET_FILLING:
        fleet_staff_fills(member);
        break;
    case FLEET_IDLE:
        fleet_customer_comes(member);
        break;
    case FLEET_CARD:
        fleet_customer_types(member);
        break;
    case FLEET_SESSION:
        fleet_customer_asks(member);
        break;
    case FLEET_LEAVING:
        fleet_customer_leaves(member);
        break;
    case FLEET_DRAINING:
        fleet_member_rest(member);
        break;
    case FLEET_OFF:
    case FLEET_PIN:
    case FLEET_WORKING:
    case FLEET_ENDED:
    case FLEET_PHASE_COUNT:
        tw_assert(false);
    }
    atm_machine_arm(&member->machine);
}

struct tw_status fleet_member_open(struct fleet_member *member, struct fleet_ground *ground,
                                   size_t index, int64_t number, struct tw_error *ret_error) {
    struct fleet_names names;
    struct tw_error reason = {0};
    *member = (struct fleet_member){
        .ground = ground,
        .index = index,
        .number = number,
        .random = fleet_draw_seed(ground->profile->seed, number),
        .next = {.run = act, .context = member},
    };
    struct tw_status status =
        fleet_config_member(ground->config, number, &names, &member->config, ret_error);
    if (!tw_ok(status))
        return status;
    status = atm_machine_open_on(&member->machine, &member->config, ground->loop, &reason);
    if (!tw_ok(status))
        return tw_fail(ret_error, status.code, "terminal %08d: %s", (int)number, reason.detail);
    /* The names were copied where they are needed; the addresses are the same for all. */
    member->config = ground->config->terminal;
    fleet_member_move(member, FLEET_POWERING, 0);
    return status;
}

void fleet_member_stop(struct fleet_member *member) {
    bool waits = member->phase == FLEET_IDLE || member->phase == FLEET_CARD ||
                 member->phase == FLEET_SESSION || member->phase == FLEET_LEAVING;
    if (waits && member->next.set) /* else an operation is under way */
        fleet_member_move(member, member->phase, 0);
}

bool fleet_member_in_service(const struct fleet_member *member) {
    return member->machine.terminal != NULL && atm_terminal_signed_on(member->machine.terminal) &&
           atm_terminal_reason(member->machine.terminal)[0] == '\0';
}

void fleet_member_close(struct fleet_member *member) {
    if (member->phase == FLEET_OFF)
        return;
    tw_loop_timer_clear(member->ground->loop, &member->next);
    atm_machine_close(&member->machine);
    member->phase = FLEET_OFF;
}
