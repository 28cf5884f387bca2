/* Terminals are told one after the other, without waiting for any; that is a millisecond for ten.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"
#include "scenario/terminal.h"

#define PARALLEL_MAX 64

struct begun {
    json_t *step; /* resolved; NULL: none */
    size_t line;
    struct scn_terminal *terminal;
    char *problem;
};

static struct begun begin_one(struct scn_run *run, const json_t *step, size_t line) {
    struct begun one = {.step = scn_resolve(run, step), .line = line};
    one.terminal = scn_terminal_find(run, scn_text(one.step, "at"));
    TW_JSON_OWNED json_t *words = scn_terminal_step(run, one.step, &one.problem);
    if (words != NULL)
        one.problem = scn_terminal_begin(run, one.terminal, words, scn_text(one.step, "crash_at"));
    return one;
}

static bool end_one(struct scn_run *run, struct begun *one, size_t depth, bool any, json_t *rcs) {
    struct scn_played played = {.problem = one->problem};
    SCN_OWNED text = scn_describe(one->step);
    scn_report_step(run->report, one->line, depth, text);
    if (played.problem == NULL)
        played.report =
            scn_terminal_end(run, one->terminal, scn_now_us() + SCN_ANSWER_US, &played.problem);
    played.crashed = played.report == NULL && played.problem == NULL;
    if (played.report != NULL) {
        played.shown = scn_describe_report(played.report);
        (void)json_array_append_new(rcs, json_string(scn_text_or(played.report, "rc", "")));
        if (any) /* judged together */
            scn_set(one->step, "expect", json_pack("{s:{}}", "answer"));
    }
    bool good = scn_play_judge(run, one->step, &played);
    scn_played_clear(&played);
    json_decref(one->step);
    return good;
}

static int by_text(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The texts of a list in order, joined. */
static char *sorted(const json_t *list) {
    const char *texts[PARALLEL_MAX];
    size_t count = json_array_size(list);
    char *joined = scn_copy("");
    for (size_t i = 0; i < count && i < PARALLEL_MAX; i++)
        texts[i] = json_string_value(json_array_get(list, i));
    qsort(texts, count, sizeof texts[0], by_text);
    for (size_t i = 0; i < count; i++)
        scn_append(&joined, "%s%s", i > 0 ? ", " : "", texts[i]);
    return joined;
}

static bool judge_codes(struct scn_run *run, const json_t *wanted, const json_t *heard,
                        size_t depth) {
    if (wanted == NULL)
        return true;
    SCN_OWNED want = sorted(wanted);
    SCN_OWNED have = sorted(heard);
    SCN_OWNED reason =
        strcmp(want, have) == 0 ? NULL : scn_format("expected the codes %s, got %s", want, have);
    scn_report_step(run->report, 0, depth, "all of them together");
    scn_report_step_done(run->report, have, reason);
    return reason == NULL;
}

bool scn_play_parallel(struct scn_run *run, const json_t *block, const char *pointer,
                       size_t depth) {
    const json_t *wanted = json_object_get(block, "expect_rcs");
    TW_JSON_OWNED json_t *heard = json_array();
    struct begun begun[PARALLEL_MAX];
    size_t count = 0;
    size_t index;
    const json_t *step;
    bool good = true;
    scn_report_phase(run->report, "in parallel:");
    json_array_foreach(json_object_get(block, "steps"), index, step) {
        SCN_OWNED place = scn_format("%s/steps/%zu", pointer, index);
        size_t line = scn_source_find(&run->scenario->source, place).line;
        bool terminal = scn_verb_find(scn_text(step, "do"))->terminal_verb != NULL;
        if (terminal && count < PARALLEL_MAX)
            begun[count++] = begin_one(run, step, line);
        else if (good)
            good = scn_play_one(run, step, line, depth + 1);
    }
    for (size_t i = 0; i < count; i++)
        good = end_one(run, &begun[i], depth + 1, wanted != NULL, heard) && good;
    return judge_codes(run, wanted, heard, depth + 1) && good;
}
