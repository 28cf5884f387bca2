/*
 * A foreign card at our terminal.
 *
 *   CHECKING -> ASKING -> answered                      reads, sessions, declines: relayed
 *               ASKING -> BOOKING -> answered           an approval of money: the mirror first
 *               ASKING -> UNDOING -> answered 91        no answer in time: the reversal is stored
 * first CHECKING -> NOTING -> ASKING ...                    a transfer that may earn us a fee
 *   CHECKING -> answered                                terminal, date, limit or route (91, 92)
 */
#ifndef BANK_FLOW_ACQUIRE_H
#define BANK_FLOW_ACQUIRE_H

#include "flow/passage.h"

/* params as the terminal sent them: kept, and changed into what the issuer is asked. */
void bank_acquire_begin(struct bank_passage *passage, json_t *params, int32_t issuer);

/* ib_peers_options.on_late, with the flows as context: 68. */
void bank_acquire_late(void *context, int32_t bank_code, const char *method, const json_t *params,
                       const struct tw_answer *answer);

#endif
