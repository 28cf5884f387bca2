/*
 * Read and written by hand into buffers of the caller: a JSON plaintext was rejected, because the
 * parser's copies of the PIN would stay behind in freed memory where nothing can wipe them. The
 * reader proves itself by writing again: what it accepts has exactly one spelling.
 */
#include "pin/pin_plain.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define VERSION          "1"
#define PIN_LENGTH_MIN   4
#define TERMINAL_ID_MAX  99999999
#define ISSUED_MS_MAX    INT64_C(9999999999999) /* thirteen digits, year 2286 */
#define TERMINAL_LENGTH  8
#define MILLISECOND_SIZE 14

static bool is_digits(const char *text, size_t least, size_t most) {
    size_t length = strnlen(text, most + 1);
    return length >= least && length <= most && strspn(text, "0123456789") == length;
}

static const char *wrong_member(const struct tw_pin_plain *plain) {
    if (!is_digits(plain->pin, PIN_LENGTH_MIN, TW_PIN_TEXT_SIZE - 1)) {
        return "pin";
    }
    if (plain->new_pin[0] != '\0' &&
        !is_digits(plain->new_pin, PIN_LENGTH_MIN, TW_PIN_TEXT_SIZE - 1)) {
        return "new_pin";
    }
    if (memchr(plain->pan, '\0', sizeof plain->pan) == NULL || !tw_pan_valid(plain->pan)) {
        return "pan";
    }
    if (plain->terminal_id < 1 || plain->terminal_id > TERMINAL_ID_MAX) {
        return "terminal_id";
    }
    return plain->issued_ms < 0 || plain->issued_ms > ISSUED_MS_MAX ? "issued_ms" : NULL;
}

struct tw_status tw_pin_plain_write(const struct tw_pin_plain *plain,
                                    char ret_bytes[TW_PIN_PLAIN_BYTES],
                                    struct tw_error *ret_error) {
    char text[TW_PIN_PLAIN_BYTES + 1];
    char txid[TW_UUID_TEXT_SIZE];
    const char *wrong = wrong_member(plain);

    if (wrong != NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s is not well formed", wrong);
    }
    int length = snprintf(text, sizeof text, VERSION ";%s;%08d;%s;%lld;%s;%s", plain->pan,
                          plain->terminal_id, tw_uuid_text(&plain->txid, txid),
                          (long long)plain->issued_ms, plain->pin, plain->new_pin);
    tw_assert(length > 0 && length <= TW_PIN_PLAIN_BYTES);
    memset(ret_bytes, ' ', TW_PIN_PLAIN_BYTES);
    memcpy(ret_bytes, text, (size_t)length);
    tw_wipe(text, sizeof text);
    return tw_success();
}

/* Copies up to the next stop character, which is consumed; false when size does not suffice. */
static bool take(const char **cursor, char stop, char *ret_text, size_t size) {
    const char *end = strchr(*cursor, stop);
    if (end == NULL || (size_t)(end - *cursor) >= size) {
        return false;
    }
    memcpy(ret_text, *cursor, (size_t)(end - *cursor));
    ret_text[end - *cursor] = '\0';
    *cursor = end + 1;
    return true;
}

static bool take_number(const char **cursor, size_t least, size_t most, int64_t *ret_number) {
    char digits[MILLISECOND_SIZE];
    int64_t number = 0;
    if (!take(cursor, ';', digits, sizeof digits) || !is_digits(digits, least, most)) {
        return false;
    }
    for (const char *digit = digits; *digit != '\0'; digit++) {
        number = number * 10 + (*digit - '0');
    }
    *ret_number = number;
    return true;
}

static bool read_members(const char *text, struct tw_pin_plain *plain) {
    char version[sizeof VERSION];
    char txid[TW_UUID_TEXT_SIZE];
    int64_t terminal_id = 0;

    if (!take(&text, ';', version, sizeof version) || strcmp(version, VERSION) != 0 ||
        !take(&text, ';', plain->pan, sizeof plain->pan) ||
        !take_number(&text, TERMINAL_LENGTH, TERMINAL_LENGTH, &terminal_id) ||
        !take(&text, ';', txid, sizeof txid) || !tw_uuid_parse(txid, &plain->txid) ||
        !take_number(&text, 1, MILLISECOND_SIZE - 1, &plain->issued_ms)) {
        return false;
    }
    plain->terminal_id = (int32_t)terminal_id;
    return take(&text, ';', plain->pin, sizeof plain->pin) &&
           take(&text, ' ', plain->new_pin, sizeof plain->new_pin);
}

bool tw_pin_plain_read(const char bytes[TW_PIN_PLAIN_BYTES], struct tw_pin_plain *ret_plain) {
    char text[TW_PIN_PLAIN_BYTES + 1];
    char again[TW_PIN_PLAIN_BYTES];

    memset(ret_plain, 0, sizeof *ret_plain);
    memcpy(text, bytes, TW_PIN_PLAIN_BYTES);
    text[TW_PIN_PLAIN_BYTES] = '\0';
    bool complete = read_members(text, ret_plain) &&
                    tw_ok(tw_pin_plain_write(ret_plain, again, NULL)) &&
                    CRYPTO_memcmp(bytes, again, sizeof again) == 0;
    if (!complete) {
        tw_wipe(ret_plain, sizeof *ret_plain);
    }
    tw_wipe(text, sizeof text);
    tw_wipe(again, sizeof again);
    return complete;
}

/* The PAN is compared in constant time like a secret: it is one, and the block holds the PIN. */
bool tw_pin_bound(const struct tw_pin_plain *plain, const char *pan, int32_t terminal_id,
                  const struct tw_uuid *txid, int64_t now_ms) {
    char expected[TW_PAN_TEXT_SIZE] = {0};
    char found[TW_PAN_TEXT_SIZE] = {0};
    size_t length = strnlen(pan, sizeof expected);

    if (length >= sizeof expected) {
        return false;
    }
    memcpy(expected, pan, length);
    memcpy(found, plain->pan, strnlen(plain->pan, sizeof found - 1));
    bool same_card = CRYPTO_memcmp(expected, found, sizeof expected) == 0;
    tw_wipe(expected, sizeof expected);
    tw_wipe(found, sizeof found);
    return same_card && plain->terminal_id == terminal_id && tw_uuid_equal(&plain->txid, txid) &&
           plain->issued_ms >= now_ms - TW_PIN_BLOCK_AGE_MS &&
           plain->issued_ms <= now_ms + TW_PIN_BLOCK_AGE_MS;
}

void tw_wipe(void *bytes, size_t length) {
    OPENSSL_cleanse(bytes, length);
}
