/* The read half of a batch: sends what the book wants, locks in one fixed order (bank, terminals,
 * cards, accounts, each by id), and fills the book from the results. Stored decisions are read
 * after the locks, so a repeat that waited for its first attempt's commit sees its answer. */
#ifndef BANK_ENGINE_LOAD_H
#define BANK_ENGINE_LOAD_H

#include "db/connection.h"
#include "engine/book.h"

/* Queues the statements; the caller ends the round trip with bank_db_sync. */
void bank_load_locked(struct bank_book *book, struct bank_db *db, struct bank_params *params);
void bank_load_unlocked(struct bank_book *book, struct bank_db *db, struct bank_params *params);

#endif
