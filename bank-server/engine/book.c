/*
 * Fixed arrays with hash indices over them, cleared per batch. The sizes follow from the batch
 * size: an item touches at most ACCOUNTS_PER_ITEM accounts and reads at most DECISIONS_PER_ITEM
 * decisions (its own key's phases and its original's), and makes at most ENTRIES_PER_ITEM entries
 * (a break correction: all stripes, and two more). Exceeding them is a defect of a plan, so it
 * aborts.
 */
#include "engine/book.h"

#include <stdlib.h>
#include <string.h>

#include "engine/book_peers.h"
#include "engine/op.h"
#include "wire/message.h"

#define ACCOUNTS_PER_ITEM  (TW_ACCOUNTS_MAX + 6)
#define DECISIONS_PER_ITEM 6
#define ENTRIES_PER_ITEM   (BANK_STRIPES + 2)

int64_t bank_ledger_account(enum bank_account_kind kind, int32_t stripe) {
    return (int64_t)kind * 10000 + stripe;
}

int64_t bank_atm_account(int32_t terminal_id) {
    return INT64_C(200000000) + terminal_id;
}

int64_t bank_settlectl_account(int32_t window_no) {
    return INT64_C(140000000000) + window_no;
}

int64_t bank_dispclr_account(int32_t terminal_id) {
    return INT64_C(300000000) + terminal_id;
}

static bool allocate_wants(struct bank_wants *wants, size_t items) {
    size_t ids = items * ACCOUNTS_PER_ITEM;
    wants->accounts.ids = calloc(ids, sizeof(int64_t));
    wants->accounts_locked.ids = calloc(ids, sizeof(int64_t));
    wants->cards.ids = calloc(items, sizeof(int64_t));
    wants->cards_locked.ids = calloc(items, sizeof(int64_t));
    wants->terminals.ids = calloc(items, sizeof(int64_t));
    wants->terminals_locked.ids = calloc(items, sizeof(int64_t));
    wants->statements.ids = calloc(items, sizeof(int64_t));
    wants->totals.ids = calloc(items, sizeof(int64_t));
    wants->pan_digests = calloc(items, sizeof *wants->pan_digests);
    wants->originals = calloc(items, sizeof *wants->originals);
    wants->txids = calloc(items, sizeof *wants->txids);
    wants->stans = calloc(items, sizeof *wants->stans);
    return wants->accounts.ids != NULL && wants->accounts_locked.ids != NULL &&
           wants->cards.ids != NULL && wants->cards_locked.ids != NULL &&
           wants->terminals.ids != NULL && wants->terminals_locked.ids != NULL &&
           wants->statements.ids != NULL && wants->totals.ids != NULL &&
           wants->pan_digests != NULL && wants->originals != NULL && wants->txids != NULL &&
           wants->stans != NULL;
}

static bool allocate_rows(struct bank_book *book, size_t items) {
    book->accounts = calloc(items * ACCOUNTS_PER_ITEM, sizeof *book->accounts);
    book->cards = calloc(items * 2, sizeof *book->cards);
    book->terminals = calloc(items, sizeof *book->terminals);
    book->decisions = calloc(items * DECISIONS_PER_ITEM, sizeof *book->decisions);
    book->stans = calloc(items * 2, sizeof *book->stans);
    book->entries = calloc(items * ENTRIES_PER_ITEM, sizeof *book->entries);
    book->lines = calloc(items * TW_STATEMENT_MAX, sizeof *book->lines);
    book->totals = calloc(items, sizeof *book->totals);
    return book->accounts != NULL && book->cards != NULL && book->terminals != NULL &&
           book->decisions != NULL && book->stans != NULL && book->entries != NULL &&
           book->lines != NULL && book->totals != NULL;
}

struct tw_status bank_book_new(const struct bank_services *services, size_t items_max,
                               struct bank_book **ret_book, struct tw_error *ret_error) {
    struct bank_book *book = calloc(1, sizeof *book);
    if (book == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "book");
    }
    book->services = services;
    book->items_max = items_max;
    bool ok = allocate_wants(&book->wants, items_max) && allocate_rows(book, items_max) &&
              bank_book_peers_new(book) &&
              bank_index_init(&book->account_index, items_max * ACCOUNTS_PER_ITEM) &&
              bank_index_init(&book->card_index, items_max * 2) &&
              bank_index_init(&book->terminal_index, items_max) &&
              bank_index_init(&book->decision_index, items_max * DECISIONS_PER_ITEM) &&
              bank_index_init(&book->stan_index, items_max * 2);
    if (!ok) {
        bank_book_free(book);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "book for %zu items", items_max);
    }
    *ret_book = book;
    return tw_success();
}

