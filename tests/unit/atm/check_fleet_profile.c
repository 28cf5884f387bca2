/* Profiles of fleets: what is read, what is refused and with which words. */
#include "atm-client/fleet/profile.h"

#include <string.h>

#include "support/scratch.h"
#include "support/suite.h"

static void load(const char *text, struct fleet_profile *ret_profile) {
    char file[TEST_PATH_SIZE];
    struct tw_error error = {0};
    test_scratch_text(file, text);
    ck_assert_msg(tw_ok(fleet_profile_load(file, ret_profile, &error)), "%s", error.detail);
}

START_TEST(defaults_can_be_played) {
    struct fleet_profile profile;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(fleet_profile_load(NULL, &profile, &error)), "%s", error.detail);
    ck_assert_int_eq(profile.duration_s, 60);
    ck_assert_int_gt(profile.weights[FLEET_KIND_WITHDRAW], 0);
    ck_assert_int_eq(fleet_amounts_most(&profile.withdraw), 20000);
    for (int fault = 0; fault < ATM_FAULT_COUNT; fault++)
        ck_assert_int_eq(profile.faults[fault], 0);
    fleet_profile_free(&profile);
}
END_TEST

START_TEST(every_key_is_read_into_its_place) {
    struct fleet_profile profile;
    load("[profile]\nname = rush hour\nseed = 42\n"
         "[time]\nduration_s = 5\nramp_up_s = 1\nidle_ms = 0\nthink_ms = 10\n"
         "[customers]\noperations = 7\nwrong_pin = 3\nforeign = 500\n"
         "[mix]\nwithdraw = 0\ntransfer_other = 9\n"
         "[amounts]\ntransfer = 5 10 700\n"
         "[faults]\njam_before_present = 12\nstow_failure = 34\n",
         &profile);
    ck_assert_str_eq(profile.name, "rush hour");
    ck_assert_int_eq(profile.seed, 42);
    ck_assert_int_eq(profile.duration_s, 5);
    ck_assert_int_eq(profile.operations, 7);
    ck_assert_int_eq(profile.foreign, 500);
    ck_assert_int_eq(profile.weights[FLEET_KIND_WITHDRAW], 0);
    ck_assert_int_eq(profile.weights[FLEET_KIND_TRANSFER_OTHER], 9);
    ck_assert_uint_eq(profile.transfer.count, 3);
    ck_assert_int_eq(profile.faults[ATM_FAULT_JAM_BEFORE_PRESENT], 12);
    ck_assert_int_eq(profile.faults[ATM_FAULT_STOW_FAILURE], 34);
    fleet_profile_free(&profile);
}
END_TEST

static const struct {
    const char *text, *reason;
} refused[] = {
    {"[profile]\ncolour = red\n", ":2: "},
    {"[weather]\nrain = 1\n", ":1: "},
    {"[time]\nduration_s = soon\n", ":2: "},
    {"[time]\nduration_s = 0\n", ":2: "},
    {"[time]\nidle_ms = 0\nthink_ms = 0\n", "needs some time"},
    {"[customers]\nwrong_pin = 301\n", ":2: "},
    {"[mix]\nwithdraw = -1\n", ":2: "},
    {"[mix]\nwithdraw = 0\nbalance = 0\nstatement = 0\ndeposit = 0\ntransfer_own = 0\n"
     "transfer_other = 0\n",
     "every weight is 0"},
    {"[amounts]\nwithdraw = lots\n", "[amounts] withdraw: neither"},
    {"[amounts]\nwithdraw = 1000-2000\n", "[amounts] withdraw: neither"},
    {"[amounts]\nwithdraw = 2000-1000/100\n", "[amounts] withdraw: neither"},
    {"[amounts]\nwithdraw = 1000-2000/300\n", "[amounts] withdraw: neither"},
    {"[amounts]\ntransfer = 0\n", "[amounts] transfer: neither"},
    {"[amounts]\ntransfer = 5 -5\n", "[amounts] transfer: neither"},
    {"[amounts]\ntransfer = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "at most 16"},
    {"[amounts]\ndeposit = 100000\n", "no such banknote"},
    {"[cassettes]\nnotes = 10\nlow_notes = 11\n", "low_notes: more"},
    {"[faults]\nearthquake = 1\n", ":2: "},
    {"[faults]\nsensor_taken = 1\n", ":2: "}, /* of power-ups only */
    {"[faults]\nnot_taken = 600\nprinter_fault = 401\n", "1000 per mille of withdraw"},
    {"no section\n", ":1: "},
};

START_TEST(what_cannot_be_played_is_refused_with_its_place) {
    char file[TEST_PATH_SIZE];
    struct fleet_profile profile;
    struct tw_error error = {0};
    test_scratch_text(file, refused[_i].text);
    ck_assert_int_eq(fleet_profile_load(file, &profile, &error).code, TW_E_CONFIG);
    ck_assert_msg(strstr(error.detail, refused[_i].reason) != NULL, "%s", error.detail);
    ck_assert_msg(strstr(error.detail, file) != NULL, "%s", error.detail);
}
END_TEST

START_TEST(faults_have_the_names_that_devices_know) {
    static const struct {
        enum atm_fault fault;
        const char *name;
    } rows[] = {
#define FAULT_ROW(id, name, kind, about) {ATM_FAULT_##id, name},
        FLEET_FAULTS(FAULT_ROW)
#undef FAULT_ROW
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_str_eq(atm_fault_name(rows[i].fault), rows[i].name);
}
END_TEST

START_TEST(faults_strike_one_kind_of_operation) {
    ck_assert(fleet_fault_strikes(ATM_FAULT_DISPENSE_JAM, FLEET_KIND_WITHDRAW));
    ck_assert(!fleet_fault_strikes(ATM_FAULT_DISPENSE_JAM, FLEET_KIND_DEPOSIT));
    ck_assert(fleet_fault_strikes(ATM_FAULT_STOW_FAILURE, FLEET_KIND_DEPOSIT));
    ck_assert(!fleet_fault_strikes(ATM_FAULT_SENSOR_TAKEN, FLEET_KIND_WITHDRAW));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = defaults_can_be_played},
        {.test = every_key_is_read_into_its_place},
        {.test = what_cannot_be_played_is_refused_with_its_place, .rows = COUNT_OF(refused)},
        {.test = faults_have_the_names_that_devices_know},
        {.test = faults_strike_one_kind_of_operation},
    };
    return test_main("fleet profile", tests, COUNT_OF(tests));
}
