/*
 * One ordered walk over everything the chain covers, batch by batch. A wrong batch is reported and
 * the walk goes on from the digest that is stored, so that one forgery is one finding and not a
 * cascade. Rows are read in binary with db/rows.h, like the engine reads them.
 *
 * Rejected: verifying in SQL (sha256() exists, but the encoding would then be written twice).
 */
#include "ctl/chain_check.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "engine/chain.h"

#include "bankctl_sql.h"

#define ANCHORS_MAX 4096

/* Columns of audit_geneses.sql and audit_batches.sql. */
enum genesis_column { G_LANE, G_GENESIS, G_SEEN_LANE, G_SEEN_BATCH, G_SEEN_DIGEST, G_FOUND_DIGEST };

enum link_column {
    L_LANE,
    L_BATCH,
    L_DIGEST,
    L_GENESIS,
    L_TXID,
    L_PHASE,
    L_OPERATION,
    L_ACQUIRER,
    L_TERMINAL,
    L_DATE,
    L_STAN,
    L_AMOUNT,
    L_KEPT,
    L_CARD,
    L_ACCOUNT,
    L_TO_ACCOUNT,
    L_LEDGER,
    L_AVAILABLE,
    L_ENTRY_NO,
    L_ITEM,
    L_RC,
    L_CONTENT,
    L_DETAIL,
    L_ENTRY_ACCOUNT,
    L_ENTRY_ENTRY_NO,
    L_ENTRY_AMOUNT,
    L_ENTRY_BALANCE,
    L_BUSINESS_DATE,
    L_PEER,
    L_WINDOW,
    L_SURCHARGE,
    L_INTERCHANGE,
};

struct walk {
    struct bank_chain *chain;
    json_t *examples;
    size_t total;
    bool in_batch;
    bool unreadable; /* a value in this batch that the bank server never writes */
    int64_t lane_id;
    int64_t batch_no;
    uint8_t stored[TW_DIGEST_BYTES]; /* digest of the batch, as it stands in its row */
    bool in_decision;
    struct tw_uuid txid;
    enum bank_phase phase;
};

static struct tw_status query_binary(PGconn *connection, const char *sql, PGresult **ret_rows,
                                     struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = PQexecParams(connection, sql, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        return ctl_database_error(connection, rows, ret_error);
    }
    *ret_rows = rows;
    rows = NULL;
    return tw_success();
}

static void violation(struct walk *walk, const char *problem) {
    char subject[96];
    snprintf(subject, sizeof subject, "lane %" PRId64 " batch %" PRId64, walk->lane_id,
             walk->batch_no);
    ctl_example_add(walk->examples, subject, problem);
    walk->total++;
}

/* --- geneses --------------------------------------------------------------------------------- */

/* Reads the anchors of the lane whose rows begin at `row`; returns the row after them. */
static int read_anchors(struct walk *walk, const PGresult *rows, int row,
                        struct bank_anchor *anchors, size_t *ret_count) {
    *ret_count = 0;
    for (; row < PQntuples(rows) && bank_row_i64(rows, row, G_LANE, 0) == walk->lane_id; row++) {
        if (bank_row_null(rows, row, G_SEEN_LANE)) {
            continue;
        }
        tw_assert(*ret_count < ANCHORS_MAX);
        struct bank_anchor *anchor = &anchors[(*ret_count)++];
        anchor->lane_id = bank_row_i64(rows, row, G_SEEN_LANE, 0);
        anchor->batch_no = bank_row_i64(rows, row, G_SEEN_BATCH, 0);
        bank_row_bytes(rows, row, G_SEEN_DIGEST, anchor->digest, TW_DIGEST_BYTES);
        uint8_t found[TW_DIGEST_BYTES] = {0};
        if (!bank_row_null(rows, row, G_FOUND_DIGEST)) {
            bank_row_bytes(rows, row, G_FOUND_DIGEST, found, TW_DIGEST_BYTES);
        }
        if (!tw_digest_equal(anchor->digest, found)) {
            violation(walk, "a batch that this lane saw at its start is gone or was changed");
        }
    }
    return row;
}

static void check_genesis(struct walk *walk, const PGresult *rows, int row,
                          const struct bank_anchor *anchors, size_t count) {
    uint8_t stored[TW_DIGEST_BYTES];
    uint8_t computed[TW_DIGEST_BYTES];
    bank_row_bytes(rows, row, G_GENESIS, stored, TW_DIGEST_BYTES);
    bank_chain_genesis(walk->chain, walk->lane_id, anchors, count, computed);
    if (!tw_digest_equal(stored, computed)) {
        violation(walk, "the lane's genesis does not follow from its anchors");
    }
}

