/*
 * What went through a participant's accounts: the latest entries as a table, or its settlement
 * account over some days as camt.053, which is what the participant's own systems read. Movements
 * at a settlement agent have no code in the ISO 20022 external code set: they carry our own.
 */
#include <stdlib.h>

#include "report/camt053.h"
#include "settlectl/command.h"

#include "settlectl_sql.h"

#define ACCOUNT_TEXT_SIZE sizeof "RESERVE:90000001"
#define REMITTANCE_SIZE   48
#define DAY_MS            INT64_C(86400000)

enum period_column {
    HOLDER,
    AGENT,
    OPENING,
    ENTRY_NO,
    AMOUNT,
    DAY,
    KIND,
    WINDOW,
    TXID,
};

static const struct ctl_column entry_columns[] = {
    {"account", CTL_TEXT},   {"entry", CTL_INTEGER}, {"at", CTL_TEXT},       {"kind", CTL_TEXT},
    {"window", CTL_INTEGER}, {"amount", CTL_MONEY},  {"balance", CTL_MONEY}, {"txid", CTL_TEXT},
};

static void read_entry(const PGresult *rows, int row, char remittance[REMITTANCE_SIZE],
                       struct ib_camt_entry *ret_entry) {
    int32_t day = 0;
    *ret_entry = (struct ib_camt_entry){
        .reference = PQgetvalue(rows, row, ENTRY_NO),
        .amount_minor = ctl_result_number(rows, row, AMOUNT),
        .code = {.proprietary = PQgetvalue(rows, row, KIND)},
    };
    const bool parsed = tw_date_parse(PQgetvalue(rows, row, DAY), &day) &&
                        tw_uuid_parse(PQgetvalue(rows, row, TXID), &ret_entry->txid);
    tw_assert(parsed);
    ret_entry->booking_date = ret_entry->value_date = day;
    if (!PQgetisnull(rows, row, WINDOW)) {
        (void)snprintf(remittance, REMITTANCE_SIZE, "settlement window %s",
                       PQgetvalue(rows, row, WINDOW));
        ret_entry->remittance = remittance;
    }
}

static struct tw_status write_statement(const struct ctl *ctl, const char *code,
                                        const int32_t dates[2], const PGresult *rows,
                                        const struct ib_camt_entry *entries, size_t count,
                                        struct tw_error *ret_error) {
    char account[ACCOUNT_TEXT_SIZE];
    char id[IB_CAMT_ID_SIZE];
    char message[IB_CAMT_ID_SIZE];
    char created[IB_CAMT_TIME_SIZE];
    const struct tw_uuid uuid = tw_uuid_v7(ctl->clock, ctl->random);
    (void)snprintf(account, sizeof account, "RESERVE:%.8s", code);
    struct ib_camt_statement statement = {
        .message_id = ib_camt_uuid_text(&uuid, message),
        .statement_id = ib_camt_statement_id(account, dates[0], dates[1], id),
        .created_at = ib_camt_time_text(tw_wall_ms(ctl->clock), created),
        .from_date = dates[0],
        .to_date = dates[1],
        .account.other = account,
        .currency = ctl->format.currency,
        .owner_name = PQgetvalue(rows, 0, HOLDER),
        .servicer_name = PQgetvalue(rows, 0, AGENT),
        .opening_minor = ctl_result_number(rows, 0, OPENING),
        .entries = entries,
        .entry_count = count,
    };
    statement.closing_minor = statement.opening_minor;
    for (size_t i = 0; i < count; i++) {
        statement.closing_minor += entries[i].amount_minor;
    }
    return ib_camt053_write(&statement, ctl->out, ret_error);
}

static struct tw_status write_period(const struct ctl *ctl, const char *code,
                                     const int32_t dates[2], const PGresult *rows,
                                     struct tw_error *ret_error) {
    const size_t count = PQgetisnull(rows, 0, ENTRY_NO) ? 0 : (size_t)PQntuples(rows);
    struct ib_camt_entry *entries = calloc(count + 1, sizeof *entries);
    char(*remittances)[REMITTANCE_SIZE] = calloc(count + 1, sizeof *remittances);
    struct tw_status status;
    if (entries == NULL || remittances == NULL) {
        status = tw_fail(ret_error, TW_E_NO_MEMORY, "statement of %zu entries", count);
    } else {
        for (size_t i = 0; i < count; i++) {
            read_entry(rows, (int)i, remittances[i], &entries[i]);
        }
        status = write_statement(ctl, code, dates, rows, entries, count, ret_error);
    }
    free(entries);
    free(remittances);
    return status;
}

static struct tw_status print_camt053(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      const char *code, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    char texts[3][TW_DATE_TEXT_SIZE];
    int32_t dates[2] = {0, 0};
    const int32_t today = (int32_t)(tw_wall_ms(ctl->clock) / DAY_MS);
    struct tw_status status = ctl_option_period(arguments, tw_date_text(today, texts[2]), &dates[0],
                                                &dates[1], ret_error);
    if (tw_ok(status)) {
        status = settlectl_open(ctl, SETTLECTL_AUDIT, code, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_statement_period, &rows, ret_error, code,
                           tw_date_text(dates[0], texts[0]), tw_date_text(dates[1], texts[1]));
    }
    return tw_ok(status) ? write_period(ctl, code, dates, rows, ret_error) : status;
}

static struct tw_status print_latest(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     const char *code, struct tw_error *ret_error) {
    char buffer[CTL_NUMBER_TEXT_SIZE];
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *window = NULL;
    int64_t count = 0;
    struct tw_status status = settlectl_window_option(arguments, buffer, &window, ret_error);
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "count", 1, 100000, 50, &count, ret_error);
    }
    return tw_ok(status) ? settlectl_print_query(
                               ctl, code, settlectl_sql_statement, 3,
                               (const char *const[]){code, window, ctl_number_text(count, number)},
                               entry_columns, CTL_COUNT(entry_columns), ret_error)
                         : status;
}

struct tw_status settlectl_statement(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    char code[CTL_NUMBER_TEXT_SIZE];
    const bool camt053 = ctl_flag(arguments, "camt053");
    const bool dated = ctl_option(arguments, "from") != NULL || ctl_option(arguments, "to") != NULL;
    const bool counted =
        ctl_option(arguments, "count") != NULL || ctl_option(arguments, "window") != NULL;
    if (camt053 ? counted : dated) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "--from and --to are for --camt053; --window and --count for the table");
    }
    if (camt053 && (ctl->json || ctl->csv)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--camt053 is a form of its own");
    }
    struct tw_status status = settlectl_code(ctl_word(arguments, 0), code, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    return camt053 ? print_camt053(ctl, arguments, code, ret_error)
                   : print_latest(ctl, arguments, code, ret_error);
}
