/*
 * Scripts: JSON lines in, one JSON line out per step. A line is an object with "do" and the verb's
 * members (face/step.h), and maybe "expect", an object whose members must be in the report with the
 * same values. A txid "$2" is that of the script's second transfer. Blank lines and lines that
 * begin with # are skipped. The first line that cannot be understood, or whose expectation is not
 * met, ends the script with its number.
 */
#ifndef ATM_FACE_SCRIPT_H
#define ATM_FACE_SCRIPT_H

#include <stdio.h>

#include "atm-client/face/play.h"
#include "atm-client/face/words.h"

#define ATM_SCRIPT_LINE_MAX 65536

/* One line, without its end: the step and the expectation (NULL: none; owned by the caller). */
struct tw_status atm_script_line(const char *line, size_t length, struct atm_step *ret_step,
                                 json_t **ret_expect, struct tw_error *ret_error);
/* True when every member of expect is in report, objects and arrays compared member by member. On
 * mismatch *ret_error says which. */
bool atm_script_meets(const json_t *report, const json_t *expect, struct tw_error *ret_error);

/* Plays in; the exit code is 0 when every step was played and met. Complaints go to err. */
enum atm_exit atm_script_run(struct atm_player *player, FILE *in, FILE *out, FILE *err);

#endif
