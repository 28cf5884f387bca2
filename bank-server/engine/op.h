/*
 * An operation as the engine sees it: four functions and a schema. One operation, one file in
 * ops/; the table of all of them is ops/registry.c.
 *
 *   prepare   at intake, outside any transaction: unseal the token, decrypt the PIN block, digest
 *             the content. May refuse (bad token: the item goes on with session_valid false).
 *   plan      says which rows the decision needs, and which of them it will change.
 *   decide    looks only at the book and the item; posts by bank_post; fills item->decision.
 *             Runs again from the start when the database asks to repeat the batch.
 *   answer    the JSON result, from the decision alone: a stored answer reads like the first.
 *   replayed  optional: the stored answer was found; adds what became of it since (transfers).
 */
#ifndef BANK_ENGINE_OP_H
#define BANK_ENGINE_OP_H

#include "engine/book.h"
#include "engine/item.h"
#include "wire/method.h"

/* What an operation may use of the bank besides its rows. Owned by the daemon or bankctl. */
struct bank_services {
    int32_t bank_code;
    const struct tw_keyring *keyring;
    const struct tw_pin_decryptor *pin_decryptor; /* NULL in bankctl */
    const char *pin_certificate_pem;              /* NULL in bankctl */
    const struct tw_clock *clock;
    const struct tw_random *random;
    int64_t session_idle_ms;
    int64_t directory_serial; /* 0: none; kept up to date by the daemon */
    const char *directory_jws;
};

enum bank_op_flags {
    BANK_OP_READS = 1 << 0,    /* decides nothing: no locks, no stored answer */
    BANK_OP_ADVICE = 1 << 1,   /* cannot be declined; works signed off and on any business date */
    BANK_OP_ANY_TIME = 1 << 2, /* works while the terminal is not signed on */
    BANK_OP_NO_TERMINAL = 1 << 3, /* at the counter or between banks: no terminal, no STAN */
    BANK_OP_UNSTORED =
        1 << 4, /* changes a state that repeating does not change again; no answer kept */
    BANK_OP_INQUIRY = 1 << 5,  /* its txid is another request's: decide looks that up itself, and
                                  what the engine refuses before is not stored under it */
    BANK_OP_ALONE = 1 << 6,    /* a batch of its own: reads sums that its mates would change */
    BANK_OP_ISSUER = 1 << 7,   /* a peer may ask it for our cards at its terminals */
    BANK_OP_PEER = 1 << 8,     /* only a peer may ask it */
    BANK_OP_CLEARING = 1 << 9, /* answered by flow/clearing, never decided by the engine */
    BANK_OP_OWN_KEY = 1 << 10, /* of what is stored under its txid only its own phase matters */
};

struct bank_op {
    enum tw_method_id method; /* TW_METHOD_COUNT: not on the wire */
    enum bank_operation operation;
    enum bank_phase phase;
    unsigned flags;
    void (*prepare)(struct bank_item *item, const struct bank_services *services);
    void (*plan)(const struct bank_item *item, struct bank_book *book);
    void (*decide)(struct bank_item *item, struct bank_book *book);
    /* Appends the result's text; false: it could not be made. */
    bool (*answer)(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out);
    void (*replayed)(struct bank_item *item, struct bank_book *book);
};

/* Sets the item's phase and runs the operation's prepare. */
void bank_op_prepare(struct bank_item *item, const struct bank_services *services);

/* The operation of a method; NULL only for the settlement agent's, as a test holds. */
const struct bank_op *bank_op_of_method(enum tw_method_id method);

/* Each defined in its file in ops/. */
extern const struct bank_op bank_op_sign_on, bank_op_sign_off, bank_op_echo, bank_op_pin_key,
    bank_op_pin_change, bank_op_session_open, bank_op_session_close, bank_op_balance,
    bank_op_statement, bank_op_withdraw, bank_op_withdraw_confirm, bank_op_withdraw_reverse,
    bank_op_deposit, bank_op_deposit_reverse, bank_op_transfer, bank_op_transfer_status,
    bank_op_replenish, bank_op_remove, bank_op_balancing, bank_op_totals, bank_op_cut_over,
    bank_op_counter_deposit, bank_op_counter_withdrawal, bank_op_capital, bank_op_resolve_taken,
    bank_op_resolve_inside, bank_op_transfer_outcome, bank_op_transfer_credit,
    bank_op_transfer_inquiry, bank_op_transfer_give_back, bank_op_transfer_returned,
    bank_op_directory_get, bank_op_message_acknowledged, bank_op_window_totals,
    bank_op_window_buckets, bank_op_window_items, bank_op_window_find, bank_op_window_close,
    bank_op_settlement, bank_op_break_correct, bank_op_reserve_pay_in, bank_op_reserve_pay_out;

#endif
