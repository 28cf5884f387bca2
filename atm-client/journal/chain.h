/* The hash of an entry, for the journal folder; what it is good for is in journal.h. */
#ifndef ATM_JOURNAL_CHAIN_H
#define ATM_JOURNAL_CHAIN_H

#include "atm-client/journal/journal.h"

/* SHA-256 in hex of previous, sequence, wall_ms, business date (ISO 8601), stan, txid, event and
 * detail, a line each. */
void atm_chain_hash(const struct atm_journal_entry *entry, char ret_hash[ATM_HASH_TEXT_SIZE]);

#endif
