/*
 * The electronic journal as a file: JSON Lines or CSV, by the file's ending. Every entry that the
 * filter lets through, with its hash and the one before it, so that who has the file can tell
 * whether the journal still is what it was. Read in one view, while the terminal may go on writing.
 * The file is new (CONFLICT when it is there already) and only its owner may read it.
 */
#ifndef ATM_FACE_EXPORT_H
#define ATM_FACE_EXPORT_H

#include "atm-client/journal/journal.h"

struct tw_status atm_journal_export(struct atm_journal *journal,
                                    const struct atm_journal_filter *filter, const char *file,
                                    int64_t *ret_count, struct tw_error *ret_error);

#endif
