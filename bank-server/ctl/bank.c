/* The bank itself: created once per database; its business date and its epoch only move forward. */
#include <string.h>

#include "core/iban.h"
#include "ctl/command.h"

#include "bankctl_sql.h"

static const struct ctl_column bank_columns[] = {
    {"bank_code", CTL_TEXT},     {"name", CTL_TEXT},       {"currency", CTL_TEXT},
    {"business_date", CTL_TEXT}, {"epoch", CTL_INTEGER},   {"iins", CTL_TEXT},
    {"window", CTL_INTEGER},     {"surcharge", CTL_MONEY}, {"peer_limit", CTL_MONEY},
};

static struct tw_status print_bank(const struct ctl *ctl, PGconn *connection,
                                   struct tw_error *ret_error) {
    CTL_AUTO_RESULT bank = NULL;
    struct tw_status status = ctl_query(connection, ctl_sql_bank_show, 0, NULL, &bank, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    const char *values[CTL_COUNT(bank_columns)];
    for (size_t i = 0; i < CTL_COUNT(bank_columns); i++) {
        values[i] = PQgetvalue(bank, 0, (int)i);
    }
    ctl_print_record(ctl, bank_columns, CTL_COUNT(bank_columns), values);
    return status;
}

/* Also sets the format in which the new bank's amounts are shown. */
static struct tw_status check_bank_arguments(struct ctl *ctl, const struct ctl_arguments *arguments,
                                             struct tw_error *ret_error) {
    int64_t code;
    struct tw_status status = ctl_option_number(arguments, "code", 90000000, 99999999,
                                                ctl->settings->bank_code, &code, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (code != ctl->settings->bank_code) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the configuration is for bank %" PRId64,
                       ctl->settings->bank_code);
    }
    int32_t days;
    status = tw_currency_parse(ctl_option(arguments, "currency"), &ctl->format.currency, NULL,
                               ret_error);
    if (tw_ok(status) && !tw_date_parse(ctl_option(arguments, "business-date"), &days)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "business date must be YYYY-MM-DD");
    }
    return status;
}

struct tw_status ctl_bank_create(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    struct tw_status status = check_bank_arguments(ctl, arguments, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    CTL_AUTO_CONNECTION connection = NULL;
    status = ctl_connect_as(ctl, CTL_OPERATOR, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_script(connection, "BEGIN", ret_error);
    }
    char code[CTL_NUMBER_TEXT_SIZE];
    ctl_number_text(ctl->settings->bank_code, code);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_bank_insert, NULL, ret_error, code,
                           ctl_option(arguments, "name"), ctl_option(arguments, "currency"),
                           ctl_option(arguments, "business-date"));
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_iin_insert, NULL, ret_error,
                           ctl_option(arguments, "iin"));
    }
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_ledger_accounts_insert, 0, NULL, NULL, ret_error);
    }
    if (tw_ok(status)) {
        char now[CTL_NUMBER_TEXT_SIZE];
        status = CTL_QUERY(connection, ctl_sql_window_insert, NULL, ret_error,
                           ctl_number_text(tw_wall_ms(ctl->clock), now));
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "bank %s", code);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_bank(ctl, connection, ret_error) : status;
}

struct tw_status ctl_bank_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                               struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    return tw_ok(status) ? print_bank(ctl, connection, ret_error) : status;
}

struct tw_status ctl_bank_advance_date(struct ctl *ctl, const struct ctl_arguments *arguments,
                                       struct tw_error *ret_error) {
    const char *to = ctl_option(arguments, "to");
    int32_t days;
    if (to != NULL && !tw_date_parse(to, &days)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--to must be YYYY-MM-DD");
    }
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    CTL_AUTO_RESULT moved = NULL;
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_bank_advance_date, &moved, ret_error, to);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(moved) == 0) {
        return tw_fail(ret_error, TW_E_CONFLICT, "the business date is %s already",
                       ctl->business_date);
    }
    char subject[64];
    snprintf(subject, sizeof subject, "business date %s", PQgetvalue(moved, 0, 0));
    status = ctl_finish_change(ctl, connection, subject, ret_error);
    return tw_ok(status) ? print_bank(ctl, connection, ret_error) : status;
}

struct tw_status ctl_bank_raise_epoch(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT raised = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_bank_raise_epoch, 0, NULL, &raised, ret_error);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "epoch %s", PQgetvalue(raised, 0, 0));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_bank(ctl, connection, ret_error) : status;
}

/* One amount of the bank's row, by an update whose parameter it is. */
static struct tw_status set_amount(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   const char *sql, const char *what, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    int64_t amount_minor = 0;
    char number[CTL_NUMBER_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    char subject[96];
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status =
            tw_money_parse(ctl_word(arguments, 0), ctl->format.currency, &amount_minor, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, sql, NULL, ret_error, ctl_number_text(amount_minor, number));
    }
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "%s %s", what,
                 tw_money_text(amount_minor, ctl->format.currency, amount));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_bank(ctl, connection, ret_error) : status;
}

struct tw_status ctl_bank_surcharge(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    return set_amount(ctl, arguments, ctl_sql_bank_surcharge, "surcharge", ret_error);
}

struct tw_status ctl_bank_peer_limit(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return set_amount(ctl, arguments, ctl_sql_bank_peer_limit, "limit of new peers", ret_error);
}
