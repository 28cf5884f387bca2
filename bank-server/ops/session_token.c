/* The prefix is no secret and no proof: a changed one only leads to a bank that cannot unseal it.
 */
#include "ops/session_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_DIGITS 8

void bank_token_seal(const struct tw_keyring *keyring, int32_t bank_code,
                     const struct tw_session_claims *claims, char ret_token[TW_SESSION_TEXT_SIZE]) {
    char sealed[TW_TOKEN_SIZE];
    tw_session_seal(keyring, claims, sealed);
    (void)snprintf(ret_token, TW_SESSION_TEXT_SIZE, "%08d.%s", bank_code, sealed);
}

int32_t bank_token_issuer(const char *token) {
    bool prefixed = strspn(token, "0123456789") == CODE_DIGITS && token[CODE_DIGITS] == '.';
    return prefixed ? (int32_t)strtol(token, NULL, 10) : 0;
}

bool bank_token_unseal(const struct tw_keyring *keyring, int32_t bank_code, const char *token,
                       struct tw_session_claims *ret_claims) {
    return bank_token_issuer(token) == bank_code &&
           tw_session_unseal(keyring, token + CODE_DIGITS + 1, ret_claims);
}
