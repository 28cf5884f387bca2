/*
 * The cards of a benchmark: the file that `bankctl load --cards-file` wrote, one line per card,
 * "pan,expiry,iban,pin". Every account of the load is in it, so it is also the list of payees.
 * Errors: IO when it cannot be read, CONFIG with the line's number, never its content.
 */
#ifndef BENCH_CARDS_H
#define BENCH_CARDS_H

#include "core/iban.h"
#include "core/pan.h"
#include "core/status.h"
#include "pin/pin_block.h"

struct bench_card {
    char pan[TW_PAN_TEXT_SIZE];
    char expiry[5]; /* YYMM */
    char iban[TW_IBAN_TEXT_SIZE];
    char pin[TW_PIN_TEXT_SIZE];
};

struct bench_cards {
    size_t count;
    struct bench_card *cards;
};

struct tw_status bench_cards_load(const char *path, struct bench_cards *ret_cards,
                                  struct tw_error *ret_error);
void bench_cards_free(struct bench_cards *cards); /* wiped */

#endif
