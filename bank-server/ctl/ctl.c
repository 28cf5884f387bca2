/*
 * Every change of master data runs between ctl_begin_change and ctl_finish_change (desk/ctl.h).
 */
#include "ctl/ctl.h"

#include <string.h>

#include "bankctl_sql.h"

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
