/* What a customer does: a card, a PIN, up to so many wishes, and away. What becomes of a wish is
 * counted and judged here; what it costs is not asked, because simulated customers pay any
 * surcharge. */
#include "atm-client/fleet/member.h"

#include <stdio.h>
#include <string.h>

#include "pin/pin_block.h"

#define AMOUNT_DRAWS      4 /* until the cassettes can make one */
#define STATEMENT_ENTRIES 10
#define LINK_LOSS_MS      1000 /* one to three of it */

/* At the end nobody lingers. */
static int64_t think_ms(struct fleet_member *member) {
    if (member->ground->stopping)
        return 0;
    return fleet_draw_wait_ms(&member->random, member->ground->profile->think_ms);
}

static void count(struct fleet_member *member, size_t kind, const struct atm_outcome *outcome) {
    fleet_tally_add(member->ground->tally, kind, outcome,
                    tw_loop_now_us(member->ground->loop) - member->began_us);
}

/* kind: of the operation that begins, or FLEET_KIND_VISIT. One fault at a time: after two, nobody
 * could say what happened. A note that an empty cassette never gave, in a dispense that is
 * suspected, counts as dispensed once it is not found (journal/cassette.c). */
static void arm_fault(struct fleet_member *member, enum fleet_kind kind) {
    const struct fleet_profile *profile = member->ground->profile;
    const struct atm_world *world = atm_sim_world(member->machine.sim);
    struct tw_error error = {0};
    int64_t drawn = tw_seeded_below(&member->random, 1000);
    int64_t value = tw_seeded_below(&member->random, 3);
    int fault = 0;
    for (; fault < ATM_FAULT_COUNT; fault++) {
        if (!fleet_fault_strikes((enum atm_fault)fault, kind))
            continue;
        if (drawn < profile->faults[fault])
            break;
        drawn -= profile->faults[fault];
    }
    if (fault == ATM_FAULT_COUNT || world->fault_count > 0)
        return;
    if (fault == ATM_FAULT_CASSETTE_FAULT || fault == ATM_FAULT_CASSETTE_EMPTY)
        value = world->cassettes[value % (int64_t)world->cassette_count].number;
    else if (fault == ATM_FAULT_NOTE_REJECT)
        value++;
    else if (fault == ATM_FAULT_LINK_LOSS)
        value = (value + 1) * LINK_LOSS_MS;
    member->ground->tally->faults++;
    if (!tw_ok(atm_sim_arm(member->machine.sim, (enum atm_fault)fault, value, &error)))
        fleet_member_problem(member, error.detail);
}

/* What lasts is for the staff; what was armed and did not strike is taken away. */
static void after_faults(struct fleet_member *member) {
    const struct atm_world *world = atm_sim_world(member->machine.sim);
    struct tw_error error = {0};
    bool lasts = world->card_jammed;
    for (size_t i = 0; i < world->fault_count; i++) {
        enum atm_fault fault = ATM_FAULT_COUNT;
        lasts = lasts || !atm_fault_parse(world->faults[i].name, &fault) || atm_fault_lasts(fault);
    }
    if (lasts)
        member->wants_staff = true;
    else if (world->fault_count > 0 && !tw_ok(atm_sim_clear_faults(member->machine.sim, &error)))
        fleet_member_problem(member, error.detail);
}

/* The card is out, whatever the host says of the session; or inside, and the staff will return it.
 */
static void left(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    if (outcome->card_retained)
        member->wants_staff = true;
    after_faults(member);
    fleet_member_rest(member);
}

void fleet_customer_leaves(struct fleet_member *member) {
    fleet_member_move(member, FLEET_LEAVING, -1);
    atm_eject(member->machine.terminal, left, member);
}

