/*
 * Outcomes for readers: one JSON object for programs, text for people. Neither holds a session
 * token, a certificate or a full PAN.
 */
#ifndef ATM_FACE_REPORT_H
#define ATM_FACE_REPORT_H

#include <stdio.h>

#include "atm-client/face/machine.h"
#include "atm-client/face/step.h"

/* New references. verdict, rc and text come first; the host's answer is merged in. */
json_t *atm_report_outcome(enum atm_verb verb, const struct atm_outcome *outcome,
                           enum atm_language language);
/* Cassettes, advices, unfinished operations, faults; what is in the journal now. */
struct tw_status atm_report_status(struct atm_machine *machine, json_t **ret_json,
                                   struct tw_error *ret_error);
/* Journal entries as the step asks for them, or whether the journal is whole; INVALID_PARAMS when
 * the step asks for what cannot be. */
struct tw_status atm_report_journal(struct atm_journal *journal, const struct atm_step *step,
                                    json_t **ret_json, struct tw_error *ret_error);
json_t *atm_report_entry(const struct atm_journal_entry *entry);
json_t *atm_report_world(const struct atm_sim *sim);

/* Prints a report made above as text. */
void atm_print_report(FILE *out, const json_t *report);

#endif
