/*
 * Blocking libpq. The statements' texts are the product's own, and so is the encoding of arrays
 * (db/params.h): a bare loop would need one, too. Columns of results are read by number, as
 * db/sql/accounts_lock.sql lists them.
 */
#include "bare_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/rows.h"
#include "db/statements.h"

enum lock_column { L_ID = 0, L_BALANCE = 5, L_ENTRY_NO = 6, L_OVERDRAFT = 7, L_USED = 9, L_DATE };

/* In the order of use. A batch of one has statements of its own, as in the engine. */
static const enum bank_statement_id reads[] = {BANK_SQL_begin,          BANK_SQL_bank_share,
                                               BANK_SQL_accounts_lock,  BANK_SQL_decisions_read,
                                               BANK_SQL_terminals_read, BANK_SQL_cards_read},
                                    stores[] = {BANK_SQL_decisions_store, BANK_SQL_entries_store,
                                                BANK_SQL_batch_store, BANK_SQL_accounts_store,
                                                BANK_SQL_commit},
                                    lone_reads[] = {BANK_SQL_begin, BANK_SQL_bank_share,
                                                    BANK_SQL_accounts_lock, BANK_SQL_terminals_read,
                                                    BANK_SQL_cards_read},
                                    lone_stores[] = {BANK_SQL_decision_store,
                                                     BANK_SQL_entry_pair_store,
                                                     BANK_SQL_batch_store,
                                                     BANK_SQL_account_pair_store, BANK_SQL_commit};

#define LIST(array) ((struct bench_statements){(array), sizeof(array) / sizeof((array)[0])})

/* --- statements ------------------------------------------------------------------------------ */

