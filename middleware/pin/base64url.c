/*
 * Six bits at a time through an accumulator. The decoder's table is indexed by the input byte,
 * which is fine here: what goes through it (tokens, headers) is public, the secret is in the key.
 * OpenSSL's decoder was rejected: other alphabet, and it accepts padding and white space.
 */
#include "pin/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Value of a character plus one; 0 for those outside the alphabet. */
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

void tw_base64url_encode(const uint8_t *bytes, size_t length, char *ret_text) {
    uint32_t held = 0;
    unsigned held_bits = 0;

    for (size_t i = 0; i < length; i++) {
        held = (held << 8) | bytes[i];
        for (held_bits += 8; held_bits >= 6; held_bits -= 6) {
            *ret_text++ = alphabet[(held >> (held_bits - 6)) & 63];
        }
    }
    if (held_bits > 0) {
        *ret_text++ = alphabet[(held << (6 - held_bits)) & 63];
    }
    *ret_text = '\0';
}

bool tw_base64url_decode(const char *text, size_t length, uint8_t *ret_bytes, size_t size) {
    uint32_t held = 0;
    unsigned held_bits = 0;
    size_t done = 0;

    if (length != TW_BASE64URL_LENGTH(size)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t value = values[(unsigned char)text[i]];
        if (value == 0) {
            return false;
        }
        held = (held << 6) | (uint32_t)(value - 1);
        held_bits += 6;
        if (held_bits >= 8) {
            held_bits -= 8;
            ret_bytes[done++] = (uint8_t)(held >> held_bits);
        }
    }
    return done == size && (held & ((1u << held_bits) - 1)) == 0;
}
