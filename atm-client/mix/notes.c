/* A list is searched front to back: it has at most sixteen denominations. */
#include "atm-client/mix/notes.h"

bool atm_notes_add(struct tw_notes *notes, size_t *count, int64_t denomination, int64_t add) {
    for (size_t i = 0; i < *count; i++) {
        if (notes[i].denomination == denomination) {
            notes[i].count += add;
            return true;
        }
    }
    if (*count == TW_NOTES_MAX)
        return false;
    notes[(*count)++] = (struct tw_notes){.denomination = denomination, .count = add};
    return true;
}

int64_t atm_notes_amount(const struct tw_notes *notes, size_t count) {
    int64_t amount_minor = 0;
    for (size_t i = 0; i < count; i++)
        amount_minor += notes[i].denomination * notes[i].count;
    return amount_minor;
}
