/*
 * The physical world around a simulated terminal: where every note is, and which faults are armed.
 * It lives in its own file, which is replaced at every change, so that a kill of the process leaves
 * the notes where they were. The file is JSON, made and read by one field table; people may edit it
 * while no terminal runs. Not synced to disk: it stands for things, not for memory of them. A world
 * that is kept in place is written over in one piece instead of being replaced, which costs a
 * third.
 */
#ifndef ATM_DEVICE_WORLD_H
#define ATM_DEVICE_WORLD_H

#include "atm-client/device/device.h"
#include "atm-client/mix/notes.h"

#define ATM_FAULTS_MAX      16
#define ATM_FAULT_VALUE_MAX 600000

#define ATM_RETAIN_BIN_CARDS 20 /* a full retain bin: no card could be kept, so none is taken */

/* Faults by device. Most happen once; those that last (atm_fault_lasts) until they are cleared. */
#define ATM_FAULTS(ATM_FAULT_DEF)                                                                  \
    ATM_FAULT_DEF(DISPENSE_JAM, "dispense_jam", "nothing leaves the cassettes")                    \
    ATM_FAULT_DEF(PARTIAL_DISPENSE, "partial_dispense", "only `value` notes reach the stacker")    \
    ATM_FAULT_DEF(NOTE_REJECT, "note_reject", "`value` notes go to the reject bin, others follow") \
    ATM_FAULT_DEF(JAM_BEFORE_PRESENT, "jam_before_present", "the shutter does not open")           \
    ATM_FAULT_DEF(NOT_TAKEN, "not_taken", "the customer leaves the cash")                          \
    ATM_FAULT_DEF(SENSOR_TAKEN, "sensor_taken", "at power-up: the customer has the notes")         \
    ATM_FAULT_DEF(SENSOR_INSIDE, "sensor_inside", "at power-up: all notes are inside")             \
    ATM_FAULT_DEF(SENSOR_UNKNOWN, "sensor_unknown", "at power-up, or at the exit: nobody knows")   \
    ATM_FAULT_DEF(STOW_FAILURE, "stow_failure", "escrowed notes cannot be stowed")                 \
    ATM_FAULT_DEF(RETURN_FAILURE, "return_failure", "escrowed notes cannot be given back")         \
    ATM_FAULT_DEF(CASSETTE_FAULT, "cassette_fault", "cassette `value` is out of order")            \
    ATM_FAULT_DEF(CASSETTE_MISSING, "cassette_missing", "cassette `value` is pulled out")          \
    ATM_FAULT_DEF(CASSETTE_EMPTY, "cassette_empty",                                                \
                  "cassette `value` turns out to be empty, whatever was counted into it")          \
    ATM_FAULT_DEF(ACCEPTOR_FAULT, "acceptor_fault", "no notes are taken in")                       \
    ATM_FAULT_DEF(READER_FAULT, "reader_fault", "the card reader is out of order")                 \
    ATM_FAULT_DEF(CARD_JAM, "card_jam", "the card jams on its way out, until faults are cleared")  \
    ATM_FAULT_DEF(CARD_NOT_TAKEN, "card_not_taken", "the customer leaves the card")                \
    ATM_FAULT_DEF(PIN_PAD_FAULT, "pin_pad_fault", "the PIN pad is out of order")                   \
    ATM_FAULT_DEF(PRINTER_FAULT, "printer_fault", "no receipt comes out")                          \
    ATM_FAULT_DEF(PAPER_LOW, "paper_low", "little receipt paper is left")                          \
    ATM_FAULT_DEF(PAPER_OUT, "paper_out", "no receipt paper is left")                              \
    ATM_FAULT_DEF(JOURNAL_PRINTER_FAULT, "journal_printer_fault",                                  \
                  "the journal printer is out of order")                                           \
    ATM_FAULT_DEF(LINK_LOSS, "link_loss",                                                          \
                  "before the next message the network is gone, for `value` milliseconds")         \
    ATM_FAULT_DEF(POWER_LOSS, "power_loss",                                                        \
                  "the power goes at the point `at` (atm.*; only in builds with crash points)")

enum atm_fault {
#define ATM_FAULT_ENUM(id, name, about) ATM_FAULT_##id,
    ATM_FAULTS(ATM_FAULT_ENUM)
#undef ATM_FAULT_ENUM
        ATM_FAULT_COUNT
};

struct atm_world_cassette {
    int64_t number;
    int64_t denomination;
    int64_t notes;
    int64_t reject_bin;  /* notes from this cassette in the reject bin */
    int64_t retract_bin; /* likewise in the retract bin */
    int64_t taken;       /* what customers took out of it, ever */
};

struct atm_world_unit {
    int64_t number, denomination, stacked, taken, rejected, retracted;
};

struct atm_world_fault {
    char name[24];
    int64_t value;
    char at[32]; /* power_loss: a name of core/crash.def */
};

struct atm_world {
    bool in_place; /* how it is kept; not in the file */
    size_t cassette_count;
    struct atm_world_cassette cassettes[ATM_CASSETTES_MAX];
    struct tw_uuid dispense; /* the last dispense: reference, state, notes */
    int64_t dispense_state;
    bool dispense_complete;
    size_t unit_count;
    struct atm_world_unit units[ATM_CASSETTES_MAX];
    struct tw_uuid deposit; /* the last deposit */
    int64_t deposit_state;
    size_t escrow_count;
    struct tw_notes escrow[TW_NOTES_MAX];
    size_t inserted_count; /* notes in the customer's hand, for the next cash_in */
    struct tw_notes inserted[TW_NOTES_MAX];
    size_t stowed_count; /* the deposit cassette */
    struct tw_notes stowed[TW_NOTES_MAX];
    int64_t cards_retained;
    bool card_jammed; /* a card is stuck in the reader */
    size_t fault_count;
    struct atm_world_fault faults[ATM_FAULTS_MAX];
};

extern const struct tw_field atm_world_fields[];

/* A missing file is an empty world. */
struct tw_status atm_world_load(const char *file, struct atm_world *ret_world,
                                struct tw_error *ret_error);
struct tw_status atm_world_save(const char *file, const struct atm_world *world,
                                struct tw_error *ret_error);

struct atm_world_cassette *atm_world_cassette(struct atm_world *world, int32_t number);
bool atm_fault_parse(const char *name, enum atm_fault *ret_fault);
const char *atm_fault_name(enum atm_fault fault);
const char *atm_fault_about(enum atm_fault fault);
/* at: of power_loss, else NULL. */
struct tw_status atm_world_arm(struct atm_world *world, enum atm_fault fault, int64_t value,
                               const char *at, struct tw_error *ret_error);
/* The armed power_loss's point; NULL when there is none. */
const char *atm_world_power_loss(const struct atm_world *world);
/* Takes the fault away if it is armed; *ret_value may be NULL. */
bool atm_world_strike(struct atm_world *world, enum atm_fault fault, int64_t *ret_value);
/* The same for one with this value. */
bool atm_world_strike_at(struct atm_world *world, enum atm_fault fault, int64_t value);
/* Whether a fault lasts until it is cleared. */
bool atm_fault_lasts(enum atm_fault fault);
/* True while it is armed; for faults that last. */
bool atm_world_lasts(const struct atm_world *world, enum atm_fault fault);
bool atm_world_lasts_at(const struct atm_world *world, enum atm_fault fault, int64_t value);

#endif
