/*
 * Luhn from the right, without multiplications: doubling a digit and adding its digits is a table.
 * The mask shows what PCI DSS 3.4 allows, and less for short numbers, where eight and four digits
 * would leave almost nothing hidden.
 */
#include "core/pan.h"

#include <string.h>

#define DIGITS_MIN  12
#define DIGITS_MAX  19
#define MASK_IIN_AT 16 /* from this length on the IIN is shown */

/* Luhn sum of all digits, the last one undoubled; -1 when there is anything but digits. */
static int luhn_sum(const char *digits, size_t length) {
    static const int doubled[] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    int sum = 0;
    for (size_t i = 0; i < length; i++) {
        const char digit = digits[length - 1 - i];
        if (digit < '0' || digit > '9') {
            return -1;
        }
        sum += i % 2 == 1 ? doubled[digit - '0'] : digit - '0';
    }
    return sum;
}

bool tw_pan_valid(const char *pan) {
    const size_t length = strnlen(pan, DIGITS_MAX + 1);
    if (length < DIGITS_MIN || length > DIGITS_MAX) {
        return false;
    }
    const int sum = luhn_sum(pan, length);
    return sum >= 0 && sum % 10 == 0;
}

bool tw_pan_suspected(const char *text) {
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9') {
            digits++;
        } else if (*text != ' ' && *text != '-') {
            return false;
        }
    }
    return digits >= DIGITS_MIN && digits <= DIGITS_MAX;
}

bool tw_pan_append_check_digit(char *digits, size_t size) {
    const size_t length = strnlen(digits, size);
    if (length < DIGITS_MIN - 1 || length > DIGITS_MAX - 1 || length + 2 > size) {
        return false;
    }
    digits[length] = '0';
    const int sum = luhn_sum(digits, length + 1);
    if (sum < 0) {
        digits[length] = '\0';
        return false;
    }
    digits[length] = (char)('0' + (10 - sum % 10) % 10);
    digits[length + 1] = '\0';
    return true;
}

const char *tw_pan_mask(const char *pan, char buffer[TW_PAN_TEXT_SIZE]) {
    const size_t length = strnlen(pan, DIGITS_MAX + 1);
    if (length < DIGITS_MIN || length > DIGITS_MAX) {
        memcpy(buffer, "****", sizeof "****");
        return buffer;
    }
    const size_t head = length >= MASK_IIN_AT ? 8 : 0;
    memset(buffer, '*', length);
    memcpy(buffer, pan, head);
    memcpy(buffer + length - 4, pan + length - 4, 4);
    buffer[length] = '\0';
    return buffer;
}
