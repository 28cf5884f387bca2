/*
 * A step: one thing to do at a terminal, the same whether it came from the command line, a script
 * line or the menu. Verbs stand in one table with what they take and need; a member that a verb
 * does not take is refused, so that a misspelt script fails loudly. Amounts are minor units.
 */
#ifndef ATM_FACE_STEP_H
#define ATM_FACE_STEP_H

#include "atm-client/core/terminal.h"
#include "wire/json.h"

/* Members a step can have, as bits. */
enum {
    ATM_HAS_CARD = 1 << 0, /* card, expiry, pin: opens a session if need be */
    ATM_HAS_ACCOUNT = 1 << 1,
    ATM_HAS_TO = 1 << 2,
    ATM_HAS_AMOUNT = 1 << 3,
    ATM_HAS_NOTES = 1 << 4,
    ATM_HAS_LOADS = 1 << 5,
    ATM_HAS_TXID = 1 << 6,
    ATM_HAS_COUNT = 1 << 7,
    ATM_HAS_NEW_PIN = 1 << 8,
    ATM_HAS_REMITTANCE = 1 << 9,
    ATM_HAS_FAULT = 1 << 10,
    ATM_HAS_VALUE = 1 << 11,
    ATM_HAS_MS = 1 << 12,
    ATM_HAS_MAX_SURCHARGE = 1 << 13,
    ATM_HAS_AT = 1 << 14,
    ATM_HAS_MIX = 1 << 15,
    ATM_HAS_LANGUAGE = 1 << 16,
    ATM_HAS_FROM = 1 << 17,
    ATM_HAS_UNTIL = 1 << 18,
    ATM_HAS_EVENT = 1 << 19,
    ATM_HAS_STAN = 1 << 20,
    ATM_HAS_ORDER = 1 << 21,
    ATM_HAS_EXPORT = 1 << 22,
    ATM_HAS_VERIFY = 1 << 23,
};

/* ATM_VERB_DEF(id, name, takes, needs, about) */
#define ATM_VERBS(ATM_VERB_DEF)                                                                    \
    ATM_VERB_DEF(SIGN_ON, "sign-on", 0, 0, "put the terminal into service")                        \
    ATM_VERB_DEF(SIGN_OFF, "sign-off", 0, 0, "take it out of service")                             \
    ATM_VERB_DEF(ECHO, "echo", 0, 0, "is the host there")                                          \
    ATM_VERB_DEF(OPEN, "open", ATM_HAS_CARD | ATM_HAS_LANGUAGE, ATM_HAS_CARD,                      \
                 "insert a card and enter the PIN")                                                \
    ATM_VERB_DEF(CLOSE, "close", 0, 0, "end the session, give the card back")                      \
    ATM_VERB_DEF(BALANCE, "balance", ATM_HAS_CARD | ATM_HAS_ACCOUNT, 0, "balance of an account")   \
    ATM_VERB_DEF(STATEMENT, "statement", ATM_HAS_CARD | ATM_HAS_ACCOUNT | ATM_HAS_COUNT, 0,        \
                 "latest entries of an account")                                                   \
    ATM_VERB_DEF(WITHDRAW, "withdraw",                                                             \
                 ATM_HAS_CARD | ATM_HAS_ACCOUNT | ATM_HAS_AMOUNT | ATM_HAS_MAX_SURCHARGE |         \
                     ATM_HAS_MIX,                                                                  \
                 ATM_HAS_AMOUNT, "cash out")                                                       \
    ATM_VERB_DEF(DEPOSIT, "deposit", ATM_HAS_CARD | ATM_HAS_ACCOUNT | ATM_HAS_NOTES,               \
                 ATM_HAS_NOTES, "put notes in")                                                    \
    ATM_VERB_DEF(TRANSFER, "transfer",                                                             \
                 ATM_HAS_CARD | ATM_HAS_ACCOUNT | ATM_HAS_TO | ATM_HAS_AMOUNT |                    \
                     ATM_HAS_REMITTANCE | ATM_HAS_MAX_SURCHARGE,                                   \
                 ATM_HAS_TO | ATM_HAS_AMOUNT, "move money to an IBAN")                             \
    ATM_VERB_DEF(TRANSFER_STATUS, "transfer-status", ATM_HAS_CARD | ATM_HAS_TXID, ATM_HAS_TXID,    \
                 "final state of a transfer")                                                      \
    ATM_VERB_DEF(PIN_CHANGE, "pin-change", ATM_HAS_CARD | ATM_HAS_NEW_PIN, ATM_HAS_NEW_PIN,        \
                 "choose a new PIN")                                                               \
    ATM_VERB_DEF(TOTALS, "totals", 0, 0, "supervisor: the host's totals of the period")            \
    ATM_VERB_DEF(REPLENISH, "replenish", ATM_HAS_LOADS, ATM_HAS_LOADS,                             \
                 "supervisor: put notes into cassettes")                                           \
    ATM_VERB_DEF(REMOVE, "remove", 0, 0, "supervisor: take all notes out")                         \
    ATM_VERB_DEF(BALANCE_CASH, "balance-cash", ATM_HAS_NOTES, 0,                                   \
                 "supervisor: count all notes (or give the count), settle suspects")               \
    ATM_VERB_DEF(CUT_OVER, "cut-over", 0, 0, "supervisor: close the period")                       \
    ATM_VERB_DEF(RECOVER, "recover", 0, 0, "settle what a power loss left open, tell the host")    \
    ATM_VERB_DEF(ADVICES, "advices", ATM_HAS_MS, 0, "wait until the host knows everything")        \
    ATM_VERB_DEF(STATUS, "status", 0, 0, "cassettes, advices, what is unfinished")                 \
    ATM_VERB_DEF(JOURNAL, "journal",                                                               \
                 ATM_HAS_COUNT | ATM_HAS_FROM | ATM_HAS_UNTIL | ATM_HAS_EVENT | ATM_HAS_STAN |     \
                     ATM_HAS_TXID | ATM_HAS_ORDER | ATM_HAS_EXPORT | ATM_HAS_VERIFY,               \
                 0, "the electronic journal: look, export, verify")                                \
    ATM_VERB_DEF(RECEIPT, "receipt", ATM_HAS_STAN | ATM_HAS_TXID | ATM_HAS_FROM, 0,                \
                 "a copy of a receipt, by its STAN (and business date) or its operation's txid")   \
    ATM_VERB_DEF(FAULT, "fault", ATM_HAS_FAULT | ATM_HAS_VALUE | ATM_HAS_AT, ATM_HAS_FAULT,        \
                 "simulation: arm a device fault")                                                 \
    ATM_VERB_DEF(CLEAR_FAULTS, "clear-faults", 0, 0, "simulation: disarm all faults")              \
    ATM_VERB_DEF(COLLECT_CARDS, "collect-cards", 0, 0,                                             \
                 "simulation: staff empties the bin of retained cards")                            \
    ATM_VERB_DEF(TAKE, "take", 0, 0, "simulation: the customer takes presented cash")              \
    ATM_VERB_DEF(WORLD, "world", 0, 0, "simulation: where every note is")

