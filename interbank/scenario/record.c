/* A line becomes a step of the scenario as it would then be, which is checked as a file is: so
 * nothing is played live that could not be read back. */
#include "scenario/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/play.h"
#include "scenario/state.h"

#define LINE_MAX_BYTES 65536

static const char small_network[] =
    "{\"title\": \"recorded\", \"network\": {\"interchange\": \"0.40\"}, \"agent\": {},\n"
    " \"banks\": [{\"name\": \"alder\", \"surcharge\": \"1.50\"}, {\"name\": \"birch\"}],\n"
    " \"customers\": [{\"name\": \"anna\", \"bank\": \"alder\", \"balance\": \"300.00\"},\n"
    "  {\"name\": \"bob\", \"bank\": \"birch\", \"balance\": \"300.00\"}],\n"
    " \"terminals\": [{\"name\": \"a1\", \"bank\": \"alder\"}, {\"name\": \"b1\", \"bank\": "
    "\"birch\"}],\n"
    " \"steps\": []}\n";

const char *scn_record_network(void) {
    return small_network;
}

/* The base with these steps and expectations, as it will be written. New reference. */
static json_t *whole(struct scn_run *run, const json_t *steps, json_t *expect) {
    json_t *tree = json_deep_copy(run->scenario->tree);
    scn_set(tree, "steps", json_deep_copy(steps));
    scn_set(tree, "seed", json_integer((json_int_t)run->seed));
    (void)json_object_del(tree, "expect");
    if (expect != NULL)
        scn_set(tree, "expect", expect);
    return tree;
}

/* Complains on the console about a step that no file could have. */
static bool is_good(struct scn_run *run, const json_t *steps, json_t *step) {
    TW_JSON_OWNED json_t *with = json_deep_copy(steps);
    (void)json_array_append(with, step);
    TW_JSON_OWNED json_t *tree = whole(run, with, NULL);
    struct scn_scenario trial;
    struct scn_problems problems = {0};
    char *text = scn_dump(tree);
    bool good = scn_scenario_read(&trial, "line", text, strlen(text), &problems);
    for (size_t i = 0; i < problems.count; i++)
        (void)printf("  %s\n", problems.list[i].text);
    scn_scenario_clear(&trial);
    scn_problems_clear(&problems);
    return good;
}

/* What a report says that must come again; NULL: nothing. */
static json_t *expectation_of(const json_t *report) {
    static const char *const texts[] = {"rc", "verdict", "status", "reason"};
    static const char *const amounts[] = {"dispensed", "surcharge"};
    json_t *expect = json_object();
    char text[SCN_MONEY_TEXT_SIZE];
    size_t index;
    const json_t *one;
    for (size_t i = 0; i < 4; i++)
        if (scn_text(report, texts[i]) != NULL && scn_text(report, texts[i])[0] != '\0')
            scn_set(expect, texts[i], json_string(scn_text(report, texts[i])));
    for (size_t i = 0; i < 2; i++)
        if (json_is_integer(json_object_get(report, amounts[i])))
            scn_set(expect, amounts[i],
                    json_string(scn_money_text(scn_number(report, amounts[i], 0), text)));
    if (strcmp(scn_text_or(report, "do", ""), "withdraw") == 0 &&
        json_array_size(json_object_get(report, "notes")) > 0) {
        json_t *notes = json_object();
        json_array_foreach(json_object_get(report, "notes"), index, one)
            scn_set(notes, scn_money_text(scn_number(one, "denomination", 0), text),
                    json_integer(scn_number(one, "count", 0)));
        scn_set(expect, "notes", notes);
    }
    return expect;
}

static void play_line(struct scn_run *run, json_t *steps, json_t *step) {
    const struct scn_verb *verb = scn_verb_find(scn_text(step, "do"));
    bool observed =
        json_object_get(step, "expect") == NULL && scn_member_find(&verb->shape, "expect") != NULL;
    if (verb->play == NULL) {
        (void)printf("  blocks of steps cannot be played live\n");
        return;
    }
    TW_JSON_OWNED json_t *live = json_deep_copy(step);
    if (observed) { /* whatever comes back is what is expected the next time */
        scn_set(live, "expect", json_pack("{s:{}}", "answer"));
        scn_set(live, "as", json_string("observed"));
    }
    if (!scn_play_one(run, live, json_array_size(steps) + 1, 0)) {
        (void)printf("  not recorded\n");
        run->report->failures = 0;
        return;
    }
    if (observed)
        scn_set(step, "expect", expectation_of(json_object_get(run->variables, "observed")));
    (void)json_array_append(steps, step);
}

static bool take(struct scn_run *run, json_t *steps, char *line) {
    line[strcspn(line, "\r\n")] = '\0';
    const char *text = line + strspn(line, " \t");
    if (strcmp(text, "end") == 0)
        return false;
    if (*text == '\0' || *text == '#')
        return true;
    if (strcmp(text, "help") == 0) {
        scn_record_help(stdout);
        return true;
    }
    char *problem = NULL;
    TW_JSON_OWNED json_t *step = scn_record_line(text, &problem);
    if (step == NULL)
        (void)printf("  %s\n", problem);
    else if (is_good(run, steps, step))
        play_line(run, steps, step);
    free(problem);
    return true;
}

json_t *scn_record(struct scn_run *run, FILE *in) {
    json_t *steps = json_array();
    bool talks = isatty(fileno(in)) != 0;
    char *line = NULL;
    size_t room = 0;
    bool more = true;
    if (talks)
        (void)printf("  The network runs. \"help\" lists what can be done, \"end\" ends.\n");
    while (more && !scn_interrupted) {
        if (talks) {
            (void)printf("> ");
            (void)fflush(stdout);
        }
        if (getline(&line, &room, in) < 0 || room > LINE_MAX_BYTES)
            break;
        more = take(run, steps, line);
    }
    free(line);
    return steps;
}

static json_t *state_of(struct scn_run *run) {
    json_t *balances = json_object();
    json_t *positions = json_array();
    char text[SCN_MONEY_TEXT_SIZE];
    char *problem = NULL;
    for (size_t i = 0; i < run->account_count; i++)
        scn_set(balances, run->accounts[i].name,
                json_string(scn_money_text(scn_balance_of(&run->accounts[i], &problem), text)));
    for (size_t i = 0; i < run->bank_count; i++)
        for (size_t j = i + 1; j < run->bank_count; j++)
            (void)json_array_append_new(
                positions,
                json_pack("{s:s, s:s, s:s}", "bank", run->banks[i].name, "peer", run->banks[j].name,
                          "amount",
                          scn_money_text(scn_position(&run->banks[i], &run->banks[j], 0, &problem),
                                         text)));
    free(problem);
    return json_pack("{s:o, s:o}", "balances", balances, "positions", positions);
}

struct tw_status scn_record_write(struct scn_run *run, const json_t *steps, const char *file,
                                  struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *tree = whole(run, steps, state_of(run));
    char *text = json_dumps(tree, JSON_INDENT(2));
    tw_assert(text != NULL);
    SCN_OWNED whole_text = scn_format("%s\n", text);
    free(text);
    return scn_write_file(file, whole_text, ret_error);
}
