/*
 * Counters per cassette. Every change keeps loaded = remaining + dispensed + rejected + retracted +
 * removed + suspect; the table's constraint refuses anything else, so a defect here fails the
 * transaction instead of losing a note.
 *
 * A physical count gives notes per denomination, not per cassette. Rule: suspects found inside
 * count as rejected, those not found as dispensed; then notes of suspect deposits that were found
 * count as deposited; what is left is a real difference, which changes `remaining` and `loaded` of
 * that denomination's cassettes in order, as over or short does in the bank's books, and last the
 * deposit cassette.
 */
#include "atm-client/journal/sql.h"

struct tw_status atm_journal_fit(struct atm_journal *journal, int32_t number,
                                 int64_t denomination_minor, struct tw_currency currency,
                                 struct tw_error *ret_error) {
    int64_t others =
        sql_integer(journal, 0,
                    "SELECT count(*) FROM cassette WHERE number = ? AND"
                    " (denomination <> ? OR currency <> ?) AND"
                    " remaining + rejected + retracted + suspect > 0",
                    SQL_INT(number), SQL_INT(denomination_minor), SQL_TEXT(currency.code));
    if (others > 0)
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "cassette %d holds notes of another kind: remove them first", (int)number);
    atm_journal_begin(journal);
    sql_change(journal,
               "INSERT INTO cassette (number, denomination, currency) VALUES (?, ?, ?)"
               " ON CONFLICT DO UPDATE SET loaded = 0, dispensed = 0, removed = 0,"
               " denomination = excluded.denomination, currency = excluded.currency"
               " WHERE denomination <> excluded.denomination OR currency <> excluded.currency",
               SQL_INT(number), SQL_INT(denomination_minor), SQL_TEXT(currency.code));
    return atm_journal_commit(journal, ret_error);
}

struct tw_status atm_journal_cassettes(struct atm_journal *journal,
                                       struct atm_cassette cassettes[ATM_CASSETTES_MAX],
                                       size_t *ret_count, struct tw_error *ret_error) {
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    "SELECT number, denomination, currency, loaded, remaining, dispensed,"
                    " rejected, retracted, removed, suspect FROM cassette ORDER BY number",
                    NULL, 0, ret_error);
    if (statement == NULL)
        return sql_failure(journal->db, ret_error);
    *ret_count = 0;
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && *ret_count < ATM_CASSETTES_MAX; rc = sqlite3_step(statement)) {
        struct atm_cassette *cassette = &cassettes[(*ret_count)++];
        *cassette = (struct atm_cassette){
            .number = sqlite3_column_int(statement, 0),
            .denomination_minor = sqlite3_column_int64(statement, 1),
            .loaded = sqlite3_column_int64(statement, 3),
            .remaining = sqlite3_column_int64(statement, 4),
            .dispensed = sqlite3_column_int64(statement, 5),
            .rejected = sqlite3_column_int64(statement, 6),
            .retracted = sqlite3_column_int64(statement, 7),
            .removed = sqlite3_column_int64(statement, 8),
            .suspect = sqlite3_column_int64(statement, 9),
        };
        sql_read_text(statement, 2, cassette->currency.code, sizeof cassette->currency.code);
    }
    return rc == SQLITE_DONE ? tw_success() : sql_failure(journal->db, ret_error);
}

void atm_journal_loaded(struct atm_journal *journal, int32_t number, int64_t notes) {
    sql_change(journal,
               "UPDATE cassette SET loaded = loaded + ?, remaining = remaining + ?"
               " WHERE number = ?",
               SQL_INT(notes), SQL_INT(notes), SQL_INT(number));
}

void atm_journal_emptied(struct atm_journal *journal) {
    sql_change_values(journal,
                      "UPDATE cassette SET removed = removed + remaining + rejected + retracted,"
                      " remaining = 0, rejected = 0, retracted = 0",
                      NULL, 0);
    sql_change_values(journal, "DELETE FROM deposited", NULL, 0);
}

/* Notes that a suspect dispense has not shown to be inside. */
static int64_t lost_sight_of(const struct atm_mix_part *part, const struct atm_cash_unit *unit) {
    int64_t known_inside = unit != NULL ? unit->retracted : 0;
    return part->notes > known_inside ? part->notes - known_inside : 0;
}

static void suspect_part(struct atm_journal *journal, const struct atm_mix_part *part,
                         const struct atm_cash_unit *unit) {
    int64_t rejected = unit != NULL ? unit->rejected : 0;
    int64_t retracted = unit != NULL ? unit->retracted : 0;
    int64_t lost = lost_sight_of(part, unit);
    sql_change(journal,
               "UPDATE cassette SET remaining = remaining - ?, suspect = suspect + ?,"
               " rejected = rejected + ?, retracted = retracted + ? WHERE number = ?",
               SQL_INT(lost + rejected + retracted), SQL_INT(lost), SQL_INT(rejected),
               SQL_INT(retracted), SQL_INT(part->number));
}

static const struct atm_cash_unit *find_unit(const struct atm_cash_report *report, int32_t number) {
    for (size_t i = 0; i < report->unit_count; i++)
        if (report->units[i].number == number)
            return &report->units[i];
    return NULL;
}

