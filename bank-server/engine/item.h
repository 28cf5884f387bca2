/*
 * An item: one request on its way through the bank, from intake to answer.
 *
 * Owned by whoever submitted it (intake, bankctl); the engine borrows it between bank_engine_submit
 * and the done callback. The request is the wire's struct; the decision mirrors one row of table
 * decision and is at once the stored answer. Amounts are minor units.
 */
#ifndef BANK_ENGINE_ITEM_H
#define BANK_ENGINE_ITEM_H

#include <jansson.h>

#include "pin/keyring.h"
#include "pin/pin_block.h"
#include "wire/message.h"
#include "wire/trace.h"

struct bank_op;
struct bank_item;

/* decision.phase; numbers are stored (sql/migrations/0001 and 0005). */
enum bank_phase {
    BANK_REQUEST = 0,
    BANK_CONFIRMATION = 1,
    BANK_REVERSAL = 2,
    BANK_SUSPICION = 3,
    BANK_OUTCOME = 4, /* what a peer finally said about our message */
    BANK_CREDIT = 5,  /* an incoming transfer, or the tombstone of one */
    BANK_RETURN = 6,
    BANK_FEE = 7, /* of a transfer at a foreign terminal */
};

/* decision.operation; numbers are stored, so they never change (sql/migrations/0001). */
enum bank_operation {
    BANK_SESSION = 1,
    BANK_PIN_CHANGE = 2,
    BANK_WITHDRAWAL = 3,
    BANK_DEPOSIT = 4,
    BANK_TRANSFER = 5,
    BANK_REPLENISH = 6,
    BANK_REMOVE = 7,
    BANK_BALANCING = 8,
    BANK_CUT_OVER = 9,
    BANK_COUNTER_DEPOSIT = 10,
    BANK_COUNTER_WITHDRAWAL = 11,
    BANK_CAPITAL = 12,
    BANK_INCOMING_TRANSFER = 13,
    BANK_FEE_POSTING = 14,
    BANK_WINDOW_CLOSE = 15,
    BANK_SETTLEMENT = 16,
    BANK_BREAK_CORRECTION = 17,
    BANK_RESERVE = 18,
};

/* Accounts that nearly every interbank posting moves, exposures and positions have so many rows; a
 * lane uses its own, so that lanes do not wait for each other. */
#define BANK_STRIPES 8

struct bank_decision {
    struct tw_uuid txid;
    enum bank_phase phase;
    enum bank_operation operation;
    int32_t acquirer;
    int32_t terminal_id; /* 0: at the counter */
    int32_t business_date;
    int32_t stan; /* 0: none (NULL) */
    int64_t amount_minor;
    int64_t kept_minor;
    int64_t card_id, account_id, to_account_id; /* 0: none (NULL) */
    bool has_balance;                           /* the next three are part of the answer */
    int64_t ledger_minor, available_minor, entry_no;
    enum tw_rc rc;
    uint8_t content_digest[TW_DIGEST_BYTES];
    char *detail; /* JSON, malloc'd, or NULL */
    /* With another bank; 0: none (NULL). */
    int32_t peer, window_no;
    int64_t surcharge_minor, interchange_minor;
    /* Bank's business date of its batch. Never stored; loaded with an original that an item wants
     * (bank_want_original), else 0. */
    int32_t posted_on;
    int64_t lane_id, batch_no;
    int32_t item_no;
};

/* A message for a peer, stored in the commit it tells of; the flows send it right after. */
struct bank_message {
    int32_t peer; /* 0: none */
    enum bank_phase phase;
    const char *method;
    json_t *params; /* owned */
};

/* What a peer answered: the occasion of an item that books our side of it. */
struct bank_peer_answer {
    int32_t peer;
    union {
        struct tw_posting_result posting;
        struct tw_credit_result credit;
    };
    struct tw_fees asked; /* for the fee of a transfer: what the issuer was asked to pay */
};

/* What became of a transfer to another bank, beside its own decision: for the answer. */
struct bank_fate {
    bool final;
    bool returned;
    enum tw_rc rc; /* APPROVED: completed; else released */
    char reason[5];
    int32_t fee_window_no; /* of the fee of a foreign terminal's bank */
};

