/*
 * Every change of master data runs between ctl_begin_change and ctl_finish_change, which is the one
 * place that writes the operators' log: a change without its line in the log cannot be committed.
 */
#include "ctl/ctl.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bankctl_sql.h"

struct tw_status ctl_connect_as(const struct ctl *ctl, enum ctl_role role, PGconn **ret_connection,
                                struct tw_error *ret_error) {
    return ctl_connect(ctl->settings->conninfos[role], "bankctl", "bank", ret_connection,
                       ret_error);
}

static struct tw_status read_bank(struct ctl *ctl, PGconn *connection, struct tw_error *ret_error) {
    CTL_AUTO_RESULT bank = NULL;
    struct tw_status status = ctl_query(connection, ctl_sql_bank_show, 0, NULL, &bank, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(bank) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "the bank was not created yet: bank create");
    }
    if (ctl_result_number(bank, 0, 0) != ctl->settings->bank_code) {
        return tw_fail(ret_error, TW_E_CONFIG, "the database belongs to bank %s, not to %" PRId64,
                       PQgetvalue(bank, 0, 0), ctl->settings->bank_code);
    }
    ctl->format.bank_code = (int32_t)ctl->settings->bank_code;
    snprintf(ctl->business_date, sizeof ctl->business_date, "%s", PQgetvalue(bank, 0, 3));
    return tw_currency_parse(PQgetvalue(bank, 0, 2), &ctl->format.currency, NULL, ret_error);
}

struct tw_status ctl_open(struct ctl *ctl, enum ctl_role role, PGconn **ret_connection,
                          struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_connect_as(ctl, role, &connection, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    status = read_bank(ctl, connection, ret_error);
    if (tw_ok(status)) {
        *ret_connection = connection;
        connection = NULL;
    }
    return status;
}

struct tw_status ctl_begin_change(struct ctl *ctl, PGconn **ret_connection,
                                  struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_open(ctl, CTL_OPERATOR, &connection, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    status = ctl_script(connection, "BEGIN", ret_error);
    if (tw_ok(status)) {
        *ret_connection = connection;
        connection = NULL;
    }
    return status;
}

/* Who sits at the keyboard: the system user, before sudo if the environment says so. */
static const char *system_user(char *buffer, size_t size) {
    const char *before_sudo = getenv("SUDO_USER");
    const struct passwd *entry = getpwuid(geteuid());
    snprintf(buffer, size, "%s",
             before_sudo != NULL ? before_sudo : (entry != NULL ? entry->pw_name : "unknown"));
    return buffer;
}

struct tw_status ctl_finish_change(struct ctl *ctl, PGconn *connection, const char *subject,
                                   struct tw_error *ret_error) {
    char id[TW_UUID_TEXT_SIZE];
    char user[64];
    struct tw_uuid uuid = tw_uuid_v7(ctl->clock, ctl->random);
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_operator_action_insert, NULL, ret_error,
                  tw_uuid_text(&uuid, id), system_user(user, sizeof user), ctl->command, subject);
    if (!tw_ok(status)) {
        return status;
    }
    return ctl_commit(connection, ret_error);
}

struct tw_status ctl_option_amount(const struct ctl *ctl, const struct ctl_arguments *arguments,
                                   const char *name, int64_t fallback_minor,
                                   int64_t *ret_amount_minor, struct tw_error *ret_error) {
    const char *text = ctl_option(arguments, name);
    if (text == NULL) {
        *ret_amount_minor = fallback_minor;
        return tw_success();
    }
    struct tw_status status =
        tw_money_parse(text, ctl->format.currency, ret_amount_minor, ret_error);
    return tw_ok(status) || ret_error == NULL ? status : tw_wrap(ret_error, "--%s", name);
}

struct tw_status ctl_option_number(const struct ctl_arguments *arguments, const char *name,
                                   int64_t min, int64_t max, int64_t fallback, int64_t *ret_number,
                                   struct tw_error *ret_error) {
    const char *text = ctl_option(arguments, name);
    if (text == NULL) {
        *ret_number = fallback;
        return tw_success();
    }
    return ctl_parse_number(name, text, min, max, ret_number, ret_error);
}

void ctl_table_of(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                  const PGresult *rows, struct ctl_table *ret_table) {
    const char *values[32];
    tw_assert(count <= CTL_COUNT(values) && (size_t)PQnfields(rows) == count);
    ctl_table_init(ret_table, columns, count);
    for (int row = 0; row < PQntuples(rows); row++) {
        for (size_t i = 0; i < count; i++) {
            values[i] = PQgetisnull(rows, row, (int)i) ? NULL : PQgetvalue(rows, row, (int)i);
        }
        ctl_table_add(ret_table, &ctl->format, values);
    }
}

void ctl_print_json(const struct ctl *ctl, json_t *value) {
    tw_assert(value != NULL);
    int failed = json_dumpf(value, ctl->out, JSON_COMPACT | JSON_ENCODE_ANY);
    tw_assert(failed == 0 || ferror(ctl->out));
    fputc('\n', ctl->out);
    json_decref(value);
}

void ctl_print_rows(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                    const PGresult *rows) {
    struct ctl_table table;
    ctl_table_of(ctl, columns, count, rows, &table);
    if (ctl->json) {
        ctl_print_json(ctl, ctl_table_json(&table));
    } else {
        ctl_table_print(&table, ctl->out);
    }
    ctl_table_clear(&table);
}

void ctl_print_record(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                      const char *const values[]) {
    struct ctl_table table;
    ctl_table_init(&table, columns, count);
    ctl_table_add(&table, &ctl->format, values);
    if (ctl->json) {
        ctl_print_json(ctl, ctl_table_json_record(&table));
    } else {
        ctl_table_print_record(&table, ctl->out);
    }
    ctl_table_clear(&table);
}

struct tw_status ctl_find(struct ctl *ctl, const char *sql, const struct tw_uuid *txid,
                          const char *missing, PGresult **ret_row, struct tw_error *ret_error) {
    char text[TW_UUID_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    tw_uuid_text(txid, text);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, sql, &row, ret_error, text);
    }
    if (tw_ok(status) && PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "%s %s", missing, text);
    }
    *ret_row = row;
    row = NULL;
    return status;
}
