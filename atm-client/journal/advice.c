/* Messages that wait for their acknowledgement. The text is what goes on the wire, less the repeat
 * mark and the deadline, so that a repeat after a restart is the same to the last member. */
#include <stdlib.h>

#include "atm-client/journal/sql.h"
#include "wire/json.h"

int64_t atm_journal_advise(struct atm_journal *journal, const struct tw_uuid *txid,
                           enum tw_method_id method, int64_t stan, const json_t *params) {
    char *text = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL) {
        journal->failed.code = TW_E_NO_MEMORY;
        return 0;
    }
    sql_change(journal, "INSERT INTO advice (txid, method, stan, params) VALUES (?, ?, ?, ?)",
               SQL_UUID(txid), SQL_TEXT(tw_method(method)->name), SQL_INT(stan), SQL_TEXT(text));
    free(text);
    return journal->failed.code == TW_E_NONE ? sqlite3_last_insert_rowid(journal->db) : 0;
}

struct tw_status atm_journal_waiting(struct atm_journal *journal,
                                     struct atm_waiting_advice waiting[ATM_ADVICES_MAX],
                                     size_t *ret_count, struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_TEXT(tw_method(TW_METHOD_TRANSFER_STATUS)->name)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal, "SELECT id, method = ? FROM advice WHERE rc IS NULL ORDER BY id",
                    values, 1, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    *ret_count = 0;
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && *ret_count < ATM_ADVICES_MAX; rc = sqlite3_step(statement))
        waiting[(*ret_count)++] = (struct atm_waiting_advice){
            .id = sqlite3_column_int64(statement, 0),
            .question = sqlite3_column_int(statement, 1) != 0,
        };
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? tw_success()
                                                 : sql_failure(journal->db, ret_error);
}

struct tw_status atm_journal_advice(struct atm_journal *journal, int64_t id,
                                    struct atm_advice *ret_advice, struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_INT(id)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal, "SELECT txid, method, stan, attempts, params FROM advice WHERE id = ?",
                    values, 1, ret_error);
    if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW)
        return tw_fail(ret_error, TW_E_IO, "journal: advice %lld cannot be read", (long long)id);
    char method[64];
    sql_read_text(statement, 1, method, sizeof method);
    *ret_advice = (struct atm_advice){
        .id = id,
        .stan = sqlite3_column_int64(statement, 2),
        .attempts = sqlite3_column_int64(statement, 3),
    };
    sql_read_uuid(statement, 0, &ret_advice->txid);
    if (!tw_method_find(method, &ret_advice->method))
        return tw_fail(ret_error, TW_E_IO, "journal: advice of an unknown method");
    const unsigned char *text = sqlite3_column_text(statement, 4);
    return tw_json_parse((const char *)text, (size_t)sqlite3_column_bytes(statement, 4),
                         TW_JSON_LIMITS_DEFAULT, &ret_advice->params, ret_error);
}

struct tw_status atm_journal_told(struct atm_journal *journal, const struct tw_uuid *txid,
                                  enum tw_method_id method, json_t **ret_params,
                                  struct tw_error *ret_error) {
    const struct sql_value values[] = {SQL_UUID(txid), SQL_TEXT(tw_method(method)->name)};
    SQL_OWNED sqlite3_stmt *statement = sql_prepare(
        journal, "SELECT params FROM advice WHERE txid = ? AND method = ?", values, 2, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    if (sqlite3_step(statement) != SQLITE_ROW)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "journal: the host was told nothing of it");
    const unsigned char *text = sqlite3_column_text(statement, 0);
    return tw_json_parse((const char *)text, (size_t)sqlite3_column_bytes(statement, 0),
                         TW_JSON_LIMITS_DEFAULT, ret_params, ret_error);
}

void atm_journal_advice_sent(struct atm_journal *journal, int64_t id) {
    sql_change(journal, "UPDATE advice SET attempts = attempts + 1 WHERE id = ?", SQL_INT(id));
}

void atm_journal_advice_acknowledged(struct atm_journal *journal, int64_t id, const char *rc) {
    sql_change(journal, "UPDATE advice SET rc = ? WHERE id = ? AND rc IS NULL", SQL_TEXT(rc),
               SQL_INT(id));
}
