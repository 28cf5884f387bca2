/* Reports that only read, as tw_audit: trial balance, ledger, chain heads, operators' log. */
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

#include "bankctl_sql.h"

static const struct ctl_column total_columns[] = {
    {"kind", CTL_TEXT},   {"description", CTL_TEXT}, {"accounts", CTL_INTEGER},
    {"debit", CTL_MONEY}, {"credit", CTL_MONEY},
};

static const struct ctl_column ledger_columns[] = {
    {"txid", CTL_TEXT}, {"business_date", CTL_TEXT}, {"operation", CTL_TEXT}, {"phase", CTL_TEXT},
    {"kind", CTL_TEXT}, {"account", CTL_NUMBER},     {"debit", CTL_MONEY},    {"credit", CTL_MONEY},
};

static const struct ctl_column head_columns[] = {
    {"lane", CTL_NUMBER},
    {"server", CTL_TEXT},
    {"batch_no", CTL_INTEGER},
    {"digest", CTL_TEXT},
};

static const struct ctl_column action_columns[] = {
    {"done_at", CTL_TEXT}, {"operator", CTL_TEXT}, {"user", CTL_TEXT},
    {"action", CTL_TEXT},  {"subject", CTL_TEXT},
};

static void print_totals(const struct ctl *ctl, const PGresult *rows, int64_t debit_minor,
                         int64_t credit_minor) {
    struct ctl_table table;
    ctl_table_of(ctl, total_columns, CTL_COUNT(total_columns), rows, &table);
    if (ctl->json) {
        char debit[TW_MONEY_TEXT_SIZE];
        char credit[TW_MONEY_TEXT_SIZE];
        tw_money_text(debit_minor, ctl->format.currency, debit);
        tw_money_text(credit_minor, ctl->format.currency, credit);
        ctl_print_json(ctl, json_pack("{s:s,s:s,s:o,s:s,s:s,s:b}", "business_date",
                                      ctl->business_date, "currency", ctl->format.currency.code,
                                      "kinds", ctl_table_json(&table), "debit", debit, "credit",
                                      credit, "agrees", debit_minor == credit_minor));
    } else if (ctl->csv) {
        ctl_table_print_csv(&table, ctl->out);
    } else {
        char debit[CTL_NUMBER_TEXT_SIZE];
        char credit[CTL_NUMBER_TEXT_SIZE];
        ctl_table_add(&table, &ctl->format,
                      (const char *const[]){"TOTAL", ctl->format.currency.code, NULL,
                                            ctl_number_text(debit_minor, debit),
                                            ctl_number_text(credit_minor, credit)});
        ctl_table_print(&table, ctl->out);
    }
    ctl_table_clear(&table);
}

struct tw_status ctl_totals(struct ctl *ctl, const struct ctl_arguments *arguments,
                            struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_totals, 0, NULL, &rows, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    int64_t debit_minor = 0;
    int64_t credit_minor = 0;
    for (int row = 0; row < PQntuples(rows); row++) {
        bool added = tw_money_add(debit_minor, ctl_result_number(rows, row, 3), &debit_minor) &&
                     tw_money_add(credit_minor, ctl_result_number(rows, row, 4), &credit_minor);
        tw_assert(added);
    }
    print_totals(ctl, rows, debit_minor, credit_minor);
    return debit_minor == credit_minor
               ? status
               : tw_fail(ret_error, TW_E_CONFLICT, "debits and credits do not agree");
}

/* Reports that are one query with at most a row limit ($1). */
static struct tw_status print_query(struct ctl *ctl, const char *sql, const char *limit,
                                    const struct ctl_column *columns, size_t count,
                                    struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, sql, limit != NULL ? 1 : 0, &limit, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, columns, count, rows);
    }
    return status;
}

static struct tw_status print_latest(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     const char *sql, const struct ctl_column *columns,
                                     size_t count, struct tw_error *ret_error) {
    int64_t limit;
    char text[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status =
        ctl_option_number(arguments, "count", 1, 1000000, 20, &limit, ret_error);
    return tw_ok(status)
               ? print_query(ctl, sql, ctl_number_text(limit, text), columns, count, ret_error)
               : status;
}

struct tw_status ctl_ledger(struct ctl *ctl, const struct ctl_arguments *arguments,
                            struct tw_error *ret_error) {
    return print_latest(ctl, arguments, ctl_sql_ledger, ledger_columns, CTL_COUNT(ledger_columns),
                        ret_error);
}

struct tw_status ctl_actions(struct ctl *ctl, const struct ctl_arguments *arguments,
                             struct tw_error *ret_error) {
    return print_latest(ctl, arguments, ctl_sql_operator_action_list, action_columns,
                        CTL_COUNT(action_columns), ret_error);
}

struct tw_status ctl_heads(struct ctl *ctl, const struct ctl_arguments *arguments,
                           struct tw_error *ret_error) {
    (void)arguments;
    return print_query(ctl, ctl_sql_heads, NULL, head_columns, CTL_COUNT(head_columns), ret_error);
}
