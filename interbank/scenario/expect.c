/* What came back from a step against what the file expects of it. */
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"

/* How a member of "expect" is found in a report. */
enum how { TEXT, PART, MONEY, INT, BOOL };

static const struct {
    const char *member;
    enum how how;
    const char *reported; /* NULL: under the same name */
} plain[] = {
    {"rc", TEXT, NULL},
    {"verdict", TEXT, NULL},
    {"text", PART, NULL},
    {"amount", MONEY, NULL},
    {"dispensed", MONEY, NULL},
    {"surcharge", MONEY, NULL},
    {"ledger", MONEY, "ledger_balance"},
    {"available", MONEY, "available_balance"},
    {"status", TEXT, NULL},
    {"reason", TEXT, NULL},
    {"card_retained", BOOL, NULL},
    {"out_of_service", TEXT, NULL},
    {"suspects", INT, NULL},
    {"advices_waiting", INT, NULL},
    {"difference", MONEY, NULL},
    {"cash_balance", MONEY, NULL},
    {"dispense_clearing", MONEY, NULL},
};

static char *compare_text(const char *member, const char *wanted, const char *found, bool part) {
    bool good = part ? strstr(found, wanted) != NULL : strcmp(found, wanted) == 0;
    return good ? NULL : scn_format("expected %s \"%s\", got \"%s\"", member, wanted, found);
}

static char *compare_money(const char *member, const json_t *expect, const json_t *report,
                           const char *reported) {
    int64_t wanted = scn_money(expect, member, 0);
    int64_t found = scn_number(report, reported, 0);
    char want[SCN_MONEY_TEXT_SIZE];
    char have[SCN_MONEY_TEXT_SIZE];
    return wanted == found ? NULL
                           : scn_format("expected %s %s, got %s", member,
                                        scn_money_text(wanted, want), scn_money_text(found, have));
}

static char *compare(const char *member, enum how how, const json_t *expect, const json_t *report,
                     const char *reported) {
    switch (how) {
    case TEXT:
    case PART:
        return compare_text(member, scn_text_or(expect, member, ""),
                            scn_text_or(report, member, ""), how == PART);
    case MONEY:
        return compare_money(member, expect, report, reported);
    case INT:
        return scn_number(expect, member, 0) == scn_number(report, member, 0)
                   ? NULL
                   : scn_format("expected %s %lld, got %lld", member,
                                (long long)scn_number(expect, member, 0),
                                (long long)scn_number(report, member, 0));
    case BOOL:
        return scn_flag(expect, member) == scn_flag(report, member)
                   ? NULL
                   : scn_format("expected %s to be %s", member,
                                scn_flag(expect, member) ? "true" : "false");
    }
    return NULL;
}

/* {"20.00": 3} against [{"denomination":2000,"count":3}]. */
static char *compare_notes(const json_t *wanted, const json_t *report) {
    TW_JSON_OWNED json_t *found = json_object();
    size_t index;
    const json_t *one;
    char text[SCN_MONEY_TEXT_SIZE];
    json_array_foreach(json_object_get(report, "notes"), index, one)
        scn_set(found, scn_money_text(scn_number(one, "denomination", 0), text),
                json_integer(scn_number(one, "count", 0)));
    if (json_equal(found, wanted))
        return NULL;
    SCN_OWNED want = scn_dump(wanted);
    SCN_OWNED have = scn_dump(found);
    return scn_format("expected the notes %s, got %s", want, have);
}

/* Every member of wanted must be in found as it stands. */
static char *compare_members(const json_t *wanted, const json_t *found) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)wanted, key, value) {
        const json_t *have = json_object_get(found, key);
        if (json_equal(have, value))
            continue;
        SCN_OWNED want = scn_dump(value);
        SCN_OWNED got = have != NULL ? scn_dump(have) : scn_copy("nothing");
        return scn_format("expected %s to be %s, got %s", key, want, got);
    }
    return NULL;
}

static bool approved(const json_t *report) {
    return strcmp(scn_text_or(report, "verdict", "approved"), "approved") == 0 &&
           strcmp(scn_text_or(report, "rc", "00"), "00") == 0;
}

static char *compare_error(const char *wanted, const json_t *report) {
    const char *found = scn_text(report, "error");
    if (wanted == NULL && found == NULL)
        return NULL;
    if (wanted == NULL)
        return scn_format("refused: %s (%s)", found, scn_text_or(report, "message", ""));
    return found != NULL && strcmp(found, wanted) == 0
               ? NULL
               : scn_format("expected the error %s, got %s", wanted,
                            found != NULL ? found : "an answer");
}

static char *compare_all(const json_t *expect, const json_t *report) {
    char *reason = compare_error(scn_text(expect, "error"), report);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && reason == NULL; i++)
        if (json_object_get(expect, plain[i].member) != NULL)
            reason = compare(plain[i].member, plain[i].how, expect, report,
                             plain[i].reported != NULL ? plain[i].reported : plain[i].member);
    if (reason == NULL && json_object_get(expect, "notes") != NULL)
        reason = compare_notes(json_object_get(expect, "notes"), report);
    if (reason == NULL && json_object_get(expect, "answer") != NULL)
        reason = compare_members(json_object_get(expect, "answer"), report);
    return reason;
}

char *scn_expect_answer(struct scn_run *run, const json_t *step, const struct scn_played *played) {
    const json_t *expect = json_object_get(step, "expect");
    const json_t *report = played->report;
    bool crash = scn_flag(expect, "crashes") ||
                 (scn_text(step, "crash_at") != NULL && json_object_get(expect, "crashes") == NULL);
    int64_t within_us = scn_duration_us(expect, "within", SCN_WITHIN_US);
    if (crash || played->crashed)
        return crash == played->crashed
                   ? NULL
                   : scn_copy(
                         "the terminal did not get to the point where it was to lose its power");
    if (report == NULL)
        return NULL;
    char *reason = compare_all(expect, report);
    bool free_to = scn_text(expect, "rc") != NULL || scn_text(expect, "verdict") != NULL ||
                   scn_text(expect, "error") != NULL || json_object_get(expect, "answer") != NULL;
    if (reason == NULL && !free_to && !approved(report)) {
        SCN_OWNED shown = scn_describe_report(report);
        reason = scn_format("expected an approval, got %s", shown);
    }
    if (reason == NULL && json_object_get(expect, "postings") != NULL)
        reason = scn_expect_postings(run, json_object_get(expect, "postings"),
                                     scn_text_or(report, "txid", ""), within_us);
    if (reason == NULL && scn_text(expect, "within") != NULL &&
        scn_now_us() - run->report->step_us > within_us)
        reason = scn_format("took longer than %s", scn_text(expect, "within"));
    return reason;
}
