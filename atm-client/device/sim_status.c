/*
 * The simulated devices' states, from the world alone: faults that last, notes that are really
 * there, cards in the retain bin. Nothing is remembered here, so a state is over when its cause is.
 */
#include <stdio.h>

#include "atm-client/device/sim_internal.h"

/* A cassette is LOW before it is EMPTY, a retain bin HIGH before it is FULL. */
#define LOW_NOTES  10
#define HIGH_CARDS 15

enum atm_cassette_state atm_sim_cassette_state(const struct atm_sim *sim, int32_t number) {
    const struct atm_world *world = &sim->world;
    if (atm_world_lasts_at(world, ATM_FAULT_CASSETTE_MISSING, number))
        return ATM_CASSETTE_MISSING;
    for (size_t i = 0; i < world->cassette_count; i++) {
        const struct atm_world_cassette *cassette = &world->cassettes[i];
        if (cassette->number != number)
            continue;
        if (atm_world_lasts_at(world, ATM_FAULT_CASSETTE_FAULT, number))
            return ATM_CASSETTE_INOP;
        if (cassette->notes == 0)
            return ATM_CASSETTE_EMPTY;
        return cassette->notes <= LOW_NOTES ? ATM_CASSETTE_LOW : ATM_CASSETTE_OK;
    }
    return ATM_CASSETTE_MISSING;
}

static void say(struct atm_device_status *status, const char *detail) {
    (void)snprintf(status->detail, sizeof status->detail, "%s", detail);
}

static void fail_if(struct atm_device_status *status, bool failed) {
    if (!failed)
        return;
    status->state = ATM_DEVICE_HW_ERROR;
    status->usable = false;
}

static void card_reader(const struct atm_sim *sim, struct atm_device_status *status) {
    const struct atm_world *world = &sim->world;
    bool full = world->cards_retained >= ATM_RETAIN_BIN_CARDS;
    fail_if(status, atm_world_lasts(world, ATM_FAULT_READER_FAULT) || world->card_jammed);
    status->usable = status->usable && !full;
    (void)snprintf(status->detail, sizeof status->detail, "media %s, retain bin %s",
                   world->card_jammed      ? "JAMMED"
                   : sim->card_out != NULL ? "PRESENT"
                                           : "NOTPRESENT",
                   full                                  ? "FULL"
                   : world->cards_retained >= HIGH_CARDS ? "HIGH"
                                                         : "OK");
}

/* fwDispenser */
static void dispenser(const struct atm_sim *sim, struct atm_device_status *status) {
    size_t usable = 0;
    size_t well = 0;
    for (size_t i = 0; i < sim->world.cassette_count; i++) {
        enum atm_cassette_state state =
            atm_sim_cassette_state(sim, (int32_t)sim->world.cassettes[i].number);
        well += state == ATM_CASSETTE_OK;
        usable += state == ATM_CASSETTE_OK || state == ATM_CASSETTE_LOW;
    }
    status->usable = usable > 0;
    say(status, usable == 0 ? "CUSTOP" : well == sim->world.cassette_count ? "OK" : "CUSTATE");
}

static void depositor(const struct atm_sim *sim, struct atm_device_status *status) {
    fail_if(status, atm_world_lasts(&sim->world, ATM_FAULT_ACCEPTOR_FAULT));
    say(status, status->usable ? "OK" : "CUSTOP");
}

static void receipt_printer(const struct atm_sim *sim, struct atm_device_status *status) {
    bool out = atm_world_lasts(&sim->world, ATM_FAULT_PAPER_OUT);
    status->usable = !out;
    say(status, out                                                 ? "paper OUT"
                : atm_world_lasts(&sim->world, ATM_FAULT_PAPER_LOW) ? "paper LOW"
                                                                    : "paper FULL");
}

static void journal_printer(const struct atm_sim *sim, struct atm_device_status *status) {
    fail_if(status, atm_world_lasts(&sim->world, ATM_FAULT_JOURNAL_PRINTER_FAULT));
    say(status, status->usable ? "paper FULL" : "paper JAMMED");
}

static void ask_device(void *context, enum atm_device device,
                       struct atm_device_status *ret_status) {
    const struct atm_sim *sim = context;
    *ret_status = (struct atm_device_status){.state = ATM_DEVICE_ONLINE, .usable = true};
    switch (device) {
    case ATM_DEVICE_CARD_READER:
        card_reader(sim, ret_status);
        return;
    case ATM_DEVICE_PIN_PAD:
        fail_if(ret_status, atm_world_lasts(&sim->world, ATM_FAULT_PIN_PAD_FAULT));
        say(ret_status, ret_status->usable ? "encryption READY" : "encryption NOTREADY");
        return;
    case ATM_DEVICE_DISPENSER:
        dispenser(sim, ret_status);
        return;
    case ATM_DEVICE_DEPOSITOR:
        depositor(sim, ret_status);
        return;
    case ATM_DEVICE_RECEIPT_PRINTER:
        receipt_printer(sim, ret_status);
        return;
    case ATM_DEVICE_JOURNAL_PRINTER:
        journal_printer(sim, ret_status);
        return;
    case ATM_DEVICE_COUNT:
        break;
    }
    tw_assert(false);
}

static enum atm_cassette_state ask_cassette(void *context, int32_t number) {
    return atm_sim_cassette_state(context, number);
}

struct atm_sensors atm_sim_sensors(struct atm_sim *sim) {
    return (struct atm_sensors){.context = sim, .device = ask_device, .cassette = ask_cassette};
}
