/*
 * What the parts of bare_batch.h share: one connection with the batch it is at, and the writing of
 * its rows as parameters. Nobody else includes this.
 */
#ifndef BENCH_ENGINE_BARE_PARTS_H
#define BENCH_ENGINE_BARE_PARTS_H

#include "bare_batch.h"
#include "db/params.h"
#include "db/statements.h"
#include "engine/chain.h"
#include "engine/store.h"

struct bench_account { /* as it was locked, then as it is to be stored */
    int64_t id, balance, entry_no, overdraft, used;
    int32_t date;
};

struct bench_statements { /* of one round trip */
    const enum bank_statement_id *ids;
    size_t count;
};

struct bench_bare {
    const struct bench_options *options;
    const struct bench_bank *bank;
    size_t lane, rows;
    struct bench_statements reads, stores;
    struct bench_payer *payers; /* of this lane */
    size_t payer_count, next_payer;
    int64_t *payees;
    size_t payee_count;
    PGconn *connection;
    struct bank_params params;
    struct bank_chain *chain;
    struct bank_lane_head head;
    struct tw_seeded chance;
    int64_t *next_stans; /* by terminal */
    struct bank_decision *decisions;
    struct bank_entry *entries;
    struct bench_account *accounts; /* by id */
    size_t account_count;
};

/* Each writes the parameters of one statement, in the order of its SQL in db/sql: arrays, or value
 * by value for the batch of one. */
void bench_put_decisions(struct bench_bare *bare);
void bench_put_entries(struct bench_bare *bare);
void bench_put_accounts(struct bench_bare *bare);
void bench_put_batch(struct bench_bare *bare);

#endif
