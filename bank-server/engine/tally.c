/*
 * Counted when the batch is stored and not when it posts: a batch that runs again has counted
 * nothing, and every decision is complete. Entries lie in the order of their decisions.
 */
#include "engine/tally.h"

#include "engine/op.h"

#define IB_FIRST_ACCOUNT INT64_C(900000000000000000)
#define IB_WINDOWS       INT64_C(100000000)

static int64_t window_of(int64_t account_id) {
    return account_id / 100 % IB_WINDOWS;
}

/* A peer's withdrawal was a debit at its terminal's bank, so what undoes it is a credit; a deposit
 * the other way round. */
static bool undoes(const struct bank_decision *decision, const struct bank_entry *entry) {
    if (decision->phase == BANK_REVERSAL || decision->phase == BANK_RETURN) {
        return true;
    }
    if (decision->phase != BANK_OUTCOME) {
        return false;
    }
    return (decision->operation == BANK_WITHDRAWAL && entry->amount_minor < 0) ||
           (decision->operation == BANK_DEPOSIT && entry->amount_minor > 0);
}

struct bank_tally bank_tally_of(const struct bank_decision *decision,
                                const struct bank_entry *entry) {
    bool interbank = entry->account_id >= IB_FIRST_ACCOUNT;
    bool settles = decision->operation == BANK_WINDOW_CLOSE ||
                   (decision->operation == BANK_BREAK_CORRECTION &&
                    window_of(entry->account_id) != decision->window_no);
    if (!interbank || settles) {
        return (struct bank_tally){0};
    }
    return (struct bank_tally){
        .counts = true,
        .undoes = undoes(decision, entry),
        .fee_minor = decision->surcharge_minor + decision->interchange_minor,
    };
}

static void add(int64_t *sum, int64_t amount_minor) {
    bool fits = tw_money_add(*sum, amount_minor, sum);
    tw_assert(fits);
}

static void count(struct bank_book *book, const struct bank_decision *decision,
                  const struct bank_entry *entry) {
    struct bank_tally tally = bank_tally_of(decision, entry);
    if (!tally.counts) {
        return;
    }
    struct bank_position *position = bank_book_position(book, entry->account_id);
    tw_assert(position != NULL);
    bool debit = entry->amount_minor > 0;
    int64_t amount = debit ? entry->amount_minor : -entry->amount_minor;
    struct ib_item_digest digest;
    *(debit ? &position->debit_count : &position->credit_count) += 1;
    add(debit ? &position->debit_minor : &position->credit_minor, amount);
    position->reversal_count += tally.undoes ? 1 : 0;
    add(&position->reversal_minor, tally.undoes ? amount : 0);
    add(&position->fee_minor, tally.fee_minor);
    ib_item_digest(book->services->bank_code, position->peer, &entry->txid, entry->amount_minor,
                   &digest);
    ib_item_digest_add(&position->digest, &digest);
    position->changed = true;
}

static bool belongs(const struct bank_entry *entry, const struct bank_decision *decision) {
    return entry->phase == decision->phase && tw_uuid_equal(&entry->txid, &decision->txid);
}

void bank_tally(struct bank_book *book) {
    size_t entry = 0;
    for (size_t i = book->loaded_count; i < book->decision_count; i++) {
        for (; entry < book->entry_count && belongs(&book->entries[entry], &book->decisions[i]);
             entry++) {
            count(book, &book->decisions[i], &book->entries[entry]);
        }
    }
    tw_assert(entry == book->entry_count);
}