static void free_details(struct bank_book *book) {
    for (size_t i = 0; i < book->decision_count; i++) {
        free(book->decisions[i].detail);
        book->decisions[i].detail = NULL;
    }
}

void bank_book_free(struct bank_book *book) {
    if (book == NULL) {
        return;
    }
    free_details(book);
    bank_book_peers_free(book);
    struct bank_wants *wants = &book->wants;
    void *owned[] = {wants->accounts.ids,   wants->accounts_locked.ids,
                     wants->cards.ids,      wants->cards_locked.ids,
                     wants->terminals.ids,  wants->terminals_locked.ids,
                     wants->statements.ids, wants->totals.ids,
                     wants->originals,      wants->txids,
                     wants->stans,          book->accounts,
                     book->cards,           book->terminals,
                     book->decisions,       book->stans,
                     book->entries,         book->lines,
                     book->totals};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        free(owned[i]);
    }
    free((void *)wants->pan_digests);
    bank_index_free(&book->account_index);
    bank_index_free(&book->card_index);
    bank_index_free(&book->terminal_index);
    bank_index_free(&book->decision_index);
    bank_index_free(&book->stan_index);
    free(book);
}

void bank_book_clear(struct bank_book *book) {
    free_details(book);
    bank_book_peers_clear(book);
    struct bank_wants *wants = &book->wants;
    wants->accounts.count = wants->accounts_locked.count = 0;
    wants->cards.count = wants->cards_locked.count = 0;
    wants->terminals.count = wants->terminals_locked.count = 0;
    wants->statements.count = wants->totals.count = 0;
    wants->iins = wants->stored_matter = false;
    wants->pan_count = wants->original_count = wants->txid_count = wants->stan_count = 0;
    book->account_count = book->card_count = book->terminal_count = 0;
    book->decision_count = book->loaded_count = book->stan_count = 0;
    book->entry_count = book->line_count = book->totals_count = 0;
    book->bank_loaded = false;
    book->keys_unread = book->retry = false;
    bank_index_clear(&book->account_index);
    bank_index_clear(&book->card_index);
    bank_index_clear(&book->terminal_index);
    bank_index_clear(&book->decision_index);
    bank_index_clear(&book->stan_index);
}

void bank_want_account(struct bank_book *book, int64_t account_id, bool lock) {
    if (account_id == 0) {
        return;
    }
    struct bank_wants *wants = &book->wants;
    size_t most = book->items_max * ACCOUNTS_PER_ITEM;
    if (lock) {
        tw_assert(wants->accounts_locked.count < most);
        wants->accounts_locked.ids[wants->accounts_locked.count++] = account_id;
    } else {
        tw_assert(wants->accounts.count < most);
        wants->accounts.ids[wants->accounts.count++] = account_id;
    }
}

void bank_want_card(struct bank_book *book, int64_t card_id, bool lock) {
    struct bank_wants *wants = &book->wants;
    if (lock) {
        wants->cards_locked.ids[wants->cards_locked.count++] = card_id;
    } else {
        wants->cards.ids[wants->cards.count++] = card_id;
    }
}

void bank_want_card_by_pan(struct bank_book *book, const uint8_t *pan_digest) {
    book->wants.pan_digests[book->wants.pan_count++] = pan_digest;
}

void bank_want_terminal(struct bank_book *book, int32_t terminal_id, bool lock) {
    struct bank_wants *wants = &book->wants;
    if (lock) {
        wants->terminals_locked.ids[wants->terminals_locked.count++] = terminal_id;
    } else {
        wants->terminals.ids[wants->terminals.count++] = terminal_id;
    }
}

void bank_want_original(struct bank_book *book, const struct tw_uuid *txid) {
    book->wants.originals[book->wants.original_count++] = *txid;
}

