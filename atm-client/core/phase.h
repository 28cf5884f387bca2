/*
 * What a terminal is doing: one phase at a time, one table of allowed moves, one function that
 * moves (atm_move in terminal.c). Anything the table does not list is a defect and aborts.
 *
 *  OUT_OF_SERVICE --power up--> RECOVERING --> OUT_OF_SERVICE
 *        |  ^                                       supervisor work and host contact are possible
 *        v  |                                       in and out of service:
 *     CONTACT (sign-on, echo) <--> IDLE <--> SUPERVISOR <--> OUT_OF_SERVICE
 *                                   |
 *                                   v card in
 *        EJECTING <-------------- CARD <-----+
 *         |    ^                    | PIN     | wrong PIN
 *         |    |                    v         |
 *   IDLE <+    +---- SESSION <---- PIN -------+----> EJECTING (card given back or retained)
 *    or            |    ^
 *  OUT_OF_SERVICE  |    +--- INQUIRY       balance, statement, PIN change, transfer status
 *                  |    +--- TRANSFERRING  transfer asked, repeated until answered or pending
 *                  |    |
 *                  +-> REQUESTED --approved--> INTENT -> DISPENSING -> PRESENTED -> DONE -> SESSION
 *                  |        |                                |                       ^
 *                  |        +- declined, or no answer:       +- jam, suspect --------+
 *                  |           reversal journaled -> SESSION
 *                  +-> ESCROW -> DEPOSITING --approved--> STOWING -> DONE -> SESSION
 *                        |           |                       |
 *                        +-----------+-> RETURNING <---------+  declined, unanswered, not stowed
 *                                            +-> SESSION
 */
#ifndef ATM_CORE_PHASE_H
#define ATM_CORE_PHASE_H

#include <stdbool.h>

#define ATM_PHASES(ATM_PHASE_DEF)                                                                  \
    ATM_PHASE_DEF(OUT_OF_SERVICE, "out of service")                                                \
    ATM_PHASE_DEF(RECOVERING, "recovering")                                                        \
    ATM_PHASE_DEF(CONTACT, "contacting the host")                                                  \
    ATM_PHASE_DEF(IDLE, "signed on")                                                               \
    ATM_PHASE_DEF(SUPERVISOR, "supervisor")                                                        \
    ATM_PHASE_DEF(CARD, "card inserted")                                                           \
    ATM_PHASE_DEF(PIN, "checking the PIN")                                                         \
    ATM_PHASE_DEF(SESSION, "session")                                                              \
    ATM_PHASE_DEF(INQUIRY, "inquiry")                                                              \
    ATM_PHASE_DEF(REQUESTED, "withdrawal requested")                                               \
    ATM_PHASE_DEF(INTENT, "withdrawal approved")                                                   \
    ATM_PHASE_DEF(DISPENSING, "dispensing")                                                        \
    ATM_PHASE_DEF(PRESENTED, "cash presented")                                                     \
    ATM_PHASE_DEF(DONE, "done")                                                                    \
    ATM_PHASE_DEF(ESCROW, "counting notes")                                                        \
    ATM_PHASE_DEF(DEPOSITING, "deposit requested")                                                 \
    ATM_PHASE_DEF(STOWING, "stowing notes")                                                        \
    ATM_PHASE_DEF(RETURNING, "returning notes")                                                    \
    ATM_PHASE_DEF(TRANSFERRING, "transfer requested")                                              \
    ATM_PHASE_DEF(EJECTING, "ejecting the card")

enum atm_phase {
#define ATM_PHASE_ENUM(id, text) ATM_PHASE_##id,
    ATM_PHASES(ATM_PHASE_ENUM)
#undef ATM_PHASE_ENUM
        ATM_PHASE_COUNT
};

bool atm_phase_allowed(enum atm_phase from, enum atm_phase to);
const char *atm_phase_text(enum atm_phase phase);

#endif
