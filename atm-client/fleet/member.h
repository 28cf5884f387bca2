/*
 * One terminal of a fleet and the people around it: customers who come, think, type and go, and the
 * staff who count and fill. The terminal is the real one (face/machine.h), with journal, simulated
 * devices and a TLS connection of its own; the member only does what people do, and when.
 *
 *   OFF --> POWERING --> CONTACT <--> IDLE --> CARD <--> PIN --> SESSION <--> WORKING
 *                         |  ^        |  ^       |        |         |
 *                         v  |        v  |       +--------+-----> LEAVING --> CONTACT, STAFF,
 * FILLING, STAFF --> FILLING -+--+                                     IDLE or DRAINING
 *
 *   told to stop: IDLE --> DRAINING --> ENDED once the host knows everything; any --> ENDED when
 * nothing can be done any more.
 *
 * STAFF counts all notes (after faults, suspects, or a count that disagreed), FILLING puts notes
 * in. Everything is drawn from the terminal's own chance. Single-threaded, on the fleet's loop.
 */
#ifndef ATM_FLEET_MEMBER_H
#define ATM_FLEET_MEMBER_H

#include "atm-client/face/machine.h"
#include "atm-client/fleet/judge.h"
#include "atm-client/fleet/tally.h"
#include "atm-client/fleet/wallet.h"

#define FLEET_PHASES(FLEET_PHASE_DEF)                                                              \
    FLEET_PHASE_DEF(OFF)                                                                           \
    FLEET_PHASE_DEF(POWERING)                                                                      \
    FLEET_PHASE_DEF(CONTACT)                                                                       \
    FLEET_PHASE_DEF(STAFF)                                                                         \
    FLEET_PHASE_DEF(FILLING)                                                                       \
    FLEET_PHASE_DEF(IDLE)                                                                          \
    FLEET_PHASE_DEF(CARD)                                                                          \
    FLEET_PHASE_DEF(PIN)                                                                           \
    FLEET_PHASE_DEF(SESSION)                                                                       \
    FLEET_PHASE_DEF(WORKING)                                                                       \
    FLEET_PHASE_DEF(LEAVING)                                                                       \
    FLEET_PHASE_DEF(DRAINING)                                                                      \
    FLEET_PHASE_DEF(ENDED)

enum fleet_phase {
#define FLEET_PHASE_ENUM(id) FLEET_##id,
    FLEET_PHASES(FLEET_PHASE_ENUM)
#undef FLEET_PHASE_ENUM
        FLEET_PHASE_COUNT
};
bool fleet_phase_allowed(enum fleet_phase from, enum fleet_phase to);

/* What all members share; the owner keeps it while a member is open. */
struct fleet_ground {
    struct tw_loop *loop;
    const struct fleet_config *config;
    const struct fleet_profile *profile;
    struct fleet_wallet *wallet;
    struct fleet_tally *tally;
    bool stopping;                   /* no new customers */
    void (*on_ended)(void *context); /* a member has ended */
    void *context;
};

struct fleet_member {
    struct fleet_ground *ground;
    size_t index;
    int64_t number; /* of the terminal */
    enum fleet_phase phase;
    struct atm_config config; /* of the terminal */
    struct atm_machine machine;
    struct tw_timer next; /* when people do the next thing */
    struct tw_seeded random;
    bool wants_staff;
    bool journaled; /* the staff's last message is in the journal */
    struct fleet_card card;
    bool wrong_pin; /* will be typed */
    int64_t operations_left;
    size_t kind; /* of the operation under way */
    int64_t asked_minor;
    int64_t began_us;
};

/* Switches the terminal on; it goes on by itself. CONFLICT: another process is this terminal. */
struct tw_status fleet_member_open(struct fleet_member *member, struct fleet_ground *ground,
                                   size_t index, int64_t number, struct tw_error *ret_error);
/* ground->stopping has been set: whoever waits for a customer stops waiting. */
void fleet_member_stop(struct fleet_member *member);
bool fleet_member_in_service(const struct fleet_member *member);
void fleet_member_close(struct fleet_member *member);

/* --- of the member's parts -------------------------------------------------------------------- */

/* The one function that moves; the next thing is done wait_ms later (-1: by a callback). */
void fleet_member_move(struct fleet_member *member, enum fleet_phase to, int64_t wait_ms);
/* What an idle terminal needs most: the staff, the host, a customer. */
void fleet_member_rest(struct fleet_member *member);
void fleet_member_problem(struct fleet_member *member, const char *text);
/* member_customer.c: what a customer does when his time has come. */
void fleet_customer_comes(struct fleet_member *member);
void fleet_customer_types(struct fleet_member *member);
void fleet_customer_asks(struct fleet_member *member);
void fleet_customer_leaves(struct fleet_member *member);
/* member_staff.c */
bool fleet_staff_needed_to_fill(const struct fleet_member *member);
void fleet_staff_counts(struct fleet_member *member);
void fleet_staff_fills(struct fleet_member *member);

#endif