void bank_want_key(struct bank_book *book, const struct bank_item *item) {
    struct bank_wants *wants = &book->wants;
    const struct tw_header *header = &item->request.header;
    wants->txids[wants->txid_count++] = header->txid;
    bool perhaps_repeat = header->repeat || item->attempts > 1;
    wants->stored_matter = wants->stored_matter || wants->txid_count > 1 || perhaps_repeat ||
                           (item->op->flags & BANK_OP_OWN_KEY) == 0;
    if (header->stan != 0 && item->attempts > 1) {
        wants->stans[wants->stan_count++] = (struct bank_stan_use){
            .terminal_id = header->terminal_id,
            .business_date = header->business_date,
            .stan = (int32_t)header->stan,
            .acquirer = item->acquirer,
        };
    }
}

void bank_want_iins(struct bank_book *book) {
    book->wants.iins = true;
}

void bank_want_statement(struct bank_book *book, int64_t account_id) {
    book->wants.statements.ids[book->wants.statements.count++] = account_id;
}

void bank_want_totals(struct bank_book *book, int32_t terminal_id) {
    book->wants.totals.ids[book->wants.totals.count++] = terminal_id;
}

static uint64_t uuid_key(const struct tw_uuid *txid) {
    uint64_t halves[2];
    memcpy(halves, txid->bytes, sizeof halves);
    return halves[0] ^ halves[1];
}

static uint64_t stan_key(int32_t terminal_id, int32_t business_date, int32_t stan) {
    return (uint64_t)(uint32_t)terminal_id << 32 ^ (uint64_t)(uint32_t)business_date << 20 ^
           (uint64_t)(uint32_t)stan;
}

struct bank_account *bank_book_add_account(struct bank_book *book, int64_t account_id) {
    struct bank_account *known = bank_book_account(book, account_id);
    if (known != NULL) {
        return known;
    }
    tw_assert(book->accounts != NULL && book->account_count < book->items_max * ACCOUNTS_PER_ITEM);
    struct bank_account *account = &book->accounts[book->account_count];
    *account = (struct bank_account){.id = account_id};
    bank_index_add(&book->account_index, (uint64_t)account_id, (uint32_t)book->account_count);
    book->account_count++;
    return account;
}

struct bank_card *bank_book_add_card(struct bank_book *book, int64_t card_id) {
    struct bank_card *known = bank_book_card(book, card_id);
    if (known != NULL) {
        return known;
    }
    tw_assert(book->cards != NULL && book->card_count < book->items_max * 2);
    struct bank_card *card = &book->cards[book->card_count];
    *card = (struct bank_card){.id = card_id};
    bank_index_add(&book->card_index, (uint64_t)card_id, (uint32_t)book->card_count);
    book->card_count++;
    return card;
}

struct bank_terminal *bank_book_add_terminal(struct bank_book *book, int32_t terminal_id) {
    struct bank_terminal *known = bank_book_terminal(book, terminal_id);
    if (known != NULL) {
        return known;
    }
    tw_assert(book->terminals != NULL && book->terminal_count < book->items_max);
    struct bank_terminal *terminal = &book->terminals[book->terminal_count];
    *terminal = (struct bank_terminal){.id = terminal_id};
    bank_index_add(&book->terminal_index, (uint64_t)(uint32_t)terminal_id,
                   (uint32_t)book->terminal_count);
    book->terminal_count++;
    return terminal;
}

void bank_book_add_decision(struct bank_book *book, const struct bank_decision *decision,
                            const char *detail) {
    tw_assert(book->decision_count < book->items_max * DECISIONS_PER_ITEM);
    struct bank_decision *copy = &book->decisions[book->decision_count];
    *copy = *decision;
    copy->detail = NULL;
    if (detail != NULL) {
        copy->detail = strdup(detail);
        tw_assert(copy->detail != NULL);
    }
    bank_index_add(&book->decision_index, uuid_key(&decision->txid),
                   (uint32_t)book->decision_count);
    book->decision_count++;
}

void bank_book_add_stan(struct bank_book *book, const struct bank_stan_use *use) {
    tw_assert(book->stan_count < book->items_max * 2);
    book->stans[book->stan_count] = *use;
    bank_index_add(&book->stan_index, stan_key(use->terminal_id, use->business_date, use->stan),
                   (uint32_t)book->stan_count);
    book->stan_count++;
}

