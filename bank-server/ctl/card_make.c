/*
 * Random digits are drawn by rejection, so that each is equally likely. The card's id is random
 * too: it travels in tokens and logs, and must not tell the PAN or the order of issue. Operators
 * type it, so it must not be mistaken for a PAN either: it has 19 digits and never a right Luhn
 * check digit.
 */
#include "ctl/card_make.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/date.h"

#define DIGITS_MAX 8 /* drawn at once */

static void random_digits(const struct tw_random *random, char *digits, size_t count) {
    uint8_t bytes[DIGITS_MAX];
    tw_assert(count <= sizeof bytes);
    for (size_t used = 0; used < count;) {
        size_t drawn = count - used;
        random->fill(random->context, bytes, drawn);
        for (size_t i = 0; i < drawn; i++) {
            if (bytes[i] < 250) {
                digits[used++] = (char)('0' + bytes[i] % 10);
            }
        }
    }
    digits[count] = '\0';
    tw_wipe(bytes, sizeof bytes);
}

void ctl_pan_random(const struct tw_random *random, const char *iin, char pan[TW_PAN_TEXT_SIZE]) {
    char digits[8];
    random_digits(random, digits, 7);
    int length = snprintf(pan, TW_PAN_TEXT_SIZE, "%s%s", iin, digits);
    bool appended = length == 15 && tw_pan_append_check_digit(pan, TW_PAN_TEXT_SIZE);
    tw_assert(appended);
}

void ctl_pin_random(const struct tw_random *random, char pin[TW_PIN_TEXT_SIZE]) {
    random_digits(random, pin, 4);
}

void ctl_digest_text(const uint8_t digest[TW_DIGEST_BYTES], char text[CTL_DIGEST_TEXT_SIZE]) {
    static const char hex[] = "0123456789abcdef";
    text[0] = '\\';
    text[1] = 'x';
    for (size_t i = 0; i < TW_DIGEST_BYTES; i++) {
        text[2 + 2 * i] = hex[digest[i] >> 4];
        text[3 + 2 * i] = hex[digest[i] & 15];
    }
    text[CTL_DIGEST_TEXT_SIZE - 1] = '\0';
}

static int64_t random_card_id(const struct tw_random *random) {
    uint64_t bits;
    char text[TW_PAN_TEXT_SIZE];
    do {
        random->fill(random->context, &bits, sizeof bits);
        bits &= INT64_MAX;
        snprintf(text, sizeof text, "%" PRIu64, bits);
    } while (strlen(text) < CTL_CARD_ID_DIGITS || tw_pan_valid(text));
    return (int64_t)bits;
}

static int32_t default_expiry(int32_t business_date) {
    int year;
    int month;
    int day;
    tw_date_civil(business_date, &year, &month, &day);
    return (year + CTL_CARD_YEARS) % 100 * 100 + month;
}

void ctl_card_make(const struct tw_random *random, const struct tw_keyring *keyring,
                   const char *pin, int32_t expiry, int32_t business_date, struct ctl_card *card) {
    uint8_t digest[TW_DIGEST_BYTES];
    card->card_id = random_card_id(random);
    card->expiry = expiry != 0 ? expiry : default_expiry(business_date);
    tw_pan_mask(card->pan, card->pan_masked);
    tw_keyring_pan_digest(keyring, card->pan, digest);
    ctl_digest_text(digest, card->pan_digest);
    tw_keyring_pin_digest(keyring, card->card_id, pin, digest);
    ctl_digest_text(digest, card->pin_digest);
}
