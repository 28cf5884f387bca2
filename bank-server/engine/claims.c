/*
 * An index per lane, and one for what was passed over while a batch is formed, which happens in one
 * go. Clearing an index costs nothing.
 *
 * Rejected: one index with counts (a batch would have to take each of its claims back), and asking
 * for each account in the database (SKIP LOCKED tells too late: the batch is formed by then).
 */
#include "engine/claims.h"

#include <stdlib.h>

#include "engine/index.h"

#define ACCOUNTS_PER_ITEM 4

struct bank_claims {
    size_t lanes;
    size_t most; /* in one index */
    struct bank_index passed;
    struct bank_index of_lane[];
};

struct tw_status bank_claims_new(size_t lanes, size_t items_max, struct bank_claims **ret_claims,
                                 struct tw_error *ret_error) {
    struct bank_claims *claims = calloc(1, sizeof *claims + lanes * sizeof claims->of_lane[0]);
    if (claims == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "claims");
    }
    claims->lanes = lanes;
    claims->most = items_max * ACCOUNTS_PER_ITEM;
    bool ok = bank_index_init(&claims->passed, claims->most);
    for (size_t i = 0; i < lanes && ok; i++) {
        ok = bank_index_init(&claims->of_lane[i], claims->most);
    }
    if (!ok) {
        bank_claims_free(claims);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "claims");
    }
    *ret_claims = claims;
    return tw_success();
}

void bank_claims_free(struct bank_claims *claims) {
    if (claims == NULL) {
        return;
    }
    for (size_t i = 0; i < claims->lanes; i++) {
        bank_index_free(&claims->of_lane[i]);
    }
    bank_index_free(&claims->passed);
    free(claims);
}

static bool has(const struct bank_index *index, int64_t account_id) {
    return index->used > 0 && bank_index_find(index, (uint64_t)account_id) != BANK_INDEX_NONE;
}

static void note(struct bank_claims *claims, struct bank_index *index, const int64_t *account_ids,
                 size_t count) {
    for (size_t i = 0; i < count && index->used < claims->most; i++) {
        if (!has(index, account_ids[i])) {
            bank_index_add(index, (uint64_t)account_ids[i], 0);
        }
    }
}

void bank_claims_begin(struct bank_claims *claims, size_t lane) {
    tw_assert(lane < claims->lanes);
    bank_index_clear(&claims->of_lane[lane]);
    bank_index_clear(&claims->passed);
}

bool bank_claims_blocked(const struct bank_claims *claims, size_t lane, const int64_t *account_ids,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (has(&claims->passed, account_ids[i])) {
            return true;
        }
        for (size_t other = 0; other < claims->lanes; other++) {
            if (other != lane && has(&claims->of_lane[other], account_ids[i])) {
                return true;
            }
        }
    }
    return false;
}

void bank_claims_take(struct bank_claims *claims, size_t lane, const int64_t *account_ids,
                      size_t count) {
    tw_assert(lane < claims->lanes);
    note(claims, &claims->of_lane[lane], account_ids, count);
}

void bank_claims_pass(struct bank_claims *claims, const int64_t *account_ids, size_t count) {
    note(claims, &claims->passed, account_ids, count);
}

void bank_claims_end(struct bank_claims *claims, size_t lane) {
    tw_assert(lane < claims->lanes);
    bank_index_clear(&claims->of_lane[lane]);
}
