/* Statements of an account: the latest entries, or all of a period with the balances before and
 * after it. They only read, as tw_audit, from one snapshot. Amounts of a customer are shown the
 * customer's way: what they have is positive. */
#include "ctl/statement.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

#include "bankctl_sql.h"

static const struct ctl_column account_columns[] = {
    {"account", CTL_NUMBER},   {"iban", CTL_IBAN},        {"kind", CTL_TEXT},
    {"product", CTL_TEXT},     {"customer", CTL_INTEGER}, {"name", CTL_TEXT},
    {"status", CTL_TEXT},      {"balance", CTL_MONEY},    {"available", CTL_MONEY},
    {"entry_no", CTL_INTEGER},
};

static const struct ctl_column entry_columns[] = {
    {"entry_no", CTL_INTEGER}, {"business_date", CTL_TEXT}, {"operation", CTL_TEXT},
    {"phase", CTL_TEXT},       {"terminal", CTL_TERMINAL},  {"amount", CTL_MONEY},
    {"balance", CTL_MONEY},    {"txid", CTL_TEXT},
};

static const struct ctl_column period_columns[] = {
    {"account", CTL_NUMBER},
    {"iban", CTL_IBAN},
    {"name", CTL_TEXT},
    {"from", CTL_TEXT},
    {"to", CTL_TEXT},
    {"opening_balance", CTL_MONEY},
    {"credits", CTL_INTEGER},
    {"credit_total", CTL_MONEY},
    {"debits", CTL_INTEGER},
    {"debit_total", CTL_MONEY},
    {"closing_balance", CTL_MONEY},
};

static const struct ctl_column period_entry_columns[] = {
    [CTL_PERIOD_ENTRY_NO] = {"entry_no", CTL_INTEGER},
    [CTL_PERIOD_BOOKED] = {"booking_date", CTL_TEXT},
    [CTL_PERIOD_VALUE] = {"value_date", CTL_TEXT},
    [CTL_PERIOD_OPERATION] = {"operation", CTL_TEXT},
    [CTL_PERIOD_PHASE] = {"phase", CTL_TEXT},
    [CTL_PERIOD_TERMINAL] = {"terminal", CTL_TERMINAL},
    [CTL_PERIOD_AMOUNT] = {"amount", CTL_MONEY},
    [CTL_PERIOD_BALANCE] = {"balance", CTL_MONEY},
    [CTL_PERIOD_TXID] = {"txid", CTL_TEXT},
    [CTL_PERIOD_PEER] = {"peer", CTL_NUMBER},
    [CTL_PERIOD_COUNTERPARTY] = {"counterparty", CTL_IBAN},
};

static struct tw_status query_account(PGconn *connection, const char *account,
                                      PGresult **ret_account, struct tw_error *ret_error) {
    struct tw_status status =
        ctl_script(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_account_show, ret_account, ret_error, account);
    }
    return tw_ok(status) && PQntuples(*ret_account) == 0
               ? tw_fail(ret_error, TW_E_NOT_FOUND, "no account %s", account)
               : status;
}

/* An account and its entries, in one form or another. */
static void print_with_entries(const struct ctl *ctl, const struct ctl_table *head,
                               const struct ctl_table *lines) {
    if (ctl->json) {
        json_t *object = ctl_table_json_record(head);
        int failed = json_object_set_new(object, "entries", ctl_table_json(lines));
        tw_assert(failed == 0);
        ctl_print_json(ctl, object);
    } else if (ctl->csv) {
        ctl_table_print_csv(lines, ctl->out);
    } else {
        ctl_table_print_record(head, ctl->out);
        fputc('\n', ctl->out);
        ctl_table_print(lines, ctl->out);
    }
}

/* --- latest entries ------------------------------------------------------------------------- */

static struct tw_status print_latest(struct ctl *ctl, const char *account, int64_t count,
                                     struct tw_error *ret_error) {
    char limit[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT head = NULL;
    CTL_AUTO_RESULT entries = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = query_account(connection, account, &head, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_statement, &entries, ret_error, account,
                           ctl_number_text(count, limit));
    }
    if (tw_ok(status)) {
        struct ctl_table record;
        struct ctl_table lines;
        ctl_table_of(ctl, account_columns, CTL_COUNT(account_columns), head, &record);
        ctl_table_of(ctl, entry_columns, CTL_COUNT(entry_columns), entries, &lines);
        print_with_entries(ctl, &record, &lines);
        ctl_table_clear(&record);
        ctl_table_clear(&lines);
    }
    return status;
}

/* --- a period ------------------------------------------------------------------------------- */