static struct tw_status send_statement(struct bench_bare *bare, enum bank_statement_id statement,
                                       struct tw_error *ret_error) {
    static const int binary[BANK_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const char *values[BANK_PARAMS_MAX] = {NULL};
    struct bank_params *params = &bare->params;
    bank_params_export(params, values);
    int sent = PQsendQueryPrepared(bare->connection, bank_statements[statement].name, params->count,
                                   values, params->lengths, binary, 1);
    bank_params_reset(params);
    return sent == 1 ? tw_success() : bench_database_error(bare->connection, ret_error);
}

static void take_accounts(struct bench_bare *bare, const PGresult *rows) {
    bare->account_count = (size_t)PQntuples(rows);
    for (size_t i = 0; i < bare->account_count; i++) {
        int row = (int)i;
        bare->accounts[i] = (struct bench_account){
            .id = bank_row_i64(rows, row, L_ID, 0),
            .balance = bank_row_i64(rows, row, L_BALANCE, 0),
            .entry_no = bank_row_i64(rows, row, L_ENTRY_NO, 0),
            .overdraft = bank_row_i64(rows, row, L_OVERDRAFT, 0),
            .used = bank_row_i64(rows, row, L_USED, 0),
            .date = bank_row_date(rows, row, L_DATE, BANK_NO_DATE),
        };
    }
}

/* The result of one statement, and the NULL after it. */
static struct tw_status take_result(struct bench_bare *bare, enum bank_statement_id statement,
                                    struct tw_error *ret_error) {
    PGresult *result = PQgetResult(bare->connection);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (good && statement == BANK_SQL_accounts_lock) {
        take_accounts(bare, result);
    }
    PQclear(result);
    if (!good || PQgetResult(bare->connection) != NULL) {
        return bench_database_error(bare->connection, ret_error);
    }
    return tw_success();
}

/* Ends what was sent, and waits for all of it. */
static struct tw_status round_trip(struct bench_bare *bare, struct bench_statements sent,
                                   struct tw_error *ret_error) {
    if (PQpipelineSync(bare->connection) != 1) {
        return bench_database_error(bare->connection, ret_error);
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < sent.count && tw_ok(status); i++) {
        status = take_result(bare, sent.ids[i], ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    PGresult *sync = PQgetResult(bare->connection);
    bool synchronized = PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
    PQclear(sync);
    return synchronized ? tw_success() : bench_database_error(bare->connection, ret_error);
}

/* --- the two halves of a batch --------------------------------------------------------------- */

/* params is the array's, i the row's number. */
#define EACH(type, put)                                                                            \
    bank_params_array(params, type, bare->rows);                                                   \
    for (size_t i = 0; i < bare->rows; i++) {                                                      \
        put;                                                                                       \
    }

static void choose(struct bench_bare *bare) {
    const struct bench_bank *bank = bare->bank;
    for (size_t i = 0; i < bare->rows; i++) {
        const struct bench_payer *payer = &bare->payers[bare->next_payer];
        bare->next_payer = (bare->next_payer + 1) % bare->payer_count;
        struct bank_decision *decision = &bare->decisions[i];
        *decision = (struct bank_decision){
            .txid = bench_new_txid(&bare->chance),
            .operation = BANK_TRANSFER,
            .acquirer = bank->code,
            .terminal_id = bank->terminals[payer->terminal],
            .business_date = bank->business_date,
            .stan = (int32_t)bare->next_stans[payer->terminal],
            .amount_minor = bare->options->amount,
            .card_id = payer->card_id,
            .account_id = payer->account_id,
            .to_account_id = bench_choose_payee(bare->payees, bare->payee_count, &bare->chance,
                                                payer->account_id),
            .has_balance = true,
            .rc = TW_RC_APPROVED,
            .item_no = (int32_t)i,
        };
        bare->next_stans[payer->terminal] += bare->options->lanes;
        memcpy(decision->content_digest, decision->txid.bytes, sizeof decision->txid.bytes);
    }
}

static struct tw_status load(struct bench_bare *bare, struct tw_error *ret_error) {
    struct bank_params *params = &bare->params;
    const struct bank_decision *d = bare->decisions;
    struct tw_status status = tw_success();
    for (size_t s = 0; s < bare->reads.count && tw_ok(status); s++) {
        enum bank_statement_id statement = bare->reads.ids[s];
        if (statement == BANK_SQL_accounts_lock) {
            bank_params_array(params, BANK_INT8, bare->rows * 2);
            for (size_t i = 0; i < bare->rows; i++) {
                bank_params_i64(params, d[i].account_id);
                bank_params_i64(params, d[i].to_account_id);
            }
        } else if (statement == BANK_SQL_decisions_read) {
            EACH(BANK_UUID, bank_params_bytes(params, d[i].txid.bytes, sizeof d[i].txid.bytes))
            bank_params_bool(params, false);
        } else if (statement == BANK_SQL_terminals_read) {
            EACH(BANK_INT4, bank_params_i32(params, d[i].terminal_id))
        } else if (statement == BANK_SQL_cards_read) {
            EACH(BANK_INT8, bank_params_i64(params, d[i].card_id))
        }
        status = send_statement(bare, statement, ret_error);
    }
    return tw_ok(status) ? round_trip(bare, bare->reads, ret_error) : status;
}

static int by_id(const void *key, const void *member) {
    int64_t id = *(const int64_t *)key;
    const struct bench_account *account = member;
    return id < account->id ? -1 : id > account->id;
}

static struct bank_entry post(const struct bank_decision *decision, struct bench_account *account,
                              int64_t amount) {
    account->balance += amount;
    account->entry_no++;
    return (struct bank_entry){.account_id = account->id,
                               .entry_no = account->entry_no,
                               .amount_minor = amount,
                               .balance_minor = account->balance,
                               .txid = decision->txid};
}

/* Debit, credit, and the chain, which wants the entries of each decision by account. */
static void post_all(struct bench_bare *bare) {
    bank_chain_begin(bare->chain, bare->head.digest, ++bare->head.batch_no,
                     bare->bank->business_date);
    for (size_t i = 0; i < bare->rows; i++) {
        struct bank_decision *decision = &bare->decisions[i];
        struct bank_entry *entries = &bare->entries[i * 2];
        struct bench_account *payer = bsearch(&decision->account_id, bare->accounts,
                                              bare->account_count, sizeof *bare->accounts, by_id);
        struct bench_account *payee = bsearch(&decision->to_account_id, bare->accounts,
                                              bare->account_count, sizeof *bare->accounts, by_id);
        tw_assert(payer != NULL && payee != NULL);
        bool payer_first = payer < payee;
        entries[payer_first ? 0 : 1] = post(decision, payer, decision->amount_minor);
        entries[payer_first ? 1 : 0] = post(decision, payee, -decision->amount_minor);
        payer->used =
            (payer->date == decision->business_date ? payer->used : 0) + decision->amount_minor;
        payer->date = decision->business_date;
        decision->ledger_minor = -payer->balance;
        decision->available_minor = payer->overdraft - payer->balance;
        decision->entry_no = payer->entry_no;
        bank_chain_decision(bare->chain, decision);
        bank_chain_entry(bare->chain, &entries[0]);
        bank_chain_entry(bare->chain, &entries[1]);
    }
    bank_chain_end(bare->chain, bare->head.digest);
}

static struct tw_status store(struct bench_bare *bare, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t s = 0; s < bare->stores.count && tw_ok(status); s++) {
        enum bank_statement_id statement = bare->stores.ids[s];
        if (statement == BANK_SQL_decisions_store || statement == BANK_SQL_decision_store) {
            bench_put_decisions(bare);
        } else if (statement == BANK_SQL_entries_store || statement == BANK_SQL_entry_pair_store) {
            bench_put_entries(bare);
        } else if (statement == BANK_SQL_batch_store) {
            bench_put_batch(bare);
        } else if (statement == BANK_SQL_accounts_store ||
                   statement == BANK_SQL_account_pair_store) {
            bench_put_accounts(bare);
        }
        status = send_statement(bare, statement, ret_error);
    }
    return tw_ok(status) ? round_trip(bare, bare->stores, ret_error) : status;
}

struct tw_status bench_bare_batch(struct bench_bare *bare, struct tw_error *ret_error) {
    choose(bare);
    struct tw_status status = load(bare, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    post_all(bare);
    return store(bare, ret_error);
}

/* --- setting up ------------------------------------------------------------------------------ */

static bool is_own(const struct bench_bare *bare, int64_t account_id) {
    return (size_t)(account_id % bare->options->lanes) == bare->lane;
}

static struct tw_status divide(struct bench_bare *bare, struct tw_error *ret_error) {
    const struct bench_bank *bank = bare->bank;
    bare->payers = calloc(bank->payer_count, sizeof *bare->payers);
    bare->payees = calloc(bank->payee_count, sizeof *bare->payees);
    if (bare->payers == NULL || bare->payees == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "accounts of a lane");
    }
    for (size_t i = 0; i < bank->payer_count; i++) {
        if (is_own(bare, bank->payers[i].account_id)) {
            bare->payers[bare->payer_count++] = bank->payers[i];
        }
    }
    for (size_t i = 0; i < bank->payee_count; i++) {
        if (is_own(bare, bank->payees[i])) {
            bare->payees[bare->payee_count++] = bank->payees[i];
        }
    }
    return bare->payer_count > 0 && bare->payee_count > 1
               ? tw_success()
               : tw_fail(ret_error, TW_E_CONFIG, "too few accounts for a lane");
}

static struct tw_status allocate(struct bench_bare *bare, struct tw_error *ret_error) {
    bare->decisions = calloc(bare->rows, sizeof *bare->decisions);
    bare->entries = calloc(bare->rows * 2, sizeof *bare->entries);
    bare->accounts = calloc(bare->rows * 2, sizeof *bare->accounts);
    bare->next_stans = calloc(bare->bank->terminal_count, sizeof *bare->next_stans);
    if (bare->decisions == NULL || bare->entries == NULL || bare->accounts == NULL ||
        bare->next_stans == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "room for a batch");
    }
    for (size_t i = 0; i < bare->bank->terminal_count; i++) {
        bare->next_stans[i] = bare->options->first_stan + (int64_t)bare->lane;
    }
    return bank_chain_new(&bare->chain, ret_error);
}

static struct tw_status prepare(struct bench_bare *bare, enum bank_statement_id statement,
                                struct tw_error *ret_error) {
    const struct bank_statement *text = &bank_statements[statement];
    PGresult *result = PQprepare(bare->connection, text->name, text->sql, 0, NULL);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return good ? tw_success() : bench_database_error(bare->connection, ret_error);
}

static struct tw_status prepare_all(struct bench_bare *bare, struct tw_error *ret_error) {
    struct tw_status status = prepare(bare, BANK_SQL_lane_store, ret_error);
    for (size_t i = 0; i < bare->reads.count && tw_ok(status); i++) {
        status = prepare(bare, bare->reads.ids[i], ret_error);
    }
    for (size_t i = 0; i < bare->stores.count && tw_ok(status); i++) {
        status = prepare(bare, bare->stores.ids[i], ret_error);
    }
    if (tw_ok(status) && PQenterPipelineMode(bare->connection) != 1) {
        status = bench_database_error(bare->connection, ret_error);
    }
    return status;
}

/* Its chain anchors no other lane's: whoever registers next anchors this one's. */
static struct tw_status register_lane(struct bench_bare *bare, const char *name,
                                      struct tw_error *ret_error) {
    static const enum bank_statement_id only[] = {BANK_SQL_lane_store};
    const struct tw_random *random = tw_random_system();
    random->fill(random->context, &bare->head.lane_id, sizeof bare->head.lane_id);
    bare->head.lane_id &= INT64_MAX;
    bank_chain_genesis(bare->chain, bare->head.lane_id, NULL, 0, bare->head.digest);
    bank_params_i64(&bare->params, bare->head.lane_id);
    bank_params_text(&bare->params, name);
    bank_params_bytes(&bare->params, bare->head.digest, TW_DIGEST_BYTES);
    struct tw_status status = send_statement(bare, BANK_SQL_lane_store, ret_error);
    return tw_ok(status) ? round_trip(bare, (struct bench_statements){only, 1}, ret_error) : status;
}

struct tw_status bench_bare_new(const struct bench_options *options, const struct bench_bank *bank,
                                size_t lane, struct bench_bare **ret_bare,
                                struct tw_error *ret_error) {
    struct bench_bare *bare = calloc(1, sizeof *bare);
    if (bare == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "connection");
    }
    char name[32];
    (void)snprintf(name, sizeof name, "engineload ceiling %zu", lane + 1);
    bare->options = options;
    bare->bank = bank;
    bare->lane = lane;
    bare->rows = (size_t)options->batch;
    bare->reads = LIST(reads);
    bare->stores = LIST(stores);
    if (bare->rows == 1) {
        bare->reads = LIST(lone_reads);
        bare->stores = LIST(lone_stores);
    }
    bare->chance.state = (uint64_t)options->seed + (lane << 32);
    struct tw_status status = allocate(bare, ret_error);
    if (tw_ok(status)) {
        status = divide(bare, ret_error);
    }
    if (tw_ok(status)) {
        status = bench_connect(options->conninfo, name, &bare->connection, ret_error);
    }
    if (tw_ok(status)) {
        status = prepare_all(bare, ret_error);
    }
    if (tw_ok(status)) {
        status = register_lane(bare, name, ret_error);
    }
    if (!tw_ok(status)) {
        bench_bare_free(bare);
        return status;
    }
    *ret_bare = bare;
    return tw_success();
}

void bench_bare_free(struct bench_bare *bare) {
    if (bare == NULL) {
        return;
    }
    PQfinish(bare->connection);
    bank_params_free(&bare->params);
    bank_chain_free(bare->chain);
    free(bare->payers);
    free(bare->payees);
    free(bare->decisions);
    free(bare->entries);
    free(bare->accounts);
    free(bare->next_stans);
    free(bare);
}

int64_t bench_bare_next_stan(const struct bench_bare *bare) {
    int64_t next = 0;
    for (size_t i = 0; i < bare->bank->terminal_count; i++) {
        next = bare->next_stans[i] > next ? bare->next_stans[i] : next;
    }
    return next;
}
