/*
 * Withdrawals whose end the bank does not know. The list is what DispClr consists of; whoever has
 * counted the terminal's notes ends a suspected dispense by hand. The terminal and the account are
 * looked up first, because the engine locks by them; whether the withdrawal can be resolved is
 * decided by the engine alone, under its locks (ops/resolve.c).
 */
#include "ctl/command.h"
#include "ctl/money.h"

#include "bankctl_sql.h"

static const struct ctl_column list_columns[] = {
    {"terminal", CTL_TERMINAL}, {"txid", CTL_TEXT},        {"amount", CTL_MONEY},
    {"account", CTL_NUMBER},    {"iban", CTL_IBAN},        {"business_date", CTL_TEXT},
    {"suspect", CTL_FLAG},      {"age_days", CTL_INTEGER}, {"peer", CTL_TEXT},
    {"state", CTL_TEXT},
};

static const struct ctl_column resolved_columns[] = {
    {"txid", CTL_TEXT},     {"resolution", CTL_TEXT}, {"terminal", CTL_TERMINAL},
    {"amount", CTL_MONEY},  {"account", CTL_NUMBER},  {"iban", CTL_IBAN},
    {"balance", CTL_MONEY}, {"available", CTL_MONEY}, {"entry_no", CTL_INTEGER},
};

struct tw_status ctl_suspects(struct ctl *ctl, const struct ctl_arguments *arguments,
                              struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_suspects, 0, NULL, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}

static struct tw_status find(struct ctl *ctl, const struct tw_uuid *txid,
                             struct bank_counter_request *ret_request, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        ctl_find(ctl, ctl_sql_suspect_find, txid, "no approved withdrawal", &row, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_request = (struct bank_counter_request){
        .header = {.txid = *txid, .terminal_id = (int32_t)ctl_result_number(row, 0, 0)},
        .account_id = ctl_result_number(row, 0, 1),
        .amount = ctl_result_number(row, 0, 2),
    };
    return status;
}

/* What the engine's refusal means here. */
static struct tw_status explain(enum tw_rc rc, struct tw_error *ret_error) {
    const char *reason = NULL;
    if (rc == TW_RC_INVALID_TRANSACTION) {
        reason = "it is not suspected: the terminal will confirm or reverse it by itself";
    } else if (rc == TW_RC_DUPLICATE) {
        reason = "it was ended otherwise already: confirmed, reversed or resolved";
    } else if (rc == TW_RC_BAD_ACCOUNT) {
        reason = "the customer's account is closed";
    } else {
        reason = tw_rc_text(rc);
    }
    return tw_fail(ret_error, TW_E_CONFLICT, "refused: %s", reason);
}

static void print_resolved(const struct ctl *ctl, const struct bank_decision *decision,
                           const char *resolution) {
    char txid[TW_UUID_TEXT_SIZE];
    char numbers[6][CTL_NUMBER_TEXT_SIZE];
    bool told = decision->has_balance;
    const char *account = /* of a foreign card: its issuer's */
        decision->account_id != 0 ? ctl_number_text(decision->account_id, numbers[0]) : NULL;
    const char *balance = ctl_number_text(decision->ledger_minor, numbers[1]);
    const char *available = ctl_number_text(decision->available_minor, numbers[2]);
    const char *entry_no = ctl_number_text(decision->entry_no, numbers[3]);
    ctl_print_record(ctl, resolved_columns, CTL_COUNT(resolved_columns),
                     (const char *const[]){tw_uuid_text(&decision->txid, txid), resolution,
                                           ctl_number_text(decision->terminal_id, numbers[4]),
                                           ctl_number_text(decision->amount_minor, numbers[5]),
                                           account, account, told ? balance : NULL,
                                           told ? available : NULL, told ? entry_no : NULL});
}

struct tw_status ctl_suspect_resolve(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    struct tw_uuid txid;
    bool taken = ctl_flag(arguments, "taken");
    if (taken == ctl_flag(arguments, "inside")) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "give one of --taken and --inside");
    }
    if (!tw_uuid_parse(ctl_word(arguments, 0), &txid)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "the txid must be a UUID");
    }
    char subject[160];
    char text[TW_UUID_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    const char *resolution = taken ? "taken" : "inside";
    struct bank_counter_request request = {0};
    struct tw_status status = find(ctl, &txid, &request, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    snprintf(subject, sizeof subject, "txid %s terminal %08d account %" PRId64 " amount %s %s",
             tw_uuid_text(&txid, text), (int)request.header.terminal_id, request.account_id,
             tw_money_text(request.amount, ctl->format.currency, amount), resolution);
    struct bank_decision decision = {.rc = TW_RC_APPROVED};
    status = ctl_money_run(ctl, taken ? &bank_op_resolve_taken : &bank_op_resolve_inside, &request,
                           subject, &decision, ret_error);
    if (decision.rc != TW_RC_APPROVED) {
        return explain(decision.rc, ret_error);
    }
    if (tw_ok(status)) {
        print_resolved(ctl, &decision, resolution);
    }
    return status;
}
