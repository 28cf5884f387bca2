/* Clearing and settlement: the agent is told, the banks follow by themselves. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"
#include "scenario/state.h"

#define WORDS_MAX 24

static bool is_meant(const json_t *banks, const struct scn_bank *bank) {
    size_t index;
    const json_t *name;
    json_array_foreach(banks, index,
                       name) if (strcmp(json_string_value(name), bank->name) == 0) return true;
    return banks == NULL;
}

static int64_t open_window(struct scn_bank *bank) {
    char *problem = NULL;
    int64_t window = scn_books_number(bank, "SELECT window_no FROM bank", &problem);
    free(problem);
    return window;
}

struct awaited {
    struct scn_run *run;
    const json_t *banks;
    int64_t window;
    const char *state;
};

/* Every bank that is meant works in a later window than that. */
static bool followed(void *context) {
    const struct awaited *awaited = context;
    for (size_t i = 0; i < awaited->run->bank_count; i++)
        if (is_meant(awaited->banks, &awaited->run->banks[i]) &&
            open_window(&awaited->run->banks[i]) <= awaited->window)
            return false;
    return true;
}

static void await(struct scn_run *run, int64_t us, bool (*until)(void *context), void *context) {
    int64_t deadline_us = scn_now_us() + SCN_ANSWER_US;
    for (int64_t passed = 0; passed < us && !until(context) && !scn_interrupted; passed += 500000) {
        scn_sleep_us(100000);
        if (!until(context))
            scn_clock_pass(&run->clock, 500000, NULL, NULL);
        if (scn_now_us() > deadline_us)
            break;
    }
}

/* At these banks themselves, one by one. */
static void advance(struct scn_run *run, const json_t *banks, struct scn_played *played) {
    for (size_t i = 0; i < run->bank_count && played->problem == NULL; i++)
        if (is_meant(banks, &run->banks[i]))
            json_decref(SCN_BANKCTL(&run->banks[i], &played->problem, NULL, "window", "advance"));
}

void scn_step_cut_over(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const json_t *banks = json_object_get(step, "banks");
    if (banks != NULL || run->agent == NULL) {
        advance(run, banks, played);
        return;
    }
    TW_JSON_OWNED json_t *agent = SCN_SETTLECTL(run, &played->problem, "agent", "show");
    if (played->problem != NULL)
        return;
    struct awaited awaited = {.run = run, .window = scn_number(agent, "open_window", 0)};
    if (awaited.window == 0)
        awaited.window = scn_number(agent, "window", 0);
    json_decref(SCN_SETTLECTL(run, &played->problem, "window", "cut-over"));
    if (played->problem == NULL)
        await(run, INT64_C(60000000), followed, &awaited);
    if (played->problem == NULL && !followed(&awaited))
        played->problem = scn_format("not every bank has left window %" PRId64, awaited.window);
    played->shown = scn_format("window %" PRId64 " is closed", awaited.window);
}

static char *state_at(struct scn_bank *bank, int64_t window) {
    char *problem = NULL;
    SCN_OWNED sql =
        scn_format("SELECT state FROM settlement_window WHERE window_no = %" PRId64, window);
    PGresult *row = scn_books(bank, sql, &problem);
    char *state = scn_copy(row != NULL && PQntuples(row) > 0 ? PQgetvalue(row, 0, 0) : "");
    PQclear(row);
    free(problem);
    return state;
}

static bool reached(void *context) {
    const struct awaited *awaited = context;
    for (size_t i = 0; i < awaited->run->bank_count; i++) {
        if (!is_meant(awaited->banks, &awaited->run->banks[i]))
            continue;
        SCN_OWNED state = state_at(&awaited->run->banks[i], awaited->window);
        if (strcmp(state, awaited->state) != 0)
            return false;
    }
    return true;
}

void scn_step_await_settlement(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct awaited awaited = {.run = run,
                              .banks = json_object_get(step, "banks"),
                              .window = scn_number(step, "window", open_window(&run->banks[0]) - 1),
                              .state = scn_text_or(step, "state", "SETTLED")};
    await(run, scn_duration_us(step, "for", INT64_C(900000000)), reached, &awaited);
    for (size_t i = 0; i < run->bank_count; i++) {
        SCN_OWNED state = state_at(&run->banks[i], awaited.window);
        scn_append(&played->shown, "%s%s %s", i > 0 ? ", " : "", run->banks[i].name, state);
    }
    if (!reached(&awaited))
        played->problem = scn_format("window %" PRId64 " was to be %s everywhere: %s",
                                     awaited.window, awaited.state, played->shown);
}

void scn_step_settlectl(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const char *words[WORDS_MAX + 1] = {NULL};
    char *problem = NULL;
    scn_words(run, json_object_get(step, "arguments"), words, WORDS_MAX);
    played->report = scn_settlectl(run, &problem, words);
    for (size_t i = 0; words[i] != NULL; i++)
        free((void *)(uintptr_t)words[i]);
    if (!scn_flag(step, "fails")) {
        played->problem = problem;
        return;
    }
    if (problem == NULL)
        played->problem = scn_copy("was to be refused, but was done");
    played->shown = problem;
}

void scn_step_resolve_breaks(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct scn_bank *bank = scn_bank_find(run, scn_text(step, "bank"));
    SCN_OWNED peer = scn_format("%" PRId64, scn_bank_find(run, scn_text(step, "peer"))->code);
    TW_JSON_OWNED json_t *breaks = SCN_BANKCTL(bank, &played->problem, NULL, "breaks");
    size_t resolved = 0;
    size_t index;
    const json_t *one;
    json_array_foreach(breaks, index, one) {
        if (played->problem != NULL || strcmp(scn_text_or(one, "peer", ""), peer) != 0)
            continue;
        json_decref(SCN_BANKCTL(bank, &played->problem, NULL, "break", "resolve",
                                scn_text_or(one, "break", ""), "--as", scn_text(step, "keep")));
        resolved++;
    }
    played->shown = scn_format("%zu resolved", resolved);
}
