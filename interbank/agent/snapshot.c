/* Three queries: the window, its members, what they say of each other. */
#include "agent/snapshot.h"

#include <string.h>

#include "agent_sql.h"

static void copy_text(char *to, size_t size, const PGresult *rows, int row, int column) {
    snprintf(to, size, "%s", PQgetvalue(rows, row, column));
}

static bool is_true(const PGresult *rows, int row, int column) {
    return strcmp(PQgetvalue(rows, row, column), "t") == 0;
}

static struct tw_status read_window(PGconn *connection, const char *number, const char *now,
                                    struct agent_window *window, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_window_read, &row, ret_error, number, now);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "the agent was not created yet: agent create");
    }
    window->open_window_no = ctl_result_number(row, 0, 0);
    window->caps = is_true(row, 0, 1);
    copy_text(window->state, sizeof window->state, row, 0, 2);
    copy_text(window->model, sizeof window->model, row, 0, 3);
    window->attempts = ctl_result_number(row, 0, 4);
    window->due = is_true(row, 0, 5);
    copy_text(window->reason, sizeof window->reason, row, 0, 6);
    return status;
}

static struct tw_status read_members(PGconn *connection, const char *number,
                                     struct agent_window *window, struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_members_read, &rows, ret_error, number);
    if (!tw_ok(status)) {
        return status;
    }
    tw_assert(PQntuples(rows) <= TW_PARTICIPANTS_MAX);
    window->member_count = (size_t)PQntuples(rows);
    for (int row = 0; row < PQntuples(rows); row++) {
        struct agent_member *member = &window->members[row];
        member->bank_code = (int32_t)ctl_result_number(rows, row, 0);
        copy_text(member->currency.code, sizeof member->currency.code, rows, row, 1);
        copy_text(member->status, sizeof member->status, rows, row, 2);
        member->cap_minor = ctl_result_number(rows, row, 3);
        member->reserve_minor = ctl_result_number(rows, row, 4);
        member->prefunding_minor = ctl_result_number(rows, row, 5);
        member->revision = ctl_result_number(rows, row, 6);
    }
    return status;
}

static struct tw_status read_claims(PGconn *connection, const char *number,
                                    struct agent_window *window, struct tw_error *ret_error) {
    size_t cells = window->member_count * window->member_count;
    window->claims = calloc(cells > 0 ? cells : 1, sizeof *window->claims);
    if (window->claims == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for positions");
    }
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_claims_read, &rows, ret_error, number);
    for (int row = 0; tw_ok(status) && row < PQntuples(rows); row++) {
        size_t bank = agent_window_member(window, (int32_t)ctl_result_number(rows, row, 0));
        size_t peer = agent_window_member(window, (int32_t)ctl_result_number(rows, row, 1));
        if (bank == SIZE_MAX || peer == SIZE_MAX) {
            continue;
        }
        *agent_window_claim(window, bank, peer) =
            (struct agent_claim){.stated = true,
                                 .debit_count = ctl_result_number(rows, row, 2),
                                 .debit_minor = ctl_result_number(rows, row, 3),
                                 .credit_count = ctl_result_number(rows, row, 4),
                                 .credit_minor = ctl_result_number(rows, row, 5)};
    }
    return status;
}

struct tw_status agent_snapshot_read(PGconn *connection, int64_t window_no, int64_t now_ms,
                                     struct agent_window *ret_window, struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    char now[CTL_NUMBER_TEXT_SIZE];
    *ret_window = (struct agent_window){.window_no = window_no};
    ctl_number_text(window_no, number);
    ctl_number_text(now_ms, now);
    struct tw_status status = read_window(connection, number, now, ret_window, ret_error);
    if (tw_ok(status)) {
        status = read_members(connection, number, ret_window, ret_error);
    }
    return tw_ok(status) ? read_claims(connection, number, ret_window, ret_error) : status;
}
