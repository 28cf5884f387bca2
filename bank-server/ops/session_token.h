/*
 * Session tokens as they travel: "<issuer's bank code>.<sealed claims>". The claims are readable to
 * the issuer alone; the prefix tells an acquirer where to route what carries no account.
 */
#ifndef BANK_OPS_SESSION_TOKEN_H
#define BANK_OPS_SESSION_TOKEN_H

#include "pin/keyring.h"
#include "wire/message.h"

void bank_token_seal(const struct tw_keyring *keyring, int32_t bank_code,
                     const struct tw_session_claims *claims, char ret_token[TW_SESSION_TEXT_SIZE]);
/* False when the token is not this bank's, to the last bit. */
TW_MUST_USE bool bank_token_unseal(const struct tw_keyring *keyring, int32_t bank_code,
                                   const char *token, struct tw_session_claims *ret_claims);
/* The bank that sealed it, as its prefix says; 0 when there is none. */
int32_t bank_token_issuer(const char *token);

#endif
