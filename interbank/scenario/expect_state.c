/* One function per member of a state; each returns a reason or NULL. The caller repeats all of them
 * until they hold or the time is over. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"
#include "scenario/relay.h"
#include "scenario/state.h"
#include "scenario/terminal.h"

struct fact {
    char *text;   /* "anna has 240.00" */
    char *reason; /* NULL: it holds */
};

static char *amounts(char **problem, int64_t wanted, int64_t found) {
    char want[SCN_MONEY_TEXT_SIZE];
    char have[SCN_MONEY_TEXT_SIZE];
    if (*problem != NULL)
        return *problem;
    return wanted == found ? NULL
                           : scn_format("expected %s, is %s", scn_money_text(wanted, want),
                                        scn_money_text(found, have));
}

static char *numbers(char **problem, int64_t wanted, int64_t found) {
    if (*problem != NULL)
        return *problem;
    return wanted == found ? NULL : scn_format("expected %" PRId64 ", is %" PRId64, wanted, found);
}

static int64_t minor_of(const json_t *value) {
    int64_t minor = 0;
    (void)!scn_money_parse(json_string_value(value), &minor);
    return minor;
}

static struct fact balance(struct scn_run *run, const char *name, const json_t *value) {
    char *problem = NULL;
    int64_t found = scn_balance_of(scn_account_find(run, name), &problem);
    return (struct fact){scn_format("%s has %s", name, json_string_value(value)),
                         amounts(&problem, minor_of(value), found)};
}

static struct fact cash(struct scn_run *run, const char *name, const json_t *value) {
    char *problem = NULL;
    struct fact fact = {.text = scn_format("notes left in %s", name)};
    TW_JSON_OWNED json_t *ask = json_pack("{s:s}", "do", "status");
    TW_JSON_OWNED json_t *status =
        scn_terminal_do(run, scn_terminal_find(run, name), ask, &problem);
    TW_JSON_OWNED json_t *found = json_object();
    size_t index;
    const json_t *one;
    char text[SCN_MONEY_TEXT_SIZE];
    json_array_foreach(json_object_get(status, "cassettes"), index, one)
        scn_set(found, scn_money_text(scn_number(one, "denomination", 0), text),
                json_integer(scn_number(one, "remaining", 0)));
    if (problem != NULL) {
        fact.reason = problem;
    } else if (!json_equal(found, value)) {
        SCN_OWNED want = scn_dump(value);
        SCN_OWNED have = scn_dump(found);
        fact.reason = scn_format("expected %s, is %s", want, have);
    }
    return fact;
}

static struct fact ledger(struct scn_run *run, const char *name, const json_t *value) {
    struct fact fact = {.text = scn_format("ledger of %s", name)};
    const char *kind;
    json_t *amount;
    json_object_foreach((json_t *)(uintptr_t)value, kind, amount) {
        char *problem = NULL;
        int64_t wanted = 0;
        SCN_OWNED sql = scn_format("SELECT coalesce(sum(balance_minor), 0) FROM account"
                                   " JOIN account_kind USING (kind) WHERE code = '%.20s'",
                                   strpbrk(kind, "'\\") == NULL ? kind : "?");
        int64_t found = scn_books_number(scn_bank_find(run, name), sql, &problem);
        scn_append(&fact.text, " %s %s", kind, json_string_value(amount));
        if (!json_is_string(amount) || !scn_money_parse(json_string_value(amount), &wanted))
            problem = scn_format("%s: not an amount such as \"60.00\"", kind);
        char *reason = amounts(&problem, wanted, found);
        if (reason != NULL && fact.reason == NULL)
            fact.reason = scn_format("%s: %s", kind, reason);
        free(reason);
    }
    return fact;
}

static struct fact count(struct scn_run *run, const char *name, const json_t *value,
                         const char *what, const char *sql) {
    char *problem = NULL;
    int64_t found = scn_books_number(scn_bank_find(run, name), sql, &problem);
    return (struct fact){
        scn_format("%s of %s: %" JSON_INTEGER_FORMAT, what, name, json_integer_value(value)),
        numbers(&problem, json_integer_value(value), found)};
}

