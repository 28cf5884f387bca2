/* Money operations: one row each, its notes beside it. The state column is the only thing that
 * changes; what happened in between is in the electronic journal. */
#include <stdio.h>

#include "atm-client/journal/sql.h"

static const char *const kind_names[] = {"withdrawal", "deposit", "transfer"};
static const char *const state_names[] = {"requested", "intent",  "pending", "done",    "declined",
                                          "reversed",  "suspect", "settled", "returned"};

const char *atm_operation_kind_name(enum atm_operation_kind kind) {
    return kind_names[kind];
}

const char *atm_operation_state_name(enum atm_operation_state state) {
    return state_names[state];
}

void atm_journal_operation_new(struct atm_journal *journal, const struct atm_operation *operation) {
    sql_change(journal,
               "INSERT INTO operation (txid, kind, state, business_date, stan, amount, currency,"
               " bank_code, account, pan_masked, surcharge)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               SQL_UUID(&operation->txid), SQL_INT(operation->kind), SQL_INT(operation->state),
               SQL_INT(operation->business_date), SQL_INT(operation->stan),
               SQL_INT(operation->amount_minor), SQL_TEXT(operation->currency.code),
               SQL_INT(operation->account.bank_code), SQL_INT(operation->account.account),
               SQL_TEXT(operation->pan_masked), SQL_INT(operation->surcharge_minor));
}

void atm_journal_operation_move(struct atm_journal *journal, const struct tw_uuid *txid,
                                enum atm_operation_state state, const char *rc) {
    sql_change(journal, "UPDATE operation SET state = ?, rc = ? WHERE txid = ?", SQL_INT(state),
               SQL_TEXT(rc), SQL_UUID(txid));
}

void atm_journal_operation_charge(struct atm_journal *journal, const struct tw_uuid *txid,
                                  int64_t surcharge_minor) {
    sql_change(journal, "UPDATE operation SET surcharge = ? WHERE txid = ?",
               SQL_INT(surcharge_minor), SQL_UUID(txid));
}

#define OPERATION_COLUMNS                                                                          \
    "SELECT txid, kind, state, business_date, stan, amount, dispensed, currency, bank_code,"       \
    " account, pan_masked, rc, surcharge FROM operation "

static void take_operation(sqlite3_stmt *statement, struct atm_operation *ret_operation) {
    *ret_operation = (struct atm_operation){
        .kind = (enum atm_operation_kind)sqlite3_column_int(statement, 1),
        .state = (enum atm_operation_state)sqlite3_column_int(statement, 2),
        .business_date = sqlite3_column_int(statement, 3),
        .stan = sqlite3_column_int64(statement, 4),
        .amount_minor = sqlite3_column_int64(statement, 5),
        .dispensed_minor = sqlite3_column_int64(statement, 6),
        .account = {.bank_code = sqlite3_column_int(statement, 8),
                    .account = sqlite3_column_int64(statement, 9)},
        .surcharge_minor = sqlite3_column_int64(statement, 12),
    };
    sql_read_uuid(statement, 0, &ret_operation->txid);
    sql_read_text(statement, 7, ret_operation->currency.code, sizeof ret_operation->currency.code);
    sql_read_text(statement, 10, ret_operation->pan_masked, sizeof ret_operation->pan_masked);
    sql_read_text(statement, 11, ret_operation->rc, sizeof ret_operation->rc);
}

static struct tw_status read_operation(struct atm_journal *journal, sqlite3_stmt *statement,
                                       struct atm_operation *ret_operation,
                                       struct tw_error *ret_error) {
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_DONE)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "journal: no such operation");
    if (rc != SQLITE_ROW)
        return sql_failure(journal->db, ret_error);
    take_operation(statement, ret_operation);
    return tw_success();
}

struct tw_status atm_journal_operation(struct atm_journal *journal, const struct tw_uuid *txid,
                                       struct atm_operation *ret_operation,
                                       struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_UUID(txid)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal, OPERATION_COLUMNS "WHERE txid = ?", values, 1, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    return read_operation(journal, statement, ret_operation, ret_error);
}

struct tw_status atm_journal_operation_of_stan(struct atm_journal *journal, int32_t business_date,
                                               int64_t stan, struct atm_operation *ret_operation,
                                               struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_INT(stan), SQL_INT(business_date)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    OPERATION_COLUMNS "WHERE stan = ?1 AND (?2 = 0 OR business_date = ?2)"
                                      " ORDER BY business_date DESC LIMIT 1",
                    values, 2, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    return read_operation(journal, statement, ret_operation, ret_error);
}

