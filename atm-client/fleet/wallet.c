/* Lists are sorted into banks by the bank code of their first account; several lists of one bank
 * are one after the other. */
#include "atm-client/fleet/wallet.h"

#include <stdlib.h>

#include "core/config.h"

struct fleet_bank {
    int32_t bank_code;
    size_t count; /* of all lists */
    size_t list_count;
    struct tw_card_list lists[TW_CONFIG_LIST_MAX];
    bool *lost; /* by index */
    size_t lost_count;
};

static const struct tw_listed_card *card_at(const struct fleet_bank *bank, size_t index) {
    for (size_t i = 0; i < bank->list_count; i++) {
        if (index < bank->lists[i].count)
            return &bank->lists[i].cards[index];
        index -= bank->lists[i].count;
    }
    tw_assert(false);
    return NULL;
}

static struct fleet_bank *bank_of(struct fleet_wallet *wallet, int32_t bank_code) {
    for (size_t i = 0; i < wallet->bank_count; i++)
        if (wallet->banks[i].bank_code == bank_code)
            return &wallet->banks[i];
    struct fleet_bank *bank = &wallet->banks[wallet->bank_count++];
    bank->bank_code = bank_code;
    return bank;
}

static struct tw_status add_list(struct fleet_wallet *wallet, const char *file,
                                 struct tw_error *ret_error) {
    struct tw_card_list list = {0};
    struct tw_iban first = {0};
    struct tw_status status = tw_card_list_load(file, &list, ret_error);
    if (!tw_ok(status))
        return status;
    for (size_t i = 0; i < list.count; i++) {
        struct tw_iban account = {0};
        if (!tw_ok(tw_iban_parse(list.cards[i].iban, &account, NULL)) ||
            !tw_pan_valid(list.cards[i].pan) || (i > 0 && account.bank_code != first.bank_code)) {
            tw_card_list_free(&list);
            return tw_fail(ret_error, TW_E_CONFIG,
                           "%s: line %zu is no card, or not of the first line's bank", file, i + 1);
        }
        if (i == 0)
            first = account;
    }
    if (list.count == 0)
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no card in it", file);
    struct fleet_bank *bank = bank_of(wallet, first.bank_code);
    bank->lists[bank->list_count++] = list;
    bank->count += list.count;
    return status;
}

static struct tw_status load_all(struct fleet_wallet *wallet, char *const *files, size_t count,
                                 struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < count; i++)
        status = add_list(wallet, files[i], ret_error);
    if (tw_ok(status) && wallet->banks[0].count < wallet->terminals)
        status = tw_fail(
            ret_error, TW_E_CONFIG, "%zu cards of bank %d for %zu terminals: each needs one",
            wallet->banks[0].count, (int)wallet->banks[0].bank_code, wallet->terminals);
    for (size_t i = 0; tw_ok(status) && i < wallet->bank_count; i++) {
        wallet->banks[i].lost = calloc(wallet->banks[i].count + 1, sizeof(bool));
        if (wallet->banks[i].lost == NULL)
            status = tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the cards");
    }
    return status;
}

struct tw_status fleet_wallet_load(char *const *files, size_t count, int32_t own_bank_code,
                                   size_t terminals, struct fleet_wallet *ret_wallet,
                                   struct tw_error *ret_error) {
    tw_assert(terminals > 0 && count <= TW_CONFIG_LIST_MAX);
    struct fleet_wallet wallet = {.terminals = terminals};
    wallet.banks = calloc(count + 1, sizeof *wallet.banks);
    if (wallet.banks == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the cards");
    (void)bank_of(&wallet, own_bank_code);
    struct tw_status status = load_all(&wallet, files, count, ret_error);
    if (!tw_ok(status))
        fleet_wallet_free(&wallet);
    *ret_wallet = wallet;
    return status;
}

void fleet_wallet_free(struct fleet_wallet *wallet) {
    for (size_t i = 0; i < wallet->bank_count; i++) {
        for (size_t j = 0; j < wallet->banks[i].list_count; j++)
            tw_card_list_free(&wallet->banks[i].lists[j]);
        free(wallet->banks[i].lost);
    }
    free(wallet->banks);
    *wallet = (struct fleet_wallet){0};
}

/* The terminal's cards at this bank that are left; the one that is drawn, counted from 0. */
static bool pick(const struct fleet_wallet *wallet, size_t bank_index, size_t terminal,
                 struct tw_seeded *random, struct fleet_card *ret_card) {
    const struct fleet_bank *bank = &wallet->banks[bank_index];
    int64_t left = 0;
    for (size_t i = terminal; i < bank->count; i += wallet->terminals)
        left += !bank->lost[i];
    if (left == 0)
        return false;
    int64_t wanted = tw_seeded_below(random, left);
    size_t index = terminal;
    while (bank->lost[index] || wanted-- > 0)
        index += wallet->terminals;
    *ret_card =
        (struct fleet_card){.card = card_at(bank, index), .bank = bank_index, .index = index};
    return tw_ok(tw_iban_parse(ret_card->card->iban, &ret_card->account, NULL));
}

bool fleet_wallet_draw(const struct fleet_wallet *wallet, size_t terminal, bool foreign,
                       struct tw_seeded *random, struct fleet_card *ret_card) {
    if (foreign && wallet->bank_count > 1) {
        size_t others = wallet->bank_count - 1;
        size_t bank = 1 + (size_t)tw_seeded_below(random, (int64_t)others);
        if (pick(wallet, bank, terminal, random, ret_card))
            return true;
    }
    return pick(wallet, 0, terminal, random, ret_card);
}

void fleet_wallet_lose(struct fleet_wallet *wallet, const struct fleet_card *card) {
    struct fleet_bank *bank = &wallet->banks[card->bank];
    bank->lost_count += !bank->lost[card->index];
    bank->lost[card->index] = true;
}

size_t fleet_wallet_lost(const struct fleet_wallet *wallet) {
    size_t lost = 0;
    for (size_t i = 0; i < wallet->bank_count; i++)
        lost += wallet->banks[i].lost_count;
    return lost;
}

bool fleet_wallet_payee(const struct fleet_wallet *wallet, const struct fleet_card *card,
                        bool other_bank, struct tw_seeded *random, struct tw_iban *ret_payee) {
    size_t bank_index = card->bank;
    if (other_bank) {
        if (wallet->bank_count < 2)
            return false;
        size_t step = 1 + (size_t)tw_seeded_below(random, (int64_t)wallet->bank_count - 1);
        bank_index = (card->bank + step) % wallet->bank_count;
    }
    const struct fleet_bank *bank = &wallet->banks[bank_index];
    if (bank->count < 2)
        return false;
    size_t index = (size_t)tw_seeded_below(random, (int64_t)bank->count);
    if (!other_bank && index == card->index)
        index = (index + 1) % bank->count;
    return tw_ok(tw_iban_parse(card_at(bank, index)->iban, ret_payee, NULL));
}
