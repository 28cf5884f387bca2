/* The acceptor: notes wait in escrow until the host has spoken, then go into the deposit cassette
 * or back to the customer. Moves the world first, then reports, as the dispenser does. */
#include <string.h>

#include "atm-client/device/sim_internal.h"

static struct atm_escrow_report make_report(const struct atm_world *world) {
    struct atm_escrow_report report = {
        .state = (enum atm_escrow_state)world->deposit_state,
        .note_count = world->escrow_count,
    };
    memcpy(report.notes, world->escrow, sizeof report.notes);
    return report;
}

static void finish(struct atm_sim *sim, enum atm_escrow_state state, atm_escrow_fn done,
                   void *done_context) {
    sim->world.deposit_state = (int64_t)state;
    atm_sim_keep(sim);
    struct atm_escrow_report report = make_report(&sim->world);
    done(done_context, &report);
}

static void sim_cash_in(void *context, const struct tw_uuid *reference, atm_escrow_fn done,
                        void *done_context) {
    struct atm_sim *sim = context;
    struct atm_world *world = &sim->world;
    world->deposit = *reference;
    memcpy(world->escrow, world->inserted, sizeof world->escrow);
    world->escrow_count = world->inserted_count;
    world->inserted_count = 0;
    finish(sim, world->escrow_count > 0 ? ATM_ESCROW_HELD : ATM_ESCROW_NONE, done, done_context);
}

bool atm_sim_stow_escrow(struct atm_sim *sim) {
    struct atm_world *world = &sim->world;
    for (size_t i = 0; i < world->escrow_count; i++)
        if (!atm_notes_add(world->stowed, &world->stowed_count, world->escrow[i].denomination,
                           world->escrow[i].count))
            return false; /* cannot be: the slot takes seven kinds of notes */
    world->deposit_state = ATM_ESCROW_STOWED;
    return true;
}

static void sim_cash_in_end(void *context, atm_escrow_fn done, void *done_context) {
    struct atm_sim *sim = context;
    struct atm_world *world = &sim->world;
    if (world->deposit_state == ATM_ESCROW_HELD &&
        !atm_world_strike(world, ATM_FAULT_STOW_FAILURE, NULL))
        (void)atm_sim_stow_escrow(sim);
    finish(sim, (enum atm_escrow_state)world->deposit_state, done, done_context);
}

static void sim_cash_in_rollback(void *context, atm_escrow_fn done, void *done_context) {
    struct atm_sim *sim = context;
    bool held = sim->world.deposit_state == ATM_ESCROW_HELD &&
                !atm_world_strike(&sim->world, ATM_FAULT_RETURN_FAILURE, NULL);
    finish(sim, held ? ATM_ESCROW_RETURNED : (enum atm_escrow_state)sim->world.deposit_state, done,
           done_context);
}

static void sim_inspect(void *context, const struct tw_uuid *reference,
                        struct atm_escrow_report *ret_report) {
    struct atm_sim *sim = context;
    *ret_report = (struct atm_escrow_report){.state = ATM_ESCROW_NONE};
    if (tw_uuid_equal(reference, &sim->world.deposit))
        *ret_report = make_report(&sim->world);
    if (atm_world_strike(&sim->world, ATM_FAULT_SENSOR_UNKNOWN, NULL)) {
        atm_sim_keep(sim);
        ret_report->state = ATM_ESCROW_UNKNOWN;
    }
}

static bool sim_holds(void *context, struct tw_uuid *ret_reference) {
    struct atm_sim *sim = context;
    *ret_reference = sim->world.deposit;
    return sim->world.deposit_state == ATM_ESCROW_HELD;
}

struct atm_acceptor atm_sim_acceptor(struct atm_sim *sim) {
    return (struct atm_acceptor){
        .context = sim,
        .cash_in = sim_cash_in,
        .cash_in_end = sim_cash_in_end,
        .cash_in_rollback = sim_cash_in_rollback,
        .inspect = sim_inspect,
        .holds = sim_holds,
    };
}
