/*
 * Which accounts the batches under way have locked, or wait for: so that the lanes of one process
 * need not wait for each other in the database. An item that would is left in the queue for the
 * next batch, and so is what comes behind it for the same accounts: each account sees its items in
 * the order they came.
 *
 * Only a hint. What is locked is the database's business; an account whose claim was not noted (the
 * room is for a few per item) is waited for there, like those of other bank servers.
 *
 * Lanes are numbered from 0. Account ids only. Single-threaded, on the loop.
 */
#ifndef BANK_ENGINE_CLAIMS_H
#define BANK_ENGINE_CLAIMS_H

#include <stdint.h>

#include "core/status.h"

struct bank_claims;

struct tw_status bank_claims_new(size_t lanes, size_t items_max, struct bank_claims **ret_claims,
                                 struct tw_error *ret_error);
void bank_claims_free(struct bank_claims *claims);

/* A batch is being formed for the lane: it has claimed nothing, and nothing was passed over. */
void bank_claims_begin(struct bank_claims *claims, size_t lane);
/* One of these is another lane's, or wanted by an item that was passed over for this batch. */
bool bank_claims_blocked(const struct bank_claims *claims, size_t lane, const int64_t *account_ids,
                         size_t count);
void bank_claims_take(struct bank_claims *claims, size_t lane, const int64_t *account_ids,
                      size_t count);
/* Of an item that stays in the queue. */
void bank_claims_pass(struct bank_claims *claims, const int64_t *account_ids, size_t count);
/* The lane's batch is over. */
void bank_claims_end(struct bank_claims *claims, size_t lane);

#endif
