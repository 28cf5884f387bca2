/* Reads numbers that operators type. Strict: the whole text or nothing. INVALID_PARAMS names the
 * value. */
#ifndef TW_DESK_VALUE_H
#define TW_DESK_VALUE_H

#include <stdint.h>

#include "core/status.h"

/* Decimal digits only, min..max inclusive; min is at least 0. `what` names the value in errors. */
struct tw_status ctl_parse_number(const char *what, const char *text, int64_t min, int64_t max,
                                  int64_t *ret_number, struct tw_error *ret_error);

#endif
