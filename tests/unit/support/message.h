/*
 * Room for any message of the catalogue, and the examples in tests/messages:
 *   valid/<method>[-<variant>].json            a request that must be accepted
 *   answers/<method>[-<variant>].json          an answer that must be accepted
 *   invalid/<error in lower case>-<what>.json  a line that must be refused with that error
 */
#ifndef TEST_SUPPORT_MESSAGE_H
#define TEST_SUPPORT_MESSAGE_H

#include "wire/message.h"

union any_message {
    struct tw_plain_request plain_request;
    struct tw_pin_key_request pin_key_request;
    struct tw_session_open_request session_open_request;
    struct tw_session_request session_request;
    struct tw_balance_request balance_request;
    struct tw_statement_request statement_request;
    struct tw_cash_request cash_request;
    struct tw_transfer_request transfer_request;
    struct tw_confirm_request confirm_request;
    struct tw_reverse_request reverse_request;
    struct tw_pin_change_request pin_change_request;
    struct tw_terminal_cash_request terminal_cash_request;
    struct tw_plain_result plain_result;
    struct tw_sign_on_result sign_on_result;
    struct tw_pin_key_result pin_key_result;
    struct tw_session_open_result session_open_result;
    struct tw_balance_result balance_result;
    struct tw_statement_result statement_result;
    struct tw_posting_result posting_result;
    struct tw_terminal_totals_result terminal_totals_result;
    struct tw_window_totals_result window_totals_result;
    struct tw_window_buckets_result window_buckets_result;
    struct tw_window_items_result window_items_result;
    struct tw_settlement_submit_request settlement_submit_request;
    struct tw_settlement_result settlement_result;
    struct tw_settlement_account_result settlement_account_result;
};

struct example {
    char name[96]; /* of the file, without ".json" */
    size_t length;
    char bytes[70000];
};

/* Calls visit for each file of the folder, in no order; answers their number, 0 on failure. */
size_t examples_each(const char *folder, void (*visit)(const struct example *example));

#endif
