/*
 * Arming faults. The two that are no device's have their hooks here: the link asks whether the
 * network is gone, and the crash points of core/crash.h are where the power goes. An armed power
 * loss lies in the world like any fault, so the process that opens the world next has it too.
 */
#include <string.h>

#include "atm-client/device/sim_internal.h"
#include "core/crash.h"
#include "core/log.h"

struct tw_status atm_sim_arm(struct atm_sim *sim, enum atm_fault fault, int64_t value,
                             struct tw_error *ret_error) {
    if (fault == ATM_FAULT_POWER_LOSS)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "power_loss: at which point?");
    struct tw_status status = atm_world_arm(&sim->world, fault, value, NULL, ret_error);
    return tw_ok(status) ? atm_world_save(sim->file, &sim->world, ret_error) : status;
}

/* The power can go but once: the next life does not find it armed. */
static void strike_power_loss(void *context) {
    struct atm_sim *sim = context;
    (void)atm_world_strike(&sim->world, ATM_FAULT_POWER_LOSS, NULL);
    atm_sim_keep(sim);
}

void atm_sim_forget_power_loss(const struct atm_sim *sim) {
    if (atm_world_power_loss(&sim->world) != NULL)
        tw_crash_arm(NULL, NULL, NULL);
}

static struct tw_status await_power_loss(struct atm_sim *sim, struct tw_error *ret_error) {
    const char *at = atm_world_power_loss(&sim->world);
    if (at == NULL)
        return tw_success();
    if (!tw_crash_known("atm.taken"))
        return tw_fail(ret_error, TW_E_CONFIG, "power_loss: this build has no crash points");
    if (strncmp(at, "atm.", 4) != 0 || !tw_crash_known(at))
        return tw_fail(ret_error, TW_E_CONFIG,
                       "power_loss: not a point of this terminal, as atm.presented is");
    tw_crash_arm(at, strike_power_loss, sim);
    return tw_success();
}

void atm_sim_await_power_loss(struct atm_sim *sim) {
    struct tw_error error = {0};
    if (!tw_ok(await_power_loss(sim, &error)))
        tw_log(TW_LOG_WARN, "an armed fault cannot happen", TW_STR("reason", error.detail));
}

struct tw_status atm_sim_arm_power_loss(struct atm_sim *sim, const char *at,
                                        struct tw_error *ret_error) {
    if (atm_world_power_loss(&sim->world) != NULL)
        return tw_fail(ret_error, TW_E_CONFLICT, "power_loss: is armed already");
    struct tw_status status = atm_world_arm(&sim->world, ATM_FAULT_POWER_LOSS, 0, at, ret_error);
    if (!tw_ok(status))
        return status;
    status = await_power_loss(sim, ret_error);
    if (!tw_ok(status))
        strike_power_loss(sim);
    else
        status = atm_world_save(sim->file, &sim->world, ret_error);
    return status;
}

int64_t atm_sim_link_loss_ms(void *context) {
    struct atm_sim *sim = context;
    int64_t ms = 0;
    if (atm_world_strike(&sim->world, ATM_FAULT_LINK_LOSS, &ms))
        atm_sim_keep(sim);
    return ms;
}

struct tw_status atm_sim_clear_faults(struct atm_sim *sim, struct tw_error *ret_error) {
    atm_sim_forget_power_loss(sim);
    sim->world.fault_count = 0;
    sim->world.card_jammed = false;
    return atm_world_save(sim->file, &sim->world, ret_error);
}
