/*
 * The book of one batch: the rows its decisions may look at, as they stand in the database under
 * our locks, and what the decisions change. Operations say what they want (plan), the lane loads
 * it, operations decide on it in order, with exactly sequential meaning, and the lane stores the
 * changes. An operation never sees SQL; the lane never sees a rule.
 *
 * Ledger amounts: debit positive, credit negative. Capacity is fixed by the batch size at start.
 */
#ifndef BANK_ENGINE_BOOK_H
#define BANK_ENGINE_BOOK_H

#include "clearing/item.h"
#include "engine/index.h"
#include "engine/item.h"

#define BANK_NO_LIMIT INT64_C(-1)
#define BANK_NO_DATE  INT32_MIN

enum bank_account_kind { /* account.kind: chart of accounts */
                         BANK_CUST = 1,
                         BANK_VAULT = 2,
                         BANK_ATM = 3,
                         BANK_DISPCLR = 4,
                         BANK_TRANSIT = 5,
                         BANK_DEPPEND = 6,
                         BANK_OVER = 7,
                         BANK_SHORT = 8,
                         BANK_FEEINC = 9,
                         BANK_FEEEXP = 10,
                         BANK_SETTLE = 11,
                         BANK_CAPITAL_KIND = 12,
                         BANK_IB = 13,
                         BANK_SETTLECTL = 14,
                         BANK_BREAKS = 15,
};

/* Accounts of the bank itself: kind and stripe; of a terminal: kind and terminal id; IB: peer,
 * window, stripe; SettleCtl: window. */
int64_t bank_ledger_account(enum bank_account_kind kind, int32_t stripe);
int64_t bank_atm_account(int32_t terminal_id);
int64_t bank_dispclr_account(int32_t terminal_id);
int64_t bank_interbank_account(int32_t peer, int32_t window_no, int32_t stripe);
int64_t bank_settlectl_account(int32_t window_no);

struct bank_account {
    int64_t id;
    int16_t kind;
    char status; /* 'O', 'B', 'C' */
    struct tw_currency currency;
    char product[16];
    int64_t balance_minor, entry_no, overdraft_minor;
    int64_t daily_limit_minor; /* BANK_NO_LIMIT */
    int64_t daily_used_minor;
    int32_t daily_date; /* BANK_NO_DATE: nothing was ever counted */
    bool locked, changed;
};

struct bank_card {
    int64_t id;
    uint8_t pan_digest[TW_DIGEST_BYTES], pin_digest[TW_DIGEST_BYTES];
    int32_t expiry; /* YYMM */
    int tries_left;
    char status; /* 'A', 'L', 'S', 'R' */
    bool has_session;
    struct tw_uuid session;
    int64_t daily_limit_minor, daily_limit_count;
    int32_t usage_date; /* BANK_NO_DATE: nothing was ever counted */
    int64_t used_minor, used_count;
    size_t account_count;
    int64_t accounts[TW_ACCOUNTS_MAX];
    bool locked, changed;
};

struct bank_terminal {
    int32_t id;
    char status; /* 'A', 'R' */
    bool signed_on;
    int32_t pin_failures;
    int64_t period_no, period_atm_no, period_clr_no;
    bool locked, changed;
};

struct bank_entry {
    int64_t account_id, entry_no, amount_minor, balance_minor;
    struct tw_uuid txid;
    enum bank_phase phase;
};

/* A key that is in use: from table decision, or by an item decided earlier in this batch. */
struct bank_stan_use {
    int32_t terminal_id, business_date, stan, acquirer;
    struct tw_uuid txid;
    enum bank_phase phase;
};

struct bank_statement_line {
    int64_t account_id;
    struct tw_statement_entry entry;
};

struct bank_totals {
    int32_t terminal_id;
    int64_t withdrawal_count, withdrawal_amount;
    int64_t reversal_count, reversal_amount;
    int64_t deposit_count, deposit_amount;
};

struct bank_peer {
    int32_t code;
    char status; /* 'A', 'S' */
    int64_t limit_minor, interchange_minor;
};

struct bank_exposure {
    int32_t peer;
    int16_t stripe;
    int64_t owed_minor;  /* what the peer owes, of this stripe; negative: we owe */
    int64_t share_minor; /* of the peer's limit */
    bool changed;
};

