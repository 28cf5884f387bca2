/*
 * The simulation's frame: its world in memory, kept on file after each change, and the hands of
 * people.
 */
#include "atm-client/device/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/device/sim_internal.h"
#include "core/log.h"

struct tw_status atm_sim_new(const struct atm_sim_options *options, struct atm_sim **ret_sim,
                             struct tw_error *ret_error) {
    struct atm_sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the devices");
    sim->file = strdup(options->file);
    sim->receipts = strdup(options->receipts != NULL ? options->receipts : "");
    sim->journal_paper = strdup(options->journal_paper != NULL ? options->journal_paper : "");
    sim->on_presented = options->on_presented;
    sim->on_ejected = options->on_ejected;
    sim->presented_context = options->context;
    struct tw_status status =
        sim->file == NULL || sim->receipts == NULL || sim->journal_paper == NULL
            ? tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the devices")
            : atm_world_load(sim->file, &sim->world, ret_error);
    if (!tw_ok(status)) {
        atm_sim_free(sim);
        return status;
    }
    sim->world.in_place = options->in_place;
    atm_sim_await_power_loss(sim);
    *ret_sim = sim;
    return status;
}

void atm_sim_free(struct atm_sim *sim) {
    if (sim == NULL)
        return;
    atm_sim_forget_power_loss(sim);
    free(sim->file);
    free(sim->receipts);
    free(sim->journal_paper);
    free(sim);
}

void atm_sim_keep(struct atm_sim *sim) {
    struct tw_error error = {0};
    if (!tw_ok(atm_world_save(sim->file, &sim->world, &error)))
        tw_log(TW_LOG_ERROR, "device state is not kept", TW_STR("reason", error.detail));
}

struct atm_devices atm_sim_devices(struct atm_sim *sim) {
    return (struct atm_devices){
        .dispenser = atm_sim_dispenser(sim),
        .acceptor = atm_sim_acceptor(sim),
        .reader = atm_sim_reader(sim),
        .printer = atm_sim_receipt_printer(sim),
        .journal_printer = atm_sim_journal_printer(sim),
        .sensors = atm_sim_sensors(sim),
    };
}

const struct atm_world *atm_sim_world(const struct atm_sim *sim) {
    return &sim->world;
}

struct tw_status atm_sim_fit(struct atm_sim *sim, int32_t number, int64_t denomination,
                             struct tw_error *ret_error) {
    struct atm_world_cassette *cassette = atm_world_cassette(&sim->world, number);
    if (cassette != NULL && cassette->denomination == denomination)
        return tw_success();
    if (cassette != NULL && (cassette->notes | cassette->reject_bin | cassette->retract_bin) != 0)
        return tw_fail(ret_error, TW_E_CONFLICT, "cassette %d holds notes of another denomination",
                       (int)number);
    if (cassette == NULL && sim->world.cassette_count == ATM_CASSETTES_MAX)
        return tw_fail(ret_error, TW_E_TOO_LARGE, "more than %d cassettes", ATM_CASSETTES_MAX);
    if (cassette == NULL)
        cassette = &sim->world.cassettes[sim->world.cassette_count++];
    *cassette = (struct atm_world_cassette){.number = number, .denomination = denomination};
    return atm_world_save(sim->file, &sim->world, ret_error);
}

struct tw_status atm_sim_load(struct atm_sim *sim, int32_t number, int64_t notes,
                              struct tw_error *ret_error) {
    struct atm_world_cassette *cassette = atm_world_cassette(&sim->world, number);
    if (cassette == NULL)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "there is no cassette %d", (int)number);
    cassette->notes += notes;
    return atm_world_save(sim->file, &sim->world, ret_error);
}

