/* The process a fleet runs in: its memory, and how many files it may have open. */
#ifndef ATM_FLEET_PROCESS_H
#define ATM_FLEET_PROCESS_H

#include <stdint.h>

#include "core/status.h"

/* Resident memory now; 0 when the system does not tell. */
int64_t fleet_process_rss_kib(void);
/* Raises the limit of open files as far as is allowed; CONFIG when that is not enough for so many
 * terminals with so many connections each. */
struct tw_status fleet_process_files(int64_t terminals, int64_t connections,
                                     struct tw_error *ret_error);

#endif
