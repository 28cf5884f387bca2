/*
 * Everything between terminals and their middlewares, and between banks, passes the message relay,
 * a child: it can cut links and lose, delay, double, reorder and change messages, and writes the
 * trace that the sequence chart is drawn from. Links are called "alder>birch" (from, to; ordered
 * pairs) and "a1>alder/1" (terminal, its bank's first middleware).
 */
#ifndef SCN_RELAY_H
#define SCN_RELAY_H

#include "scenario/run.h"

/* Starts the relay for the planned network; banks must have been created, not yet started. */
char *scn_relay_start(struct scn_run *run);
void scn_relay_stop(struct scn_run *run);
/* One command; the relay's answer as a new reference, or NULL with *ret_problem. */
json_t *scn_relay_do(struct scn_run *run, const json_t *command, char **ret_problem);
/* "a1>alder" for all its middlewares, and bank pairs as they are. malloc'd pattern. */
char *scn_relay_pattern(struct scn_run *run, const char *link);
char *scn_relay_trace_file(const struct scn_run *run);
/* The trace's clock now, 0 without a relay. */
int64_t scn_relay_now(struct scn_run *run);

/* Where this bank finds that one: malloc'd "host:port" texts into places; returns how many. */
size_t scn_relay_bank_places(struct scn_run *run, const struct scn_bank *from,
                             const struct scn_bank *to, const char **places, size_t room);
size_t scn_relay_agent_places(struct scn_run *run, const struct scn_bank *from, const char **places,
                              size_t room);
size_t scn_relay_terminal_places(struct scn_run *run, const struct scn_terminal *terminal,
                                 const char **places, size_t room);

#endif