/* Money at the counter (bankctl): no card, no wire message. */
struct bank_counter_request {
    struct tw_header header; /* txid; terminal_id where a suspected dispense is resolved, else 0 */
    int64_t account_id;      /* customer's account; 0 for capital */
    int64_t amount;
    int32_t peer; /* the other bank, where a transfer goes back to it; else 0 */
};

/* What settles a window, made by the flow: no wire message. */
struct bank_settle_request {
    struct tw_header header; /* txid: by bank_window_close_txid or bank_settlement_txid */
    int32_t window_no;
    int32_t peer; /* window_close; else 0 */
    int64_t net;  /* as the finality has it; positive: was owed to this bank */
    bool part;    /* window_close: less than was agreed, because the pair was then excluded */
};

/* How an operator ends a reconciliation break: no wire message. Amounts are debit positive. */
struct bank_break_request {
    struct tw_header header;    /* txid: the break's id, which makes it one item at both banks */
    int32_t peer, window_no;    /* that was compared */
    int32_t next_window_no;     /* where what is right is booked */
    int64_t ours[BANK_STRIPES]; /* what this book has of it, by stripe of the window's accounts */
    int64_t settled;
    char resolution[8]; /* "OURS", "THEIRS", "NEITHER" */
};

union bank_request {
    struct tw_header header; /* first member of every request */
    struct tw_plain_request plain;
    struct tw_pin_key_request pin_key;
    struct tw_session_open_request session_open;
    struct tw_session_request session;
    struct tw_balance_request balance;
    struct tw_statement_request statement;
    struct tw_cash_request cash;
    struct tw_transfer_request transfer;
    struct tw_transfer_status_request transfer_status;
    struct tw_confirm_request confirm;
    struct tw_reverse_request reverse;
    struct tw_pin_change_request pin_change;
    struct tw_terminal_cash_request terminal_cash;
    struct bank_counter_request counter;
    struct bank_settle_request settle;
    struct bank_break_request correction;
    struct tw_credit_request credit;
    struct tw_inquiry_request inquiry;
    struct tw_return_request returned;
    struct tw_directory_request directory;
    struct tw_window_request window;
    struct tw_window_buckets_request window_buckets;
    struct tw_window_items_request window_items;
    struct tw_window_find_request window_find;
};

enum bank_origin {
    BANK_UNDECIDED, /* the engine could not decide: item->error says why, nothing was posted */
    BANK_FRESH,     /* decided now and stored; for reads: just read */
    BANK_STORED,    /* a repeat: the answer that was stored */
    BANK_REFUSED,   /* answered, but not stored: the key belongs to another content (94), no such
                       terminal (58): storing would let a stranger use up keys */
};

typedef void (*bank_item_done_fn)(struct bank_item *item);

struct bank_item {
    /* Given. */
    const struct bank_op *op;
    union bank_request request;
    struct bank_peer_answer peer_answer; /* by the flow, for items that book an answer */
    int32_t acquirer;
    enum bank_phase phase; /* from the operation; a suspect confirmation has its own */
    int64_t deadline_us;   /* monotonic; before dispatch only: what was sent to commit commits */
    bank_item_done_fn done;
    void *context;

    /* Prepared. */
    struct tw_session_claims claims;
    struct tw_pin_plain pin; /* until the item is cleared: its batch may run again */

    /* Decided. */
    struct bank_decision decision;
    struct bank_decision extra;  /* a second decision of the same item; no detail */
    struct bank_message message; /* for a peer, made by the decision */
    struct bank_fate fate;
    enum bank_origin origin;
    char *reply; /* text of the whole result, for operations that make their own */
    struct tw_error error;

    struct bank_item *next; /* in a queue of the engine */
    int attempts;
    int passes;         /* how often it stayed in the queue because another lane had its accounts */
    bool session_valid; /* the token is ours: claims may be used; still to check against the card */
    bool pin_valid;
    bool has_extra;
    bool every_stripe; /* run again with all exposures of the peer locked */
    bool open_window;  /* run again after opening the peer's accounts of the window */
    uint8_t pan_digest[TW_DIGEST_BYTES];
    uint8_t content_digest[TW_DIGEST_BYTES];
    struct tw_trace trace;
};

/* Frees what the item holds (not the item): reply, detail, request texts; wipes the PIN. */
void bank_item_clear(struct bank_item *item);

#endif
