/*
 * Who is on the other side: the certificate is the identity. Each kind of party has its own kind of
 * name, a URI in subjectAltName, exactly one per certificate:
 *
 *   tellerwire://terminal/90000001/00000017    acquirer's bank code, terminal id
 *   tellerwire://bank/90000001
 *   tellerwire://middleware/mw1
 *   tellerwire://agent/settlement
 *   tellerwire://operator/90000001/alice
 *   tellerwire://pin/90000001/92760001[/...]   bank code, the IINs of the cards whose PINs the key
 *                                              is for; never a TLS peer
 */
#ifndef TW_NET_IDENTITY_H
#define TW_NET_IDENTITY_H

#include <openssl/x509.h>
#include <stdint.h>

#include "core/status.h"

enum tw_identity_kind {
    TW_ID_NONE,
    TW_ID_TERMINAL,
    TW_ID_BANK,
    TW_ID_MIDDLEWARE,
    TW_ID_AGENT,
    TW_ID_OPERATOR,
    TW_ID_PIN,
};

/* For accept lists: bit per kind. */
#define TW_ID_BIT(kind) (1u << (kind))

#define TW_IDENTITY_IINS_MAX 16
#define TW_IIN_TEXT_SIZE     9

struct tw_identity {
    enum tw_identity_kind kind;
    int32_t bank_code;   /* terminal: its acquirer; bank, operator, pin: the bank; else 0 */
    int32_t terminal_id; /* terminal only */
    char name[64];       /* middleware, agent, operator */
    size_t iin_count;    /* pin only: 1 to 16 IINs of six to eight digits, the first a 9 */
    char iins[TW_IDENTITY_IINS_MAX][TW_IIN_TEXT_SIZE];
    char text[176]; /* the URI, for logs and as key of per-identity limits */
};

struct tw_status tw_identity_parse(const char *uri, struct tw_identity *ret_identity,
                                   struct tw_error *ret_error);
/* The single tellerwire URI in subjectAltName; IDENTITY when there is none or more than one. */
struct tw_status tw_identity_of(X509 *certificate, struct tw_identity *ret_identity,
                                struct tw_error *ret_error);
/* True when a card number (or eight digits of it) begins with one of the identity's IINs. */
TW_MUST_USE bool tw_identity_covers(const struct tw_identity *identity, const char *digits);

#endif