struct bank_account *bank_book_account(struct bank_book *book, int64_t account_id) {
    uint32_t at = bank_index_find(&book->account_index, (uint64_t)account_id);
    return at == BANK_INDEX_NONE ? NULL : &book->accounts[at];
}

struct bank_card *bank_book_card(struct bank_book *book, int64_t card_id) {
    uint32_t at = bank_index_find(&book->card_index, (uint64_t)card_id);
    return at == BANK_INDEX_NONE ? NULL : &book->cards[at];
}

struct bank_card *bank_book_card_by_pan(struct bank_book *book, const uint8_t *pan_digest) {
    for (size_t i = 0; i < book->card_count; i++) {
        if (tw_digest_equal(book->cards[i].pan_digest, pan_digest)) {
            return &book->cards[i];
        }
    }
    return NULL;
}

struct bank_terminal *bank_book_terminal(struct bank_book *book, int32_t terminal_id) {
    uint32_t at = bank_index_find(&book->terminal_index, (uint64_t)(uint32_t)terminal_id);
    return at == BANK_INDEX_NONE ? NULL : &book->terminals[at];
}

const struct bank_decision *bank_book_decision(struct bank_book *book, const struct tw_uuid *txid,
                                               enum bank_phase phase) {
    size_t cursor = 0;
    uint32_t at;
    while ((at = bank_index_next(&book->decision_index, uuid_key(txid), &cursor)) !=
           BANK_INDEX_NONE) {
        const struct bank_decision *decision = &book->decisions[at];
        if (decision->phase == phase && tw_uuid_equal(&decision->txid, txid)) {
            return decision;
        }
    }
    return NULL;
}

const struct bank_stan_use *bank_book_stan(struct bank_book *book,
                                           const struct bank_decision *key) {
    size_t cursor = 0;
    uint32_t at;
    uint64_t hash = stan_key(key->terminal_id, key->business_date, key->stan);
    while ((at = bank_index_next(&book->stan_index, hash, &cursor)) != BANK_INDEX_NONE) {
        const struct bank_stan_use *use = &book->stans[at];
        if (use->terminal_id == key->terminal_id && use->business_date == key->business_date &&
            use->stan == key->stan && use->acquirer == key->acquirer) {
            return use;
        }
    }
    return NULL;
}

const struct bank_totals *bank_book_totals(struct bank_book *book, int32_t terminal_id) {
    for (size_t i = 0; i < book->totals_count; i++) {
        if (book->totals[i].terminal_id == terminal_id) {
            return &book->totals[i];
        }
    }
    return NULL;
}

void bank_post_leg(struct bank_book *book, const struct bank_decision *decision,
                   struct bank_account *account, int64_t amount_minor) {
    tw_assert(account != NULL && amount_minor != 0);
    tw_assert(account->locked && book->entry_count < book->items_max * ENTRIES_PER_ITEM);
    bool fits = tw_money_add(account->balance_minor, amount_minor, &account->balance_minor);
    tw_assert(fits);
    account->entry_no++;
    account->changed = true;
    book->entries[book->entry_count++] = (struct bank_entry){
        .account_id = account->id,
        .entry_no = account->entry_no,
        .amount_minor = amount_minor,
        .balance_minor = account->balance_minor,
        .txid = decision->txid,
        .phase = decision->phase,
    };
    if (account->kind == BANK_IB) {
        bank_book_exposed(book, account, amount_minor);
    }
}

void bank_post(struct bank_book *book, const struct bank_decision *decision,
               struct bank_account *debit, struct bank_account *credit, int64_t amount_minor) {
    tw_assert(amount_minor > 0 && debit != NULL && credit != NULL && debit != credit);
    tw_assert(tw_currency_equal(debit->currency, credit->currency));
    bank_post_leg(book, decision, debit, amount_minor);
    bank_post_leg(book, decision, credit, -amount_minor);
}

void bank_book_decided(struct bank_book *book, const struct bank_item *item) {
    const struct bank_decision *decision = &item->decision;
    bank_book_add_decision(book, decision, decision->detail);
    if (decision->stan != 0) {
        struct bank_stan_use use = {
            .terminal_id = decision->terminal_id,
            .business_date = decision->business_date,
            .stan = decision->stan,
            .acquirer = decision->acquirer,
            .txid = decision->txid,
            .phase = decision->phase,
        };
        bank_book_add_stan(book, &use);
    }
}
