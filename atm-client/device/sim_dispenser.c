/*
 * The dispenser: picking, presenting, taking back. Each command first moves the notes in the world
 * and keeps the file, then reports, so that a kill between the two finds the notes where the report
 * would have said. One dispense is remembered, as real dispensers remember their last present.
 */
#include "atm-client/device/sim_internal.h"

static struct atm_cash_report make_report(const struct atm_world *world) {
    struct atm_cash_report report = {
        .state = (enum atm_cash_state)world->dispense_state,
        .complete = world->dispense_complete,
        .unit_count = world->unit_count,
    };
    for (size_t i = 0; i < world->unit_count; i++)
        report.units[i] = (struct atm_cash_unit){
            .number = (int32_t)world->units[i].number,
            .denomination_minor = world->units[i].denomination,
            .stacked = world->units[i].stacked,
            .taken = world->units[i].taken,
            .rejected = world->units[i].rejected,
            .retracted = world->units[i].retracted,
        };
    return report;
}

/* Sensors that do not know cannot count either; what went into the reject bin earlier they do. */
static struct atm_cash_report make_blind_report(const struct atm_world *world) {
    struct atm_cash_report report = make_report(world);
    report.state = ATM_CASH_UNKNOWN;
    for (size_t i = 0; i < report.unit_count; i++) {
        report.units[i].stacked = 0;
        report.units[i].taken = 0;
    }
    return report;
}

static void finish(struct atm_sim *sim, enum atm_cash_state state, atm_cash_fn done,
                   void *done_context) {
    sim->world.dispense_state = (int64_t)state;
    atm_sim_keep(sim);
    struct atm_cash_report report = make_report(&sim->world);
    done(done_context, &report);
}

static bool sim_usable(void *context, int32_t number) {
    enum atm_cassette_state state = atm_sim_cassette_state(context, number);
    return state == ATM_CASSETTE_OK || state == ATM_CASSETTE_LOW;
}

/* Picks one cassette's part; stops when *budget notes have reached the stacker. */
static bool pick_part(struct atm_sim *sim, const struct atm_mix_part *part, int64_t *budget,
                      int64_t *rejects) {
    struct atm_world *world = &sim->world;
    struct atm_world_cassette *cassette = atm_world_cassette(world, part->number);
    struct atm_world_unit *unit = &world->units[world->unit_count++];
    *unit =
        (struct atm_world_unit){.number = part->number, .denomination = part->denomination_minor};
    /* The notes that were counted into it are not there: whoever counts next finds them missing. */
    if (atm_world_strike_at(world, ATM_FAULT_CASSETTE_EMPTY, part->number) && cassette != NULL)
        cassette->notes = 0;
    if (cassette == NULL || !sim_usable(sim, part->number))
        return false;
    while (*rejects > 0 && cassette->notes > 0) {
        cassette->notes--;
        cassette->reject_bin++;
        unit->rejected++;
        (*rejects)--;
    }
    int64_t notes = part->notes < *budget ? part->notes : *budget;
    if (notes > cassette->notes)
        notes = cassette->notes;
    cassette->notes -= notes;
    unit->stacked = notes;
    *budget -= notes;
    return notes == part->notes;
}

static void sim_dispense(void *context, const struct tw_uuid *reference, const struct atm_mix *mix,
                         atm_cash_fn done, void *done_context) {
    struct atm_sim *sim = context;
    struct atm_world *world = &sim->world;
    int64_t budget = INT64_MAX;
    int64_t rejects = 0;
    world->dispense = *reference;
    world->unit_count = 0;
    world->dispense_complete = true;
    if (atm_world_strike(world, ATM_FAULT_DISPENSE_JAM, NULL))
        budget = 0;
    (void)atm_world_strike(world, ATM_FAULT_PARTIAL_DISPENSE, &budget);
    (void)atm_world_strike(world, ATM_FAULT_NOTE_REJECT, &rejects);
    int64_t stacked = 0;
    for (size_t i = 0; i < mix->count; i++) {
        if (!pick_part(sim, &mix->parts[i], &budget, &rejects))
            world->dispense_complete = false;
        stacked += world->units[i].stacked;
    }
    finish(sim, stacked > 0 ? ATM_CASH_STACKED : ATM_CASH_NONE, done, done_context);
}

static void sim_present(void *context, atm_cash_fn done, void *done_context) {
    struct atm_sim *sim = context;
    bool jammed = atm_world_strike(&sim->world, ATM_FAULT_JAM_BEFORE_PRESENT, NULL);
    if (sim->world.dispense_state != ATM_CASH_STACKED || jammed)
        finish(sim, (enum atm_cash_state)sim->world.dispense_state, done, done_context);
    else
        finish(sim, ATM_CASH_PRESENTED, done, done_context);
}

