/* One table: a word, and what each word behind it is. JSON is taken as it is. */
#include <stdlib.h>
#include <string.h>

#include "scenario/record.h"

#define WORDS_MAX 8

static const struct {
    const char *word, *verb;
    const char *members[5]; /* "?": may be left out from here on */
    const char *about;
} lines[] = {
    {"withdraw", "withdraw", {"at", "card", "amount"}, "withdraw a1 anna 60.00"},
    {"balance", "balance", {"at", "card"}, "balance a1 anna"},
    {"statement", "statement", {"at", "card"}, "statement a1 anna"},
    {"deposit", "deposit", {"at", "card", "notes"}, "deposit a1 anna 3x20.00,1x50.00"},
    {"transfer", "transfer", {"at", "card", "to", "amount"}, "transfer a1 anna birch/bob 10.00"},
    {"open", "open", {"at", "card", "?", "pin"}, "open a1 anna [PIN]"},
    {"close", "close", {"at"}, "close a1"},
    {"pin-change", "pin-change", {"at", "card", "new_pin"}, "pin-change a1 anna 86420975"},
    {"status", "status", {"at"}, "status a1"},
    {"totals", "totals", {"at"}, "totals a1"},
    {"advices", "advices", {"at"}, "advices a1"},
    {"recover", "recover", {"at"}, "recover a1"},
    {"fault", "device-fault", {"at", "fault"}, "fault a1 jam_before_present"},
    {"power-loss", "power-loss", {"at"}, "power-loss a1"},
    {"cut", "cut", {"link"}, "cut alder>birch"},
    {"heal", "heal", {"link"}, "heal alder>birch"},
    {"kill", "kill", {"process"}, "kill birch/bank-server-1"},
    {"stop", "stop", {"process"}, "stop birch/bank-server-1"},
    {"continue", "continue", {"process"}, "continue birch/bank-server-1"},
    {"start", "start", {"process"}, "start birch/bank-server-1"},
    {"restart", "restart", {"process"}, "restart birch/bank-server-1"},
    {"wait", "wait", {"for"}, "wait 10m"},
    {"drain", "drain", {NULL}, "drain"},
    {"cut-over", "cut-over", {NULL}, "cut-over"},
    {"settle", "await-settlement", {NULL}, "settle (after cut-over: waits for it)"},
};

#define LINE_COUNT (sizeof lines / sizeof lines[0])

void scn_record_help(FILE *out) {
    for (size_t i = 0; i < LINE_COUNT; i++)
        (void)fprintf(out, "  %s\n", lines[i].about);
    (void)fprintf(out, "  {\"do\": ...}    any step, as in a file\n  help, end\n");
}

/* "3x20.00,1x50.00" */
static json_t *notes_of(const char *text) {
    json_t *notes = json_object();
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char *rest = NULL;
        long count = strtol(at, &rest, 10);
        if (*rest == 'x') {
            SCN_OWNED denomination = scn_format("%.*s", (int)(at + length - rest - 1), rest + 1);
            scn_set(notes, denomination, json_integer(count));
        }
        at += length + (at[length] == ',');
    }
    return notes;
}

static json_t *value_of(const char *member, const char *word) {
    return strcmp(member, "notes") == 0 ? notes_of(word) : json_string(word);
}

/* Fills members with words; false when there are too many or too few. */
static bool fill(json_t *step, const char *const members[], char *const words[], size_t count) {
    size_t used = 0;
    size_t at = 0;
    bool needed = true;
    for (; members[at] != NULL && at < 5; at++) {
        if (strcmp(members[at], "?") == 0) {
            needed = false;
            continue;
        }
        if (used == count)
            return !needed;
        scn_set(step, members[at], value_of(members[at], words[used++]));
    }
    return used == count;
}

static size_t split(char *text, char *words[]) {
    size_t count = 0;
    for (char *at = text + strspn(text, " \t"); *at != '\0' && count < WORDS_MAX;) {
        words[count++] = at;
        at += strcspn(at, " \t");
        if (*at != '\0')
            *at++ = '\0';
        at += strspn(at, " \t");
    }
    return count;
}

json_t *scn_record_line(const char *line, char **ret_problem) {
    if (line[strspn(line, " \t")] == '{') {
        json_t *step = scn_parse(line);
        if (step == NULL)
            *ret_problem = scn_copy("this is not JSON");
        return step;
    }
    SCN_OWNED text = scn_copy(line);
    char *words[WORDS_MAX];
    size_t count = split(text, words);
    for (size_t i = 0; i < LINE_COUNT && count > 0; i++) {
        if (strcmp(words[0], lines[i].word) != 0)
            continue;
        json_t *step = json_pack("{s:s}", "do", lines[i].verb);
        if (fill(step, lines[i].members, words + 1, count - 1))
            return step;
        json_decref(step);
        *ret_problem = scn_format("like this: %s", lines[i].about);
        return NULL;
    }
    *ret_problem = scn_copy("unknown; \"help\" lists what there is");
    return NULL;
}
