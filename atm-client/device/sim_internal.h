/* What the parts of the simulation share; for the simulation only. */
#ifndef ATM_DEVICE_SIM_INTERNAL_H
#define ATM_DEVICE_SIM_INTERNAL_H

#include "atm-client/device/sim.h"

struct atm_sim {
    char *file;
    char *receipts;
    char *journal_paper;
    void (*on_presented)(void *context, struct atm_sim *sim, int64_t timeout_ms);
    void (*on_ejected)(void *context, struct atm_sim *sim, int64_t timeout_ms);
    void *presented_context;
    atm_media_fn card_out; /* the reader waits for the card's owner; NULL: it does not */
    void *card_context;
    atm_cash_fn taken; /* the dispenser waits for the customer; NULL: it does not */
    void *taken_context;
    struct atm_world world;
};

/* Writes the world; a world that cannot be kept is a broken machine, so failure is logged and the
 * device goes on with what is in memory. */
void atm_sim_keep(struct atm_sim *sim);
struct atm_dispenser atm_sim_dispenser(struct atm_sim *sim);
struct atm_acceptor atm_sim_acceptor(struct atm_sim *sim);
struct atm_reader atm_sim_reader(struct atm_sim *sim);
struct atm_printer atm_sim_receipt_printer(struct atm_sim *sim);
struct atm_printer atm_sim_journal_printer(struct atm_sim *sim);
struct atm_sensors atm_sim_sensors(struct atm_sim *sim);
enum atm_cassette_state atm_sim_cassette_state(const struct atm_sim *sim, int32_t number);
/* The process's crash point is that of an armed power loss, and not any more. */
void atm_sim_await_power_loss(struct atm_sim *sim);
void atm_sim_forget_power_loss(const struct atm_sim *sim);
/* The dispense's notes go into the reject bin. */
void atm_sim_reject_stacked(struct atm_sim *sim);
/* Escrowed notes go into the deposit cassette; false when it has no room for their kind. */
bool atm_sim_stow_escrow(struct atm_sim *sim);
/* Notes at the shutter go into the customer's hand. */
void atm_sim_hand_over(struct atm_sim *sim);

#endif
