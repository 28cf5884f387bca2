/*
 * T1 to T4 of one terminal: its journal (SQLite), its machine (the world file: where every note
 * really is) and its bank's books.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/report.h"

#define ATM_BASE 200000000

enum state { REQUESTED, INTENT, PENDING, DONE, DECLINED, REVERSED, SUSPECT, SETTLED };
enum kind { WITHDRAWAL, DEPOSIT, TRANSFER };

struct look {
    struct scn_run *run;
    struct scn_terminal *terminal;
    sqlite3 *journal;
    json_t *world;
    int64_t suspect_minor, inside_minor, taken_minor, paid_minor, doubtful_minor;
    char *problem;
};

static void judge(struct look *look, const char *id, const char *title, char *taken_reason) {
    scn_report_invariant(look->run->report, id, look->terminal->name, title, taken_reason);
    free(taken_reason);
}

static const json_t *placed(const struct look *look, int64_t number) {
    size_t index;
    const json_t *one;
    json_array_foreach(json_object_get(look->world, "cassettes"), index,
                       one) if (scn_number(one, "number", 0) == number) return one;
    return NULL;
}

/* Columns: number, denomination, loaded, remaining, dispensed, rejected, retracted, removed,
 * suspect. */
static char *check_cassette(struct look *look, sqlite3_stmt *row) {
    int64_t value[9];
    for (int i = 0; i < 9; i++)
        value[i] = sqlite3_column_int64(row, i);
    const json_t *real = placed(look, value[0]);
    int64_t gone = scn_number(real, "taken", 0);
    look->suspect_minor += value[8] * value[1];
    look->taken_minor += gone * value[1];
    look->inside_minor +=
        value[1] * (scn_number(real, "notes", 0) + scn_number(real, "reject_bin", 0) +
                    scn_number(real, "retract_bin", 0));
    if (value[2] != value[3] + value[4] + value[5] + value[6] + value[7] + value[8])
        return scn_format("cassette %" PRId64 " was loaded with %" PRId64
                          " notes, and its counters account for others",
                          value[0], value[2]);
    if (value[8] == 0 && (value[3] != scn_number(real, "notes", 0) ||
                          value[5] != scn_number(real, "reject_bin", 0) ||
                          value[6] != scn_number(real, "retract_bin", 0)))
        return scn_format("cassette %" PRId64 ": the journal has %" PRId64 " notes in it, %" PRId64
                          " rejected, %" PRId64 " retracted; the machine has %" PRId64 ", %" PRId64
                          ", %" PRId64,
                          value[0], value[3], value[5], value[6], scn_number(real, "notes", 0),
                          scn_number(real, "reject_bin", 0), scn_number(real, "retract_bin", 0));
    if (gone < value[4] || gone > value[4] + value[8])
        return scn_format("cassette %" PRId64 ": %" PRId64
                          " notes were dispensed, customers took %" PRId64,
                          value[0], value[4], gone);
    return NULL;
}

static void check_cassettes(struct look *look) {
    sqlite3_stmt *row = NULL;
    char *reason = NULL;
    (void)sqlite3_prepare_v2(look->journal,
                             "SELECT number, denomination, loaded, remaining, dispensed, rejected,"
                             " retracted, removed, suspect FROM cassette",
                             -1, &row, NULL);
    while (sqlite3_step(row) == SQLITE_ROW) {
        char *more = check_cassette(look, row);
        if (reason == NULL)
            reason = more;
        else
            free(more);
    }
    (void)sqlite3_finalize(row);
    size_t index;
    const json_t *one;
    json_array_foreach(json_object_get(look->world, "stowed"), index, one) look->inside_minor +=
        scn_number(one, "denomination", 0) * scn_number(one, "count", 0);
    judge(look, "T1", "every note that was loaded is somewhere", reason);
}

static void check_account(struct look *look) {
    char *problem = NULL;
    char books[SCN_MONEY_TEXT_SIZE];
    char inside[SCN_MONEY_TEXT_SIZE];
    char suspect[SCN_MONEY_TEXT_SIZE];
    SCN_OWNED sql = scn_format("SELECT balance_minor FROM account WHERE account_id = %" PRId64,
                               ATM_BASE + (int64_t)strtoll(look->terminal->id, NULL, 10));
    int64_t booked = scn_books_number(look->terminal->bank, sql, &problem);
    /* A suspect note may be inside still: then it is counted once, as inside or as suspect. */
    if (problem == NULL &&
        (booked < look->inside_minor || booked > look->inside_minor + look->suspect_minor))
        problem =
            scn_format("the bank books %s, inside are %s, suspect %s",
                       scn_money_text(booked, books), scn_money_text(look->inside_minor, inside),
                       scn_money_text(look->suspect_minor, suspect));
    judge(look, "T2", "the ATM account is the notes inside and open suspects", problem);
}

struct operation {
    const char *txid;
    int64_t kind, state, amount, dispensed;
};

/* What the journal means was booked: of customers (or their banks, less fees) and of cash. False:
 * it means nothing certain. */
