/* Lists of notes by denomination (struct tw_notes of the wire): adding up and counting. Pure. */
#ifndef ATM_MIX_NOTES_H
#define ATM_MIX_NOTES_H

#include "wire/message.h"

/* Adds notes to a list of room TW_NOTES_MAX; false when a new denomination does not fit. */
TW_MUST_USE bool atm_notes_add(struct tw_notes *notes, size_t *count, int64_t denomination,
                               int64_t add);
int64_t atm_notes_amount(const struct tw_notes *notes, size_t count);

#endif
