/* A step reads as a sentence: who does what, with what, where. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"

static void add_notes(char **text, const json_t *notes) {
    const char *key;
    json_t *count;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)notes, key, count) {
        scn_append(text, "%s%" JSON_INTEGER_FORMAT "x%s", first ? " " : " + ",
                   json_integer_value(count), key);
        first = false;
    }
}

/* Members that are said with a word before them. */
static const struct {
    const char *member, *word;
} said[] = {
    {"action", ""},  {"amount", ""},     {"process", ""}, {"link", ""},
    {"method", ""},  {"which", ""},      {"how", ""},     {"point", "at "},
    {"for", ""},     {"account", "of "}, {"to", "to "},   {"card", "by "},
    {"bank", "at "}, {"peer", "about "}, {"reason", ""},  {"fault", ""},
    {"found", ""},   {"what", ""},       {"txid", ""},    {"crash_at", "power lost at "},
    {"text", ""},
};

char *scn_describe(const json_t *step) {
    char *text = NULL;
    const char *verb = scn_text(step, "do");
    if (strcmp(verb, "say") == 0)
        return scn_copy(scn_text_or(step, "text", ""));
    if (scn_text(step, "at") != NULL)
        scn_append(&text, "%s: ", scn_text(step, "at"));
    scn_append(&text, "%s", verb);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const char *value = scn_text(step, said[i].member);
        if (value != NULL && strcmp(said[i].member, "txid") == 0)
            scn_append(&text, " %.8s", value);
        else if (value != NULL)
            scn_append(&text, " %s%s", said[i].word, value);
    }
    if (json_is_object(json_object_get(step, "notes")))
        add_notes(&text, json_object_get(step, "notes"));
    if (scn_number(step, "times", 0) > 0)
        scn_append(&text, " %" PRId64 " times", scn_number(step, "times", 0));
    if (scn_number(step, "operations", 0) > 0)
        scn_append(&text, " of %" PRId64 " operations", scn_number(step, "operations", 0));
    size_t index;
    const json_t *word;
    json_array_foreach(json_object_get(step, "arguments"), index, word)
        scn_append(&text, " %s", json_string_value(word));
    json_array_foreach(json_object_get(step, "banks"), index, word)
        scn_append(&text, " %s", json_string_value(word));
    return text;
}

static void add_list(char **text, const json_t *notes) {
    size_t index;
    const json_t *one;
    char buffer[SCN_MONEY_TEXT_SIZE];
    json_array_foreach(notes, index, one)
        scn_append(text, "%s%" PRId64 "x%s", index == 0 ? ", " : " + ", scn_number(one, "count", 0),
                   scn_money_text(scn_number(one, "denomination", 0), buffer));
}

char *scn_describe_report(const json_t *report) {
    char *text = NULL;
    char buffer[SCN_MONEY_TEXT_SIZE];
    static const struct {
        const char *member, *word;
    } amounts[] = {{"surcharge", ", surcharge "},
                   {"ledger_balance", ", balance "},
                   {"difference", ", difference "}};
    scn_append(&text, "%s", scn_text_or(report, "verdict", "answered"));
    if (scn_text(report, "rc") != NULL)
        scn_append(&text, " %s", scn_text(report, "rc"));
    if (strcmp(scn_text_or(report, "rc", "00"), "00") != 0 ||
        strcmp(scn_text_or(report, "verdict", "approved"), "approved") != 0)
        scn_append(&text, " (%s)", scn_text_or(report, "text", ""));
    if (scn_text(report, "status") != NULL)
        scn_append(&text, ", %s", scn_text(report, "status"));
    if (scn_text(report, "reason") != NULL)
        scn_append(&text, " %s", scn_text(report, "reason"));
    add_list(&text, json_object_get(report, "notes"));
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
        if (json_object_get(report, amounts[i].member) != NULL)
            scn_append(&text, "%s%s", amounts[i].word,
                       scn_money_text(scn_number(report, amounts[i].member, 0), buffer));
    if (scn_flag(report, "card_retained"))
        scn_append(&text, ", card kept");
    return text;
}
