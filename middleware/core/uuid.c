/* Text by a nibble table, both ways; the positions of the hyphens are fixed. */
#include "core/uuid.h"

#include <string.h>

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool hyphen_before(size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool tw_uuid_parse(const char *text, struct tw_uuid *ret_uuid) {
    struct tw_uuid uuid;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (hyphen_before(i) && *text++ != '-') {
            return false;
        }
        const int high = hex_value(text[0]);
        const int low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0) {
            return false;
        }
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0') {
        return false;
    }
    *ret_uuid = uuid;
    return true;
}

const char *tw_uuid_text(const struct tw_uuid *uuid, char buffer[TW_UUID_TEXT_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    char *out = buffer;
    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        if (hyphen_before(i)) {
            *out++ = '-';
        }
        *out++ = digits[uuid->bytes[i] >> 4];
        *out++ = digits[uuid->bytes[i] & 0x0F];
    }
    *out = '\0';
    return buffer;
}

bool tw_uuid_equal(const struct tw_uuid *a, const struct tw_uuid *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct tw_uuid tw_uuid_v7(const struct tw_clock *clock, const struct tw_random *random) {
    struct tw_uuid uuid;
    random->fill(random->context, uuid.bytes + 6, sizeof uuid.bytes - 6);
    const uint64_t wall_ms = (uint64_t)tw_wall_ms(clock);
    for (size_t i = 0; i < 6; i++) {
        uuid.bytes[i] = (uint8_t)(wall_ms >> (40 - 8 * i));
    }
    uuid.bytes[6] = (uint8_t)(0x70 | (uuid.bytes[6] & 0x0F)); /* version 7 */
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3F)); /* variant of RFC 9562 */
    return uuid;
}
