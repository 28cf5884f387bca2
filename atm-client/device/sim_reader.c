/*
 * Reader and printers. The card goes out as cash does: the simulated owner takes it at once, unless
 * somebody plays him (on_ejected) or a fault says otherwise. A jammed card stays jammed until an
 * engineer clears the faults, who takes it out.
 */
#include <stdio.h>

#include "atm-client/device/sim_internal.h"
#include "core/log.h"

bool atm_sim_awaits_card(const struct atm_sim *sim) {
    return sim->card_out != NULL;
}

void atm_sim_customer_card(struct atm_sim *sim, bool takes) {
    atm_media_fn done = sim->card_out;
    sim->card_out = NULL;
    if (done != NULL)
        done(sim->card_context, takes ? ATM_MEDIA_NOT_PRESENT : ATM_MEDIA_PRESENT);
}

static void sim_eject(void *context, int64_t timeout_ms, atm_media_fn done, void *done_context) {
    struct atm_sim *sim = context;
    struct atm_world *world = &sim->world;
    if (atm_world_strike(world, ATM_FAULT_CARD_JAM, NULL) ||
        atm_world_lasts(world, ATM_FAULT_READER_FAULT)) {
        world->card_jammed = true;
        atm_sim_keep(sim);
        done(done_context, ATM_MEDIA_JAMMED);
        return;
    }
    sim->card_out = done;
    sim->card_context = done_context;
    if (atm_world_strike(world, ATM_FAULT_CARD_NOT_TAKEN, NULL)) {
        atm_sim_keep(sim);
        atm_sim_customer_card(sim, false);
    } else if (sim->on_ejected == NULL) {
        atm_sim_customer_card(sim, true);
    } else {
        sim->on_ejected(sim->presented_context, sim, timeout_ms);
    }
}

static void sim_retain(void *context, const char *pan_masked) {
    struct atm_sim *sim = context;
    sim->world.cards_retained++;
    atm_sim_keep(sim);
    tw_log(TW_LOG_WARN, "card retained", TW_STR("pan", pan_masked));
}

struct atm_reader atm_sim_reader(struct atm_sim *sim) {
    return (struct atm_reader){.context = sim, .eject = sim_eject, .retain = sim_retain};
}

static bool append(const char *file, const char *text, const char *end) {
    if (file[0] == '\0')
        return true;
    FILE *out = fopen(file, "ae");
    if (out == NULL)
        return false;
    bool printed = fprintf(out, "%s%s", text, end) > 0;
    return fclose(out) == 0 && printed;
}

/* Each receipt is a page of its own, so that the file becomes a PDF as it is. */
static bool print_receipt(void *context, const char *text) {
    struct atm_sim *sim = context;
    if (atm_world_strike(&sim->world, ATM_FAULT_PRINTER_FAULT, NULL)) {
        atm_sim_keep(sim);
        return false;
    }
    if (atm_world_lasts(&sim->world, ATM_FAULT_PAPER_OUT))
        return false;
    return append(sim->receipts, text, "\f");
}

static bool print_journal(void *context, const char *text) {
    struct atm_sim *sim = context;
    if (atm_world_lasts(&sim->world, ATM_FAULT_JOURNAL_PRINTER_FAULT))
        return false;
    return append(sim->journal_paper, text, "\n");
}

struct atm_printer atm_sim_receipt_printer(struct atm_sim *sim) {
    return (struct atm_printer){.context = sim, .print = print_receipt};
}

struct atm_printer atm_sim_journal_printer(struct atm_sim *sim) {
    return (struct atm_printer){.context = sim, .print = print_journal};
}
