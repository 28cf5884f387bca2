/* The table of keys, and what is checked beyond it. The defaults are a profile of their own: the
 * file /dev/null, read by the same table. */
#include "atm-client/fleet/profile.h"

#include <stddef.h>

#include "core/config.h"

#define AT(member) offsetof(struct fleet_profile, member)
#define HOUR_MS    INT64_C(3600000)
#define DAY_S      INT64_C(86400)

static const struct tw_config_key keys[] = {
    {"profile", "name", TW_CONFIG_STRING, AT(name), "default", 0, 0, "for the report"},
    {"profile", "seed", TW_CONFIG_INT, AT(seed), "1", 0, INT32_MAX,
     "same seed, same customers with the same wishes"},
    {"time", "duration_s", TW_CONFIG_INT, AT(duration_s), "60", 1, DAY_S,
     "how long customers come once all terminals are on"},
    {"time", "ramp_up_s", TW_CONFIG_INT, AT(ramp_up_s), "10", 0, DAY_S,
     "terminals are switched on one after the other in this time, or as fast as the machine can"},
    {"time", "drain_s", TW_CONFIG_INT, AT(drain_s), "60", 1, 3600,
     "at most this long, at the end, for customers to finish and the hosts to hear everything"},
    {"time", "idle_ms", TW_CONFIG_INT, AT(idle_ms), "3000", 0, HOUR_MS,
     "mean time between two customers at a terminal"},
    {"time", "think_ms", TW_CONFIG_INT, AT(think_ms), "1500", 0, HOUR_MS,
     "mean time a customer thinks before each thing he does"},
    {"customers", "operations", TW_CONFIG_INT, AT(operations), "3", 1, 100,
     "a customer asks for 1 to this many things"},
    {"customers", "wrong_pin", TW_CONFIG_INT, AT(wrong_pin), "10", 0, 300,
     "per mille of customers who mistype the PIN once"},
    {"customers", "foreign", TW_CONFIG_INT, AT(foreign), "200", 0, 1000,
     "per mille of customers with a card of another bank, where there are such cards"},
#define FLEET_WEIGHT_KEY(id, name, weight, about)                                                  \
    {"mix", name, TW_CONFIG_INT, AT(weights[FLEET_KIND_##id]), weight, 0, 1000, "weight: " about},
    FLEET_KINDS(FLEET_WEIGHT_KEY)
#undef FLEET_WEIGHT_KEY
        {"amounts", "withdraw", TW_CONFIG_STRING, AT(withdraw_text), "2000-20000/1000", 0, 0,
         "minor units: FROM-TO/STEP or a list; what the cassettes cannot make is not asked for"},
    {"amounts", "transfer", TW_CONFIG_STRING, AT(transfer_text), "100-5000/1", 0, 0,
     "minor units: FROM-TO/STEP or a list"},
    {"amounts", "deposit", TW_CONFIG_STRING, AT(deposit_text), "1000 2000 5000", 0, 0,
     "the notes that are put in, each of one of these denominations"},
    {"amounts", "deposit_notes", TW_CONFIG_INT, AT(deposit_notes), "5", 1, 200,
     "a deposit has 1 to this many notes"},
    {"cassettes", "notes", TW_CONFIG_INT, AT(notes), "500", 1, 10000,
     "the staff fills each cassette up to this many notes"},
    {"cassettes", "low_notes", TW_CONFIG_INT, AT(low_notes), "80", 1, 10000,
     "it comes when a cassette has fewer"},
#define OF_WITHDRAW "withdrawals: "
#define OF_DEPOSIT  "deposits: "
#define OF_VISIT    "customers: "
#define FLEET_FAULT_KEY(id, name, kind, about)                                                     \
    {"faults", name, TW_CONFIG_INT, AT(faults[ATM_FAULT_##id]),                                    \
     "0",      0,    1000,          "per mille of " OF_##kind about},
    FLEET_FAULTS(FLEET_FAULT_KEY)
#undef FLEET_FAULT_KEY
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static const struct {
    enum atm_fault fault;
    enum fleet_kind kind;
} strikes[] = {
#define FLEET_FAULT_STRIKES(id, name, kind, about) {ATM_FAULT_##id, FLEET_KIND_##kind},
    FLEET_FAULTS(FLEET_FAULT_STRIKES)
#undef FLEET_FAULT_STRIKES
};

#define FAULT_COUNT (sizeof strikes / sizeof strikes[0])

static const char *const kind_names[] = {
#define FLEET_KIND_NAME(id, name, weight, about) name,
    FLEET_KINDS(FLEET_KIND_NAME)
#undef FLEET_KIND_NAME
};

const char *fleet_kind_name(enum fleet_kind kind) {
    return kind_names[kind];
}

bool fleet_fault_strikes(enum atm_fault fault, enum fleet_kind kind) {
    for (size_t i = 0; i < FAULT_COUNT; i++)
        if (strikes[i].fault == fault)
            return strikes[i].kind == kind;
    return false;
}

void fleet_profile_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}

void fleet_profile_free(struct fleet_profile *profile) {
    tw_config_free(keys, KEY_COUNT, profile);
}

static struct tw_status read_amounts(const char *key, const char *text,
                                     struct fleet_amounts *ret_amounts,
                                     struct tw_error *ret_error) {
    struct tw_error reason = {0};
    struct tw_status status = fleet_amounts_parse(text, ret_amounts, &reason);
    if (!tw_ok(status))
        return tw_fail(ret_error, status.code, "[amounts] %s: %s", key, reason.detail);
    return status;
}

static struct tw_status check_times(const struct fleet_profile *profile,
                                    struct tw_error *ret_error) {
    if (profile->idle_ms + profile->think_ms == 0)
        return tw_fail(ret_error, TW_E_CONFIG,
                       "[time] idle_ms and think_ms: a customer needs some time");
    if (profile->low_notes > profile->notes)
        return tw_fail(ret_error, TW_E_CONFIG, "[cassettes] low_notes: more than notes");
    return tw_success();
}

static struct tw_status check_mix(const struct fleet_profile *profile, struct tw_error *ret_error) {
    int64_t weights = 0;
    for (size_t i = 0; i < FLEET_KIND_COUNT; i++)
        weights += profile->weights[i];
    if (weights == 0)
        return tw_fail(ret_error, TW_E_CONFIG, "[mix] every weight is 0: nothing would be done");
    for (int kind = 0; kind <= FLEET_KIND_VISIT; kind++) {
        int64_t faults = 0;
        for (int fault = 0; fault < ATM_FAULT_COUNT; fault++)
            if (fleet_fault_strikes((enum atm_fault)fault, (enum fleet_kind)kind))
                faults += profile->faults[fault];
        if (faults > 1000)
            return tw_fail(ret_error, TW_E_CONFIG, "[faults] together over 1000 per mille of %s",
                           kind == FLEET_KIND_VISIT ? "customers" : kind_names[kind]);
    }
    return tw_success();
}

static struct tw_status understand(struct fleet_profile *profile, struct tw_error *ret_error) {
    struct tw_status status =
        read_amounts("withdraw", profile->withdraw_text, &profile->withdraw, ret_error);
    if (tw_ok(status))
        status = read_amounts("transfer", profile->transfer_text, &profile->transfer, ret_error);
    if (tw_ok(status))
        status = read_amounts("deposit", profile->deposit_text, &profile->deposit, ret_error);
    if (tw_ok(status) && fleet_amounts_most(&profile->deposit) > 50000)
        return tw_fail(ret_error, TW_E_CONFIG, "[amounts] deposit: there is no such banknote");
    if (tw_ok(status))
        status = check_times(profile, ret_error);
    return tw_ok(status) ? check_mix(profile, ret_error) : status;
}

struct tw_status fleet_profile_load(const char *file, struct fleet_profile *ret_profile,
                                    struct tw_error *ret_error) {
    *ret_profile = (struct fleet_profile){0};
    struct tw_error reason = {0};
    struct tw_status status =
        tw_config_load(file != NULL ? file : "/dev/null", keys, KEY_COUNT, ret_profile, ret_error);
    if (!tw_ok(status))
        return status;
    status = understand(ret_profile, &reason);
    if (!tw_ok(status)) {
        fleet_profile_free(ret_profile);
        return tw_fail(ret_error, status.code, "%s: %s", file != NULL ? file : "defaults",
                       reason.detail);
    }
    return status;
}