void fleet_customer_comes(struct fleet_member *member) {
    const struct fleet_profile *profile = member->ground->profile;
    struct atm_card card = {0};
    struct tw_error error = {0};
    if (member->ground->stopping) {
        fleet_member_rest(member);
        return;
    }
    bool foreign = fleet_draw_chance(&member->random, profile->foreign);
    member->wrong_pin = fleet_draw_chance(&member->random, profile->wrong_pin);
    member->operations_left = 1 + tw_seeded_below(&member->random, profile->operations);
    if (!fleet_wallet_draw(member->ground->wallet, member->index, foreign, &member->random,
                           &member->card)) {
        fleet_member_move(member, FLEET_ENDED, -1); /* its last card was retained */
        return;
    }
    (void)snprintf(card.pan, sizeof card.pan, "%s", member->card.card->pan);
    card.expiry = 0;
    for (const char *digit = member->card.card->expiry; *digit != '\0'; digit++)
        card.expiry = card.expiry * 10 + (*digit - '0');
    arm_fault(member, FLEET_KIND_VISIT);
    bool inside = atm_insert_card(member->machine.terminal, &card, &error);
    tw_wipe(&card, sizeof card);
    if (!inside) {
        after_faults(member);
        fleet_member_rest(member);
        return;
    }
    member->ground->tally->customers++;
    fleet_member_move(member, FLEET_CARD, think_ms(member));
}

static void typed(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    enum atm_phase phase = atm_terminal_phase(member->machine.terminal);
    bool mistyped = member->wrong_pin;
    member->wrong_pin = false;
    count(member, FLEET_OPEN, outcome);
    if (outcome->card_retained && strcmp(outcome->retained_because, "host") == 0)
        fleet_wallet_lose(member->ground->wallet, &member->card);
    else if (outcome->card_retained)
        member->wants_staff = true;
    if (mistyped && outcome->verdict == ATM_APPROVED)
        fleet_member_problem(member, "a wrong PIN was approved");
    if (phase == ATM_PHASE_SESSION)
        fleet_member_move(member, FLEET_SESSION, think_ms(member));
    else if (phase == ATM_PHASE_CARD && mistyped && outcome->rc == TW_RC_WRONG_PIN)
        fleet_member_move(member, FLEET_CARD, think_ms(member));
    else if (phase == ATM_PHASE_CARD)
        fleet_member_move(member, FLEET_LEAVING, 0);
    else
        fleet_member_rest(member);
}

void fleet_customer_types(struct fleet_member *member) {
    char typing[TW_PIN_TEXT_SIZE];
    if (member->ground->stopping) {
        fleet_member_move(member, FLEET_LEAVING, 0);
        return;
    }
    (void)snprintf(typing, sizeof typing, "%s", member->card.card->pin);
    if (member->wrong_pin)
        typing[0] = (char)('0' + (typing[0] - '0' + 1) % 10);
    fleet_member_move(member, FLEET_PIN, -1);
    member->began_us = tw_loop_now_us(member->ground->loop);
    atm_enter_pin(member->machine.terminal, typing, typed, member);
    tw_wipe(typing, sizeof typing);
}

static void served(void *context, const struct atm_outcome *outcome) {
    struct fleet_member *member = context;
    enum fleet_kind kind = (enum fleet_kind)member->kind;
    count(member, member->kind, outcome);
    const char *problem = fleet_judge_outcome(kind, member->asked_minor, outcome);
    if (problem != NULL)
        fleet_member_problem(member, problem);
    if (outcome->verdict == ATM_SUSPECT || outcome->verdict == ATM_FAULT)
        member->wants_staff = true; /* who knows what is inside */
    member->operations_left--;
    bool goes = member->operations_left == 0 || outcome->verdict == ATM_SUSPECT ||
                outcome->verdict == ATM_FAULT || outcome->verdict == ATM_UNANSWERED ||
                outcome->verdict == ATM_REFUSED || outcome->rc == TW_RC_SECURITY_VIOLATION ||
                outcome->rc == TW_RC_CUT_OVER;
    fleet_member_move(member, goes ? FLEET_LEAVING : FLEET_SESSION, think_ms(member));
}

