/* What is booked and what is under way between this bank and its peers, by settlement window. */
#include "ctl/command.h"
#include "ctl/query.h"

#include "bankctl_sql.h"

/* net: positive, the peer owes this bank. */
static const struct ctl_column position_columns[] = {
    {"peer", CTL_TEXT},     {"name", CTL_TEXT},       {"window", CTL_INTEGER},
    {"debits", CTL_MONEY},  {"credits", CTL_MONEY},   {"net", CTL_MONEY},
    {"items", CTL_INTEGER}, {"reversals", CTL_MONEY}, {"fees", CTL_MONEY},
};

static const struct ctl_column item_columns[] = {
    {"txid", CTL_TEXT},      {"window", CTL_INTEGER}, {"amount", CTL_MONEY},
    {"operation", CTL_TEXT}, {"phase", CTL_INTEGER},
};

static const struct ctl_column saf_columns[] = {
    {"peer", CTL_TEXT},          {"txid", CTL_TEXT},        {"phase", CTL_INTEGER},
    {"method", CTL_TEXT},        {"attempts", CTL_INTEGER}, {"age_s", CTL_INTEGER},
    {"next_try_s", CTL_INTEGER}, {"exception", CTL_FLAG},
};

struct tw_status ctl_positions(struct ctl *ctl, const struct ctl_arguments *arguments,
                               struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *window;
    struct tw_status status =
        ctl_number_parameter(arguments, "window", 1, number, &window, ret_error);
    return tw_ok(status) ? ctl_print_query(ctl, ctl_sql_positions, 1, &window, position_columns,
                                           CTL_COUNT(position_columns), ret_error)
                         : status;
}

struct tw_status ctl_interbank_items(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    char numbers[2][CTL_NUMBER_TEXT_SIZE];
    const char *parameters[2];
    struct tw_status status =
        ctl_number_parameter(arguments, "peer", 90000000, numbers[0], &parameters[0], ret_error);
    if (tw_ok(status)) {
        status =
            ctl_number_parameter(arguments, "window", 1, numbers[1], &parameters[1], ret_error);
    }
    return tw_ok(status) ? ctl_print_query(ctl, ctl_sql_interbank_items, 2, parameters,
                                           item_columns, CTL_COUNT(item_columns), ret_error)
                         : status;
}

struct tw_status ctl_saf(struct ctl *ctl, const struct ctl_arguments *arguments,
                         struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    char ahead[CTL_NUMBER_TEXT_SIZE];
    const char *parameters[2] = {NULL, ctl_number_text(tw_ahead_ms(ctl->clock), ahead)};
    struct tw_status status =
        ctl_number_parameter(arguments, "peer", 90000000, number, &parameters[0], ret_error);
    return tw_ok(status) ? ctl_print_query(ctl, ctl_sql_saf_list, 2, parameters, saf_columns,
                                           CTL_COUNT(saf_columns), ret_error)
                         : status;
}
