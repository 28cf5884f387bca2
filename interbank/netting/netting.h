/*
 * What banks owe each other, turned into a plan that a settlement agent can carry out: who is
 * debited, who is credited, in which order, and what cannot be settled. One call is one currency.
 * Pure functions: no database, no clock, no random source. Equal input gives an equal plan, and
 * the order of the input's elements changes nothing.
 *
 *   multilateral deferred net   one amount per bank; the amounts add up to zero
 *   bilateral deferred net      one amount per pair of banks
 *   gross                       single payments, each when its payer has funds; gridlock is
 *                               resolved by bilateral offset, then by multilateral offset
 *
 * A plan is a list of movements in steps. Within a step all debits come before all credits, so a
 * bank pays from what it has before the step. Executed in their order the movements never take a
 * reserve or a prefunding below zero, and each step adds up to zero. Deferred net has one step.
 *
 * Shortfall. A bank pays from its reserve first. What follows when that is too little is the
 * caller's choice, each including those before it (DOMAIN: retry -> draw -> recast):
 *
 *   IB_RESORT_NONE         deferred net: nothing moves, the plan says who lacks how much;
 *                          gross: what can be settled is, the rest stays queued
 *   IB_RESORT_PREFUNDING   the bank's own prefunding is drawn; it is suspended, and its net debit
 *                          cap becomes the prefunding that is left
 *   IB_RESORT_RECAST       a bank that is still short defaults: all that it owes and is owed is
 *                          taken out, nets are computed again, and so on while anybody is short.
 *                          Everything among the others is settled. What was taken out is listed as
 *                          the exposure that remains between those banks; no customer's credit
 *                          is undone, so it stays with the bank that gave it
 *
 * Units: minor units of the currency. No amount, and no total of all amounts, is above
 * TW_AMOUNT_MAX_MINOR, so no figure of a plan is either.
 * Errors: INVALID_PARAMS (unknown bank, negative amount, a bank that owes itself, anything named
 * twice), TOO_LARGE (too many, or a total above the limit), NO_MEMORY. *ret_plan is NULL then.
 * Ownership: the caller's, with ib_plan_free. Threading: no shared state.
 * Source: gridlock resolution is that of Bech and Soramaki, "Gridlock resolution in interbank
 * payment systems" (Bank of Finland, 2001); see gridlock.c for what it promises.
 */
#ifndef IB_NETTING_NETTING_H
#define IB_NETTING_NETTING_H

#include <stdint.h>

#include "core/money.h"
#include "core/status.h"

#define IB_NETTING_BANKS_MAX    128
#define IB_NETTING_PAYMENTS_MAX 65536
#define IB_BASIS_POINTS         10000

enum ib_model {
    IB_MODEL_MULTILATERAL,
    IB_MODEL_BILATERAL,
    IB_MODEL_GROSS,
};

enum ib_resort {
    IB_RESORT_NONE,
    IB_RESORT_PREFUNDING,
    IB_RESORT_RECAST,
};

/* --- input --------------------------------------------------------------------------------- */

struct ib_participant {
    int32_t bank_code;        /* > 0 */
    int64_t reserve_minor;    /* available, >= 0 */
    int64_t prefunding_minor; /* available, >= 0; not part of the reserve */
};

/* What payer owes payee in all; at most one for each direction of a pair. */
struct ib_obligation {
    int32_t payer, payee;
    int64_t amount_minor; /* >= 0 */
};

/* One payment of the gross model. A payer's payments are settled in the order of priority, then
 * number; one that must wait holds up the payer's later ones. */
struct ib_payment {
    int64_t number;   /* its place by arrival; no two have the same */
    int32_t priority; /* smaller is earlier */
    int32_t payer, payee;
    int64_t amount_minor; /* > 0 */
};

/* --- output -------------------------------------------------------------------------------- */

enum ib_step_kind {
    IB_STEP_NET,          /* all of a deferred net settlement */
    IB_STEP_SINGLE,       /* a payment by itself */
    IB_STEP_BILATERAL,    /* two opposite payments, by their difference */
    IB_STEP_MULTILATERAL, /* many payments at once, by each bank's net */
};

struct ib_step {
    enum ib_step_kind kind;
    int64_t settled_minor; /* gross value of what the step settles */
    size_t movement_count;
};

/* A debit is negative, a credit positive. The amount is the sum of the two changes, never zero: a
 * debit may take from both, a credit goes to the reserve. */
struct ib_movement {
    size_t step;
    int32_t bank_code;
    int32_t counterparty;     /* 0: all others together */
    int64_t reserve_minor;    /* change of the reserve */
    int64_t prefunding_minor; /* change of the prefunding, <= 0 */
};

struct ib_plan_bank {
    int32_t bank_code;
    int64_t position_minor;   /* net of everything that was brought: credits - debits */
    int64_t net_minor;        /* net of what is settled */
    int64_t debit_minor;      /* sum of its debits: the liquidity it uses */
    int64_t credit_minor;     /* sum of its credits */
    int64_t reserve_minor;    /* of the debits, paid from the reserve */
    int64_t prefunding_minor; /* of the debits, drawn from prefunding */
    int64_t cap_minor;        /* net debit cap from now on: prefunding left; 0 after a default */
    int64_t shortfall_minor;  /* what it lacked with what the resort allows; 0: nothing */
    bool suspended;           /* prefunding was drawn, or defaulted */
    bool defaulted;           /* taken out */
};

/* Fate of a payment of the gross model. */
struct ib_plan_payment {
    int64_t number;
    size_t step; /* that settles it; IB_STEP_OF_NONE: left in the queue, or taken out */
};

#define IB_STEP_OF_NONE SIZE_MAX

struct ib_plan {
    enum ib_model model;
    bool complete; /* all is settled but what a default took out */
    size_t bank_count, step_count, movement_count, excluded_count, payment_count;
    struct ib_plan_bank *banks; /* by code, every participant */
    struct ib_step *steps;
    struct ib_movement *movements;    /* in the order of execution */
    struct ib_obligation *excluded;   /* what is not settled, by payer and payee; no zeros */
    struct ib_plan_payment *payments; /* by number */
    int64_t gross_minor;              /* value of everything that was brought */
    int64_t settled_minor;            /* of that, settled */
    int64_t excluded_minor;           /* of that, not settled: exposure that remains */
    int64_t liquidity_minor;          /* sum of all debits */
    int32_t efficiency_bp;            /* 1 - liquidity / settled in basis points, rounded down */
};

/* Deferred net settlement; model is not IB_MODEL_GROSS. */
struct tw_status ib_net(const struct ib_participant *participants, size_t participant_count,
                        const struct ib_obligation *obligations, size_t obligation_count,
                        enum ib_model model, enum ib_resort resort, struct ib_plan **ret_plan,
                        struct tw_error *ret_error);

/* Gross settlement of a queue as it is now. */
struct tw_status ib_settle_gross(const struct ib_participant *participants,
                                 size_t participant_count, const struct ib_payment *payments,
                                 size_t payment_count, enum ib_resort resort,
                                 struct ib_plan **ret_plan, struct tw_error *ret_error);

void ib_plan_free(struct ib_plan *plan);

#endif
