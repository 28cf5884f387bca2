/*
 * The devices of a terminal as the core sees them, named after CEN/XFS: cash dispenser (CDM), cash
 * acceptor (CIM), card reader (IDC), PIN pad (PIN), receipt and journal printer (PTR). What state
 * they are in is device/status.h.
 *
 * Commands that move notes or the card are asynchronous: `done` is called once, perhaps before the
 * command returns, with a report of where the notes are, or the card. A report is about one
 * reference (the txid of the operation), so that after a power loss the device can be asked what
 * became of it. Reports count notes per cassette (dispenser) or per denomination (acceptor). The
 * core owns the context pointers it passes; a device that is freed drops its open commands.
 */
#ifndef ATM_DEVICE_DEVICE_H
#define ATM_DEVICE_DEVICE_H

#include "atm-client/device/status.h"
#include "atm-client/mix/mix.h"
#include "core/uuid.h"
#include "wire/message.h"

/* Where the notes of one dispense are. */
enum atm_cash_state {
    ATM_CASH_NONE,      /* never left the cassettes, or only into the reject bin */
    ATM_CASH_STACKED,   /* in the stacker: inside */
    ATM_CASH_PRESENTED, /* at the open shutter, within the customer's reach */
    ATM_CASH_TAKEN,     /* the exit sensor saw them go */
    ATM_CASH_RETRACTED, /* back inside, in the retract bin */
    ATM_CASH_REJECTED,  /* back inside, in the reject bin */
    ATM_CASH_UNKNOWN,   /* the sensors do not know */
};

struct atm_cash_unit {
    int32_t number;
    int64_t denomination_minor;
    int64_t stacked;  /* picked and good: on their way to the customer */
    int64_t taken;    /* of these, gone */
    int64_t rejected; /* diverted or put back into the reject bin */
    int64_t retracted;
};

struct atm_cash_report {
    enum atm_cash_state state;
    bool complete; /* dispense: every note asked for was stacked */
    size_t unit_count;
    struct atm_cash_unit units[ATM_CASSETTES_MAX];
};

typedef void (*atm_cash_fn)(void *context, const struct atm_cash_report *report);

struct atm_dispenser {
    void *context;
    void (*dispense)(void *context, const struct tw_uuid *reference, const struct atm_mix *mix,
                     atm_cash_fn done, void *done_context);
    void (*present)(void *context, atm_cash_fn done, void *done_context);
    /* Ends as TAKEN, or as PRESENTED when nobody took them within timeout_ms. */
    void (*await_taken)(void *context, int64_t timeout_ms, atm_cash_fn done, void *done_context);
    void (*reject)(void *context, atm_cash_fn done, void *done_context); /* stacker -> reject bin */
    void (*retract)(void *context, atm_cash_fn done,
                    void *done_context); /* shutter -> retract bin */
    /* The sensors' word on one reference; at once. */
    void (*inspect)(void *context, const struct tw_uuid *reference,
                    struct atm_cash_report *ret_report);
    /* False when cassette `number` is missing or faulty. */
    bool (*usable)(void *context, int32_t number);
};

/* Where the notes of one deposit are. */
enum atm_escrow_state {
    ATM_ESCROW_NONE,
    ATM_ESCROW_HELD,     /* counted, in escrow */
    ATM_ESCROW_STOWED,   /* in the deposit cassette */
    ATM_ESCROW_RETURNED, /* given back to the customer */
    ATM_ESCROW_UNKNOWN,
};

struct atm_escrow_report {
    enum atm_escrow_state state;
    size_t note_count;
    struct tw_notes notes[TW_NOTES_MAX];
};

typedef void (*atm_escrow_fn)(void *context, const struct atm_escrow_report *report);

struct atm_acceptor {
    void *context;
    void (*cash_in)(void *context, const struct tw_uuid *reference, atm_escrow_fn done,
                    void *done_context);
    void (*cash_in_end)(void *context, atm_escrow_fn done, void *done_context);      /* stow */
    void (*cash_in_rollback)(void *context, atm_escrow_fn done, void *done_context); /* return */
    void (*inspect)(void *context, const struct tw_uuid *reference,
                    struct atm_escrow_report *ret_report);
    /* True when notes are in escrow now, and for which reference. */
    bool (*holds)(void *context, struct tw_uuid *ret_reference);
};

/* Where the card is: XFS's media status. */
enum atm_media {
    ATM_MEDIA_NOT_PRESENT, /* with its owner */
    ATM_MEDIA_PRESENT,     /* at the slot: nobody took it */
    ATM_MEDIA_JAMMED,      /* inside, and does not move */
};

typedef void (*atm_media_fn)(void *context, enum atm_media media);

struct atm_reader {
    void *context;
    /* Ends as NOT_PRESENT, as PRESENT when nobody took the card within timeout_ms, or as JAMMED. */
    void (*eject)(void *context, int64_t timeout_ms, atm_media_fn done, void *done_context);
    void (*retain)(void *context, const char *pan_masked);
};

struct atm_printer {
    void *context;
    bool (*print)(void *context, const char *text); /* false: no paper came out */
};

struct atm_devices {
    struct atm_dispenser dispenser;
    struct atm_acceptor acceptor;
    struct atm_reader reader;
    struct atm_printer printer;
    struct atm_printer journal_printer; /* print NULL: there is none */
    struct atm_sensors sensors;
};

static inline int64_t atm_report_taken_minor(const struct atm_cash_report *report) {
    int64_t amount_minor = 0;
    for (size_t i = 0; i < report->unit_count; i++)
        amount_minor += report->units[i].taken * report->units[i].denomination_minor;
    return amount_minor;
}

static inline int64_t atm_report_stacked_minor(const struct atm_cash_report *report) {
    int64_t amount_minor = 0;
    for (size_t i = 0; i < report->unit_count; i++)
        amount_minor += report->units[i].stacked * report->units[i].denomination_minor;
    return amount_minor;
}

#endif
