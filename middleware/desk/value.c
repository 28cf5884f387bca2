/* Checks the characters itself before a library function converts them, because strtoll would
 * accept blanks, signs and a trailing rest. */
#include "desk/value.h"

#include <stdlib.h>
#include <string.h>

static bool all_digits(const char *text, size_t length) {
    return length > 0 && strspn(text, "0123456789") == length;
}

struct tw_status ctl_parse_number(const char *what, const char *text, int64_t min, int64_t max,
                                  int64_t *ret_number, struct tw_error *ret_error) {
    size_t length = strlen(text);
    int64_t number = -1;
    if (all_digits(text, length) && length <= 18) {
        number = strtoll(text, NULL, 10);
    }
    if (number < min || number > max) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s must be a number from %lld to %lld",
                       what, (long long)min, (long long)max);
    }
    *ret_number = number;
    return tw_success();
}