static struct fact suspects(struct scn_run *run, const char *name, const json_t *value) {
    char *problem = NULL;
    int64_t found = 0;
    TW_JSON_OWNED json_t *list = SCN_BANKCTL(scn_bank_find(run, name), &problem, NULL, "suspects");
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) found += scn_flag(one, "suspect");
    return (struct fact){
        scn_format("suspects of %s: %" JSON_INTEGER_FORMAT, name, json_integer_value(value)),
        numbers(&problem, json_integer_value(value), found)};
}

static struct fact waiting(struct scn_run *run, const char *name, const json_t *value) {
    return count(run, name, value, "messages waiting", "SELECT count(*) FROM saf");
}

static struct fact open_window(struct scn_run *run, const char *name, const json_t *value) {
    return count(run, name, value, "open window", "SELECT window_no FROM bank");
}

static struct fact hits(struct scn_run *run, const char *name, const json_t *value) {
    char *problem = NULL;
    const json_t *rule = json_object_get(run->variables, name + (name[0] == '$'));
    TW_JSON_OWNED json_t *command =
        json_pack("{s:s, s:I}", "do", "hits", "rule", (json_int_t)scn_number(rule, "rule", 0));
    TW_JSON_OWNED json_t *answer = scn_relay_do(run, command, &problem);
    return (struct fact){
        scn_format("fault %s acted %" JSON_INTEGER_FORMAT " times", name,
                   json_integer_value(value)),
        numbers(&problem, json_integer_value(value), scn_number(answer, "hits", 0))};
}

static struct fact position(struct scn_run *run, const json_t *value) {
    struct scn_bank *bank = scn_bank_find(run, scn_text(value, "bank"));
    struct scn_bank *peer = scn_bank_find(run, scn_text(value, "peer"));
    int64_t wanted = scn_money(value, "amount", 0);
    int64_t window = scn_number(value, "window", 0);
    char *problem = NULL;
    int64_t here = scn_position(bank, peer, window, &problem);
    struct fact fact = {
        .text = scn_format("%s owes %s %s", peer->name, bank->name, scn_text(value, "amount")),
        .reason = amounts(&problem, wanted, here)};
    if (fact.reason != NULL)
        return fact;
    int64_t there = scn_position(peer, bank, window, &problem);
    fact.reason = amounts(&problem, -wanted, there);
    if (fact.reason != NULL) {
        char *whole =
            scn_format("the book of %s about %s: %s", peer->name, bank->name, fact.reason);
        free(fact.reason);
        fact.reason = whole;
    }
    return fact;
}

static struct fact transfers(struct scn_run *run, const json_t *value) {
    struct scn_bank *bank = scn_bank_find(run, scn_text(value, "bank"));
    const char *of = scn_text(value, "of");
    const char *txid =
        of != NULL ? scn_text_or(json_object_get(run->variables, of + (of[0] == '$')), "txid", "")
                   : NULL;
    int64_t found = 0;
    char *problem = NULL;
    SCN_OWNED state = scn_copy(scn_text(value, "state"));
    for (char *at = state; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    TW_JSON_OWNED json_t *list = SCN_BANKCTL(bank, &problem, NULL, "transfer", "list", "--state",
                                             state, "--count", "100000");
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) found +=
        txid == NULL || strcmp(scn_text_or(one, "txid", ""), txid) == 0;
    int64_t wanted = scn_number(value, "count", 1);
    return (struct fact){scn_format("transfers of %s that are %s: %" PRId64, bank->name,
                                    scn_text(value, "state"), wanted),
                         numbers(&problem, wanted, found)};
}

static struct fact at_agent(struct scn_run *run, const char *name, const json_t *value,
                            const char *what) {
    char *problem = NULL;
    int64_t found = 0;
    SCN_OWNED code = scn_format("%" PRId64, scn_bank_find(run, name)->code);
    TW_JSON_OWNED json_t *list = SCN_SETTLECTL(run, &problem, "participant", "list");
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) if (strcmp(scn_text_or(one, "bank", ""), code) == 0)
        found = scn_money(one, what, 0);
    return (struct fact){scn_format("%s of %s: %s", what, name, json_string_value(value)),
                         amounts(&problem, minor_of(value), found)};
}