/* An amount that the cassettes can make; false: they can make none of those drawn. */
static bool draw_cash(struct fleet_member *member) {
    struct atm_mix mix;
    struct tw_error error = {0};
    for (int i = 0; i < AMOUNT_DRAWS; i++) {
        member->asked_minor =
            fleet_draw_amount(&member->random, &member->ground->profile->withdraw);
        if (tw_ok(atm_mix_check(member->machine.terminal, member->asked_minor, &mix, &error)))
            return true;
    }
    return false;
}

static bool draw_notes(struct fleet_member *member) {
    const struct fleet_profile *profile = member->ground->profile;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    struct tw_error error = {0};
    size_t kinds = 0;
    int64_t number = 1 + tw_seeded_below(&member->random, profile->deposit_notes);
    member->asked_minor = 0;
    for (int64_t i = 0; i < number; i++) {
        int64_t denomination = fleet_draw_amount(&member->random, &profile->deposit);
        if (atm_notes_add(notes, &kinds, denomination, 1))
            member->asked_minor += denomination;
    }
    if (tw_ok(atm_sim_insert(member->machine.sim, notes, kinds, &error)))
        return true;
    fleet_member_problem(member, error.detail);
    return false;
}

static void transfer(struct fleet_member *member, const struct tw_iban *from) {
    struct tw_iban payee = {0};
    bool other = member->kind == FLEET_KIND_TRANSFER_OTHER;
    member->asked_minor = fleet_draw_amount(&member->random, &member->ground->profile->transfer);
    if (!fleet_wallet_payee(member->ground->wallet, &member->card, other, &member->random,
                            &payee)) {
        fleet_member_move(member, FLEET_LEAVING, 0); /* nobody to pay */
        return;
    }
    atm_transfer(member->machine.terminal, from, &payee, member->asked_minor, "fleet", served,
                 member);
}

static void withdraw(struct fleet_member *member, const struct tw_iban *from) {
    arm_fault(member, FLEET_KIND_WITHDRAW);
    if (draw_cash(member)) {
        atm_withdraw(member->machine.terminal, from, member->asked_minor, served, member);
        return;
    }
    member->wants_staff = true;
    fleet_member_move(member, FLEET_LEAVING, 0);
}

static void deposit(struct fleet_member *member, const struct tw_iban *to) {
    arm_fault(member, FLEET_KIND_DEPOSIT);
    if (draw_notes(member))
        atm_deposit(member->machine.terminal, to, served, member);
    else
        fleet_member_move(member, FLEET_LEAVING, 0);
}

void fleet_customer_asks(struct fleet_member *member) {
    struct atm_terminal *terminal = member->machine.terminal;
    const struct tw_session_account *accounts = NULL;
    if (member->ground->stopping || atm_session_accounts(terminal, &accounts) == 0) {
        fleet_member_move(member, FLEET_LEAVING, 0);
        return;
    }
    const struct tw_iban account = accounts[0].account;
    member->kind =
        fleet_draw_weighted(&member->random, member->ground->profile->weights, FLEET_KIND_COUNT);
    member->asked_minor = 0;
    member->began_us = tw_loop_now_us(member->ground->loop);
    fleet_member_move(member, FLEET_WORKING, -1);
    switch ((enum fleet_kind)member->kind) {
    case FLEET_KIND_WITHDRAW:
        withdraw(member, &account);
        break;
    case FLEET_KIND_BALANCE:
        atm_balance(terminal, &account, served, member);
        break;
    case FLEET_KIND_STATEMENT:
        atm_statement(terminal, &account, STATEMENT_ENTRIES, served, member);
        break;
    case FLEET_KIND_DEPOSIT:
        deposit(member, &account);
        break;
    case FLEET_KIND_TRANSFER_OWN:
    case FLEET_KIND_TRANSFER_OTHER:
        transfer(member, &account);
        break;
    case FLEET_KIND_COUNT:
        tw_assert(false);
    }
}
