/*
 * The PIN on its way: a JWE (RFC 7516, compact; ECDH-ES on P-256, A256GCM; libjose) for the
 * issuer's key. Only the terminal and the issuer see the plaintext, which binds the PIN to card,
 * terminal, transaction and time, so that a block cannot be used anywhere else or later.
 * PINs are 4 to 12 digits (ISO 9564). Callers wipe what they get (tw_wipe).
 */
#ifndef TW_PIN_PIN_BLOCK_H
#define TW_PIN_PIN_BLOCK_H

#include <stdint.h>

#include "core/clock.h"
#include "core/pan.h"
#include "core/status.h"
#include "core/uuid.h"
#include "net/chain.h"

#define TW_PIN_TEXT_SIZE    13
#define TW_PIN_BLOCK_MAX    2048
#define TW_PIN_BLOCK_AGE_MS INT64_C(300000)

struct tw_pin_plain {
    char pin[TW_PIN_TEXT_SIZE];
    char new_pin[TW_PIN_TEXT_SIZE]; /* pin.change only, else "" */
    char pan[TW_PAN_TEXT_SIZE];
    int32_t terminal_id;
    struct tw_uuid txid; /* of the request that carries the block */
    int64_t issued_ms;   /* Unix time */
};

struct tw_pin_encryptor; /* an issuer's public key, verified */
struct tw_pin_decryptor; /* the issuer's private key */
/* Verifies certificate_pem (issued by the root, not revoked, not expired, usage keyAgreement, name
 * tellerwire://pin/<bank>/<iin>[/...] with an IIN that pan, the card's number or eight digits of
 * it, begins with) before anything is encrypted for it. CRYPTO when it fails, and when the
 * revocation list has expired; CONFIG when root or revocation list cannot be read. */
struct tw_status tw_pin_encryptor_new(const char *certificate_pem, const struct tw_trust *trust,
                                      int32_t bank_code, const char *pan,
                                      struct tw_pin_encryptor **ret_encryptor,
                                      struct tw_error *ret_error);
void tw_pin_encryptor_free(struct tw_pin_encryptor *encryptor);
struct tw_status tw_pin_encrypt(const struct tw_pin_encryptor *encryptor,
                                const struct tw_pin_plain *plain, char **ret_block,
                                struct tw_error *ret_error);

struct tw_status tw_pin_decryptor_new(const char *key_file, struct tw_pin_decryptor **ret_decryptor,
                                      struct tw_error *ret_error);
void tw_pin_decryptor_free(struct tw_pin_decryptor *decryptor);
/* CRYPTO unless the block has exactly our alg, enc and curve, decrypts, and is complete. Binding
 * (pan, terminal, txid, age) is the caller's check: tw_pin_bound. */
struct tw_status tw_pin_decrypt(const struct tw_pin_decryptor *decryptor, const char *block,
                                struct tw_pin_plain *ret_plain, struct tw_error *ret_error);
bool tw_pin_bound(const struct tw_pin_plain *plain, const char *pan, int32_t terminal_id,
                  const struct tw_uuid *txid, int64_t now_ms);

void tw_wipe(void *bytes, size_t length); /* not optimised away */

#endif