static struct tw_status check_geneses(struct walk *walk, PGconn *connection,
                                      struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = query_binary(connection, ctl_sql_audit_geneses, &rows, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    struct bank_anchor *anchors = calloc(ANCHORS_MAX, sizeof *anchors);
    tw_assert(anchors != NULL);
    for (int row = 0; row < PQntuples(rows);) {
        size_t count;
        int first = row;
        walk->lane_id = bank_row_i64(rows, row, G_LANE, 0);
        row = read_anchors(walk, rows, row, anchors, &count);
        check_genesis(walk, rows, first, anchors, count);
    }
    free(anchors);
    return status;
}

/* --- batches --------------------------------------------------------------------------------- */

static void end_batch(struct walk *walk) {
    uint8_t computed[TW_DIGEST_BYTES];
    if (!walk->in_batch) {
        return;
    }
    bank_chain_end(walk->chain, computed);
    if (walk->unreadable || !tw_digest_equal(walk->stored, computed)) {
        violation(walk, "decisions or entries are not the ones that were committed");
    }
    walk->in_batch = false;
}

/* Starts at the genesis for a lane's first batch, else at the digest of the batch before. */
static void begin_batch(struct walk *walk, const PGresult *rows, int row) {
    uint8_t previous[TW_DIGEST_BYTES];
    int64_t lane_id = bank_row_i64(rows, row, L_LANE, 0);
    int64_t batch_no = bank_row_i64(rows, row, L_BATCH, 0);
    bool same_batch = walk->in_batch && lane_id == walk->lane_id && batch_no == walk->batch_no;
    if (same_batch) {
        return;
    }
    bool same_lane = walk->in_batch && lane_id == walk->lane_id;
    end_batch(walk);
    if (same_lane) {
        memcpy(previous, walk->stored, TW_DIGEST_BYTES);
    } else {
        bank_row_bytes(rows, row, L_GENESIS, previous, TW_DIGEST_BYTES);
    }
    walk->lane_id = lane_id;
    walk->batch_no = batch_no;
    walk->in_batch = true;
    walk->in_decision = false;
    walk->unreadable = false;
    bank_row_bytes(rows, row, L_DIGEST, walk->stored, TW_DIGEST_BYTES);
    bank_chain_begin(walk->chain, previous, batch_no, bank_row_date(rows, row, L_BUSINESS_DATE, 0));
}

/* False when the row holds what the bank server never writes. */
static bool read_decision(const PGresult *rows, int row, char **ret_detail,
                          struct bank_decision *ret_decision) {
    enum tw_rc rc = TW_RC_APPROVED;
    bool known = tw_rc_from_digits(bank_row_text(rows, row, L_RC), &rc);
    *ret_detail = NULL;
    if (!bank_row_null(rows, row, L_DETAIL)) {
        *ret_detail = strdup(bank_row_text(rows, row, L_DETAIL));
        tw_assert(*ret_detail != NULL);
    }
    *ret_decision = (struct bank_decision){
        .txid = bank_row_uuid(rows, row, L_TXID),
        .phase = (enum bank_phase)bank_row_i16(rows, row, L_PHASE),
        .operation = (enum bank_operation)bank_row_i16(rows, row, L_OPERATION),
        .acquirer = bank_row_i32(rows, row, L_ACQUIRER, 0),
        .terminal_id = bank_row_i32(rows, row, L_TERMINAL, 0),
        .business_date = bank_row_date(rows, row, L_DATE, 0),
        .stan = bank_row_i32(rows, row, L_STAN, 0),
        .amount_minor = bank_row_i64(rows, row, L_AMOUNT, 0),
        .kept_minor = bank_row_i64(rows, row, L_KEPT, 0),
        .card_id = bank_row_i64(rows, row, L_CARD, 0),
        .account_id = bank_row_i64(rows, row, L_ACCOUNT, 0),
        .to_account_id = bank_row_i64(rows, row, L_TO_ACCOUNT, 0),
        .has_balance = !bank_row_null(rows, row, L_ENTRY_NO),
        .ledger_minor = bank_row_i64(rows, row, L_LEDGER, 0),
        .available_minor = bank_row_i64(rows, row, L_AVAILABLE, 0),
        .entry_no = bank_row_i64(rows, row, L_ENTRY_NO, 0),
        .rc = rc,
        .detail = *ret_detail,
        .item_no = bank_row_i32(rows, row, L_ITEM, 0),
        .peer = bank_row_i32(rows, row, L_PEER, 0),
        .window_no = bank_row_i32(rows, row, L_WINDOW, 0),
        .surcharge_minor = bank_row_i64(rows, row, L_SURCHARGE, 0),
        .interchange_minor = bank_row_i64(rows, row, L_INTERCHANGE, 0),
    };
    if (PQgetlength(rows, row, L_CONTENT) == TW_DIGEST_BYTES) {
        bank_row_bytes(rows, row, L_CONTENT, ret_decision->content_digest, TW_DIGEST_BYTES);
        return known;
    }
    return false;
}

static void take_decision(struct walk *walk, const PGresult *rows, int row) {
    struct tw_uuid txid = bank_row_uuid(rows, row, L_TXID);
    enum bank_phase phase = (enum bank_phase)bank_row_i16(rows, row, L_PHASE);
    if (walk->in_decision && walk->phase == phase && tw_uuid_equal(&walk->txid, &txid)) {
        return;
    }
    struct bank_decision decision;
    char *detail;
    walk->in_decision = true;
    walk->txid = txid;
    walk->phase = phase;
    if (read_decision(rows, row, &detail, &decision)) {
        bank_chain_decision(walk->chain, &decision);
    } else {
        walk->unreadable = true;
    }
    free(detail);
}

static void take_row(struct walk *walk, const PGresult *rows, int row) {
    begin_batch(walk, rows, row);
    if (bank_row_null(rows, row, L_TXID)) {
        return; /* a batch without decisions: its digest cannot come out right */
    }
    take_decision(walk, rows, row);
    if (!bank_row_null(rows, row, L_ENTRY_ACCOUNT)) {
        struct bank_entry entry = {
            .account_id = bank_row_i64(rows, row, L_ENTRY_ACCOUNT, 0),
            .entry_no = bank_row_i64(rows, row, L_ENTRY_ENTRY_NO, 0),
            .amount_minor = bank_row_i64(rows, row, L_ENTRY_AMOUNT, 0),
            .balance_minor = bank_row_i64(rows, row, L_ENTRY_BALANCE, 0),
            .txid = walk->txid,
            .phase = walk->phase,
        };
        bank_chain_entry(walk->chain, &entry);
    }
}

static struct tw_status check_batches(struct walk *walk, PGconn *connection,
                                      struct tw_error *ret_error) {
    struct tw_status status = ctl_script(connection, ctl_sql_audit_batches, ret_error);
    int fetched = 1;
    while (tw_ok(status) && fetched > 0) {
        CTL_AUTO_RESULT rows = NULL;
        status = query_binary(connection, "FETCH 5000 FROM link", &rows, ret_error);
        fetched = tw_ok(status) ? PQntuples(rows) : 0;
        for (int row = 0; row < fetched; row++) {
            take_row(walk, rows, row);
        }
    }
    end_batch(walk);
    return tw_ok(status) ? ctl_script(connection, "CLOSE link", ret_error) : status;
}

typedef struct tw_status (*walk_function)(struct walk *walk, PGconn *connection,
                                          struct tw_error *ret_error);

static struct tw_status run_walk(struct ctl_findings *findings, PGconn *connection,
                                 struct bank_chain *chain, walk_function run, const char *check,
                                 const char *title, struct tw_error *ret_error) {
    struct walk walk = {.chain = chain, .examples = json_array()};
    struct tw_status status = run(&walk, connection, ret_error);
    if (tw_ok(status)) {
        ctl_findings_add(findings, check, title, walk.examples, walk.total);
    } else {
        json_decref(walk.examples);
    }
    return status;
}

struct tw_status ctl_chain_check(struct ctl_findings *findings, PGconn *connection,
                                 struct tw_error *ret_error) {
    struct bank_chain *chain = NULL;
    struct tw_status status = bank_chain_new(&chain, ret_error);
    if (tw_ok(status)) {
        status = run_walk(findings, connection, chain, check_geneses, "chain_geneses",
                          "Chain: every lane starts from the heads it saw", ret_error);
    }
    if (tw_ok(status)) {
        status = run_walk(findings, connection, chain, check_batches, "chain_batches",
                          "Chain: every batch has the digest of what it holds", ret_error);
    }
    bank_chain_free(chain);
    return status;
}
