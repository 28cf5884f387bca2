/*
 * Deposits and withdrawals at the counter, the owners' capital, and the reserve at the settlement
 * agent. The operators' log is written
 * before the posting, in a transaction and a role of its own: it says who asked for this txid, the
 * ledger says what came of it.
 */
#include "ctl/money.h"

#include "ctl/command.h"
#include "ctl/counter.h"

static const struct ctl_column posted_columns[] = {
    {"txid", CTL_TEXT},       {"operation", CTL_TEXT},   {"amount", CTL_MONEY},
    {"account", CTL_NUMBER},  {"iban", CTL_IBAN},        {"balance", CTL_MONEY},
    {"available", CTL_MONEY}, {"entry_no", CTL_INTEGER},
};

struct tw_status ctl_money_log(struct ctl *ctl, const char *subject, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    return tw_ok(status) ? ctl_finish_change(ctl, connection, subject, ret_error) : status;
}

static void print_posting(const struct ctl *ctl, const struct bank_decision *decision) {
    char txid[TW_UUID_TEXT_SIZE];
    char amount[CTL_NUMBER_TEXT_SIZE];
    char account[CTL_NUMBER_TEXT_SIZE];
    char balance[CTL_NUMBER_TEXT_SIZE];
    char available[CTL_NUMBER_TEXT_SIZE];
    char entry_no[CTL_NUMBER_TEXT_SIZE];
    const char *number =
        decision->account_id != 0 ? ctl_number_text(decision->account_id, account) : NULL;
    bool told = decision->has_balance;
    ctl_number_text(decision->ledger_minor, balance);
    ctl_number_text(decision->available_minor, available);
    ctl_number_text(decision->entry_no, entry_no);
    ctl_print_record(ctl, posted_columns, CTL_COUNT(posted_columns),
                     (const char *const[]){tw_uuid_text(&decision->txid, txid), ctl->command,
                                           ctl_number_text(decision->amount_minor, amount), number,
                                           number, told ? balance : NULL, told ? available : NULL,
                                           told ? entry_no : NULL});
}

struct tw_status ctl_money_run(struct ctl *ctl, const struct bank_op *op,
                               const struct bank_counter_request *request, const char *subject,
                               struct bank_decision *ret_decision, struct tw_error *ret_error) {
    struct ctl_counter *counter = NULL;
    struct tw_status status = ctl_money_log(ctl, subject, ret_error);
    if (tw_ok(status)) {
        status = ctl_counter_open(ctl, &counter, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_counter_post(counter, op, request, ret_decision, ret_error);
    }
    ctl_counter_close(counter);
    return status;
}

struct tw_status ctl_money_post(struct ctl *ctl, const struct bank_op *op, int64_t account_id,
                                int64_t amount_minor, const struct tw_uuid *txid,
                                struct bank_decision *ret_decision, struct tw_error *ret_error) {
    char subject[128];
    char text[TW_UUID_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    const struct bank_counter_request request = {
        .header.txid = txid != NULL ? *txid : tw_uuid_v7(ctl->clock, ctl->random),
        .account_id = account_id,
        .amount = amount_minor,
    };
    snprintf(subject, sizeof subject, "txid %s account %" PRId64 " amount %s",
             tw_uuid_text(&request.header.txid, text), account_id,
             tw_money_text(amount_minor, ctl->format.currency, amount));
    return ctl_money_run(ctl, op, &request, subject, ret_decision, ret_error);
}

/* Reads what all three commands have in common, and learns the bank's currency on the way. */
static struct tw_status post(struct ctl *ctl, const struct ctl_arguments *arguments,
                             const struct bank_op *op, const char *account_text,
                             const char *amount_text, struct tw_error *ret_error) {
    struct tw_uuid txid;
    const char *txid_text = ctl_option(arguments, "txid");
    int64_t account_id = 0;
    int64_t amount_minor;
    CTL_AUTO_CONNECTION connection = NULL;
    if (txid_text != NULL && !tw_uuid_parse(txid_text, &txid)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--txid must be a UUID");
    }
    struct tw_status status = ctl_open(ctl, CTL_BANK, &connection, ret_error);
    if (tw_ok(status) && account_text != NULL) {
        status = ctl_parse_account(account_text, ctl->format.bank_code, &account_id, ret_error);
    }
    if (tw_ok(status)) {
        status = tw_money_parse(amount_text, ctl->format.currency, &amount_minor, ret_error);
    }
    struct bank_decision decision;
    if (tw_ok(status)) {
        status = ctl_money_post(ctl, op, account_id, amount_minor, txid_text != NULL ? &txid : NULL,
                                &decision, ret_error);
    }
    if (tw_ok(status)) {
        print_posting(ctl, &decision);
    }
    return status;
}

struct tw_status ctl_account_deposit(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return post(ctl, arguments, &bank_op_counter_deposit, ctl_word(arguments, 0),
                ctl_word(arguments, 1), ret_error);
}

struct tw_status ctl_account_withdraw(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    return post(ctl, arguments, &bank_op_counter_withdrawal, ctl_word(arguments, 0),
                ctl_word(arguments, 1), ret_error);
}

struct tw_status ctl_bank_capital(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    return post(ctl, arguments, &bank_op_capital, NULL, ctl_word(arguments, 0), ret_error);
}

struct tw_status ctl_reserve_pay_in(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    return post(ctl, arguments, &bank_op_reserve_pay_in, NULL, ctl_word(arguments, 0), ret_error);
}

struct tw_status ctl_reserve_pay_out(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return post(ctl, arguments, &bank_op_reserve_pay_out, NULL, ctl_word(arguments, 0), ret_error);
}