enum atm_verb {
#define ATM_VERB_ENUM(id, name, takes, needs, about) ATM_VERB_##id,
    ATM_VERBS(ATM_VERB_ENUM)
#undef ATM_VERB_ENUM
        ATM_VERB_COUNT
};

struct atm_step_load {
    int64_t cassette;
    int64_t notes;
};

struct atm_step {
    enum atm_verb verb;
    unsigned has;
    char card[ATM_TEXT_SIZE]; /* a name of the cards file, or a PAN */
    int32_t expiry;           /* with a PAN */
    char pin[16];
    char new_pin[16];
    struct tw_iban account; /* 0: the card's first */
    struct tw_iban to;
    int64_t amount;
    int64_t max_surcharge; /* the step is not played if it would cost more */
    char remittance[141];
    struct tw_uuid txid;
    int32_t from, until; /* journal: business dates */
    int64_t stan;
    char event[ATM_EVENT_SIZE];
    char order[8];    /* "newest", "oldest" first */
    char export[256]; /* a file that is not there yet */
    bool verify;
    int64_t count;
    int64_t value;
    int64_t ms;
    char fault[24];
    char at[32];      /* where the power goes */
    char language[4]; /* the customer's: "en", "de" */
    char mix[8];      /* which notes: a strategy's name */
    size_t note_count;
    struct tw_notes notes[TW_NOTES_MAX];
    size_t load_count;
    struct atm_step_load loads[ATM_CASSETTES_MAX];
};

const char *atm_verb_name(enum atm_verb verb);
const char *atm_verb_about(enum atm_verb verb);
unsigned atm_verb_takes(enum atm_verb verb);
bool atm_verb_find(const char *name, enum atm_verb *ret_verb);

/* {"do":"withdraw","card":"alice","pin":"1234","amount":6000}. Wipe the step after use. */
struct tw_status atm_step_read(const json_t *object, struct atm_step *ret_step,
                               struct tw_error *ret_error);
/* The object that reads as this step, secrets included: new reference. */
json_t *atm_step_write(const struct atm_step *step);
/* Whether the step has what its verb needs, and nothing that it does not take. */
struct tw_status atm_step_check(const struct atm_step *step, struct tw_error *ret_error);

#endif
