/* The electronic journal: writing, and reading by what people look for. Each entry carries the hash
 * of the one before it (journal/chain.c), so it is written with the newest one in sight. */
#include <stdio.h>

#include "atm-client/journal/chain.h"
#include "atm-client/journal/sql.h"
#include "core/date.h"

#define COLUMNS "sequence, wall_ms, business_date, stan, txid, event, detail, previous, hash"

/* Sequence and hash of the newest entry; a number is never given twice, even after pruning. */
static void read_newest(struct atm_journal *journal, struct atm_journal_entry *entry) {
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entry'), 0),"
                    " coalesce((SELECT hash FROM entry ORDER BY sequence DESC LIMIT 1), '')",
                    NULL, 0, &journal->failed);
    if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW) {
        if (journal->failed.code == TW_E_NONE)
            tw_assert(!tw_ok(sql_failure(journal->db, &journal->failed)));
        return;
    }
    entry->sequence = sqlite3_column_int64(statement, 0) + 1;
    sql_read_text(statement, 1, entry->previous, sizeof entry->previous);
}

void atm_journal_write(struct atm_journal *journal, const struct atm_journal_entry *entry) {
    struct atm_journal_entry chained = *entry;
    if (journal->failed.code != TW_E_NONE)
        return;
    read_newest(journal, &chained);
    chained.wall_ms = tw_wall_ms(journal->clock);
    atm_chain_hash(&chained, chained.hash);
    sql_change(journal, "INSERT INTO entry (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
               SQL_INT(chained.sequence), SQL_INT(chained.wall_ms), SQL_INT(chained.business_date),
               SQL_INT(chained.stan), SQL_UUID(&chained.txid), SQL_TEXT(chained.event),
               SQL_TEXT(chained.detail), SQL_TEXT(chained.previous), SQL_TEXT(chained.hash));
}

/* Whoever tampers with the file may write what is no date: then it is one without a hash. */
static int32_t date_of(int64_t days) {
    const int32_t last = tw_date_from_civil(9999, 12, 31);
    return days >= 0 && days < last ? (int32_t)days : last;
}

static struct atm_journal_entry entry_of(sqlite3_stmt *statement) {
    struct atm_journal_entry entry = {
        .sequence = sqlite3_column_int64(statement, 0),
        .wall_ms = sqlite3_column_int64(statement, 1),
        .business_date = date_of(sqlite3_column_int64(statement, 2)),
        .stan = sqlite3_column_int64(statement, 3),
    };
    sql_read_uuid(statement, 4, &entry.txid);
    sql_read_text(statement, 5, entry.event, sizeof entry.event);
    sql_read_text(statement, 6, entry.detail, sizeof entry.detail);
    sql_read_text(statement, 7, entry.previous, sizeof entry.previous);
    sql_read_text(statement, 8, entry.hash, sizeof entry.hash);
    return entry;
}

#define WANTED                                                                                     \
    "SELECT " COLUMNS " FROM entry WHERE sequence > ?1 AND sequence < ?2"                          \
    " AND business_date >= ?3 AND business_date <= ?4 AND (?5 = 0 OR stan = ?5)"                   \
    " AND (?6 = '' OR txid = ?6) AND (?7 = '' OR event = ?7)"

struct tw_status atm_journal_select(struct atm_journal *journal,
                                    const struct atm_journal_filter *filter, atm_entry_fn each,
                                    void *context, struct tw_error *ret_error) {
    char txid[TW_UUID_TEXT_SIZE] = "";
    if (filter->txid != NULL)
        (void)tw_uuid_text(filter->txid, txid);
    const struct sql_value values[] = {
        SQL_INT(filter->after),
        SQL_INT(filter->before > 0 ? filter->before : INT64_MAX),
        SQL_INT(filter->from > 0 ? filter->from : INT64_MIN),
        SQL_INT(filter->until > 0 ? filter->until : INT64_MAX),
        SQL_INT(filter->stan),
        SQL_TEXT(txid),
        SQL_TEXT(filter->event != NULL ? filter->event : ""),
        SQL_INT(filter->limit > 0 ? filter->limit : -1),
    };
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    filter->newest_first ? WANTED " ORDER BY sequence DESC LIMIT ?8"
                                         : WANTED " ORDER BY sequence LIMIT ?8",
                    values, sizeof values / sizeof values[0], ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        const struct atm_journal_entry entry = entry_of(statement);
        each(context, &entry);
    }
    return rc == SQLITE_DONE ? tw_success() : sql_failure(journal->db, ret_error);
}

struct tw_status atm_journal_read(struct atm_journal *journal, int64_t after, int64_t limit,
                                  atm_entry_fn each, void *context, struct tw_error *ret_error) {
    const struct atm_journal_filter filter = {.after = after, .limit = limit};
    return atm_journal_select(journal, &filter, each, context, ret_error);
}

int64_t atm_journal_last_sequence(struct atm_journal *journal) {
    return sql_integer_values(journal, 0, "SELECT coalesce(max(sequence), 0) FROM entry", NULL, 0);
}
