/*
 * One connection that does the engine's batches without the engine: the same prepared statements in
 * the same order, the same two round trips in pipeline mode, as many rows of the same sizes, and
 * the COMMIT. It decides nothing. What has to follow from the rows it locked is computed, because
 * the books must stay right: balances, entry numbers, what is used of a daily limit, and the link
 * of the hash chain (bank_chain_*: 0.2 us a transfer). The rest is filler: nobody's session is
 * checked, no content digested.
 *
 * Each lane has accounts of its own, payers and payees: it never waits for another one's row locks.
 * Each batch has the next options->batch of the lane's payers, so that as many different accounts
 * pay as in the engine's closed loop. One thread per connection.
 */
#ifndef BENCH_ENGINE_BARE_BATCH_H
#define BENCH_ENGINE_BARE_BATCH_H

#include "bank.h"

struct bench_bare;

struct tw_status bench_bare_new(const struct bench_options *options, const struct bench_bank *bank,
                                size_t lane, struct bench_bare **ret_bare,
                                struct tw_error *ret_error);
void bench_bare_free(struct bench_bare *bare);

struct tw_status bench_bare_batch(struct bench_bare *bare, struct tw_error *ret_error);
int64_t bench_bare_next_stan(const struct bench_bare *bare);

#endif
