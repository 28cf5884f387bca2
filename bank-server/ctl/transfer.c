/*
 * Transfers of our customers to other banks are listed with what became of them.
 *
 * A transfer that came from another bank goes back. The credit is looked up first, because the
 * engine locks by its account and its bank; whether it can go back is decided under those locks
 * (ops/transfer_return.c), in whose commit the message for the other bank is stored. The bank
 * servers deliver it.
 */
#include <string.h>

#include "ctl/command.h"
#include "ctl/money.h"

#include "bankctl_sql.h"

#define LIST_MAX     100000
#define LIST_DEFAULT 50

static const struct ctl_column returned_columns[] = {
    {"txid", CTL_TEXT},    {"peer", CTL_TEXT}, {"window", CTL_INTEGER},
    {"amount", CTL_MONEY}, {"iban", CTL_IBAN}, {"available", CTL_MONEY},
};

static const struct ctl_column list_columns[] = {
    {"txid", CTL_TEXT},  {"peer", CTL_TEXT},   {"iban", CTL_IBAN},     {"amount", CTL_MONEY},
    {"state", CTL_TEXT}, {"reason", CTL_TEXT}, {"age_s", CTL_INTEGER}, {"exception", CTL_FLAG},
};

/* NULL when not given. */
static struct tw_status read_state(const struct ctl_arguments *arguments, const char **ret_state,
                                   struct tw_error *ret_error) {
    static const char *const states[] = {"held", "unknown", "completed", "released", "returned"};
    *ret_state = ctl_option(arguments, "state");
    bool known = *ret_state == NULL;
    for (size_t i = 0; i < CTL_COUNT(states) && !known; i++) {
        known = strcmp(*ret_state, states[i]) == 0;
    }
    return known ? tw_success()
                 : tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "--state is held, unknown, completed, released or returned");
}

struct tw_status ctl_transfer_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    const char *state;
    int64_t count;
    char number[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = read_state(arguments, &state, ret_error);
    if (tw_ok(status)) {
        status =
            ctl_option_number(arguments, "count", 1, LIST_MAX, LIST_DEFAULT, &count, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_transfer_list, &rows, ret_error, state,
                           ctl_number_text(count, number));
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}

static struct tw_status find(struct ctl *ctl, const struct tw_uuid *txid,
                             struct bank_counter_request *ret_request, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = ctl_find(ctl, ctl_sql_transfer_credit_find, txid,
                                       "there is no incoming transfer", &row, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_request = (struct bank_counter_request){
        .header = {.txid = *txid},
        .account_id = ctl_result_number(row, 0, 0),
        .peer = (int32_t)ctl_result_number(row, 0, 1),
        .amount = ctl_result_number(row, 0, 2),
    };
    return status;
}

static void print_returned(const struct ctl *ctl, const struct bank_decision *decision) {
    char txid[TW_UUID_TEXT_SIZE];
    char numbers[5][CTL_NUMBER_TEXT_SIZE];
    ctl_print_record(ctl, returned_columns, CTL_COUNT(returned_columns),
                     (const char *const[]){tw_uuid_text(&decision->txid, txid),
                                           ctl_number_text(decision->peer, numbers[0]),
                                           ctl_number_text(decision->window_no, numbers[1]),
                                           ctl_number_text(decision->amount_minor, numbers[2]),
                                           ctl_number_text(decision->account_id, numbers[3]),
                                           ctl_number_text(decision->available_minor, numbers[4])});
}

struct tw_status ctl_transfer_return(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    struct tw_uuid txid;
    struct bank_counter_request request = {0};
    if (!tw_uuid_parse(ctl_word(arguments, 0), &txid)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the txid must be a UUID");
    }
    struct tw_status status = find(ctl, &txid, &request, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    char subject[160];
    char text[TW_UUID_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    snprintf(subject, sizeof subject, "txid %s account %" PRId64 " peer %d amount %s",
             tw_uuid_text(&txid, text), request.account_id, (int)request.peer,
             tw_money_text(request.amount, ctl->format.currency, amount));
    struct bank_decision decision = {.rc = TW_RC_APPROVED};
    status =
        ctl_money_run(ctl, &bank_op_transfer_give_back, &request, subject, &decision, ret_error);
    if (tw_ok(status)) {
        print_returned(ctl, &decision);
    }
    return status;
}
