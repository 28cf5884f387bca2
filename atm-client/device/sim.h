/*
 * Simulated devices over a world file (device/world.h): they behave as hardware would, faults
 * included, and answer at once; only the customer in front of presented cash, or of his card, takes
 * time. Several can exist in a process, each with its own file. The hands of people, which are not
 * devices, are the atm_sim_ functions here: loading and emptying cassettes, counting, holding notes
 * into the slot, taking presented cash, arming faults. Owns its world; the owner frees it after the
 * terminal that uses it. Single-threaded.
 */
#ifndef ATM_DEVICE_SIM_H
#define ATM_DEVICE_SIM_H

#include "atm-client/device/world.h"

struct atm_sim;

struct atm_sim_options {
    const char *file;     /* the world */
    bool in_place;        /* how it is kept, see device/world.h */
    const char *receipts; /* printed receipts are appended here; NULL or "": nowhere */
    /* Told when cash is presented. The owner says with atm_sim_customer, before this returns or
     * later, what the customer does, within timeout_ms. NULL: takes it at once. */
    void (*on_presented)(void *context, struct atm_sim *sim, int64_t timeout_ms);
    /* The same for a card at the slot, with atm_sim_customer_card. */
    void (*on_ejected)(void *context, struct atm_sim *sim, int64_t timeout_ms);
    void *context;
    const char
        *journal_paper; /* the journal printer's lines are appended here; NULL or "": nowhere */
};

struct tw_status atm_sim_new(const struct atm_sim_options *options, struct atm_sim **ret_sim,
                             struct tw_error *ret_error);
void atm_sim_free(struct atm_sim *sim);
struct atm_devices atm_sim_devices(struct atm_sim *sim);
const struct atm_world *atm_sim_world(const struct atm_sim *sim);

/* A cassette is put in where none of that number was; CONFLICT when it holds other notes. */
struct tw_status atm_sim_fit(struct atm_sim *sim, int32_t number, int64_t denomination,
                             struct tw_error *ret_error);
struct tw_status atm_sim_load(struct atm_sim *sim, int32_t number, int64_t notes,
                              struct tw_error *ret_error);
/* Who opens the machine to count finds notes of a dispense that went wrong, in the stacker or at
 * the shutter, and puts them into the reject bin; those in escrow go into the deposit cassette. The
 * next dispense or deposit would forget them. */
struct tw_status atm_sim_tidy(struct atm_sim *sim, struct tw_error *ret_error);
/* All notes inside, by denomination; `part` of a dispense still in the machine counts too. */
void atm_sim_count(const struct atm_sim *sim, struct tw_notes notes[TW_NOTES_MAX],
                   size_t *ret_count);
/* Takes every note out of cassettes, bins and deposit cassette. */
struct tw_status atm_sim_empty(struct atm_sim *sim, struct tw_error *ret_error);
struct tw_status atm_sim_insert(struct atm_sim *sim, const struct tw_notes *notes, size_t count,
                                struct tw_error *ret_error);
/* The customer whom the dispenser waits for takes the cash, or leaves it; no-op when it does not
 * wait. */
void atm_sim_customer(struct atm_sim *sim, bool takes);
/* True while it waits. */
bool atm_sim_awaits_customer(const struct atm_sim *sim);
/* The owner of the card at the slot takes it, or leaves it there; no-op when none is at the slot.
 */
void atm_sim_customer_card(struct atm_sim *sim, bool takes);
bool atm_sim_awaits_card(const struct atm_sim *sim);
/* Staff takes the kept cards out of the retain bin. */
struct tw_status atm_sim_collect_cards(struct atm_sim *sim, struct tw_error *ret_error);
/* Presented cash goes with the customer; NOT_FOUND when none is presented. */
struct tw_status atm_sim_take(struct atm_sim *sim, struct tw_error *ret_error);
struct tw_status atm_sim_arm(struct atm_sim *sim, enum atm_fault fault, int64_t value,
                             struct tw_error *ret_error);
/* The power goes at `at`, a name of core/crash.def that begins with atm.; in builds with crash
 * points only: else CONFIG. Counts as armed for the process that opens the world next, too. */
struct tw_status atm_sim_arm_power_loss(struct atm_sim *sim, const char *at,
                                        struct tw_error *ret_error);
/* The link's question before each message: for how many milliseconds is the network gone; 0: not.
 */
int64_t atm_sim_link_loss_ms(void *sim);
/* An engineer: no fault is armed any more, what lasted is over, a jammed card is out. */
struct tw_status atm_sim_clear_faults(struct atm_sim *sim, struct tw_error *ret_error);

#endif