void atm_sim_hand_over(struct atm_sim *sim) {
    for (size_t i = 0; i < sim->world.unit_count; i++) {
        struct atm_world_unit *unit = &sim->world.units[i];
        struct atm_world_cassette *cassette =
            atm_world_cassette(&sim->world, (int32_t)unit->number);
        unit->taken = unit->stacked;
        if (cassette != NULL)
            cassette->taken += unit->taken;
    }
    sim->world.dispense_state = ATM_CASH_TAKEN;
    atm_sim_keep(sim);
}

static void customer_took(struct atm_sim *sim, atm_cash_fn done, void *done_context) {
    atm_sim_hand_over(sim);
    if (!atm_world_strike(&sim->world, ATM_FAULT_SENSOR_UNKNOWN, NULL)) {
        finish(sim, ATM_CASH_TAKEN, done, done_context);
        return;
    }
    atm_sim_keep(sim);
    struct atm_cash_report report = make_blind_report(&sim->world);
    done(done_context, &report);
}

bool atm_sim_awaits_customer(const struct atm_sim *sim) {
    return sim->taken != NULL;
}

void atm_sim_customer(struct atm_sim *sim, bool takes) {
    atm_cash_fn done = sim->taken;
    sim->taken = NULL;
    if (done == NULL)
        return;
    if (takes)
        customer_took(sim, done, sim->taken_context);
    else
        finish(sim, (enum atm_cash_state)sim->world.dispense_state, done, sim->taken_context);
}

static void sim_await_taken(void *context, int64_t timeout_ms, atm_cash_fn done,
                            void *done_context) {
    struct atm_sim *sim = context;
    sim->taken = done;
    sim->taken_context = done_context;
    if (sim->world.dispense_state != ATM_CASH_PRESENTED ||
        atm_world_strike(&sim->world, ATM_FAULT_NOT_TAKEN, NULL))
        atm_sim_customer(sim, false);
    else if (sim->on_presented == NULL)
        atm_sim_customer(sim, true);
    else
        sim->on_presented(sim->presented_context, sim, timeout_ms);
}

void atm_sim_reject_stacked(struct atm_sim *sim) {
    for (size_t i = 0; i < sim->world.unit_count; i++) {
        struct atm_world_unit *unit = &sim->world.units[i];
        struct atm_world_cassette *cassette =
            atm_world_cassette(&sim->world, (int32_t)unit->number);
        unit->rejected += unit->stacked;
        if (cassette != NULL)
            cassette->reject_bin += unit->stacked;
        unit->stacked = 0;
    }
    sim->world.dispense_state = ATM_CASH_REJECTED;
}

static void sim_reject(void *context, atm_cash_fn done, void *done_context) {
    struct atm_sim *sim = context;
    if (sim->world.dispense_state == ATM_CASH_STACKED)
        atm_sim_reject_stacked(sim);
    finish(sim, (enum atm_cash_state)sim->world.dispense_state, done, done_context);
}

static void sim_retract(void *context, atm_cash_fn done, void *done_context) {
    struct atm_sim *sim = context;
    if (sim->world.dispense_state != ATM_CASH_PRESENTED) {
        finish(sim, (enum atm_cash_state)sim->world.dispense_state, done, done_context);
        return;
    }
    for (size_t i = 0; i < sim->world.unit_count; i++) {
        struct atm_world_unit *unit = &sim->world.units[i];
        struct atm_world_cassette *cassette =
            atm_world_cassette(&sim->world, (int32_t)unit->number);
        unit->retracted += unit->stacked;
        if (cassette != NULL)
            cassette->retract_bin += unit->stacked;
        unit->stacked = 0;
    }
    finish(sim, ATM_CASH_RETRACTED, done, done_context);
}

static void sim_inspect(void *context, const struct tw_uuid *reference,
                        struct atm_cash_report *ret_report) {
    struct atm_sim *sim = context;
    if (!tw_uuid_equal(reference, &sim->world.dispense)) {
        *ret_report = (struct atm_cash_report){.state = ATM_CASH_NONE};
        return;
    }
    bool reachable = sim->world.dispense_state == ATM_CASH_PRESENTED ||
                     sim->world.dispense_state == ATM_CASH_STACKED;
    bool unknown = atm_world_strike(&sim->world, ATM_FAULT_SENSOR_UNKNOWN, NULL);
    (void)atm_world_strike(&sim->world, ATM_FAULT_SENSOR_INSIDE, NULL);
    if (atm_world_strike(&sim->world, ATM_FAULT_SENSOR_TAKEN, NULL) && reachable)
        atm_sim_hand_over(sim);
    atm_sim_keep(sim);
    *ret_report = unknown ? make_blind_report(&sim->world) : make_report(&sim->world);
}

struct atm_dispenser atm_sim_dispenser(struct atm_sim *sim) {
    return (struct atm_dispenser){
        .context = sim,
        .dispense = sim_dispense,
        .present = sim_present,
        .await_taken = sim_await_taken,
        .reject = sim_reject,
        .retract = sim_retract,
        .inspect = sim_inspect,
        .usable = sim_usable,
    };
}