/* What the items of one IB account add up to (engine/tally.h). */
struct bank_position {
    int32_t peer, window_no;
    int16_t stripe;
    int64_t debit_count, debit_minor, credit_count, credit_minor;
    int64_t reversal_count, reversal_minor, fee_minor;
    struct ib_item_digest digest;
    int64_t agreed_minor; /* to be settled; set by the flow that reconciles */
    bool changed;
};

/* A message stored, or (method NULL) one that is done with. */
struct bank_saf {
    int32_t peer;
    struct tw_uuid txid;
    enum bank_phase phase;
    const char *method;
    char *params; /* owned */
};

struct bank_services;

/* What the batch wants. Lists may repeat an id; the database does not mind. */
struct bank_wants {
    struct {
        int64_t *ids;
        size_t count;
    } accounts, accounts_locked, cards, cards_locked, terminals, terminals_locked, statements,
        totals, peer_terms;
    const uint8_t **pan_digests; /* of items; cards locked by PAN */
    size_t pan_count;
    struct tw_uuid *originals; /* whose card and accounts are to be locked */
    size_t original_count;
    struct tw_uuid *txids;
    size_t txid_count;
    bool stored_matter; /* what is stored under a txid must be known before it is decided */
    struct bank_stan_use *stans;
    size_t stan_count;
    struct {
        int32_t peer, window_no; /* 0: the open window */
        bool every_stripe;
    } * peers;
    size_t peer_count;
    bool open_windows;
    struct {
        int32_t peer, window_no; /* all stripes of its accounts; peer 0: none */
    } whole_window;
    bool iins;
    int32_t settlectl_window; /* whose SettleCtl is to be there; 0: none */
};

struct bank_book {
    const struct bank_services *services;
    size_t items_max;
    int16_t stripe; /* of the lane that runs the batch */
    struct bank_wants wants;

    bool bank_loaded;
    int32_t business_date;
    struct tw_currency currency;
    int64_t epoch;
    int32_t window_no;
    int64_t surcharge_minor;
    char bank_name[64];
    char iins[256]; /* of the cards it issues, comma-separated; only if wanted */

    struct bank_account *accounts;
    struct bank_card *cards;
    struct bank_terminal *terminals;
    struct bank_decision *decisions; /* loaded, then made */
    struct bank_stan_use *stans;
    struct bank_entry *entries; /* made */
    struct bank_statement_line *lines;
    struct bank_totals *totals;
    struct bank_peer *peers;
    struct bank_exposure *exposures;
    struct bank_position *positions;
    struct bank_saf *saf; /* made */
    size_t peer_count, exposure_count, position_count, saf_count;
    size_t account_count, card_count, terminal_count, decision_count, stan_count, entry_count,
        line_count, totals_count;
    size_t loaded_count; /* decisions[loaded_count..] were made by this batch */
    struct bank_index account_index, card_index, terminal_index, decision_index, stan_index;

    bool keys_unread; /* only the unique key will tell whether the batch's one item is a repeat */
    bool retry;       /* a row that is needed was not locked: run the batch again */
};

struct tw_status bank_book_new(const struct bank_services *services, size_t items_max,
                               struct bank_book **ret_book, struct tw_error *ret_error);
void bank_book_free(struct bank_book *book);
void bank_book_clear(struct bank_book *book);

/* --- plan: what an item wants ------------------------------------------------------------- */
void bank_want_account(struct bank_book *book, int64_t account_id, bool lock); /* 0: ignored */
void bank_want_card(struct bank_book *book, int64_t card_id, bool lock);
void bank_want_card_by_pan(struct bank_book *book, const uint8_t *pan_digest); /* locked */
void bank_want_terminal(struct bank_book *book, int32_t terminal_id, bool lock);
void bank_want_original(struct bank_book *book, const struct tw_uuid *txid);
/* Stored decisions of its txid. Who else uses its STAN is asked only when the batch is repeated:
 * the unique constraint finds out, at no cost for the many requests whose STAN is new. So it does
 * for the txid of an item that is alone, if BANK_OP_OWN_KEY says that its decision needs nothing
 * else and it has no repeat mark. In a larger batch a repeat would make its mates run twice. */
void bank_want_key(struct bank_book *book, const struct bank_item *item);
void bank_want_iins(struct bank_book *book); /* for bank_issues_iin */
void bank_want_statement(struct bank_book *book, int64_t account_id);
void bank_want_totals(struct bank_book *book, int32_t terminal_id);

