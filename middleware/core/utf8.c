/*
 * A lead byte says how many bytes follow; the smallest character of each length then refuses
 * overlong spellings. Small and branchy rather than a DFA table: it runs over short members only.
 */
#include "core/utf8.h"

#include <string.h>

static size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

size_t tw_utf8_decode(const char *text, size_t length, uint32_t *ret_character) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char lead = (unsigned char)text[0];
    const size_t count = sequence_length(lead);
    if (count == 0 || count > length) {
        return 0;
    }
    uint32_t character = lead & lead_bits[count];
    for (size_t i = 1; i < count; i++) {
        const unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80) {
            return 0;
        }
        character = character << 6 | (next & 0x3F);
    }
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < smallest[count] || character > 0x10FFFF || surrogate) {
        return 0;
    }
    *ret_character = character;
    return count;
}

bool tw_utf8_printable(uint32_t character) {
    const bool control = character < 0x20 || (character >= 0x7F && character <= 0x9F);
    const bool separator = character == 0x2028 || character == 0x2029;
    const bool direction = character == 0x200E || character == 0x200F || character == 0x061C ||
                           (character >= 0x202A && character <= 0x202E) ||
                           (character >= 0x2066 && character <= 0x2069);
    return !control && !separator && !direction && character != 0xFEFF;
}

void tw_utf8_trim(char *text) {
    const size_t length = strlen(text);
    size_t tail = 0;
    while (tail < 3 && tail < length && ((unsigned char)text[length - 1 - tail] & 0xC0) == 0x80) {
        tail++;
    }
    if (tail == length) {
        return;
    }
    const size_t lead = length - 1 - tail;
    if (sequence_length((unsigned char)text[lead]) > tail + 1) {
        text[lead] = '\0';
    }
}
