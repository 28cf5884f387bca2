/* Parts may be empty here: which must not be depends on what is serialized. */
#include "pin/compact.h"

#include <string.h>

bool tw_compact_split(const char *text, struct tw_compact_part *ret_parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        ret_parts[i].text = text;
        ret_parts[i].length = strcspn(text, ".");
        text += ret_parts[i].length;
        if (*text != (last ? '\0' : '.')) {
            return false;
        }
        text += last ? 0 : 1;
    }
    return true;
}
