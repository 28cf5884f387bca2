/*
 * Whose cards come to which terminal, and whom they pay. Every card belongs to one terminal of the
 * fleet: card i to terminal i modulo the number of terminals. So no card is in two terminals at
 * once, and which one comes depends on that terminal's draws alone. Cards that were retained do not
 * come again. Owns the lists, which hold PINs and are wiped at the end.
 */
#ifndef ATM_FLEET_WALLET_H
#define ATM_FLEET_WALLET_H

#include "core/seeded.h"
#include "pin/card_list.h"

struct fleet_bank; /* the cards of one bank */

struct fleet_wallet {
    size_t bank_count;
    struct fleet_bank *banks; /* the terminals' own bank first */
    size_t terminals;
};

struct fleet_card {
    const struct tw_listed_card *card;
    size_t bank, index; /* where it is */
    struct tw_iban account;
};

/* CONFIG: a list cannot be read, or the own bank has fewer cards than there are terminals. */
struct tw_status fleet_wallet_load(char *const *files, size_t count, int32_t own_bank_code,
                                   size_t terminals, struct fleet_wallet *ret_wallet,
                                   struct tw_error *ret_error);
void fleet_wallet_free(struct fleet_wallet *wallet);

/* One of the terminal's cards, of another bank if wanted and there is one. False: all are gone. */
TW_MUST_USE bool fleet_wallet_draw(const struct fleet_wallet *wallet, size_t terminal, bool foreign,
                                   struct tw_seeded *random, struct fleet_card *ret_card);
/* The machine kept it. */
void fleet_wallet_lose(struct fleet_wallet *wallet, const struct fleet_card *card);
size_t fleet_wallet_lost(const struct fleet_wallet *wallet);
/* An account to pay to, at the card's bank or at another one; false: there is none but the card's.
 */
TW_MUST_USE bool fleet_wallet_payee(const struct fleet_wallet *wallet,
                                    const struct fleet_card *card, bool other_bank,
                                    struct tw_seeded *random, struct tw_iban *ret_payee);

#endif
