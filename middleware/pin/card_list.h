/*
 * Cards of simulated customers: the file that `bankctl load --cards-file` wrote, one line per card,
 * "pan,expiry,iban,pin". Every account of the load is in it, so it is also a list of payees. For
 * load generators; it holds PINs, so the list is wiped when it is freed. Errors: IO when it cannot
 * be read, CONFIG with the line's number, never its content.
 */
#ifndef TW_PIN_CARD_LIST_H
#define TW_PIN_CARD_LIST_H

#include "core/iban.h"
#include "core/pan.h"
#include "core/status.h"
#include "pin/pin_block.h"

struct tw_listed_card {
    char pan[TW_PAN_TEXT_SIZE];
    char expiry[5]; /* YYMM */
    char iban[TW_IBAN_TEXT_SIZE];
    char pin[TW_PIN_TEXT_SIZE];
};

struct tw_card_list {
    size_t count;
    struct tw_listed_card *cards;
};

struct tw_status tw_card_list_load(const char *path, struct tw_card_list *ret_cards,
                                   struct tw_error *ret_error);
void tw_card_list_free(struct tw_card_list *cards); /* wiped */

#endif