void atm_sim_count(const struct atm_sim *sim, struct tw_notes notes[TW_NOTES_MAX],
                   size_t *ret_count) {
    const struct atm_world *world = &sim->world;
    *ret_count = 0;
    bool fits = true;
    for (size_t i = 0; i < world->cassette_count; i++) {
        const struct atm_world_cassette *cassette = &world->cassettes[i];
        fits =
            fits && atm_notes_add(notes, ret_count, cassette->denomination,
                                  cassette->notes + cassette->reject_bin + cassette->retract_bin);
    }
    bool loose =
        world->dispense_state == ATM_CASH_STACKED || world->dispense_state == ATM_CASH_PRESENTED;
    for (size_t i = 0; loose && i < world->unit_count; i++)
        fits = fits && atm_notes_add(notes, ret_count, world->units[i].denomination,
                                     world->units[i].stacked);
    for (size_t i = 0; i < world->stowed_count; i++)
        fits = fits && atm_notes_add(notes, ret_count, world->stowed[i].denomination,
                                     world->stowed[i].count);
    for (size_t i = 0; world->deposit_state == ATM_ESCROW_HELD && i < world->escrow_count; i++)
        fits = fits && atm_notes_add(notes, ret_count, world->escrow[i].denomination,
                                     world->escrow[i].count);
    tw_assert(fits); /* 8 cassettes and 7 banknotes are at most 15 denominations */
}

struct tw_status atm_sim_tidy(struct atm_sim *sim, struct tw_error *ret_error) {
    struct atm_world *world = &sim->world;
    bool loose =
        world->dispense_state == ATM_CASH_STACKED || world->dispense_state == ATM_CASH_PRESENTED;
    if (loose)
        atm_sim_reject_stacked(sim);
    if (world->deposit_state == ATM_ESCROW_HELD)
        (void)atm_sim_stow_escrow(sim);
    return atm_world_save(sim->file, world, ret_error);
}

struct tw_status atm_sim_empty(struct atm_sim *sim, struct tw_error *ret_error) {
    struct atm_world *world = &sim->world;
    for (size_t i = 0; i < world->cassette_count; i++) {
        world->cassettes[i].notes = 0;
        world->cassettes[i].reject_bin = 0;
        world->cassettes[i].retract_bin = 0;
    }
    if (world->dispense_state == ATM_CASH_STACKED || world->dispense_state == ATM_CASH_PRESENTED) {
        world->dispense_state = ATM_CASH_NONE;
        world->unit_count = 0;
    }
    world->stowed_count = 0;
    return atm_world_save(sim->file, world, ret_error);
}

/* The notes whose pictures the acceptor knows, so that it cannot be fed endless kinds. */
static bool is_banknote(int64_t denomination) {
    static const int64_t known[] = {500, 1000, 2000, 5000, 10000, 20000, 50000};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] == denomination)
            return true;
    return false;
}

struct tw_status atm_sim_insert(struct atm_sim *sim, const struct tw_notes *notes, size_t count,
                                struct tw_error *ret_error) {
    struct tw_notes hand[TW_NOTES_MAX] = {0};
    size_t hand_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_banknote(notes[i].denomination))
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "notes: not a banknote");
        if (notes[i].count <= 0 || notes[i].count > 200)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "notes: 1 to 200 of a kind fit the slot");
        if (!atm_notes_add(hand, &hand_count, notes[i].denomination, notes[i].count))
            return tw_fail(ret_error, TW_E_TOO_LARGE, "notes of more than %d kinds", TW_NOTES_MAX);
    }
    memcpy(sim->world.inserted, hand, sizeof hand);
    sim->world.inserted_count = hand_count;
    return atm_world_save(sim->file, &sim->world, ret_error);
}

struct tw_status atm_sim_take(struct atm_sim *sim, struct tw_error *ret_error) {
    if (sim->world.dispense_state != ATM_CASH_PRESENTED)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no cash is presented");
    atm_sim_hand_over(sim);
    return tw_success();
}

struct tw_status atm_sim_collect_cards(struct atm_sim *sim, struct tw_error *ret_error) {
    sim->world.cards_retained = 0;
    return atm_world_save(sim->file, &sim->world, ret_error);
}
