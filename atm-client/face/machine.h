/*
 * A whole terminal made from its configuration: loop, TLS, pool to the middlewares, simulated
 * devices, journal, core. The faces drive it one operation at a time and wait; waiting runs the
 * loop, so advices go out meanwhile. Owns all of it; borrows the configuration. Closing twice, or
 * what was never opened after zeroing, is harmless.
 */
#ifndef ATM_FACE_MACHINE_H
#define ATM_FACE_MACHINE_H

#include "atm-client/core/terminal.h"
#include "atm-client/device/sim.h"
#include "atm-client/face/config.h"
#include "atm-client/link/link.h"

struct atm_machine {
    const struct atm_config *config;
    struct tw_loop *loop;
    bool shares_loop; /* it is the owner's */
    struct tw_tls *tls;
    struct tw_pool *pool;
    struct atm_link link;
    struct atm_sim *sim;
    struct atm_journal *journal;
    struct atm_terminal *terminal;
    struct tw_timer due; /* the terminal's next tick */
    bool powered;
};

/* What a waiting caller gets. */
struct atm_waiting {
    bool done;
    struct atm_outcome outcome;
};

/* What a face is told from within the loop; each may be NULL. It must not start operations there.
 */
struct atm_machine_watch {
    void (*on_presented)(void *context, struct atm_sim *sim, int64_t timeout_ms); /* device/sim.h */
    void (*on_ejected)(void *context, struct atm_sim *sim, int64_t timeout_ms);
    void (*on_phase)(void *context, enum atm_phase from, enum atm_phase to);
    void (*on_message)(void *context, const struct atm_message_seen *seen); /* link/link.h */
    void *context;
};

/* watch is copied; NULL: nobody looks. The machine must not move in memory afterwards. */
struct tw_status atm_machine_open(struct atm_machine *machine, const struct atm_config *config,
                                  const struct atm_machine_watch *watch,
                                  struct tw_error *ret_error);
/* The same as one of many terminals in a process: on their loop, with a relaxed journal (see
 * journal/journal.h); the customer always takes the cash. */
struct tw_status atm_machine_open_on(struct atm_machine *machine, const struct atm_config *config,
                                     struct tw_loop *loop, struct tw_error *ret_error);
/* After an operation was started by hand: when the terminal must be ticked next has changed. */
void atm_machine_arm(struct atm_machine *machine);
/* Journal and devices only, without the terminal's lock: to look at them while it runs elsewhere.
 * There is no terminal in it then. NOT_FOUND when there is no journal yet. */
struct tw_status atm_machine_look(struct atm_machine *machine, const struct atm_config *config,
                                  struct tw_error *ret_error);
void atm_machine_close(struct atm_machine *machine);

/* The callback to start an operation with; then wait. */
void atm_waiting_done(void *context, const struct atm_outcome *outcome);
void atm_machine_wait(struct atm_machine *machine, struct atm_waiting *waiting);
/* Runs the loop until *done, which something in it sets, or for timeout_ms; returns *done. */
bool atm_machine_run(struct atm_machine *machine, const bool *done, int64_t timeout_ms);
/* Runs the loop until something can be read from fd, or at once when fd is a file. Not from within
 * the loop: a device's hands wait without it. */
void atm_machine_await(struct atm_machine *machine, int fd);
/* Lets advices go out until none waits or timeout_ms has passed; true when none waits. Pending
 * transfers are waited for if wanted, but do not count. */
bool atm_machine_settle(struct atm_machine *machine, int64_t timeout_ms, bool transfers);

#endif
