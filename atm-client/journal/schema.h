/* Versions of the journal's schema; for the journal folder only. */
#ifndef ATM_JOURNAL_SCHEMA_H
#define ATM_JOURNAL_SCHEMA_H

#include "atm-client/journal/sql.h"

/* Brings the file to this program's version, one transaction per step. A file of a newer version
 * is refused: CONFIG. */
struct tw_status atm_schema_apply(struct atm_journal *journal, struct tw_error *ret_error);
/* For one who may not change it: NOT_FOUND when the file is of an older version, CONFIG when of a
 * newer one. */
struct tw_status atm_schema_check(struct atm_journal *journal, struct tw_error *ret_error);

#endif