/* Only what was agreed with the peer: nothing about it is locked. */
void bank_want_peer_terms(struct bank_book *book, int32_t peer);
/* The peer, its exposure and its account of a window (0: the open one), locked. Twice per item at
 * most. */
void bank_want_peer(struct bank_book *book, const struct bank_item *item, int32_t peer,
                    int32_t window_no);
/* The peer's accounts of a window and its exposures in all stripes, locked, as far as they were
 * ever opened. Only by items that run alone. */
void bank_want_whole_window(struct bank_book *book, const struct bank_item *item, int32_t peer,
                            int32_t window_no);
/* SettleCtl of the window, opened if need be, locked. Only by items that run alone. */
void bank_want_settlectl(struct bank_book *book, int32_t window_no);

/* --- load: rows as they come (the lane) ---------------------------------------------------- */
struct bank_account *bank_book_add_account(struct bank_book *book, int64_t account_id);
struct bank_card *bank_book_add_card(struct bank_book *book, int64_t card_id);
struct bank_terminal *bank_book_add_terminal(struct bank_book *book, int32_t terminal_id);
/* detail (may be NULL) is copied; decision->detail is ignored. */
void bank_book_add_decision(struct bank_book *book, const struct bank_decision *decision,
                            const char *detail);
void bank_book_add_stan(struct bank_book *book, const struct bank_stan_use *use);
void bank_book_add_peer(struct bank_book *book, const struct bank_peer *peer,
                        const struct bank_exposure *exposure); /* NULL: only its terms */
void bank_book_add_position(struct bank_book *book, const struct bank_position *position);

/* --- decide ---------------------------------------------------------------------------------- */
struct bank_account *bank_book_account(struct bank_book *book, int64_t account_id); /* or NULL */
struct bank_card *bank_book_card(struct bank_book *book, int64_t card_id);
struct bank_card *bank_book_card_by_pan(struct bank_book *book, const uint8_t *pan_digest);
struct bank_terminal *bank_book_terminal(struct bank_book *book, int32_t terminal_id);
const struct bank_decision *bank_book_decision(struct bank_book *book, const struct tw_uuid *txid,
                                               enum bank_phase phase);
const struct bank_stan_use *bank_book_stan(struct bank_book *book, const struct bank_decision *key);
const struct bank_totals *bank_book_totals(struct bank_book *book, int32_t terminal_id);

/* Two legs: debits one account and credits the other, both locked. The only way money moves. */
void bank_post(struct bank_book *book, const struct bank_decision *decision,
               struct bank_account *debit, struct bank_account *credit, int64_t amount_minor);

/* Adds one leg (debit positive) to a posting of more than two; the caller adds up to zero. */
void bank_post_leg(struct bank_book *book, const struct bank_decision *decision,
                   struct bank_account *account, int64_t amount_minor);

/* --- decide, with another bank ----------------------------------------------------------------
 */
struct bank_peer *bank_book_peer(struct bank_book *book, int32_t code); /* or NULL */
/* Of an IB account that is wanted; NULL when it was not opened yet. */
struct bank_position *bank_book_position(struct bank_book *book, int64_t account_id);
/* The account about a wanted peer and window (0: the open one). NULL when it was not opened yet:
 * then book->retry is set and the item runs again. Postings to it move the peer's exposure. */
struct bank_account *bank_book_interbank(struct bank_book *book, struct bank_item *item,
                                         int32_t peer, int32_t window_no);
/* May the peer owe amount more? Moves shares between stripes if it must; false with book->retry
 * when the item has to run again for that. Reversals and returns do not ask. */
bool bank_book_room(struct bank_book *book, struct bank_item *item, int32_t peer,
                    int64_t amount_minor);
/* Stores a message for a peer with the batch; params is stolen and kept in item->message. */
void bank_book_send(struct bank_book *book, struct bank_item *item, int32_t peer,
                    enum bank_phase phase, const char *method, json_t *params);
/* The stored message is answered: forgets it with the batch. */
void bank_book_answered(struct bank_book *book, int32_t peer, const struct tw_uuid *txid,
                        enum bank_phase phase);

/* Takes the item's decision into the book (detail is copied), so that later items see it. */
void bank_book_decided(struct bank_book *book, const struct bank_item *item);

#endif