static bool meant(const struct operation *one, int64_t *ret_customer, int64_t *ret_cash) {
    if (one->kind == TRANSFER || one->state == REQUESTED || one->state == INTENT ||
        one->state == SETTLED || (one->state == SUSPECT && one->kind != WITHDRAWAL))
        return false;
    bool given_back = one->state == DECLINED || one->state == REVERSED;
    *ret_customer = given_back || one->kind == WITHDRAWAL ? one->dispensed : -one->amount;
    *ret_cash = given_back || one->kind == WITHDRAWAL ? -one->dispensed : one->amount;
    if (one->state == SUSPECT) {
        *ret_customer = one->amount;
        *ret_cash = 0;
    }
    return true;
}

static char *check_booked(struct look *look, const struct operation *one) {
    int64_t customer = 0;
    int64_t cash = 0;
    char *problem = NULL;
    if (!meant(one, &customer, &cash))
        return NULL;
    SCN_OWNED sql = scn_format(
        "SELECT coalesce(sum(amount_minor) FILTER (WHERE account_id >= 1000000000 OR code IN"
        " ('FeeInc', 'FeeExp')), 0), coalesce(sum(amount_minor) FILTER (WHERE code = 'ATM'), 0)"
        " FROM entry JOIN account USING (account_id) JOIN account_kind USING (kind)"
        " WHERE txid = '%.36s'",
        one->txid);
    PGresult *row = scn_books(look->terminal->bank, sql, &problem);
    int64_t customer_booked = row != NULL ? strtoll(PQgetvalue(row, 0, 0), NULL, 10) : 0;
    int64_t cash_booked = row != NULL ? strtoll(PQgetvalue(row, 0, 1), NULL, 10) : 0;
    PQclear(row);
    char text[4][SCN_MONEY_TEXT_SIZE];
    if (problem == NULL && (customer_booked != customer || cash_booked != cash))
        problem =
            scn_format("%s: booked are %s of the customer and %s of cash, the journal means %s "
                       "and %s",
                       one->txid, scn_money_text(customer_booked, text[0]),
                       scn_money_text(cash_booked, text[1]), scn_money_text(customer, text[2]),
                       scn_money_text(cash, text[3]));
    return problem;
}

static char *check_operation(struct look *look, const struct operation *one, char **half_done) {
    if (one->kind == WITHDRAWAL) {
        look->paid_minor += one->dispensed;
        if (one->state == SUSPECT || one->state == SETTLED)
            look->doubtful_minor += one->amount - one->dispensed;
    }
    if ((one->state == REQUESTED || one->state == INTENT) && *half_done == NULL)
        *half_done = scn_format("%s is half done", one->txid);
    if (one->dispensed > one->amount)
        return scn_format("%s paid more than was asked for", one->txid);
    return check_booked(look, one);
}

static void check_operations(struct look *look) {
    sqlite3_stmt *row = NULL;
    char *paid = NULL;
    char *half_done = NULL;
    char text[2][SCN_MONEY_TEXT_SIZE];
    (void)sqlite3_prepare_v2(look->journal,
                             "SELECT txid, kind, state, amount, dispensed FROM operation"
                             " UNION ALL SELECT txid, -1, 0, 1, 0 FROM advice WHERE rc IS NULL"
                             " AND txid NOT IN (SELECT txid FROM operation WHERE state = 2)",
                             -1, &row, NULL);
    while (sqlite3_step(row) == SQLITE_ROW) {
        struct operation one = {(const char *)sqlite3_column_text(row, 0),
                                sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                                sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4)};
        if (one.kind == -1 && half_done == NULL)
            half_done = scn_format("%s: the bank has not acknowledged an advice", one.txid);
        char *more = one.kind != -1 ? check_operation(look, &one, &half_done) : NULL;
        if (paid == NULL)
            paid = more;
        else
            free(more);
    }
    (void)sqlite3_finalize(row);
    if (paid == NULL && (look->taken_minor < look->paid_minor - look->doubtful_minor ||
                         look->taken_minor > look->paid_minor + look->doubtful_minor))
        paid = scn_format("customers took %s, the journal paid %s",
                          scn_money_text(look->taken_minor, text[0]),
                          scn_money_text(look->paid_minor, text[1]));
    judge(look, "T3", "at most one dispense per approval, never more than approved, and booked so",
          paid);
    judge(look, "T4", "nothing is left half done", half_done);
}

void scn_invariants_terminal(struct scn_run *run, struct scn_terminal *terminal) {
    SCN_OWNED world_file = scn_format("%s.world", terminal->journal);
    SCN_OWNED text = scn_read_file(world_file, (size_t)1 << 20, NULL);
    struct look look = {.run = run, .terminal = terminal};
    TW_JSON_OWNED json_t *world = scn_parse(text != NULL ? text : "{}");
    look.world = world;
    if (sqlite3_open_v2(terminal->journal, &look.journal, SQLITE_OPEN_READONLY, NULL) !=
        SQLITE_OK) {
        judge(&look, "T1", "the journal can be read", scn_copy(sqlite3_errmsg(look.journal)));
    } else {
        check_cassettes(&look);
        check_account(&look);
        check_operations(&look);
    }
    (void)sqlite3_close(look.journal);
}
