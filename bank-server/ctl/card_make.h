/*
 * What makes a card: its number, its random id, the digests of PAN and PIN, and its expiry. Shared
 * by `card issue` and the bulk `load`. Knows the keyring, not the database.
 */
#ifndef BANK_CTL_CARD_MAKE_H
#define BANK_CTL_CARD_MAKE_H

#include "core/clock.h"
#include "core/pan.h"
#include "ctl/value.h"
#include "pin/keyring.h"
#include "pin/pin_block.h"

#define CTL_DIGEST_TEXT_SIZE     (2 + 2 * TW_DIGEST_BYTES + 1)
#define CTL_CARD_YEARS           4
#define CTL_PAN_COUNT            10000000 /* numbers under one IIN: seven digits are free */
#define CTL_CARD_DAILY_COUNT_MAX 1000     /* what an operator may give as most withdrawals a day */

struct ctl_card {
    int64_t card_id;
    char pan[TW_PAN_TEXT_SIZE];
    char pan_masked[TW_PAN_TEXT_SIZE];
    char pan_digest[CTL_DIGEST_TEXT_SIZE]; /* "\x..." as PostgreSQL reads bytea */
    char pin_digest[CTL_DIGEST_TEXT_SIZE];
    int32_t expiry; /* YYMM */
};

/* 16 digits: the IIN, seven random digits, Luhn. */
void ctl_pan_random(const struct tw_random *random, const char *iin, char pan[TW_PAN_TEXT_SIZE]);
/* A PIN of four random digits. */
void ctl_pin_random(const struct tw_random *random, char pin[TW_PIN_TEXT_SIZE]);
/* card->pan must be set; fills the rest. expiry 0: CTL_CARD_YEARS after the business date. */
void ctl_card_make(const struct tw_random *random, const struct tw_keyring *keyring,
                   const char *pin, int32_t expiry, int32_t business_date, struct ctl_card *card);

/* PostgreSQL's text form of a bytea. */
void ctl_digest_text(const uint8_t digest[TW_DIGEST_BYTES], char text[CTL_DIGEST_TEXT_SIZE]);

#endif
