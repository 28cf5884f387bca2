/* Customers' accounts. Numbers are given out in order, as in customer.c. Balances are not changed
 * here: a first deposit is posted by the engine, after the account was opened. */
#include <stdlib.h>
#include <string.h>

#include "core/iban.h"
#include "ctl/command.h"
#include "ctl/money.h"

#include "bankctl_sql.h"

#define ATTEMPTS_MAX 100

static const struct ctl_column opened_columns[] = {
    {"account", CTL_NUMBER}, {"iban", CTL_IBAN},     {"customer", CTL_INTEGER},
    {"product", CTL_TEXT},   {"balance", CTL_MONEY},
};

static const struct ctl_column list_columns[] = {
    {"account", CTL_NUMBER},    {"iban", CTL_IBAN},        {"kind", CTL_TEXT},
    {"product", CTL_TEXT},      {"customer", CTL_INTEGER}, {"status", CTL_TEXT},
    {"balance", CTL_MONEY},     {"available", CTL_MONEY},  {"overdraft", CTL_MONEY},
    {"daily_limit", CTL_MONEY}, {"entries", CTL_INTEGER},
};

struct new_account {
    const char *number; /* NULL: the next free one */
    const char *customer;
    const char *product;
    int64_t overdraft_minor;
    int64_t daily_limit_minor; /* -1: none */
    int64_t deposit_minor;
};

static struct tw_status read_new_account(const struct ctl *ctl,
                                         const struct ctl_arguments *arguments,
                                         struct new_account *ret_account,
                                         struct tw_error *ret_error) {
    const char *product = ctl_option(arguments, "product");
    *ret_account = (struct new_account){
        .number = ctl_option(arguments, "number"),
        .customer = ctl_option(arguments, "customer"),
        .product = product != NULL ? product : "checking",
    };
    if (strcmp(ret_account->product, "checking") != 0 &&
        strcmp(ret_account->product, "savings") != 0) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "product must be checking or savings");
    }
    int64_t checked;
    struct tw_status status =
        ctl_option_number(arguments, "customer", 1, INT64_C(999999999999), 0, &checked, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "number", TW_ACCOUNT_CUSTOMER_MIN,
                                   TW_ACCOUNT_CUSTOMER_MAX, 0, &checked, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_amount(ctl, arguments, "overdraft", 0, &ret_account->overdraft_minor,
                                   ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_amount(ctl, arguments, "daily-limit", -1,
                                   &ret_account->daily_limit_minor, ret_error);
    }
    if (tw_ok(status)) {
        status =
            ctl_option_amount(ctl, arguments, "deposit", 0, &ret_account->deposit_minor, ret_error);
    }
    return status;
}

static struct tw_status insert_account(PGconn *connection, const struct new_account *account,
                                       char ret_number[CTL_NUMBER_TEXT_SIZE],
                                       struct tw_error *ret_error) {
    char overdraft[CTL_NUMBER_TEXT_SIZE];
    char limit[CTL_NUMBER_TEXT_SIZE];
    ctl_number_text(account->overdraft_minor, overdraft);
    ctl_number_text(account->daily_limit_minor, limit);
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        CTL_AUTO_RESULT inserted = NULL;
        struct tw_status status = CTL_QUERY(
            connection, ctl_sql_account_insert, &inserted, ret_error, account->number, overdraft,
            account->daily_limit_minor < 0 ? NULL : limit, account->customer, account->product);
        if (!tw_ok(status)) {
            return status;
        }
        if (PQntuples(inserted) == 1) {
            ctl_number_text(ctl_result_number(inserted, 0, 0), ret_number);
            return status;
        }
        if (account->number != NULL) {
            return tw_fail(ret_error, TW_E_CONFLICT, "account %s exists already", account->number);
        }
    }
    return tw_fail(ret_error, TW_E_BUSY, "no free account number found");
}

static struct tw_status deposit(struct ctl *ctl, const char *number, int64_t amount_minor,
                                struct tw_error *ret_error) {
    struct bank_decision decision;
    struct tw_status status =
        ctl_money_post(ctl, &bank_op_counter_deposit, strtoll(number, NULL, 10), amount_minor, NULL,
                       &decision, ret_error);
    return tw_ok(status) || ret_error == NULL
               ? status
               : tw_wrap(ret_error, "account %s is open, but its deposit failed", number);
}