struct tw_status atm_journal_operation_in(struct atm_journal *journal,
                                          enum atm_operation_state state,
                                          struct atm_operation *ret_operation,
                                          struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_INT(state)};
    SQL_OWNED sqlite3_stmt *statement = sql_prepare(
        journal, OPERATION_COLUMNS "WHERE state = ? ORDER BY rowid LIMIT 1", values, 1, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    return read_operation(journal, statement, ret_operation, ret_error);
}

struct tw_status atm_journal_operations(struct atm_journal *journal, int kind, int state,
                                        struct tw_iban account, struct atm_operation *operations,
                                        size_t max, size_t *ret_count, struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_INT(kind), SQL_INT(state), SQL_INT(account.bank_code),
                                       SQL_INT(account.account), SQL_INT((int64_t)max)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    OPERATION_COLUMNS "WHERE (?1 < 0 OR kind = ?1) AND (?2 < 0 OR state = ?2)"
                                      " AND (?4 = 0 OR (bank_code = ?3 AND account = ?4))"
                                      " ORDER BY rowid DESC LIMIT ?5",
                    values, 5, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    *ret_count = 0;
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && *ret_count < max; rc = sqlite3_step(statement))
        take_operation(statement, &operations[(*ret_count)++]);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? tw_success()
                                                 : sql_failure(journal->db, ret_error);
}

int64_t atm_journal_operation_count(struct atm_journal *journal, enum atm_operation_state state) {
    return sql_integer(journal, 0, "SELECT count(*) FROM operation WHERE state = ?",
                       SQL_INT(state));
}

void atm_journal_plan(struct atm_journal *journal, const struct tw_uuid *txid,
                      const struct atm_mix *mix) {
    for (size_t i = 0; i < mix->count; i++)
        sql_change(journal,
                   "INSERT INTO operation_cash (txid, cassette, denomination, planned)"
                   " VALUES (?, ?, ?, ?)",
                   SQL_UUID(txid), SQL_INT(mix->parts[i].number),
                   SQL_INT(mix->parts[i].denomination_minor), SQL_INT(mix->parts[i].notes));
}

struct tw_status atm_journal_planned(struct atm_journal *journal, const struct tw_uuid *txid,
                                     struct atm_mix *ret_mix, struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_UUID(txid)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    "SELECT cassette, denomination, planned FROM operation_cash WHERE txid = ?"
                    " ORDER BY cassette",
                    values, 1, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    *ret_mix = (struct atm_mix){0};
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && ret_mix->count < ATM_CASSETTES_MAX; rc = sqlite3_step(statement))
        ret_mix->parts[ret_mix->count++] = (struct atm_mix_part){
            .number = sqlite3_column_int(statement, 0),
            .denomination_minor = sqlite3_column_int64(statement, 1),
            .notes = sqlite3_column_int64(statement, 2),
        };
    return rc == SQLITE_DONE ? tw_success() : sql_failure(journal->db, ret_error);
}

void atm_journal_deposit_notes(struct atm_journal *journal, const struct tw_uuid *txid,
                               const struct tw_notes *notes, size_t count) {
    for (size_t i = 0; i < count; i++)
        sql_change(journal,
                   "INSERT INTO operation_deposit (txid, denomination, notes) VALUES (?, ?, ?)",
                   SQL_UUID(txid), SQL_INT(notes[i].denomination), SQL_INT(notes[i].count));
}

struct tw_status atm_journal_deposit_counted(struct atm_journal *journal,
                                             const struct tw_uuid *txid,
                                             struct tw_notes notes[TW_NOTES_MAX], size_t *ret_count,
                                             struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_UUID(txid)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal, "SELECT denomination, notes FROM operation_deposit WHERE txid = ?",
                    values, 1, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    *ret_count = 0;
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && *ret_count < TW_NOTES_MAX; rc = sqlite3_step(statement))
        notes[(*ret_count)++] = (struct tw_notes){
            .denomination = sqlite3_column_int64(statement, 0),
            .count = sqlite3_column_int64(statement, 1),
        };
    return rc == SQLITE_DONE ? tw_success() : sql_failure(journal->db, ret_error);
}
