/* A list of what is allowed, because a list of what is not would miss the next secret. A value is
 * looked at all the same: a fault may have put anything into an allowed member. */
#include "relay/brief.h"

#include <stdbool.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 48, PAN_DIGITS_MIN = 13 };

static const char *const allowed[] = {
    "acquirer",    "amount",    "bank_code",       "bucket",       "business_date",
    "cap",         "count",     "currency",        "denomination", "difference",
    "dispensed",   "in_doubt",  "interchange",     "kind",         "more",
    "offset",      "operation", "original_amount", "original_rc",  "original_window_no",
    "phase",       "prefix",    "prefunding",      "rc",           "reason",
    "repeat",      "reserve",   "retain_card",     "rrn",          "serial",
    "stan",        "status",    "submitted",       "surcharge",    "suspect",
    "terminal_id", "window_no",
};

static bool harmless_text(const char *text, size_t length) {
    size_t digits = 0;
    for (size_t i = 0; i < length && digits < PAN_DIGITS_MIN; i++) {
        digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
    }
    return length <= TEXT_BYTES_MAX && digits < PAN_DIGITS_MIN;
}

static bool harmless(const json_t *value) {
    if (json_is_string(value)) {
        return harmless_text(json_string_value(value), json_string_length(value));
    }
    return json_is_integer(value) || json_is_boolean(value);
}

json_t *rl_brief(const json_t *members) {
    json_t *brief = json_object();
    for (size_t i = 0; brief != NULL && i < sizeof allowed / sizeof allowed[0]; i++) {
        json_t *value = json_object_get(members, allowed[i]);
        if (value != NULL && harmless(value)) {
            (void)json_object_set(brief, allowed[i], value);
        }
    }
    return brief;
}
