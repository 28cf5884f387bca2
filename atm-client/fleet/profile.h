/*
 * A profile: what the customers of a fleet do, how often, and what goes wrong. An INI file; every
 * key has a default, which profile.c documents and `fleet --help-profile` prints. Unknown keys,
 * wrong types and what cannot be played are refused with file and line or key. Owned by the caller,
 * freed once.
 */
#ifndef ATM_FLEET_PROFILE_H
#define ATM_FLEET_PROFILE_H

#include "atm-client/device/world.h"
#include "atm-client/fleet/draw.h"

/* What a customer can ask for: FLEET_KIND_DEF(id, name, default weight, about). */
#define FLEET_KINDS(FLEET_KIND_DEF)                                                                \
    FLEET_KIND_DEF(WITHDRAW, "withdraw", "50", "cash out")                                         \
    FLEET_KIND_DEF(BALANCE, "balance", "20", "balance of the account")                             \
    FLEET_KIND_DEF(STATEMENT, "statement", "5", "its latest entries")                              \
    FLEET_KIND_DEF(DEPOSIT, "deposit", "10", "notes in")                                           \
    FLEET_KIND_DEF(TRANSFER_OWN, "transfer_own", "10", "to an account at the card's own bank")     \
    FLEET_KIND_DEF(TRANSFER_OTHER, "transfer_other", "5", "to an account at another bank")

enum fleet_kind {
#define FLEET_KIND_ENUM(id, name, weight, about) FLEET_KIND_##id,
    FLEET_KINDS(FLEET_KIND_ENUM)
#undef FLEET_KIND_ENUM
        FLEET_KIND_COUNT
};
const char *fleet_kind_name(enum fleet_kind kind);

/* Faults that can strike while a terminal serves, and what they strike: an operation of a kind, or
 * a customer's visit. Names as in device/world.h. Those that only power-up looks at are none of
 * them: kill the fleet for that. FLEET_FAULT_DEF(id, name, struck, about) */
#define FLEET_KIND_VISIT FLEET_KIND_COUNT
#define FLEET_FAULTS(FLEET_FAULT_DEF)                                                              \
    FLEET_FAULT_DEF(DISPENSE_JAM, "dispense_jam", WITHDRAW, "nothing leaves the cassettes")        \
    FLEET_FAULT_DEF(PARTIAL_DISPENSE, "partial_dispense", WITHDRAW,                                \
                    "only some notes reach the stacker")                                           \
    FLEET_FAULT_DEF(NOTE_REJECT, "note_reject", WITHDRAW,                                          \
                    "notes go to the reject bin, others follow")                                   \
    FLEET_FAULT_DEF(JAM_BEFORE_PRESENT, "jam_before_present", WITHDRAW,                            \
                    "the shutter does not open")                                                   \
    FLEET_FAULT_DEF(NOT_TAKEN, "not_taken", WITHDRAW, "the customer leaves the cash")              \
    FLEET_FAULT_DEF(SENSOR_UNKNOWN, "sensor_unknown", WITHDRAW,                                    \
                    "nobody knows whether the cash was taken")                                     \
    FLEET_FAULT_DEF(CASSETTE_FAULT, "cassette_fault", WITHDRAW,                                    \
                    "a cassette is out of order until the staff comes")                            \
    FLEET_FAULT_DEF(CASSETTE_EMPTY, "cassette_empty", WITHDRAW,                                    \
                    "a cassette turns out to be empty")                                            \
    FLEET_FAULT_DEF(PRINTER_FAULT, "printer_fault", WITHDRAW, "no receipt comes out")              \
    FLEET_FAULT_DEF(LINK_LOSS, "link_loss", WITHDRAW,                                              \
                    "before the request the network is gone, up to three seconds")                 \
    FLEET_FAULT_DEF(STOW_FAILURE, "stow_failure", DEPOSIT, "escrowed notes cannot be stowed")      \
    FLEET_FAULT_DEF(RETURN_FAILURE, "return_failure", DEPOSIT, "nor given back")                   \
    FLEET_FAULT_DEF(ACCEPTOR_FAULT, "acceptor_fault", DEPOSIT,                                     \
                    "no notes are taken in until the staff comes")                                 \
    FLEET_FAULT_DEF(READER_FAULT, "reader_fault", VISIT,                                           \
                    "the card reader is out of order until the staff comes")                       \
    FLEET_FAULT_DEF(PIN_PAD_FAULT, "pin_pad_fault", VISIT,                                         \
                    "the PIN pad is out of order until the staff comes")                           \
    FLEET_FAULT_DEF(CARD_JAM, "card_jam", VISIT,                                                   \
                    "the card jams on its way out; the staff returns it")                          \
    FLEET_FAULT_DEF(CARD_NOT_TAKEN, "card_not_taken", VISIT,                                       \
                    "the customer leaves the card; the staff returns it")

struct fleet_profile {
    char *name;
    int64_t seed;
    int64_t duration_s, ramp_up_s, drain_s;
    int64_t idle_ms, think_ms; /* means: between customers, between a customer's keys */
    int64_t operations;        /* most of one customer */
    int64_t wrong_pin;         /* per mille of customers */
    int64_t foreign;           /* per mille of customers with another bank's card */
    int64_t weights[FLEET_KIND_COUNT];
    char *withdraw_text, *transfer_text, *deposit_text;
    int64_t deposit_notes;           /* most of one deposit */
    int64_t notes, low_notes;        /* per cassette: when filled; when the staff comes */
    int64_t faults[ATM_FAULT_COUNT]; /* per mille of what they can strike */
    /* as understood */
    struct fleet_amounts withdraw, transfer, deposit;
};

/* file NULL: the defaults. CONFIG. */
struct tw_status fleet_profile_load(const char *file, struct fleet_profile *ret_profile,
                                    struct tw_error *ret_error);
void fleet_profile_free(struct fleet_profile *profile);
void fleet_profile_help(FILE *out);
/* Whether the fault can strike operations of this kind, or visits (FLEET_KIND_VISIT). */
bool fleet_fault_strikes(enum atm_fault fault, enum fleet_kind kind);

#endif
