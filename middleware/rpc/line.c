/* Most messages fit at the first try; one that does not says how much it wants. */
#include "rpc/line.h"

#include "wire/json.h"

enum { FIRST_ROOM = 1023 };

bool tw_line_append(struct tw_buffer *output, const json_t *message) {
    size_t room = FIRST_ROOM;
    for (;;) {
        if (!tw_buffer_reserve(output, room + 1)) {
            return false;
        }
        size_t length = tw_json_write(message, output->bytes + output->end, room);
        if (length == 0) {
            return false;
        }
        if (length <= room) {
            output->end += length;
            output->bytes[output->end++] = '\n';
            return true;
        }
        room = length;
    }
}
