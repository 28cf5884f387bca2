/* One table, rc.def, read by index. */
#include "core/rc.h"

#include <stddef.h>

#include "core/status.h"

static const struct {
    const char *digits;
    const char *text;
} codes[TW_RC_COUNT] = {
#define TW_RC_DEF(name, digits, text) {digits, text},
#include "core/rc.def"
#undef TW_RC_DEF
};

const char *tw_rc_digits(enum tw_rc rc) {
    tw_assert((size_t)rc < TW_RC_COUNT);
    return codes[rc].digits;
}

const char *tw_rc_text(enum tw_rc rc) {
    tw_assert((size_t)rc < TW_RC_COUNT);
    return codes[rc].text;
}

bool tw_rc_from_digits(const char *digits, enum tw_rc *ret_rc) {
    for (size_t i = 0; i < TW_RC_COUNT; i++) {
        if (codes[i].digits[0] == digits[0] && codes[i].digits[1] == digits[1]) {
            *ret_rc = (enum tw_rc)i;
            return true;
        }
    }
    return false;
}

bool tw_rc_retains_card(enum tw_rc rc) {
    return rc == TW_RC_LOST_CARD || rc == TW_RC_STOLEN_CARD || rc == TW_RC_PIN_TRIES_EXCEEDED;
}
