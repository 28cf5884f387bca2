/* A few blocking statements before anything is measured. */
#include "bank.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "db/connection.h"
#include "db/rows.h"

#define SESSION_MS      INT64_C(7200000) /* longer than any run */
#define CONNECT_TIMEOUT "10"
#define US_PER_S        INT64_C(1000000)

static const char bank_sql[] = "SELECT bank_code, business_date, currency::text FROM bank";
static const char terminals_sql[] =
    "UPDATE terminal SET signed_on = true WHERE terminal_id IN "
    "(SELECT terminal_id FROM terminal WHERE status = 'A' ORDER BY terminal_id LIMIT 500) "
    "RETURNING terminal_id";
/* Customers who stand at a machine are left alone. */
static const char payers_sql[] =
    "UPDATE card SET session = $1::uuid WHERE card_id IN (SELECT card_id FROM card "
    "WHERE status = 'A' AND session IS NULL ORDER BY card_id LIMIT $2) "
    "RETURNING card_id, account_ids[1]";
static const char leave_sql[] =
    "UPDATE card SET session = NULL WHERE session = $1::uuid RETURNING card_id";
static const char payees_sql[] =
    "SELECT account_id FROM account WHERE kind = 1 AND status = 'O' ORDER BY account_id";

struct tw_status bench_database_error(const PGconn *connection, struct tw_error *ret_error) {
    return tw_fail(ret_error, TW_E_DATABASE, "%s", PQerrorMessage(connection));
}

struct tw_status bench_connect(const char *conninfo, const char *name, PGconn **ret_connection,
                               struct tw_error *ret_error) {
    const char *keywords[] = {"dbname", "application_name", "options", "connect_timeout", NULL};
    const char *values[] = {conninfo, name, bank_db_settings, CONNECT_TIMEOUT, NULL};
    PGconn *connection = PQconnectdbParams(keywords, values, 1);
    if (connection == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "connection");
    }
    if (PQstatus(connection) != CONNECTION_OK) {
        struct tw_status status = bench_database_error(connection, ret_error);
        PQfinish(connection);
        return status;
    }
    *ret_connection = connection;
    return tw_success();
}

/* *ret_rows belongs to the caller; params may be NULL. */
static struct tw_status query(PGconn *connection, const char *sql, struct bank_params *params,
                              PGresult **ret_rows, struct tw_error *ret_error) {
    static const int binary[BANK_PARAMS_MAX] = {1, 1};
    const char *values[BANK_PARAMS_MAX] = {NULL};
    if (params != NULL) {
        bank_params_export(params, values);
    }
    PGresult *rows =
        PQexecParams(connection, sql, params != NULL ? params->count : 0, NULL, values,
                     params != NULL ? params->lengths : NULL, params != NULL ? binary : NULL, 1);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        PQclear(rows);
        return bench_database_error(connection, ret_error);
    }
    *ret_rows = rows;
    return tw_success();
}

static struct tw_status read_bank(struct bench_bank *bank, PGconn *connection,
                                  struct tw_error *ret_error) {
    PGresult *rows = NULL;
    struct tw_status status = query(connection, bank_sql, NULL, &rows, ret_error);
    if (tw_ok(status) && PQntuples(rows) != 1) {
        status = tw_fail(ret_error, TW_E_DATABASE, "the database has no bank");
    }
    if (tw_ok(status)) {
        bank->code = bank_row_i32(rows, 0, 0, 0);
        bank->business_date = bank_row_date(rows, 0, 1, 0);
        status = tw_currency_parse(bank_row_text(rows, 0, 2), &bank->currency, NULL, ret_error);
    }
    PQclear(rows);
    return status;
}

