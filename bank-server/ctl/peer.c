/*
 * The other banks and what was agreed with each. A limit is kept in eight shares, one per stripe
 * (sql/migrations/0005), which bank servers move among each other; changing it locks all eight in
 * their order and deals the new one out, so that it holds from the very next posting.
 */
#include "ctl/command.h"
#include "ctl/directory.h"

#include "bankctl_sql.h"

static const struct ctl_column list_columns[] = {
    {"peer", CTL_TEXT},  {"name", CTL_TEXT},         {"status", CTL_TEXT},    {"limit", CTL_MONEY},
    {"owed", CTL_MONEY}, {"interchange", CTL_MONEY}, {"addresses", CTL_TEXT},
};
#define STORED_COLUMNS (CTL_COUNT(list_columns) - 1) /* all but the addresses */

/* Without a directory (or one that names the bank no more) a peer has no addresses. */
static void print_peers(const struct ctl *ctl, const PGresult *rows,
                        const struct ib_directory *directory) {
    struct ctl_table table;
    ctl_table_init(&table, list_columns, CTL_COUNT(list_columns));
    for (int row = 0; row < PQntuples(rows); row++) {
        const char *values[CTL_COUNT(list_columns)] = {NULL};
        char addresses[CTL_ADDRESSES_SIZE];
        for (size_t i = 0; i < STORED_COLUMNS; i++) {
            values[i] = PQgetvalue(rows, row, (int)i);
        }
        const struct ib_bank *bank =
            directory == NULL
                ? NULL
                : ib_directory_bank(directory, (int32_t)ctl_result_number(rows, row, 0));
        if (bank != NULL) {
            values[STORED_COLUMNS] = ctl_addresses_text(bank, addresses);
        }
        ctl_table_add(&table, &ctl->format, values);
    }
    ctl_print_table(ctl, &table);
    ctl_table_clear(&table);
}

struct tw_status ctl_peers(struct ctl *ctl, const struct ctl_arguments *arguments,
                           struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_DIRECTORY directory = NULL;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_peer_list, 0, NULL, &rows, ret_error);
    }
    if (tw_ok(status) && PQntuples(rows) > 0) {
        status = ctl_directory_load(ctl, connection, &directory, ret_error);
    }
    if (tw_ok(status)) {
        print_peers(ctl, rows, directory);
    }
    return status;
}

static struct tw_status begin(struct ctl *ctl, const struct ctl_arguments *arguments,
                              PGconn **ret_connection, char ret_code[CTL_NUMBER_TEXT_SIZE],
                              struct tw_error *ret_error) {
    int64_t code;
    struct tw_status status =
        ctl_parse_number("bank code", ctl_word(arguments, 0), 90000000, 99999999, &code, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    ctl_number_text(code, ret_code);
    return ctl_begin_change(ctl, ret_connection, ret_error);
}

static struct tw_status print_peer(const struct ctl *ctl, PGconn *connection, const char *code,
                                   struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = CTL_QUERY(connection, ctl_sql_peer_show, &row, ret_error, code);
    if (tw_ok(status)) {
        const char *values[STORED_COLUMNS];
        for (size_t i = 0; i < STORED_COLUMNS; i++) {
            values[i] = PQgetvalue(row, 0, (int)i);
        }
        ctl_print_record(ctl, list_columns, STORED_COLUMNS, values);
    }
    return status;
}

/* Updates one column of the peer's row and ends the transaction. */
static struct tw_status update(struct ctl *ctl, PGconn *connection, const char *sql,
                               const char *code, const char *value, const char *shown,
                               struct tw_error *ret_error) {
    CTL_AUTO_RESULT updated = NULL;
    char subject[96];
    struct tw_status status = CTL_QUERY(connection, sql, &updated, ret_error, code, value);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(updated) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no peer %s", code);
    }
    snprintf(subject, sizeof subject, "peer %s%s%s", code, *shown != '\0' ? " " : "", shown);
    status = ctl_finish_change(ctl, connection, subject, ret_error);
    return tw_ok(status) ? print_peer(ctl, connection, code, ret_error) : status;
}

/* An amount given as the second word, as parameter and as people write it. */
struct amount {
    char number[CTL_NUMBER_TEXT_SIZE];
    char text[TW_MONEY_TEXT_SIZE];
};

static struct tw_status read_amount(const struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct amount *ret_amount, struct tw_error *ret_error) {
    int64_t amount_minor;
    struct tw_status status =
        tw_money_parse(ctl_word(arguments, 1), ctl->format.currency, &amount_minor, ret_error);
    if (tw_ok(status)) {
        ctl_number_text(amount_minor, ret_amount->number);
        tw_money_text(amount_minor, ctl->format.currency, ret_amount->text);
    }
    return status;
}

struct tw_status ctl_peer_limit(struct ctl *ctl, const struct ctl_arguments *arguments,
                                struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    struct amount limit;
    struct tw_status status = begin(ctl, arguments, &connection, code, ret_error);
    if (tw_ok(status)) {
        status = read_amount(ctl, arguments, &limit, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_peer_lock_exposures, NULL, ret_error, code);
    }
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, ctl_sql_peer_share_limit, NULL, ret_error, code, limit.number);
    }
    return tw_ok(status) ? update(ctl, connection, ctl_sql_peer_limit, code, limit.number,
                                  limit.text, ret_error)
                         : status;
}

struct tw_status ctl_peer_interchange(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    struct amount fee;
    struct tw_status status = begin(ctl, arguments, &connection, code, ret_error);
    if (tw_ok(status)) {
        status = read_amount(ctl, arguments, &fee, ret_error);
    }
    return tw_ok(status) ? update(ctl, connection, ctl_sql_peer_interchange, code, fee.number,
                                  fee.text, ret_error)
                         : status;
}

static struct tw_status set_status(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   const char *wanted, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = begin(ctl, arguments, &connection, code, ret_error);
    return tw_ok(status) ? update(ctl, connection, ctl_sql_peer_status, code, wanted, "", ret_error)
                         : status;
}

struct tw_status ctl_peer_suspend(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    return set_status(ctl, arguments, "S", ret_error);
}

struct tw_status ctl_peer_resume(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    return set_status(ctl, arguments, "A", ret_error);
}
