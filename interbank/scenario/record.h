/*
 * A live session as a scenario: steps are read from standard input, in a short form, played one
 * after the other on a network, and written down with what came of them, so that the file can be
 * played again and must give the same.
 */
#ifndef SCN_RECORD_H
#define SCN_RECORD_H

#include "scenario/run.h"

/* The network that is built when no file declares one; static text. */
const char *scn_record_network(void);

/* record_line.c: one line as a step: new reference, or NULL with *ret_problem (malloc'd). */
json_t *scn_record_line(const char *line, char **ret_problem);
void scn_record_help(FILE *out);

/* Reads and plays until "end" or the end of input; the recorded steps, a new reference. */
json_t *scn_record(struct scn_run *run, FILE *in);
/* The scenario: what the base declares, these steps, and what the books say now. */
struct tw_status scn_record_write(struct scn_run *run, const json_t *steps, const char *file,
                                  struct tw_error *ret_error);

#endif
