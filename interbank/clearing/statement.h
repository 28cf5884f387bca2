/*
 * What is signed in clearing (docs/CLEARING.md, "Signed documents"), as structs with field tables
 * (wire/field.h), and the rules that each must keep by itself. Amounts are minor units.
 */
#ifndef IB_CLEARING_STATEMENT_H
#define IB_CLEARING_STATEMENT_H

#include "sign/signed.h"
#include "wire/message.h"

#define IB_MODEL_SIZE 16

/* One bank's totals with one peer in one window, from its own view: debit means the peer owes. */
struct ib_totals {
    int64_t window_no;
    int64_t debit_count, debit_amount;
    int64_t credit_count, credit_amount;
    int64_t reversal_count, reversal_amount;
    int64_t fee_amount;
    int32_t bank, peer;
    struct tw_currency currency;
    char digest[TW_BUCKET_DIGEST];
};

/* What a bank submits to be settled. */
struct ib_position {
    int32_t peer;
    int64_t debit_count, debit_amount;
    int64_t credit_count, credit_amount;
    int64_t breaks; /* how many are left out */
};

struct ib_positions {
    int32_t bank;
    int64_t window_no;
    struct tw_currency currency;
    int64_t revision; /* from 1; a higher one replaces a lower one */
    int64_t net;      /* sum over peers of debit less credit: positive, the bank is owed */
    size_t position_count;
    struct ib_position positions[TW_PARTICIPANTS_MAX];
};

/* What the agent answers one bank when a window is final. */
struct ib_settled_pair {
    int32_t peer;
    int64_t net;  /* positive: the peer owed the bank */
    bool settled; /* false: excluded, still owed */
    int64_t part; /* not settled, gross model: what of the net was paid before it was excluded */
};

struct ib_participant_state {
    int32_t bank;
    char status[12]; /* "ACTIVE", "SUSPENDED", "DEFAULTED" */
    int64_t cap;     /* net debit cap from now on */
};

struct ib_finality {
    int32_t bank;
    int64_t window_no;
    struct tw_currency currency;
    char model[IB_MODEL_SIZE]; /* "multilateral", "bilateral", "gross" */
    char result[12];           /* "SETTLED", "FAILED" */
    char settled_at[32];       /* UTC, RFC 3339 */
    int64_t net;               /* of the settled pairs: positive, was credited */
    int64_t prefunding_drawn;
    int64_t reserve, prefunding; /* afterwards */
    size_t pair_count;
    struct ib_settled_pair pairs[TW_PARTICIPANTS_MAX];
    size_t participant_count;
    struct ib_participant_state participants[TW_PARTICIPANTS_MAX];
};

extern const struct tw_field ib_totals_fields[];
extern const struct tw_field ib_positions_fields[];
extern const struct tw_field ib_finality_fields[];

/* Reads a payload by its table and checks what the table cannot say. INVALID_PARAMS with the
 * reason. Positions: banks differ from each other and from the signer, none twice, net adds up. */
struct tw_status ib_totals_read(const json_t *payload, struct ib_totals *ret_totals,
                                struct tw_error *ret_error);
struct tw_status ib_positions_read(const json_t *payload, struct ib_positions *ret_positions,
                                   struct tw_error *ret_error);
struct tw_status ib_finality_read(const json_t *payload, struct ib_finality *ret_finality,
                                  struct tw_error *ret_error);

/* NULL when the two say the same of each other; else what differs, in a word ("debit_amount"). */
const char *ib_totals_difference(const struct ib_totals *own, const struct ib_totals *peers);

#endif