struct tw_status ctl_account_open(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    struct new_account account;
    if (tw_ok(status)) {
        status = read_new_account(ctl, arguments, &account, ret_error);
    }
    char number[CTL_NUMBER_TEXT_SIZE];
    if (tw_ok(status)) {
        status = insert_account(connection, &account, number, ret_error);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "account %s of customer %s", number, account.customer);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status) && account.deposit_minor > 0) {
        status = deposit(ctl, number, account.deposit_minor, ret_error);
    }
    if (tw_ok(status)) {
        char balance[CTL_NUMBER_TEXT_SIZE];
        ctl_print_record(ctl, opened_columns, CTL_COUNT(opened_columns),
                         (const char *const[]){number, number, account.customer, account.product,
                                               ctl_number_text(account.deposit_minor, balance)});
    }
    return status;
}

struct status_change {
    const char *from; /* the statuses it may start at, as PostgreSQL writes arrays */
    const char *to;
    const char *name;
    /* Whether the books allow it, asked with the account's row locked; NULL: always. */
    struct tw_status (*check)(PGconn *connection, const char *number, struct tw_error *ret_error);
};

/* Two statements: the second sees what those committed that the lock waited for. */
static struct tw_status lock_and_check(PGconn *connection, const struct status_change *change,
                                       const char *number, struct tw_error *ret_error) {
    struct tw_status status = CTL_QUERY(connection, ctl_sql_account_lock, NULL, ret_error, number);
    return tw_ok(status) && change->check != NULL ? change->check(connection, number, ret_error)
                                                  : status;
}

static struct tw_status change_status(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      const struct status_change *change,
                                      struct tw_error *ret_error) {
    int64_t account = 0;
    char number[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT changed = NULL;
    struct tw_status status = ctl_parse_account(
        ctl_word(arguments, 0), (int32_t)ctl->settings->bank_code, &account, ret_error);
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = lock_and_check(connection, change, ctl_number_text(account, number), ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_account_status, &changed, ret_error, number,
                           change->to, change->from);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(changed) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND,
                       "no customer account %s in a state that allows this", number);
    }
    char subject[64];
    snprintf(subject, sizeof subject, "account %s", number);
    status = ctl_finish_change(ctl, connection, subject, ret_error);
    if (tw_ok(status)) {
        static const struct ctl_column columns[] = {{"account", CTL_NUMBER}, {"status", CTL_TEXT}};
        ctl_print_record(ctl, columns, CTL_COUNT(columns),
                         (const char *const[]){number, change->name});
    }
    return status;
}

/* While the bank does not know how a withdrawal ended its reversal may still come, and it cannot be
 * refused: the account must be there to take it. */
static struct tw_status no_withdrawal_open(PGconn *connection, const char *number,
                                           struct tw_error *ret_error) {
    CTL_AUTO_RESULT oldest = NULL;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_account_open_withdrawals, &oldest, ret_error, number);
    if (!tw_ok(status) || PQntuples(oldest) == 0) {
        return status;
    }
    bool one = strcmp(PQgetvalue(oldest, 0, 0), "1") == 0;
    bool suspected = strcmp(PQgetvalue(oldest, 0, 4), "t") == 0;
    return tw_fail(ret_error, TW_E_CONFLICT,
                   "account %s has %s withdrawal%s neither confirmed nor reversed, the oldest %s "
                   "at terminal %08d of %s: %s",
                   number, PQgetvalue(oldest, 0, 0), one ? "" : "s", PQgetvalue(oldest, 0, 1),
                   (int)ctl_result_number(oldest, 0, 2), PQgetvalue(oldest, 0, 3),
                   suspected ? "count the terminal's notes, then bankctl suspect resolve"
                             : "the terminal settles it once it is up and has contact");
}

/* The same holds for a transfer that is held: its release cannot be refused either. */
static struct tw_status no_transfer_held(PGconn *connection, const char *number,
                                         struct tw_error *ret_error) {
    CTL_AUTO_RESULT oldest = NULL;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_account_held_transfers, &oldest, ret_error, number);
    if (!tw_ok(status) || PQntuples(oldest) == 0) {
        return status;
    }
    bool one = strcmp(PQgetvalue(oldest, 0, 0), "1") == 0;
    return tw_fail(ret_error, TW_E_CONFLICT,
                   "account %s has %s transfer%s to other banks under way, the oldest %s to bank "
                   "%s: it ends by itself once that bank has answered",
                   number, PQgetvalue(oldest, 0, 0), one ? "" : "s", PQgetvalue(oldest, 0, 1),
                   PQgetvalue(oldest, 0, 2));
}