static struct fact reserves(struct scn_run *run, const char *name, const json_t *value) {
    return at_agent(run, name, value, "reserve");
}

static struct fact prefunding(struct scn_run *run, const char *name, const json_t *value) {
    return at_agent(run, name, value, "prefunding");
}

static struct fact window_state(struct scn_run *run, const json_t *value) {
    const char *name = scn_text(value, "bank");
    int64_t window = scn_number(value, "window", 0);
    char *problem = NULL;
    SCN_OWNED sql =
        scn_format("SELECT state FROM settlement_window WHERE window_no = %" PRId64, window);
    PGresult *row = scn_books(scn_bank_find(run, name), sql, &problem);
    const char *found = row != NULL && PQntuples(row) > 0 ? PQgetvalue(row, 0, 0) : "nothing";
    if (problem == NULL && strcmp(found, scn_text(value, "state")) != 0)
        problem = scn_format("expected %s, is %s", scn_text(value, "state"), found);
    PQclear(row);
    return (struct fact){
        scn_format("window %" PRId64 " of %s is %s", window, name, scn_text(value, "state")),
        problem};
}

static struct fact breaks(struct scn_run *run, const json_t *value) {
    const char *name = scn_text(value, "bank");
    const char *peer = scn_text(value, "peer");
    const char *class = scn_text(value, "class");
    int64_t wanted = scn_number(value, "count", 1);
    int64_t found = 0;
    char *problem = NULL;
    SCN_OWNED code = scn_format("%" PRId64, scn_bank_find(run, peer)->code);
    TW_JSON_OWNED json_t *list =
        SCN_BANKCTL(scn_bank_find(run, name), &problem, NULL, "breaks", "--all");
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) found +=
        strcmp(scn_text_or(one, "peer", ""), code) == 0 &&
        strcasecmp(scn_text_or(one, "class", ""), class) == 0;
    return (struct fact){
        scn_format("breaks of %s with %s, %s: %" PRId64, name, peer, class, wanted),
        numbers(&problem, wanted, found)};
}

static const struct {
    const char *member;
    struct fact (*map)(struct scn_run *run, const char *name, const json_t *value);
    struct fact (*list)(struct scn_run *run, const json_t *value);
} facts[] = {
    {"balances", balance, NULL},
    {"cash", cash, NULL},
    {"ledger", ledger, NULL},
    {"suspects", suspects, NULL},
    {"waiting", waiting, NULL},
    {"open_window", open_window, NULL},
    {"hits", hits, NULL},
    {"positions", NULL, position},
    {"transfers", NULL, transfers},
    {"reserves", reserves, NULL},
    {"prefunding", prefunding, NULL},
    {"windows", NULL, window_state},
    {"breaks", NULL, breaks},
};

static void add(struct scn_run *run, struct fact *fact, bool tell, char **first) {
    if (tell)
        scn_report_expectation(run->report, fact->text, fact->reason);
    if (fact->reason != NULL && *first == NULL)
        *first = scn_format("%s: %s", fact->text, fact->reason);
    free(fact->text);
    free(fact->reason);
}

static char *look(struct scn_run *run, const json_t *expect, bool tell) {
    char *first = NULL;
    const char *name;
    json_t *value;
    size_t index;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        json_t *member = json_object_get(expect, facts[i].member);
        if (facts[i].map != NULL) {
            json_object_foreach(member, name, value) {
                struct fact fact = facts[i].map(run, name, value);
                add(run, &fact, tell, &first);
            }
        } else {
            json_array_foreach(member, index, value) {
                struct fact fact = facts[i].list(run, value);
                add(run, &fact, tell, &first);
            }
        }
    }
    return first;
}

char *scn_expect_state(struct scn_run *run, const json_t *expect, bool tell) {
    int64_t deadline_us = scn_now_us() + scn_duration_us(expect, "within", 0);
    char *reason = look(run, expect, false);
    while (reason != NULL && scn_now_us() < deadline_us && !scn_interrupted) {
        scn_sleep_us(100000);
        free(reason);
        reason = look(run, expect, false);
    }
    if (!tell)
        return reason;
    free(reason);
    return look(run, expect, true);
}
