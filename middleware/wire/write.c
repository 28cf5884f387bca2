/*
 * Runs of bytes that need no escape are copied in one piece; room for a whole string is made once.
 * Escapes are Jansson's: the short ones where JSON has them, else four hexadecimal digits.
 */
#include "wire/write.h"

#include <string.h>

#include "core/utf8.h"

#define INTEGER_TEXT_MAX 20

bool tw_write_plain(struct tw_buffer *out, const char *text) {
    return tw_buffer_append(out, text, strlen(text));
}

bool tw_write_integer(struct tw_buffer *out, int64_t integer) {
    char digits[INTEGER_TEXT_MAX];
    size_t begin = sizeof digits;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        digits[--begin] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0) {
        digits[--begin] = '-';
    }
    return tw_buffer_append(out, digits + begin, sizeof digits - begin);
}

static bool needs_escape(unsigned char byte) {
    return byte < 0x20 || byte == '"' || byte == '\\';
}

static bool write_escape(struct tw_buffer *out, unsigned char byte) {
    static const char digits[] = "0123456789ABCDEF";
    static const char letters[256] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                      ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    if (letters[byte] != '\0') {
        const char escape[2] = {'\\', letters[byte]};
        return tw_buffer_append(out, escape, sizeof escape);
    }
    const char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 0x0F]};
    return tw_buffer_append(out, escape, sizeof escape);
}

/* Bytes from text on that are copied as they are; *ret_valid false when one of them is not UTF-8.
 */
static size_t plain_run(const char *text, size_t length, bool *ret_valid) {
    size_t at = 0;
    while (at < length && !needs_escape((unsigned char)text[at])) {
        uint32_t character = 0;
        const bool ascii = (unsigned char)text[at] < 0x80;
        const size_t count = ascii ? 1 : tw_utf8_decode(text + at, length - at, &character);
        if (count == 0) {
            *ret_valid = false;
            return at;
        }
        at += count;
    }
    return at;
}

bool tw_write_string(struct tw_buffer *out, const char *text) {
    const size_t length = strlen(text);
    bool good = tw_buffer_reserve(out, length + 2) && tw_buffer_append(out, "\"", 1);
    for (size_t at = 0; good && at < length;) {
        const size_t run = plain_run(text + at, length - at, &good);
        good = good && tw_buffer_append(out, text + at, run);
        at += run;
        if (good && at < length) {
            good = write_escape(out, (unsigned char)text[at]);
            at++;
        }
    }
    return good && tw_buffer_append(out, "\"", 1);
}
