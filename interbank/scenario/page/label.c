/* Amounts are minor units on the wire and "12.34 EUR" here; everything else is told as it came. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/money.h"
#include "core/rc.h"
#include "scenario/page/parts.h"

const char *pg_fate_class(enum pg_fate fate) {
    static const char *const names[PG_FATE_COUNT] = {
        "delivered", "lost", "delayed", "duplicated", "reordered", "changed", "cut", "dropped"};
    return names[fate];
}

/* "50.00 EUR"; without a currency the number as it is. */
static void put_amount(struct pg_html *html, const json_t *members, const char *name) {
    const json_t *amount = json_object_get(members, name);
    const char *code = pg_member(members, "currency");
    struct tw_currency currency;
    char text[TW_MONEY_TEXT_SIZE];
    if (!json_is_integer(amount)) {
        return;
    }
    if (code[0] == '\0') {
        code = "EUR"; /* all money here has two decimals; the answer does not repeat the code */
    }
    if (!tw_ok(tw_currency_parse(code, &currency, NULL, NULL))) {
        pg_printf(html, "%" PRId64, (int64_t)json_integer_value(amount));
        return;
    }
    pg_printf(html, "%s", tw_money_text(json_integer_value(amount), currency, text));
}

/* A member's value, without quotes. */
static void put_value(struct pg_html *html, const char *name, const json_t *members) {
    static const char *const money[] = {"amount", "surcharge", "interchange", "original_amount"};
    const json_t *value = json_object_get(members, name);
    for (size_t i = 0; i < sizeof money / sizeof money[0]; i++) {
        if (strcmp(name, money[i]) == 0 && json_is_integer(value)) {
            put_amount(html, members, name);
            return;
        }
    }
    if (json_is_string(value)) {
        pg_text(html, json_string_value(value));
    } else if (json_is_integer(value)) {
        pg_printf(html, "%" PRId64, (int64_t)json_integer_value(value));
    } else {
        pg_raw(html, json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
    }
}

static void put_answer(struct pg_html *html, const json_t *entry) {
    const json_t *brief = json_object_get(entry, "brief");
    const json_t *error = json_object_get(entry, "error");
    const char *digits = pg_member(entry, "rc");
    enum tw_rc rc;
    if (json_is_integer(error)) {
        pg_printf(html, "error %" PRId64, (int64_t)json_integer_value(error));
    } else if (digits[0] != '\0') {
        pg_raw(html, "<tspan class=\"rc\">");
        pg_text(html, digits);
        pg_raw(html, "</tspan> ");
        pg_text(html, tw_rc_from_digits(digits, &rc) ? tw_rc_text(rc) : "");
    } else if (pg_member(brief, "status")[0] == '\0') {
        pg_raw(html, "answer");
    }
    pg_raw(html, " ");
    pg_text(html, pg_member(brief, "status"));
    pg_raw(html, " ");
    pg_text(html, pg_member(brief, "reason"));
}

static void put_request(struct pg_html *html, const struct pg_call *call) {
    const json_t *brief = json_object_get(call->request.entry, "brief");
    pg_text(html, call->method);
    if (json_is_integer(json_object_get(brief, "amount"))) {
        pg_raw(html, " <tspan class=\"amount\">");
        put_amount(html, brief, "amount");
        pg_raw(html, " ");
        pg_text(html, pg_member(brief, "currency"));
        pg_raw(html, "</tspan>");
    }
    if (json_object_get(brief, "amount") == NULL &&
        json_is_integer(json_object_get(brief, "window_no"))) {
        pg_printf(html, " window %" PRId64, pg_number(brief, "window_no", 0));
    }
    if (json_is_true(json_object_get(brief, "repeat"))) {
        pg_raw(html, " repeat");
    }
}

/* What was changed, "amount 50.00 to 60.00". */
static void put_change(struct pg_html *html, const json_t *entry) {
    json_t *was = json_object_get(entry, "was");
    const json_t *brief = json_object_get(entry, "brief");
    const char *name;
    json_t *value;
    json_object_foreach(was, name, value) {
        pg_raw(html, " ");
        pg_text(html, name);
        pg_raw(html, " ");
        put_value(html, name, was);
        pg_raw(html, " to ");
        put_value(html, name, brief);
    }
}

static void put_fate(struct pg_html *html, const struct pg_message *message) {
    if (message->fate == PG_DELIVERED) {
        return;
    }
    pg_printf(html, " <tspan class=\"word w-%s\">%s", pg_fate_class(message->fate),
              pg_fate_class(message->fate));
    if (message->fate == PG_DUPLICATED) {
        pg_printf(html, ", %" PRId64 " times", pg_number(message->entry, "copies", 1) + 1);
    } else if (message->fate == PG_CHANGED) {
        put_change(html, message->entry);
    } else if (message->passed_us > message->at_us) {
        pg_raw(html, " ");
        pg_duration(html, (message->passed_us - message->at_us) / 1000);
    }
    pg_raw(html, "</tspan>");
}

void pg_label(struct pg_html *html, const struct pg_call *call, bool is_answer, int64_t start_ms) {
    if (is_answer) {
        put_answer(html, call->answer.entry);
        put_fate(html, &call->answer);
        if (call->dropped > 0) {
            pg_printf(html, " <tspan class=\"word w-dropped\">and %zu to the copies</tspan>",
                      call->dropped);
        }
        return;
    }
    put_request(html, call);
    put_fate(html, &call->request);
    if (call->repeats > 0) {
        pg_printf(html, " <tspan class=\"word\">%zu times until ", call->repeats + 1);
        pg_duration(html, start_ms + call->last_us / 1000);
        pg_raw(html, "</tspan>");
    }
    bool arrived = call->request.fate != PG_LOST && call->request.fate != PG_CUT;
    if (arrived && call->answer.entry == NULL) {
        pg_raw(html, " <tspan class=\"word w-lost\">no answer</tspan>");
    }
}

void pg_tooltip(struct pg_html *html, const struct pg_call *call, bool is_answer) {
    const struct pg_message *message = is_answer ? &call->answer : &call->request;
    json_t *brief = json_object_get(message->entry, "brief");
    const char *name;
    json_t *value;
    pg_text(html, call->method);
    pg_raw(html, is_answer ? " (answer)" : "");
    if (call->txid[0] != '\0') {
        pg_raw(html, "\ntxid ");
        pg_text(html, call->txid);
    }
    pg_printf(html, "\n%s", pg_fate_class(message->fate));
    json_object_foreach(brief, name, value) {
        pg_raw(html, "\n");
        pg_text(html, name);
        pg_raw(html, ": ");
        put_value(html, name, brief);
    }
}