static struct tw_status read_terminals(struct bench_bank *bank, PGconn *connection,
                                       struct tw_error *ret_error) {
    PGresult *rows = NULL;
    struct tw_status status = query(connection, terminals_sql, NULL, &rows, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    bank->terminal_count = (size_t)PQntuples(rows);
    bank->terminals = calloc(bank->terminal_count + 1, sizeof *bank->terminals);
    if (bank->terminal_count == 0 || bank->terminals == NULL) {
        PQclear(rows);
        return tw_fail(ret_error, TW_E_CONFIG, "the bank has no terminals");
    }
    for (size_t i = 0; i < bank->terminal_count; i++) {
        bank->terminals[i] = bank_row_i32(rows, (int)i, 0, 0);
    }
    PQclear(rows);
    return status;
}

static struct tw_status read_payers(struct bench_bank *bank, PGconn *connection, size_t wanted,
                                    struct tw_error *ret_error) {
    struct bank_params params = {0};
    bank_params_bytes(&params, bank->session.bytes, sizeof bank->session.bytes);
    bank_params_i64(&params, (int64_t)wanted);
    PGresult *rows = NULL;
    struct tw_status status = query(connection, payers_sql, &params, &rows, ret_error);
    bank_params_free(&params);
    if (!tw_ok(status)) {
        return status;
    }
    bank->payer_count = (size_t)PQntuples(rows);
    bank->payers = calloc(wanted, sizeof *bank->payers);
    if (bank->payer_count != wanted || bank->payers == NULL) {
        PQclear(rows);
        return tw_fail(ret_error, TW_E_CONFIG, "the bank has %zu cards, wanted are %zu",
                       bank->payer_count, wanted);
    }
    for (size_t i = 0; i < wanted; i++) {
        bank->payers[i] = (struct bench_payer){
            .card_id = bank_row_i64(rows, (int)i, 0, 0),
            .account_id = bank_row_i64(rows, (int)i, 1, 0),
            .terminal = i % bank->terminal_count,
        };
    }
    PQclear(rows);
    return status;
}

static struct tw_status read_payees(struct bench_bank *bank, PGconn *connection,
                                    struct tw_error *ret_error) {
    PGresult *rows = NULL;
    struct tw_status status = query(connection, payees_sql, NULL, &rows, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    bank->payee_count = (size_t)PQntuples(rows);
    bank->payees = calloc(bank->payee_count + 1, sizeof *bank->payees);
    if (bank->payee_count < 2 || bank->payees == NULL) {
        PQclear(rows);
        return tw_fail(ret_error, TW_E_CONFIG, "the bank has no two accounts");
    }
    for (size_t i = 0; i < bank->payee_count; i++) {
        bank->payees[i] = bank_row_i64(rows, (int)i, 0, 0);
    }
    PQclear(rows);
    return status;
}

struct tw_status bench_bank_open(const struct bench_options *options, struct bench_bank *ret_bank,
                                 struct tw_error *ret_error) {
    *ret_bank = (struct bench_bank){0};
    ret_bank->session = tw_uuid_v7(tw_clock_system(), tw_random_system());
    ret_bank->expires_ms = tw_wall_ms(tw_clock_system()) + SESSION_MS;
    struct tw_status status =
        bench_connect(options->conninfo, "engineload", &ret_bank->connection, ret_error);
    PGconn *connection = ret_bank->connection;
    if (tw_ok(status)) {
        status = read_bank(ret_bank, connection, ret_error);
    }
    if (tw_ok(status)) {
        status = read_terminals(ret_bank, connection, ret_error);
    }
    if (tw_ok(status)) {
        status = read_payers(ret_bank, connection, (size_t)options->depth, ret_error);
    }
    if (tw_ok(status)) {
        status = read_payees(ret_bank, connection, ret_error);
    }
    return status;
}

struct tw_status bench_bank_leave(struct bench_bank *bank, struct tw_error *ret_error) {
    struct bank_params params = {0};
    PGresult *rows = NULL;
    bank_params_bytes(&params, bank->session.bytes, sizeof bank->session.bytes);
    struct tw_status status = query(bank->connection, leave_sql, &params, &rows, ret_error);
    bank_params_free(&params);
    PQclear(rows);
    return status;
}

void bench_bank_close(struct bench_bank *bank) {
    PQfinish(bank->connection);
    free(bank->payers);
    free(bank->terminals);
    free(bank->payees);
    *bank = (struct bench_bank){0};
}

int64_t bench_choose_payee(const int64_t *payees, size_t count, struct tw_seeded *chance,
                           int64_t payer_account) {
    size_t chosen = (size_t)tw_seeded_below(chance, (int64_t)count);
    bool own = payees[chosen] == payer_account;
    return payees[own ? (chosen + 1) % count : chosen];
}

static void fill(void *context, void *bytes, size_t length) {
    uint8_t *next = bytes;
    while (length > 0) {
        uint64_t drawn = tw_seeded_next(context);
        size_t part = length < sizeof drawn ? length : sizeof drawn;
        memcpy(next, &drawn, part);
        next += part;
        length -= part;
    }
}

struct tw_uuid bench_new_txid(struct tw_seeded *chance) {
    const struct tw_random random = {.fill = fill, .context = chance};
    return tw_uuid_v7(tw_clock_system(), &random);
}

int64_t bench_cpu_us(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * US_PER_S + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}