void atm_journal_moved(struct atm_journal *journal, const struct tw_uuid *txid,
                       const struct atm_cash_report *report, bool suspect) {
    if (suspect) {
        struct atm_mix planned = {0};
        struct tw_status status = atm_journal_planned(journal, txid, &planned, NULL);
        if (!tw_ok(status) && journal->failed.code == TW_E_NONE)
            journal->failed.code = status.code;
        for (size_t i = 0; i < planned.count; i++)
            suspect_part(journal, &planned.parts[i], find_unit(report, planned.parts[i].number));
        return;
    }
    for (size_t i = 0; i < report->unit_count; i++) {
        const struct atm_cash_unit *unit = &report->units[i];
        sql_change(journal,
                   "UPDATE cassette SET remaining = remaining - ?, dispensed = dispensed + ?,"
                   " rejected = rejected + ?, retracted = retracted + ? WHERE number = ?",
                   SQL_INT(unit->taken + unit->rejected + unit->retracted), SQL_INT(unit->taken),
                   SQL_INT(unit->rejected), SQL_INT(unit->retracted), SQL_INT(unit->number));
    }
    sql_change(journal, "UPDATE operation SET dispensed = ? WHERE txid = ?",
               SQL_INT(atm_report_taken_minor(report)), SQL_UUID(txid));
}

void atm_journal_stowed(struct atm_journal *journal, const struct tw_notes *notes, size_t count) {
    for (size_t i = 0; i < count; i++)
        sql_change(journal,
                   "INSERT INTO deposited (denomination, notes) VALUES (?, ?)"
                   " ON CONFLICT DO UPDATE SET notes = notes + excluded.notes",
                   SQL_INT(notes[i].denomination), SQL_INT(notes[i].count));
}

struct tw_status atm_journal_inside(struct atm_journal *journal,
                                    struct tw_notes notes[TW_NOTES_MAX], size_t *ret_count,
                                    struct tw_error *ret_error) {
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(journal,
                    "SELECT denomination, sum(notes) FROM (SELECT denomination,"
                    " remaining + rejected + retracted AS notes FROM cassette UNION ALL"
                    " SELECT denomination, notes FROM deposited) GROUP BY denomination"
                    " ORDER BY denomination DESC",
                    NULL, 0, ret_error);
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

/* Settles one cassette's suspects against what was found beyond the books; returns the rest. */
static int64_t settle_suspects(struct atm_journal *journal, const struct atm_cassette *cassette,
                               int64_t surplus) {
    int64_t found = surplus < 0 ? 0 : surplus;
    if (found > cassette->suspect)
        found = cassette->suspect;
    if (cassette->suspect > 0)
        sql_change(journal,
                   "UPDATE cassette SET suspect = 0, rejected = rejected + ?,"
                   " dispensed = dispensed + ? WHERE number = ?",
                   SQL_INT(found), SQL_INT(cassette->suspect - found), SQL_INT(cassette->number));
    return surplus - found;
}

/* Settles the suspect deposits of one denomination likewise. */
static int64_t settle_deposits(struct atm_journal *journal, int64_t denomination, int64_t surplus) {
    int64_t found = sql_integer(journal, 0,
                                "SELECT coalesce(sum(notes), 0) FROM operation_deposit JOIN"
                                " operation USING (txid) WHERE state = ? AND denomination = ?",
                                SQL_INT(ATM_OP_SUSPECT), SQL_INT(denomination));
    if (found > surplus)
        found = surplus < 0 ? 0 : surplus;
    const struct tw_notes notes = {.denomination = denomination, .count = found};
    if (found > 0)
        atm_journal_stowed(journal, &notes, 1);
    return surplus - found;
}

static int64_t adjust_cassette(struct atm_journal *journal, const struct atm_cassette *cassette,
                               int64_t difference) {
    int64_t change = difference < -cassette->remaining ? -cassette->remaining : difference;
    if (change != 0)
        atm_journal_loaded(journal, cassette->number, change);
    return difference - change;
}

static int64_t find_notes(const struct tw_notes *notes, size_t count, int64_t denomination) {
    for (size_t i = 0; i < count; i++)
        if (notes[i].denomination == denomination)
            return notes[i].count;
    return 0;
}

static void settle_denomination(struct atm_journal *journal, int64_t denomination,
                                int64_t difference) {
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    size_t count = 0;
    if (!tw_ok(atm_journal_cassettes(journal, cassettes, &count, NULL)))
        count = 0;
    for (size_t i = 0; i < count; i++)
        if (cassettes[i].denomination_minor == denomination)
            difference = settle_suspects(journal, &cassettes[i], difference);
    difference = settle_deposits(journal, denomination, difference);
    for (size_t i = 0; i < count && difference != 0; i++)
        if (cassettes[i].denomination_minor == denomination)
            difference = adjust_cassette(journal, &cassettes[i], difference);
    if (difference != 0)
        sql_change(journal,
                   "INSERT INTO deposited (denomination, notes) VALUES (?, max(0, ?))"
                   " ON CONFLICT DO UPDATE SET notes = max(0, notes + ?)",
                   SQL_INT(denomination), SQL_INT(difference), SQL_INT(difference));
}

void atm_journal_counted(struct atm_journal *journal, const struct tw_notes *notes, size_t count) {
    struct tw_notes inside[TW_NOTES_MAX] = {0};
    size_t inside_count = 0;
    struct tw_status status = atm_journal_inside(journal, inside, &inside_count, NULL);
    if (!tw_ok(status) && journal->failed.code == TW_E_NONE)
        journal->failed.code = status.code;
    for (size_t i = 0; i < inside_count; i++)
        settle_denomination(journal, inside[i].denomination,
                            find_notes(notes, count, inside[i].denomination) - inside[i].count);
    for (size_t i = 0; i < count; i++)
        if (find_notes(inside, inside_count, notes[i].denomination) == 0 && notes[i].count > 0)
            settle_denomination(journal, notes[i].denomination, notes[i].count);
    sql_change(journal, "UPDATE operation SET state = ? WHERE state = ?", SQL_INT(ATM_OP_SETTLED),
               SQL_INT(ATM_OP_SUSPECT));
}
