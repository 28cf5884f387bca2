/*
 * Terminals: each is atm-client as a child that plays steps from its standard input, one JSON line
 * each, and reports likewise. It lives from step to step until its power is lost; the next step
 * starts it again, and it recovers.
 */
#ifndef SCN_TERMINAL_H
#define SCN_TERMINAL_H

#include "scenario/run.h"

/* Writes the terminal's part of its configuration: cassettes, timers, where its middlewares are. */
void scn_terminal_configure(struct scn_run *run, struct scn_terminal *terminal);
/* Gives a step; starts the terminal if its power is off, with a crash point if crash_at is given
 * (then it is restarted). Malloc'd reason, or NULL. */
char *scn_terminal_begin(struct scn_run *run, struct scn_terminal *terminal, const json_t *step,
                         const char *crash_at);
/* The report of the step begun before: new reference. NULL: the terminal has ended; *ret_problem
 * says why unless a crash point was asked for. */
json_t *scn_terminal_end(struct scn_run *run, struct scn_terminal *terminal, int64_t deadline_us,
                         char **ret_problem);
json_t *scn_terminal_do(struct scn_run *run, struct scn_terminal *terminal, const json_t *step,
                        char **ret_problem);
/* kill -9, or a clean end of its life. */
/* Its own fault will end it at this point: that is expected then. */
void scn_terminal_dies_at(struct scn_terminal *terminal, const char *point);
void scn_terminal_kill(struct scn_terminal *terminal);
void scn_terminal_stop(struct scn_terminal *terminal);
/* Signs on and fills every terminal; all at once. Malloc'd reason, or NULL. */
char *scn_terminals_fill(struct scn_run *run);
/* Number of the cassette with this denomination, 0: none. */
int64_t scn_terminal_cassette(const struct scn_terminal *terminal, const char *denomination);

#endif
