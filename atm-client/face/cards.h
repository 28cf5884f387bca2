/*
 * Demo cards by name: an INI file whose sections are names, with pan, expiry (YYMM) and, if wanted,
 * a note: what its owner wrote on it, shown with the card. A missing file is an empty list.
 */
#ifndef ATM_FACE_CARDS_H
#define ATM_FACE_CARDS_H

#include "atm-client/core/terminal.h"

#define ATM_CARDS_MAX     64
#define ATM_CARD_NAME_MAX 32
#define ATM_CARD_NOTE_MAX 64

struct atm_named_card {
    char name[ATM_CARD_NAME_MAX];
    char note[ATM_CARD_NOTE_MAX]; /* "" when there is none */
    struct atm_card card;
};

struct atm_cards {
    size_t count;
    struct atm_named_card cards[ATM_CARDS_MAX];
};

struct tw_status atm_cards_load(const char *file, struct atm_cards *ret_cards,
                                struct tw_error *ret_error);
const struct atm_named_card *atm_cards_find(const struct atm_cards *cards, const char *name);

#endif