static struct tw_status nothing_in_doubt(PGconn *connection, const char *number,
                                         struct tw_error *ret_error) {
    struct tw_status status = no_withdrawal_open(connection, number, ret_error);
    return tw_ok(status) ? no_transfer_held(connection, number, ret_error) : status;
}

#define STATUS_COMMAND(function, ...)                                                              \
    struct tw_status function(struct ctl *ctl, const struct ctl_arguments *arguments,              \
                              struct tw_error *ret_error) {                                        \
        static const struct status_change change = {__VA_ARGS__};                                  \
        return change_status(ctl, arguments, &change, ret_error);                                  \
    }

STATUS_COMMAND(ctl_account_block, .from = "{O}", .to = "B", .name = "blocked")
STATUS_COMMAND(ctl_account_unblock, .from = "{B}", .to = "O", .name = "open")
STATUS_COMMAND(ctl_account_close, .from = "{O,B}", .to = "C", .name = "closed",
               .check = nothing_in_doubt)
/* Blocked, and not open: for what cannot be refused, and for what the operator does about it. */
STATUS_COMMAND(ctl_account_reopen, .from = "{C}", .to = "B", .name = "blocked")

static const struct ctl_column limit_columns[] = {
    {"account", CTL_NUMBER},
    {"iban", CTL_IBAN},
    {"overdraft", CTL_MONEY},
    {"daily_limit", CTL_MONEY},
};

/* An amount option as a query parameter; NULL when it was not given. */
static struct tw_status amount_parameter(const struct ctl *ctl,
                                         const struct ctl_arguments *arguments, const char *name,
                                         char buffer[CTL_NUMBER_TEXT_SIZE],
                                         const char **ret_parameter, struct tw_error *ret_error) {
    int64_t amount = -1;
    struct tw_status status = ctl_option_amount(ctl, arguments, name, -1, &amount, ret_error);
    *ret_parameter = amount < 0 ? NULL : ctl_number_text(amount, buffer);
    return status;
}

static struct tw_status update_limits(const struct ctl *ctl, PGconn *connection,
                                      const struct ctl_arguments *arguments, const char *number,
                                      PGresult **ret_row, struct tw_error *ret_error) {
    char buffers[2][CTL_NUMBER_TEXT_SIZE];
    const char *overdraft = NULL;
    const char *limit = NULL;
    const char *no_limit = ctl_flag(arguments, "no-daily-limit") ? "t" : "f";
    struct tw_status status =
        amount_parameter(ctl, arguments, "overdraft", buffers[0], &overdraft, ret_error);
    if (tw_ok(status)) {
        status = amount_parameter(ctl, arguments, "daily-limit", buffers[1], &limit, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_account_limits, ret_row, ret_error, number,
                           overdraft, limit, no_limit);
    }
    if (tw_ok(status) && PQntuples(*ret_row) == 0) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "no open customer account %s, or it uses more overdraft than that", number);
    }
    return status;
}

struct tw_status ctl_account_limits(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    int64_t account = 0;
    char number[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = ctl_parse_account(
        ctl_word(arguments, 0), (int32_t)ctl->settings->bank_code, &account, ret_error);
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = update_limits(ctl, connection, arguments, ctl_number_text(account, number), &row,
                               ret_error);
    }
    if (tw_ok(status)) {
        char subject[96];
        snprintf(subject, sizeof subject, "account %s overdraft %s daily limit %s (minor units)",
                 number, PQgetvalue(row, 0, 2),
                 PQgetisnull(row, 0, 3) ? "none" : PQgetvalue(row, 0, 3));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_record(
            ctl, limit_columns, CTL_COUNT(limit_columns),
            (const char *const[]){number, number, PQgetvalue(row, 0, 2),
                                  PQgetisnull(row, 0, 3) ? NULL : PQgetvalue(row, 0, 3)});
    }
    return status;
}

struct tw_status ctl_account_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    int64_t checked;
    struct tw_status status =
        ctl_option_number(arguments, "customer", 1, INT64_C(999999999999), 0, &checked, ret_error);
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    if (tw_ok(status)) {
        status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, ctl_sql_account_list, &rows, ret_error,
                      ctl_option(arguments, "customer"), ctl_flag(arguments, "ledger") ? "t" : "f");
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}
