/*
 * A change of master data ends in ctl_finish_change, which is the one place that writes the
 * operators' log: a change without its line in the log cannot be committed.
 */
#include "desk/ctl.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/uuid.h"
#include "desk/program.h"

#include "desk_sql.h"

struct tw_status ctl_connect_as(const struct ctl *ctl, size_t role, PGconn **ret_connection,
                                struct tw_error *ret_error) {
    return ctl_connect(ctl->program->conninfos[role], ctl->program->name, ctl->program->schema,
                       ret_connection, ret_error);
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
        CTL_QUERY(connection, desk_sql_operator_action_insert, NULL, ret_error,
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

static struct tw_status read_date(const struct ctl_arguments *arguments, const char *name,
                                  const char *fallback, int32_t *ret_days,
                                  struct tw_error *ret_error) {
    const char *text = ctl_option(arguments, name);
    return tw_date_parse(text != NULL ? text : fallback, ret_days)
               ? tw_success()
               : tw_fail(ret_error, TW_E_INVALID_PARAMS, "--%s must be YYYY-MM-DD", name);
}

struct tw_status ctl_option_period(const struct ctl_arguments *arguments, const char *today,
                                   int32_t *ret_from, int32_t *ret_to, struct tw_error *ret_error) {
    char to[TW_DATE_TEXT_SIZE];
    struct tw_status status = read_date(arguments, "to", today, ret_to, ret_error);
    if (tw_ok(status)) {
        status = read_date(arguments, "from", tw_date_text(*ret_to, to), ret_from, ret_error);
    }
    return tw_ok(status) && *ret_from > *ret_to
               ? tw_fail(ret_error, TW_E_INVALID_PARAMS, "--from is after --to")
               : status;
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

void ctl_print_table(const struct ctl *ctl, const struct ctl_table *table) {
    if (ctl->json) {
        ctl_print_json(ctl, ctl_table_json(table));
    } else if (ctl->csv) {
        ctl_table_print_csv(table, ctl->out);
    } else {
        ctl_table_print(table, ctl->out);
    }
}

void ctl_print_rows(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                    const PGresult *rows) {
    struct ctl_table table;
    ctl_table_of(ctl, columns, count, rows, &table);
    ctl_print_table(ctl, &table);
    ctl_table_clear(&table);
}

void ctl_print_record(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                      const char *const values[]) {
    struct ctl_table table;
    ctl_table_init(&table, columns, count);
    ctl_table_add(&table, &ctl->format, values);
    if (ctl->json) {
        ctl_print_json(ctl, ctl_table_json_record(&table));
    } else if (ctl->csv) {
        ctl_table_print_csv(&table, ctl->out);
    } else {
        ctl_table_print_record(&table, ctl->out);
    }
    ctl_table_clear(&table);
}
