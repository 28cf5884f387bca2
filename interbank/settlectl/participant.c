/* Participants and their money at the agent. */
#include "core/uuid.h"
#include "settlectl/command.h"
#include "wire/message.h"

#include "settlectl_sql.h"

static const struct ctl_column participant_columns[] = {
    {"bank", CTL_TEXT},   {"name", CTL_TEXT},     {"currency", CTL_TEXT},
    {"status", CTL_TEXT}, {"reserve", CTL_MONEY}, {"prefunding", CTL_MONEY},
    {"cap", CTL_MONEY},   {"since", CTL_INTEGER},
};

static struct tw_status print_participant(const struct ctl *ctl, PGconn *connection,
                                          const char *code, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    const char *values[CTL_COUNT(participant_columns)];
    struct tw_status status =
        CTL_QUERY(connection, settlectl_sql_participant_list, &row, ret_error, code);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no participant %s", code);
    }
    for (size_t i = 0; i < CTL_COUNT(values); i++) {
        values[i] = PQgetvalue(row, 0, (int)i);
    }
    ctl_print_record(ctl, participant_columns, CTL_COUNT(participant_columns), values);
    return status;
}

/* Writes the operators' log, commits, shows the participant. */
static struct tw_status finish(struct ctl *ctl, PGconn *connection, const char *code,
                               struct tw_error *ret_error) {
    char subject[64];
    snprintf(subject, sizeof subject, "participant %s", code);
    struct tw_status status = ctl_finish_change(ctl, connection, subject, ret_error);
    return tw_ok(status) ? print_participant(ctl, connection, code, ret_error) : status;
}

static struct tw_status check_room(PGconn *connection, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        ctl_query(connection, settlectl_sql_participant_count, 0, NULL, &row, ret_error);
    return tw_ok(status) && ctl_result_number(row, 0, 0) >= TW_PARTICIPANTS_MAX
               ? tw_fail(ret_error, TW_E_CONFLICT, "there are %d participants, no more fit",
                         TW_PARTICIPANTS_MAX)
               : status;
}

struct tw_status settlectl_participant_add(struct ctl *ctl, const struct ctl_arguments *arguments,
                                           struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    const char *currency = ctl_option(arguments, "currency");
    struct tw_status status = settlectl_code(ctl_word(arguments, 0), code, ret_error);
    if (tw_ok(status)) {
        status = settlectl_begin(ctl, SETTLECTL_OPERATOR, NULL, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = tw_currency_parse(currency, &ctl->format.currency, NULL, ret_error);
    }
    if (tw_ok(status)) {
        status = check_room(connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_participant_insert, NULL, ret_error, code,
                           ctl_option(arguments, "name"), currency);
    }
    if (tw_ok(status)) {
        status =
            CTL_QUERY(connection, settlectl_sql_accounts_insert, NULL, ret_error, code, currency);
    }
    return tw_ok(status) ? finish(ctl, connection, code, ret_error) : status;
}

struct tw_status settlectl_participant_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                            struct tw_error *ret_error) {
    (void)arguments;
    return settlectl_print_query(ctl, NULL, settlectl_sql_participant_list, 1,
                                 (const char *const[]){NULL}, participant_columns,
                                 CTL_COUNT(participant_columns), ret_error);
}

struct payment {
    const char *kind;     /* of the transfer: "FUND" */
    const char *account;  /* of the participant: "RESERVE" */
    bool follow_with_cap; /* the cap is what is there afterwards */
};

static struct tw_status read_txid(const struct ctl *ctl, const struct ctl_arguments *arguments,
                                  char ret_text[TW_UUID_TEXT_SIZE], struct tw_error *ret_error) {
    const char *given = ctl_option(arguments, "txid");
    struct tw_uuid uuid = tw_uuid_v7(ctl->clock, ctl->random);
    if (given != NULL && !tw_uuid_parse(given, &uuid)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--txid: not a UUID");
    }
    tw_uuid_text(&uuid, ret_text);
    return tw_success();
}

/* Between the participant's account and ISSUE. A second one with the same txid changes nothing. */
static struct tw_status pay(struct ctl *ctl, const struct ctl_arguments *arguments,
                            const struct payment *payment, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    char amount[CTL_NUMBER_TEXT_SIZE];
    char txid[TW_UUID_TEXT_SIZE];
    int64_t amount_minor = 0;
    struct tw_status status = settlectl_code(ctl_word(arguments, 0), code, ret_error);
    if (tw_ok(status)) {
        status = settlectl_begin(ctl, SETTLECTL_AGENT, code, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status =
            tw_money_parse(ctl_word(arguments, 1), ctl->format.currency, &amount_minor, ret_error);
    }
    if (tw_ok(status) && amount_minor == 0) {
        status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "the amount must not be zero");
    }
    if (tw_ok(status)) {
        status = read_txid(ctl, arguments, txid, ret_error);
    }
    if (tw_ok(status)) {
        int64_t signed_minor = ctl_flag(arguments, "out") ? -amount_minor : amount_minor;
        status =
            CTL_QUERY(connection, settlectl_sql_participant_pay, NULL, ret_error, txid,
                      payment->kind, payment->account, code, ctl_number_text(signed_minor, amount));
    }
    if (tw_ok(status) && payment->follow_with_cap) {
        status = CTL_QUERY(connection, settlectl_sql_participant_cap, NULL, ret_error, code);
    }
    return tw_ok(status) ? finish(ctl, connection, code, ret_error) : status;
}

struct tw_status settlectl_participant_fund(struct ctl *ctl, const struct ctl_arguments *arguments,
                                            struct tw_error *ret_error) {
    const struct payment payment = {"FUND", "RESERVE", false};
    return pay(ctl, arguments, &payment, ret_error);
}

struct tw_status settlectl_participant_prefund(struct ctl *ctl,
                                               const struct ctl_arguments *arguments,
                                               struct tw_error *ret_error) {
    const struct payment payment = {"PREFUND", "PREFUND", true};
    return pay(ctl, arguments, &payment, ret_error);
}

static struct tw_status change(struct ctl *ctl, const struct ctl_arguments *arguments,
                               const char *sql, const char *refusal, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT changed = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = settlectl_code(ctl_word(arguments, 0), code, ret_error);
    if (tw_ok(status)) {
        status = settlectl_begin(ctl, SETTLECTL_OPERATOR, code, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, sql, &changed, ret_error, code);
    }
    if (tw_ok(status) && PQntuples(changed) == 0) {
        status = tw_fail(ret_error, TW_E_CONFLICT, "participant %s %s", code, refusal);
    }
    return tw_ok(status) ? finish(ctl, connection, code, ret_error) : status;
}

struct tw_status settlectl_participant_suspend(struct ctl *ctl,
                                               const struct ctl_arguments *arguments,
                                               struct tw_error *ret_error) {
    return change(ctl, arguments, settlectl_sql_participant_suspend, "is not active", ret_error);
}

struct tw_status settlectl_participant_resume(struct ctl *ctl,
                                              const struct ctl_arguments *arguments,
                                              struct tw_error *ret_error) {
    return change(ctl, arguments, settlectl_sql_participant_resume, "is active", ret_error);
}
