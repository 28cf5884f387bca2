/* The agent itself: created once per database; how and when its windows settle. */
#include <string.h>

#include "agent/schedule.h"
#include "settlectl/command.h"

#include "settlectl_sql.h"

static const struct ctl_column agent_columns[] = {
    {"name", CTL_TEXT},     {"window", CTL_INTEGER},  {"model", CTL_TEXT},      {"caps", CTL_FLAG},
    {"schedule", CTL_TEXT}, {"every_s", CTL_INTEGER}, {"pending", CTL_INTEGER},
};

static struct tw_status print_agent(const struct ctl *ctl, PGconn *connection,
                                    struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    const char *values[CTL_COUNT(agent_columns)];
    struct tw_status status =
        ctl_query(connection, settlectl_sql_agent_show, 0, NULL, &row, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    for (size_t i = 0; i < CTL_COUNT(values); i++) {
        values[i] = PQgetvalue(row, 0, (int)i);
    }
    ctl_print_record(ctl, agent_columns, CTL_COUNT(agent_columns), values);
    return status;
}

struct tw_status settlectl_agent_create(struct ctl *ctl, const struct ctl_arguments *arguments,
                                        struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char number[CTL_NUMBER_TEXT_SIZE];
    int64_t window = 0;
    const char *name = ctl_option(arguments, "name");
    struct tw_status status =
        ctl_option_number(arguments, "window", 1, SETTLECTL_WINDOW_MAX, 1, &window, ret_error);
    if (tw_ok(status)) {
        status = ctl_connect_as(ctl, SETTLECTL_OPERATOR, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_script(connection, "BEGIN", ret_error);
    }
    ctl_number_text(window, number);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_agent_insert, NULL, ret_error,
                           name != NULL ? name : "Settlement agent", number);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_window_insert, NULL, ret_error, number);
    }
    if (tw_ok(status)) {
        status = ctl_finish_change(ctl, connection, "agent", ret_error);
    }
    return tw_ok(status) ? print_agent(ctl, connection, ret_error) : status;
}

struct tw_status settlectl_agent_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    (void)arguments;
    struct tw_status status = settlectl_open(ctl, SETTLECTL_AUDIT, NULL, &connection, ret_error);
    return tw_ok(status) ? print_agent(ctl, connection, ret_error) : status;
}

/* NULL when the option was not given. */
static struct tw_status read_caps(const struct ctl_arguments *arguments, const char **ret_caps,
                                  struct tw_error *ret_error) {
    const char *text = ctl_option(arguments, "caps");
    *ret_caps = text;
    return text == NULL || strcmp(text, "on") == 0 || strcmp(text, "off") == 0
               ? tw_success()
               : tw_fail(ret_error, TW_E_INVALID_PARAMS, "--caps: on or off");
}

static struct tw_status check_schedule(const char *times, struct tw_error *ret_error) {
    return times == NULL || strcmp(times, "off") == 0 || agent_schedule_valid(times)
               ? tw_success()
               : tw_fail(ret_error, TW_E_INVALID_PARAMS,
                         "--schedule: times of day, UTC, as in 06:00,14:00,22:00; or off");
}

static struct tw_status change_settings(struct ctl *ctl, const struct ctl_arguments *arguments,
                                        PGconn *connection, struct tw_error *ret_error) {
    char every[CTL_NUMBER_TEXT_SIZE];
    char now[CTL_NUMBER_TEXT_SIZE];
    const char *caps = NULL;
    const char *times = ctl_option(arguments, "schedule");
    int64_t every_s = 0;
    struct tw_status status = read_caps(arguments, &caps, ret_error);
    if (tw_ok(status)) {
        status = check_schedule(times, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_option_number(arguments, "every", 0, 604800, 0, &every_s, ret_error);
    }
    if (tw_ok(status) && times != NULL && strcmp(times, "off") != 0 && every_s > 0) {
        status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "--schedule or --every, not both");
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_settings_update, NULL, ret_error,
                           ctl_option(arguments, "model"), caps, times,
                           ctl_option(arguments, "every") != NULL ? ctl_number_text(every_s, every)
                                                                  : NULL,
                           ctl_number_text(tw_wall_ms(ctl->clock), now));
    }
    return tw_ok(status) ? ctl_finish_change(ctl, connection, "settings", ret_error) : status;
}

struct tw_status settlectl_settings(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    if (arguments->option_count == 0) {
        return settlectl_agent_show(ctl, arguments, ret_error);
    }
    struct tw_status status =
        settlectl_begin(ctl, SETTLECTL_OPERATOR, NULL, &connection, ret_error);
    if (tw_ok(status)) {
        status = change_settings(ctl, arguments, connection, ret_error);
    }
    return tw_ok(status) ? print_agent(ctl, connection, ret_error) : status;
}
