/*
 * A terminal's life and the frame of its operations: begin (is it allowed now?), the one move
 * function, finish (receipt, callback), journal failures, ticks.
 *
 * One operation is under way at a time, because a terminal has one customer; advices run beside it.
 * An operation is a chain of small functions that hand on to each other through host and device
 * callbacks; what they share is struct atm_work. A coroutine library was rejected: the chains are
 * short, and each link is a place where a crash is tested.
 */
#include "atm-client/core/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/core/internal.h"
#include "atm-client/core/receipt.h"
#include "core/date.h"
#include "core/log.h"
#include "core/money.h"
#include "wire/trace.h"

const struct atm_limits atm_limits_default = {
    .answer_ms = 30000,
    .advice_ms = 10000,
    .deposit_ms = 90000,
    .transfer_ms = 10000,
    .taken_ms = 30000,
};

static const char *const verdict_names[] = {"approved", "declined", "refused", "unanswered",
                                            "pending",  "fault",    "suspect"};

const char *atm_verdict_name(enum atm_verdict verdict) {
    return verdict_names[verdict];
}

struct tw_status atm_terminal_new(const struct atm_terminal_options *options,
                                  struct atm_terminal **ret_terminal, struct tw_error *ret_error) {
    struct atm_terminal *terminal = calloc(1, sizeof *terminal);
    if (terminal == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a terminal");
    terminal->options = *options;
    terminal->location = strdup(options->location);
    terminal->root_file = strdup(options->root_file);
    terminal->crl_file = strdup(options->crl_file);
    terminal->phase = ATM_PHASE_OUT_OF_SERVICE;
    terminal->strategy = options->strategy;
    terminal->language = options->language;
    terminal->bank_code = options->acquirer;
    struct atm_journal_state state = {0};
    struct tw_status status =
        terminal->location == NULL || terminal->root_file == NULL || terminal->crl_file == NULL
            ? tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a terminal")
            : atm_journal_state(options->journal, &state, ret_error);
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    size_t count = 0;
    if (tw_ok(status))
        status = atm_journal_cassettes(options->journal, cassettes, &count, ret_error);
    if (!tw_ok(status)) {
        atm_terminal_free(terminal);
        return status;
    }
    if (count > 0)
        terminal->currency = cassettes[0].currency;
    terminal->business_date = state.business_date;
    (void)snprintf(terminal->reason, sizeof terminal->reason, "%s", state.out_of_service);
    *ret_terminal = terminal;
    return status;
}

void atm_terminal_free(struct atm_terminal *terminal) {
    if (terminal == NULL)
        return;
    atm_disown_tickets(terminal);
    json_decref(terminal->exchange.params);
    atm_drop_pin_keys(terminal);
    atm_forget_card(terminal);
    tw_wipe(&terminal->work, sizeof terminal->work);
    free(terminal->location);
    free(terminal->root_file);
    free(terminal->crl_file);
    free(terminal);
}

enum atm_phase atm_terminal_phase(const struct atm_terminal *terminal) {
    return terminal->phase;
}

const char *atm_terminal_reason(const struct atm_terminal *terminal) {
    return terminal->reason;
}

bool atm_terminal_signed_on(const struct atm_terminal *terminal) {
    return terminal->signed_on;
}

struct tw_currency atm_terminal_currency(const struct atm_terminal *terminal) {
    return terminal->currency;
}

int64_t atm_terminal_surcharge(const struct atm_terminal *terminal, const struct tw_iban *account) {
    return account->bank_code != terminal->bank_code ? terminal->surcharge_minor : 0;
}

int32_t atm_terminal_business_date(const struct atm_terminal *terminal) {
    return terminal->business_date;
}

size_t atm_terminal_advices(const struct atm_terminal *terminal) {
    return atm_advices_of(terminal, false);
}

size_t atm_terminal_questions(const struct atm_terminal *terminal) {
    return atm_advices_of(terminal, true);
}

size_t atm_session_accounts(const struct atm_terminal *terminal,
                            const struct tw_session_account **ret_accounts) {
    *ret_accounts = terminal->accounts;
    return terminal->account_count;
}

int64_t atm_terminal_due_us(const struct atm_terminal *terminal) {
    if (terminal->phase == ATM_PHASE_RECOVERING)
        return terminal->recover_waiting ? INT64_MAX : 0;
    int64_t due_us = atm_advice_due_us(terminal);
    bool watched = terminal->exchange.waiting || terminal->exchange.paused;
    if (watched && terminal->exchange.due_us < due_us)
        due_us = terminal->exchange.due_us;
    return due_us;
}

void atm_terminal_tick(struct atm_terminal *terminal) {
    if (terminal->phase == ATM_PHASE_RECOVERING) {
        atm_recover_run(terminal);
        return;
    }
    atm_exchange_tick(terminal);
    atm_advice_tick(terminal);
}

void atm_move(struct atm_terminal *terminal, enum atm_phase to) {
    enum atm_phase from = terminal->phase;
    if (from == to)
        return;
    tw_assert(atm_phase_allowed(from, to));
    terminal->phase = to;
    tw_log(TW_LOG_DEBUG, "phase", TW_STR("from", atm_phase_text(from)),
           TW_STR("to", atm_phase_text(to)));
    if (terminal->options.on_phase != NULL)
        terminal->options.on_phase(terminal->options.context, from, to);
}

enum atm_phase atm_resting_phase(const struct atm_terminal *terminal) {
    return terminal->signed_on && terminal->reason[0] == '\0' ? ATM_PHASE_IDLE
                                                              : ATM_PHASE_OUT_OF_SERVICE;
}

void atm_refuse(struct atm_terminal *terminal, atm_done_fn done, void *context, const char *text) {
    struct atm_outcome outcome = {.verdict = ATM_REFUSED, .rc = TW_RC_INVALID_TRANSACTION};
    outcome.business_date = terminal->business_date;
    outcome.currency = terminal->currency;
    outcome.language = terminal->language;
    (void)snprintf(outcome.text, sizeof outcome.text, "%s", text);
    done(context, &outcome);
}

const char *atm_money_obstacle(const struct atm_terminal *terminal) {
    if (terminal->phase != ATM_PHASE_SESSION)
        return NULL; /* atm_begin refuses, and says better why */
    if (terminal->reason[0] != '\0')
        return ATM_SAY(OUT_OF_SERVICE);
    if (terminal->advices.count >= ATM_ADVICES_MAX - ATM_ADVICES_RESERVE)
        return ATM_SAY(HOST_BEHIND);
    return NULL;
}

const char *atm_unless_usable(const struct atm_terminal *terminal, enum atm_device device,
                              const char *text) {
    return atm_device_status(&terminal->options.devices.sensors, device).usable ? NULL : text;
}

bool atm_terminal_prints(const struct atm_terminal *terminal) {
    return atm_unless_usable(terminal, ATM_DEVICE_RECEIPT_PRINTER, "") == NULL;
}

static void start_work(struct atm_terminal *terminal, enum tw_method_id method, atm_done_fn done,
                       void *context) {
    terminal->work = (struct atm_work){.done = done, .context = context};
    terminal->work.outcome.method = method;
    terminal->work.outcome.currency = terminal->currency;
    terminal->work.outcome.language = terminal->language;
    terminal->work.outcome.business_date = terminal->business_date;
    if (terminal->card.pan[0] != '\0')
        (void)tw_pan_mask(terminal->card.pan, terminal->work.outcome.pan_masked);
}

bool atm_begin(struct atm_terminal *terminal, enum tw_method_id method, enum atm_phase from,
               enum atm_phase to, atm_done_fn done, void *context) {
    if (terminal->work.done != NULL || terminal->phase != from) {
        char text[ATM_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%s: %s", ATM_SAY(NOT_NOW),
                       atm_phase_text(terminal->phase));
        atm_refuse(terminal, done, context, text);
        return false;
    }
    start_work(terminal, method, done, context);
    atm_move(terminal, to);
    return true;
}

bool atm_begin_between(struct atm_terminal *terminal, enum tw_method_id method, enum atm_phase to,
                       atm_done_fn done, void *context) {
    enum atm_phase from =
        terminal->phase == ATM_PHASE_IDLE ? ATM_PHASE_IDLE : ATM_PHASE_OUT_OF_SERVICE;
    return atm_begin(terminal, method, from, to, done, context);
}

/* Whatever was to do with money, and what was found out: nobody wants "no answer" on paper. */
static bool has_receipt(const struct atm_outcome *outcome) {
    bool looked = outcome->method == TW_METHOD_BALANCE || outcome->method == TW_METHOD_STATEMENT ||
                  outcome->method == TW_METHOD_TRANSFER_STATUS;
    if (looked && !outcome->answered)
        return false;
    return outcome->verdict != ATM_REFUSED && outcome->stan != 0 &&
           (outcome->method == TW_METHOD_WITHDRAW || outcome->method == TW_METHOD_DEPOSIT ||
            outcome->method == TW_METHOD_TRANSFER || outcome->method == TW_METHOD_BALANCE ||
            outcome->method == TW_METHOD_STATEMENT || outcome->method == TW_METHOD_TRANSFER_STATUS);
}

/* A failed receipt never reverses: the money has moved already. */
static void print_receipt(const struct atm_terminal *terminal, struct atm_outcome *outcome) {
    const struct atm_printer *printer = &terminal->options.devices.printer;
    const struct atm_receipt_head head = {.terminal_id = terminal->options.terminal_id,
                                          .location = terminal->location};
    atm_receipt_write(&head, outcome, outcome->receipt);
    outcome->receipt_printed = printer->print(printer->context, outcome->receipt);
}

/* A convenience for whoever stands at the machine; what counts is the electronic journal. */
static void print_journal_line(const struct atm_terminal *terminal,
                               const struct atm_outcome *outcome) {
    const struct atm_printer *printer = &terminal->options.devices.journal_printer;
    char date[TW_DATE_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    char line[160];
    if (printer->print == NULL)
        return;
    (void)snprintf(line, sizeof line, "%s %06d %-20s %-10s %s %s %s",
                   tw_date_text(outcome->business_date, date), (int)outcome->stan,
                   tw_method(outcome->method)->name, atm_verdict_name(outcome->verdict),
                   tw_rc_digits(outcome->rc),
                   outcome->amount_minor != 0
                       ? tw_money_text(outcome->amount_minor, outcome->currency, amount)
                       : "-",
                   outcome->pan_masked);
    if (!printer->print(printer->context, line))
        tw_log(TW_LOG_WARN, "journal printer is out of order", TW_INT("stan", outcome->stan));
}

void atm_finish(struct atm_terminal *terminal, enum atm_verdict verdict, enum tw_rc rc,
                const char *text, enum atm_phase to) {
    struct atm_outcome outcome = terminal->work.outcome;
    atm_done_fn done = terminal->work.done;
    void *context = terminal->work.context;
    tw_assert(done != NULL);
    outcome.verdict = verdict;
    outcome.rc = rc;
    (void)snprintf(outcome.text, sizeof outcome.text, "%s", text);
    tw_wipe(&terminal->work, sizeof terminal->work);
    if (outcome.method == TW_METHOD_WITHDRAW)
        terminal->strategy = terminal->options.strategy;
    if (has_receipt(&outcome))
        print_receipt(terminal, &outcome);
    if (outcome.stan != 0)
        print_journal_line(terminal, &outcome);
    tw_log(TW_LOG_INFO, "operation",
           TW_STR("method", terminal->phase == ATM_PHASE_RECOVERING
                                ? "power-up"
                                : tw_method(outcome.method)->name),
           TW_STR("verdict", atm_verdict_name(verdict)), TW_STR("rc", tw_rc_digits(rc)),
           TW_STR("text", outcome.text), TW_INT("stan", outcome.stan));
    atm_move(terminal, to);
    done(context, &outcome);
}

const char *atm_broken(struct atm_terminal *terminal, const struct tw_error *error) {
    tw_log(TW_LOG_ERROR, "journal failed: out of service", TW_STR("reason", error->detail));
    (void)snprintf(terminal->reason, sizeof terminal->reason, "journal");
    return ATM_SAY(JOURNAL_FAULT);
}

void atm_take_out(struct atm_terminal *terminal, const char *reason) {
    atm_journal_set_service(terminal->options.journal, reason);
    (void)snprintf(terminal->reason, sizeof terminal->reason, "%s", reason);
}

void atm_fill_header(struct atm_terminal *terminal, struct tw_header *ret_header) {
    struct tw_trace trace = tw_trace_new(terminal->options.random);
    *ret_header = (struct tw_header){
        .terminal_id = terminal->options.terminal_id,
        .business_date = terminal->business_date,
        .stan = atm_journal_next_stan(terminal->options.journal, terminal->business_date),
        .txid = tw_uuid_v7(terminal->options.clock, terminal->options.random),
    };
    (void)tw_trace_text(&trace, ret_header->traceparent);
    terminal->work.outcome.stan = ret_header->stan;
    terminal->work.outcome.txid = ret_header->txid;
}

bool atm_new_header(struct atm_terminal *terminal, struct tw_header *ret_header) {
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, ret_header);
    if (tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        return true;
    (void)atm_broken(terminal, &error);
    return false;
}

void atm_record(struct atm_terminal *terminal, const char *event, const struct tw_header *header,
                json_t *detail) {
    struct atm_journal_entry entry = {
        .business_date = header->business_date,
        .stan = header->stan,
        .txid = header->txid,
    };
    (void)snprintf(entry.event, sizeof entry.event, "%s", event);
    if (detail != NULL) {
        size_t length = json_dumpb(detail, entry.detail, sizeof entry.detail - 1, JSON_COMPACT);
        if (length >= sizeof entry.detail) /* too long to keep whole: half a JSON is worse */
            (void)snprintf(entry.detail, sizeof entry.detail, "{}");
        json_decref(detail);
    }
    atm_journal_write(terminal->options.journal, &entry);
}

json_t *atm_with_surcharge(json_t *detail, int64_t amount_minor, int64_t surcharge_minor) {
    if (surcharge_minor > 0) {
        (void)json_object_set_new(detail, "surcharge", json_integer(surcharge_minor));
        (void)json_object_set_new(detail, "total", json_integer(amount_minor + surcharge_minor));
    }
    return detail;
}

json_t *atm_with_reference(json_t *detail, const struct tw_posting_result *posting) {
    if (posting->rrn[0] != '\0')
        (void)json_object_set_new(detail, "rrn", json_string(posting->rrn));
    if (posting->authorization_id[0] != '\0')
        (void)json_object_set_new(detail, "authorization_id",
                                  json_string(posting->authorization_id));
    return detail;
}

struct tw_status atm_find_mix(struct atm_terminal *terminal, int64_t amount_minor,
                              struct atm_mix *ret_mix, struct tw_error *ret_error) {
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    struct atm_mix_unit units[ATM_CASSETTES_MAX];
    size_t count = 0;
    struct tw_status status =
        atm_journal_cassettes(terminal->options.journal, cassettes, &count, ret_error);
    if (!tw_ok(status))
        return status;
    for (size_t i = 0; i < count; i++)
        units[i] = (struct atm_mix_unit){
            .number = cassettes[i].number,
            .denomination_minor = cassettes[i].denomination_minor,
            .remaining = cassettes[i].remaining,
            .loaded = cassettes[i].loaded,
            .usable = tw_currency_equal(cassettes[i].currency, terminal->currency) &&
                      dispenser->usable(dispenser->context, cassettes[i].number),
        };
    return atm_mix_pick(terminal->strategy, units, count, amount_minor, ret_mix, ret_error);
}

void atm_choose_language(struct atm_terminal *terminal, enum atm_language language) {
    terminal->language = language;
}

enum atm_language atm_terminal_language(const struct atm_terminal *terminal) {
    return terminal->language;
}

void atm_choose_notes(struct atm_terminal *terminal, enum atm_mix_strategy strategy) {
    terminal->strategy = strategy;
}

struct tw_status atm_mix_check(struct atm_terminal *terminal, int64_t amount_minor,
                               struct atm_mix *ret_mix, struct tw_error *ret_error) {
    return atm_find_mix(terminal, amount_minor, ret_mix, ret_error);
}
