/* Reports as text: a receipt where there is one, else a sentence, else a small table. */
#include "atm-client/face/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/money.h"

static const char *text_of(const json_t *report, const char *member) {
    const char *text = json_string_value(json_object_get(report, member));
    return text != NULL ? text : "";
}

static int64_t number_of(const json_t *report, const char *member) {
    return json_integer_value(json_object_get(report, member));
}

static void money(char text[TW_MONEY_TEXT_SIZE], int64_t amount_minor, const char *code) {
    struct tw_currency currency = {"EUR"};
    if (code[0] != '\0')
        (void)snprintf(currency.code, sizeof currency.code, "%s", code);
    (void)tw_money_text(amount_minor, currency, text);
}

static void print_money(FILE *out, const char *label, int64_t amount_minor, const char *code) {
    char text[TW_MONEY_TEXT_SIZE];
    money(text, amount_minor, code);
    (void)fprintf(out, "  %-26s %14s %s\n", label, text, code);
}

static void print_totals(FILE *out, const json_t *report) {
    const char *code = text_of(report, "currency");
    print_money(out, "cash inside, by the ledger", number_of(report, "cash_balance"), code);
    print_money(out, "approved, unresolved", number_of(report, "dispense_clearing"), code);
    if (number_of(report, "difference") != 0)
        print_money(out, "counted less ledger", number_of(report, "difference"), code);
    (void)fprintf(out, "  %-26s %14s\n", "period", "count");
    static const char *const rows[] = {"withdrawal", "reversal", "deposit"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char member[32];
        char text[TW_MONEY_TEXT_SIZE];
        (void)snprintf(member, sizeof member, "%s_amount", rows[i]);
        money(text, number_of(report, member), code);
        (void)snprintf(member, sizeof member, "%s_count", rows[i]);
        (void)fprintf(out, "  %-26s %14lld %14s %s\n", rows[i],
                      (long long)number_of(report, member), text, code);
    }
}

static void print_cassettes(FILE *out, const json_t *cassettes) {
    size_t index;
    json_t *one;
    (void)fprintf(out, "  %-9s %10s %9s %9s %9s %8s %9s %8s %7s  %s\n", "cassette", "note",
                  "loaded", "remaining", "dispensed", "rejected", "retracted", "removed", "suspect",
                  "status");
    json_array_foreach(cassettes, index, one) {
        char text[TW_MONEY_TEXT_SIZE];
        money(text, number_of(one, "denomination"), text_of(one, "currency"));
        (void)fprintf(out, "  %-9lld %10s %9lld %9lld %9lld %8lld %9lld %8lld %7lld  %s\n",
                      (long long)number_of(one, "number"), text,
                      (long long)number_of(one, "loaded"), (long long)number_of(one, "remaining"),
                      (long long)number_of(one, "dispensed"), (long long)number_of(one, "rejected"),
                      (long long)number_of(one, "retracted"), (long long)number_of(one, "removed"),
                      (long long)number_of(one, "suspect"), text_of(one, "status"));
    }
}

static void print_devices(FILE *out, const json_t *devices) {
    size_t index;
    json_t *one;
    (void)fprintf(out, "  %-16s %-5s %-9s %s\n", "device", "class", "state", "detail");
    json_array_foreach(devices, index, one)(void)
        fprintf(out, "  %-16s %-5s %-9s %s%s\n", text_of(one, "device"), text_of(one, "class"),
                text_of(one, "state"), text_of(one, "detail"),
                json_is_true(json_object_get(one, "usable")) ? "" : ", out of use");
}

static void print_status(FILE *out, const json_t *report) {
    const char *reason = text_of(report, "out_of_service");
    (void)fprintf(out, "terminal %s, business date %s%s%s\n", text_of(report, "terminal_id"),
                  text_of(report, "business_date"), reason[0] != '\0' ? ", OUT OF SERVICE: " : "",
                  reason);
    print_cassettes(out, json_object_get(report, "cassettes"));
    print_devices(out, json_object_get(report, "devices"));
    (void)fprintf(out, "  advices waiting %lld, transfers pending %lld, suspected dispenses %lld\n",
                  (long long)number_of(report, "advices_waiting"),
                  (long long)number_of(report, "pending"),
                  (long long)number_of(report, "suspects"));
}

static void print_journal(FILE *out, const json_t *report) {
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(report, "entries"), index, entry) {
        char *detail = json_dumps(json_object_get(entry, "detail"), JSON_COMPACT);
        (void)fprintf(out, "%6lld %s %06lld %.8s %-14s %s\n",
                      (long long)number_of(entry, "sequence"), text_of(entry, "business_date"),
                      (long long)number_of(entry, "stan"), text_of(entry, "txid"),
                      text_of(entry, "event"), detail != NULL ? detail : "");
        free(detail);
    }
}

static void print_accounts(FILE *out, const json_t *accounts) {
    size_t index;
    json_t *account;
    json_array_foreach(accounts, index, account)(void)
        fprintf(out, "  %s  %s %s\n", text_of(account, "account"), text_of(account, "product"),
                text_of(account, "currency"));
}

static void print_surcharge(FILE *out, const json_t *report) {
    char text[TW_MONEY_TEXT_SIZE];
    const char *code = text_of(report, "currency");
    money(text, number_of(report, "surcharge"), code);
    (void)fprintf(out, "  This machine charges %s %s for a withdrawal or a transfer.\n", text,
                  code);
}

static void print_sentence(FILE *out, const json_t *report) {
    const char *words = text_of(report, "words");
    (void)fprintf(out, "%s: %s (rc %s%s%s)\n", text_of(report, "do"), words, text_of(report, "rc"),
                  strcmp(words, text_of(report, "text")) != 0 ? ", " : "",
                  strcmp(words, text_of(report, "text")) != 0 ? text_of(report, "text") : "");
    if (strcmp(text_of(report, "do"), atm_verb_name(ATM_VERB_OPEN)) == 0 &&
        number_of(report, "surcharge") > 0)
        print_surcharge(out, report);
    if (json_is_true(json_object_get(report, "card_retained")))
        (void)fprintf(out, "  The card was kept.\n");
    if (json_is_false(json_object_get(report, "receipts")))
        (void)fprintf(out, "  No receipts can be printed now.\n");
}

void atm_print_report(FILE *out, const json_t *report) {
    const char *verb = text_of(report, "do");
    if (number_of(report, "recovered") > 0)
        (void)fprintf(out, "(%lld unfinished operation(s) were settled at power-up)\n",
                      (long long)number_of(report, "recovered"));
    if (text_of(report, "receipt")[0] != '\0')
        (void)fprintf(out, "%s\n", text_of(report, "receipt"));
    if (json_is_false(json_object_get(report, "receipt_printed")))
        (void)fprintf(out, "(no receipt could be printed)\n");
    if (strcmp(verb, atm_verb_name(ATM_VERB_STATUS)) == 0 &&
        json_object_get(report, "cassettes") != NULL) {
        print_status(out, report);
    } else if (json_object_get(report, "entries") != NULL &&
               strcmp(verb, atm_verb_name(ATM_VERB_JOURNAL)) == 0) {
        print_journal(out, report);
    } else if (strcmp(verb, atm_verb_name(ATM_VERB_WORLD)) == 0) {
        (void)json_dumpf(report, out, JSON_INDENT(2));
        (void)fputc('\n', out);
    } else {
        print_sentence(out, report);
        print_accounts(out, json_object_get(report, "accounts"));
        if (json_object_get(report, "cash_balance") != NULL)
            print_totals(out, report);
    }
}