static struct tw_status query_period(PGconn *connection, const char *account,
                                     struct ctl_period *period, struct tw_error *ret_error) {
    char from[TW_DATE_TEXT_SIZE];
    char to[TW_DATE_TEXT_SIZE];
    char limit[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT opening = NULL;
    tw_date_text(period->from_date, from);
    tw_date_text(period->to_date, to);
    struct tw_status status = query_account(connection, account, &period->account, ret_error);
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, ctl_sql_statement_opening, &opening, ret_error, account, from);
    }
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, ctl_sql_statement_period, &period->entries, ret_error, account,
                      from, to, ctl_number_text(CTL_STATEMENT_ENTRIES_MAX + 1, limit));
    }
    if (!tw_ok(status)) {
        return status;
    }
    const int count = PQntuples(period->entries);
    if (count > CTL_STATEMENT_ENTRIES_MAX) {
        return tw_fail(ret_error, TW_E_TOO_LARGE,
                       "more than %d entries: ask for fewer business dates",
                       CTL_STATEMENT_ENTRIES_MAX);
    }
    period->opening_minor = ctl_result_number(opening, 0, 0);
    period->closing_minor = count == 0
                                ? period->opening_minor
                                : ctl_result_number(period->entries, count - 1, CTL_PERIOD_BALANCE);
    return status;
}

static void print_period(const struct ctl *ctl, const struct ctl_period *period) {
    char from[TW_DATE_TEXT_SIZE];
    char to[TW_DATE_TEXT_SIZE];
    char numbers[6][CTL_NUMBER_TEXT_SIZE];
    int64_t count[2] = {0};
    int64_t sum_minor[2] = {0};
    for (int row = 0; row < PQntuples(period->entries); row++) {
        const int64_t amount_minor = ctl_result_number(period->entries, row, CTL_PERIOD_AMOUNT);
        count[amount_minor < 0]++;
        sum_minor[amount_minor < 0] += llabs(amount_minor);
    }
    struct ctl_table record;
    struct ctl_table lines;
    ctl_table_init(&record, period_columns, CTL_COUNT(period_columns));
    ctl_table_add(
        &record, &ctl->format,
        (const char *const[]){
            PQgetvalue(period->account, 0, 0), PQgetvalue(period->account, 0, 1),
            PQgetisnull(period->account, 0, 5) ? NULL : PQgetvalue(period->account, 0, 5),
            tw_date_text(period->from_date, from), tw_date_text(period->to_date, to),
            ctl_number_text(period->opening_minor, numbers[0]),
            ctl_number_text(count[0], numbers[1]), ctl_number_text(sum_minor[0], numbers[2]),
            ctl_number_text(count[1], numbers[3]), ctl_number_text(sum_minor[1], numbers[4]),
            ctl_number_text(period->closing_minor, numbers[5])});
    ctl_table_of(ctl, period_entry_columns, CTL_COUNT(period_entry_columns), period->entries,
                 &lines);
    print_with_entries(ctl, &record, &lines);
    ctl_table_clear(&record);
    ctl_table_clear(&lines);
}

static struct tw_status show_period(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    const char *account, struct ctl_period *period,
                                    struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT bank = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_period(arguments, ctl->business_date, &period->from_date,
                                   &period->to_date, ret_error);
    }
    if (tw_ok(status)) {
        status = query_period(connection, account, period, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (!ctl_flag(arguments, "camt053")) {
        print_period(ctl, period);
        return status;
    }
    status = ctl_query(connection, ctl_sql_bank_show, 0, NULL, &bank, ret_error);
    return tw_ok(status) ? ctl_statement_camt053(ctl, period, PQgetvalue(bank, 0, 1), ret_error)
                         : status;
}

/* --- command -------------------------------------------------------------------------------- */

struct tw_status ctl_statement(struct ctl *ctl, const struct ctl_arguments *arguments,
                               struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    int64_t account;
    int64_t count;
    const bool camt053 = ctl_flag(arguments, "camt053");
    const bool period =
        camt053 || ctl_option(arguments, "from") != NULL || ctl_option(arguments, "to") != NULL;
    if (period && ctl_option(arguments, "count") != NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--count is for the latest entries alone");
    }
    if (camt053 && (ctl->json || ctl->csv)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--camt053 is a form of its own");
    }
    struct tw_status status = ctl_parse_account(
        ctl_word(arguments, 0), (int32_t)ctl->settings->bank_code, &account, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "count", 1, 1000000, 20, &count, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    ctl_number_text(account, number);
    if (!period) {
        return print_latest(ctl, number, count, ret_error);
    }
    struct ctl_period statement = {0};
    status = show_period(ctl, arguments, number, &statement, ret_error);
    PQclear(statement.account);
    PQclear(statement.entries);
    return status;
}
