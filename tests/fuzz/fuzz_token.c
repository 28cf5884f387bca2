/*
 * Session tokens: any text is either refused or the one spelling of what it says. The first eight
 * bytes choose nothing but a mutation of a good token, so that the fuzzer also works close to the
 * border where tokens are accepted.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pin/keyring.h"

#define TEXT_MAX 512

static const char keyring_text[] =
    "[keys]\n"
    "pin_digest = 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "pan_digest = 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\n"
    "session = 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";

static struct tw_keyring *load_keyring(void) {
    char file[] = "/tmp/tw-fuzz-keyring-XXXXXX";
    struct tw_keyring *keyring = NULL;
    struct tw_error error = {0};
    int descriptor = mkstemp(file); /* mode 0600 */
    tw_assert(descriptor >= 0);
    tw_assert(write(descriptor, keyring_text, sizeof keyring_text - 1) ==
              (ssize_t)sizeof keyring_text - 1);
    (void)close(descriptor);
    struct tw_status status = tw_keyring_load(file, &keyring, &error);
    (void)unlink(file);
    tw_assert(tw_ok(status));
    return keyring;
}

/* Accepted means: sealing the claims again gives the same text. */
static void judge(const struct tw_keyring *keyring, const char *text) {
    struct tw_session_claims claims;
    char again[TW_TOKEN_SIZE];
    if (tw_session_unseal(keyring, text, &claims)) {
        tw_session_seal(keyring, &claims, again);
        tw_assert(strcmp(again, text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct tw_keyring *keyring;
    char text[TEXT_MAX + 1];
    char good[TW_TOKEN_SIZE];
    struct tw_session_claims claims = {.card_id = 1, .terminal_id = 17, .acquirer = 90000001};

    if (keyring == NULL) {
        keyring = load_keyring();
    }
    if (size > TEXT_MAX) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    judge(keyring, text);

    tw_session_seal(keyring, &claims, good);
    if (size >= 2) {
        good[data[0] % strlen(good)] = (char)data[1];
        judge(keyring, good);
    }
    return 0;
}
