/*
 * Random digits are drawn by rejection, so that each is equally likely. The card's id is random
 * too: it travels in tokens and logs, and must not tell the PAN or the order of issue.
 */
#include "ctl/card_make.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/date.h"
#include "ctl/value.h"

static void random_digits(const struct tw_random *random, char *digits, size_t count) {
    for (size_t i = 0; i < count;) {
        uint8_t byte;
        random->fill(random->context, &byte, sizeof byte);
        if (byte < 250) {
            digits[i++] = (char)('0' + byte % 10);
        }
    }
    digits[count] = '\0';
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
    uint64_t bits = 0;
    while (bits == 0) {
        random->fill(random->context, &bits, sizeof bits);
        bits &= INT64_MAX;
    }
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

/* One line of at most size - 1 characters; false when it is longer or missing. */
static bool read_line(FILE *in, char *line, size_t size) {
    if (fgets(line, (int)size, in) == NULL) {
        return false;
    }
    size_t length = strcspn(line, "\r\n");
    bool complete = line[length] != '\0' || feof(in);
    line[length] = '\0';
    return complete;
}

static bool read_line_silently(char *line, size_t size) {
    struct termios before;
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs("PIN: ", stderr);
    }
    bool read = read_line(stdin, line, size);
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return read;
}

struct tw_status ctl_pin_read(const char *file, char ret_pin[TW_PIN_TEXT_SIZE],
                              struct tw_error *ret_error) {
    char line[TW_PIN_TEXT_SIZE + 2]; /* and a line end */
    bool read = false;
    if (file == NULL) {
        read = read_line_silently(line, sizeof line);
    } else {
        FILE *in = fopen(file, "re");
        if (in == NULL) {
            return tw_fail(ret_error, TW_E_IO, "%s: %s", file, strerror(errno));
        }
        setvbuf(in, NULL, _IONBF, 0); /* no copy of the PIN in a buffer that is not wiped */
        read = read_line(in, line, sizeof line);
        (void)fclose(in);
    }
    bool valid = read && ctl_pin_valid(line);
    if (valid) {
        memcpy(ret_pin, line, strlen(line) + 1);
    }
    tw_wipe(line, sizeof line);
    return valid ? tw_success()
                 : tw_fail(ret_error, TW_E_INVALID_PARAMS, "a PIN has 4 to 12 digits");
}
