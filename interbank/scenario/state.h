/*
 * The state of the network as its books have it: what scenarios expect and reports show. Amounts of
 * customers are positive when the bank owes them; of the bank's own accounts, debit positive.
 */
#ifndef SCN_STATE_H
#define SCN_STATE_H

#include "scenario/run.h"

int64_t scn_balance_of(struct scn_account *account, char **ret_problem);
/* What peer owes bank in this window, settled or not; 0: what it owes now. */
int64_t scn_position(struct scn_bank *bank, const struct scn_bank *peer, int64_t window,
                     char **ret_problem);
int64_t scn_messages_waiting(struct scn_run *run); /* in all banks together; -1: cannot be told */
/* Whatever waits for its next attempt is due: pace is no matter of correctness. */
void scn_messages_hurry(struct scn_run *run);
/* Rows per bank, peer and window, for the reports. */
json_t *scn_positions_json(struct scn_run *run);

#endif
