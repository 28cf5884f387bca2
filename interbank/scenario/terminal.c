/* The pipe to the child is the only way to it, so a step and its report always belong together. */
#include "scenario/terminal.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/network.h"
#include "scenario/relay.h"

static const json_t *cassettes_of(const struct scn_terminal *terminal) {
    static json_t *standard;
    if (standard == NULL)
        standard = json_pack("{s:i, s:i}", "50.00", 20, "20.00", 50);
    const json_t *own = json_object_get(terminal->spec, "cassettes");
    return own != NULL && json_object_size(own) > 0 ? own : standard;
}

int64_t scn_terminal_cassette(const struct scn_terminal *terminal, const char *denomination) {
    int64_t number = 0;
    const char *key;
    json_t *notes;
    json_object_foreach((json_t *)(uintptr_t)cassettes_of(terminal), key, notes) {
        number++;
        if (strcmp(key, denomination) == 0)
            return number;
    }
    return 0;
}

static void configure_cassettes(const struct scn_terminal *terminal) {
    const char *lines[16] = {NULL};
    size_t count = 0;
    const char *key;
    json_t *notes;
    json_object_foreach((json_t *)(uintptr_t)cassettes_of(terminal), key, notes) {
        int64_t minor = 0;
        if (count < 15 && scn_money_parse(key, &minor)) {
            lines[count] = scn_format("%zu %" PRId64 " EUR", count + 1, minor);
            count++;
        }
    }
    scn_ini_set(terminal->ini, "cassettes", "cassette", lines);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)lines[i]);
    const char *mix = scn_text(terminal->spec, "mix");
    if (mix != NULL)
        scn_ini_set(terminal->ini, "cassettes", "mix", (const char *const[]){mix, NULL});
}

void scn_terminal_configure(struct scn_run *run, struct scn_terminal *terminal) {
    static const struct {
        const char *timer, *key;
    } timers[] = {{"terminal_answer", "answer_ms"},
                  {"terminal_advice", "advice_ms"},
                  {"terminal_deposit", "deposit_ms"},
                  {"terminal_transfer", "transfer_ms"},
                  {"taken", "taken_ms"}};
    const json_t *wishes =
        json_object_get(json_object_get(run->scenario->tree, "network"), "timers");
    configure_cassettes(terminal);
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        int64_t us = scn_duration_us(wishes, timers[i].timer, 0);
        if (us > 0)
            scn_ini_set_number(terminal->ini, "limits", timers[i].key, us / 1000);
    }
    const char *places[9] = {NULL};
    size_t count = scn_relay_terminal_places(run, terminal, places, 8);
    if (count > 0)
        scn_ini_set(terminal->ini, "network", "middleware", places);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)places[i]);
}

void scn_terminal_dies_at(struct scn_terminal *terminal, const char *point) {
    free(terminal->dies_at);
    terminal->dies_at = scn_copy(point);
}

static char *power_on(struct scn_run *run, struct scn_terminal *terminal, const char *crash_at) {
    SCN_OWNED program = scn_format("%s/atm-client", run->bin);
    SCN_OWNED errors = scn_format("%s/log/atm-%s.err", terminal->bank->folder, terminal->id);
    SCN_OWNED clock = scn_format("TW_CLOCK_FILE=%s", run->clock.file);
    SCN_OWNED crash = scn_format("TW_CRASH_AT=%s", crash_at != NULL ? crash_at : "");
    const char *const arguments[] = {program, "--config", terminal->ini, "script", "-", NULL};
    const char *const environment[] = {clock, crash_at != NULL ? crash : NULL, NULL};
    scn_child_end(&terminal->life);
    free(terminal->dies_at);
    terminal->dies_at = crash_at != NULL ? scn_copy(crash_at) : NULL;
    if (scn_child_start(&terminal->life, arguments, environment, errors))
        return NULL;
    return scn_format("terminal %s cannot be started", terminal->name);
}

char *scn_terminal_begin(struct scn_run *run, struct scn_terminal *terminal, const json_t *step,
                         const char *crash_at) {
    char *problem = NULL;
    if (crash_at != NULL)
        scn_terminal_stop(terminal);
    if (terminal->life.pid == 0)
        problem = power_on(run, terminal, crash_at);
    if (problem != NULL)
        return problem;
    SCN_OWNED line = scn_dump(step);
    if (!scn_child_say(&terminal->life, line))
        return scn_format("terminal %s does not listen", terminal->name);
    return NULL;
}

static char *why_ended(const struct scn_terminal *terminal) {
    SCN_OWNED file = scn_format("%s/log/atm-%s.err", terminal->bank->folder, terminal->id);
    SCN_OWNED said = scn_read_file(file, 65536, NULL);
    size_t length = said != NULL ? strlen(said) : 0;
    while (length > 0 && said[length - 1] == '\n')
        said[--length] = '\0';
    const char *last = length > 0 ? strrchr(said, '\n') : NULL;
    if (last == NULL)
        last = said != NULL ? said : "";
    return scn_format("terminal %s ended: %s", terminal->name, last + (*last == '\n'));
}

json_t *scn_terminal_end(struct scn_run *run, struct scn_terminal *terminal, int64_t deadline_us,
                         char **ret_problem) {
    (void)run;
    SCN_OWNED line = scn_child_hear(&terminal->life, deadline_us);
    if (line != NULL)
        return scn_parse(line);
    if (scn_now_us() >= deadline_us) {
        *ret_problem = scn_format("terminal %s gave no report in time", terminal->name);
        return NULL;
    }
    (void)!scn_child_wait(&terminal->life, scn_now_us() + 2000000);
    bool crashed = terminal->dies_at != NULL && terminal->life.ended &&
                   (terminal->life.status & 0x7f) == SIGKILL;
    if (!crashed)
        *ret_problem = why_ended(terminal);
    scn_child_end(&terminal->life);
    return NULL;
}

json_t *scn_terminal_do(struct scn_run *run, struct scn_terminal *terminal, const json_t *step,
                        char **ret_problem) {
    *ret_problem = scn_terminal_begin(run, terminal, step, NULL);
    if (*ret_problem != NULL)
        return NULL;
    return scn_terminal_end(run, terminal, scn_now_us() + SCN_ANSWER_US, ret_problem);
}

void scn_terminal_kill(struct scn_terminal *terminal) {
    scn_child_end(&terminal->life);
}

void scn_terminal_stop(struct scn_terminal *terminal) {
    if (terminal->life.pid == 0)
        return;
    if (terminal->life.in >= 0) {
        (void)close(terminal->life.in);
        terminal->life.in = -1;
    }
    (void)!scn_child_wait(&terminal->life, scn_now_us() + 20000000);
    scn_child_end(&terminal->life);
}

static json_t *loads_of(const struct scn_terminal *terminal) {
    json_t *loads = json_array();
    json_int_t number = 0;
    const char *key;
    json_t *notes;
    json_object_foreach((json_t *)(uintptr_t)cassettes_of(terminal), key, notes) {
        number++;
        if (json_integer_value(notes) > 0)
            (void)json_array_append_new(
                loads, json_pack("{s:I, s:O}", "cassette", number, "notes", notes));
    }
    return loads;
}

static bool starts_empty(const struct scn_terminal *terminal) {
    const json_t *own = json_object_get(terminal->spec, "cassettes");
    return own != NULL && json_object_size(own) == 0;
}

/* Begins the same step at all of them and waits for all. */
static char *do_at_all(struct scn_run *run, const char *verb, bool fill) {
    char *problem = NULL;
    bool begun[1024] = {false};
    for (size_t i = 0; i < run->terminal_count && problem == NULL; i++) {
        struct scn_terminal *terminal = &run->terminals[i];
        TW_JSON_OWNED json_t *step = json_pack("{s:s}", "do", verb);
        if (fill && starts_empty(terminal))
            continue;
        if (fill)
            scn_set(step, "loads", loads_of(terminal));
        problem = scn_terminal_begin(run, terminal, step, NULL);
        begun[i] = problem == NULL;
    }
    for (size_t i = 0; i < run->terminal_count && problem == NULL; i++) {
        if (!begun[i])
            continue;
        TW_JSON_OWNED json_t *report =
            scn_terminal_end(run, &run->terminals[i], scn_now_us() + 30000000, &problem);
        if (report != NULL && strcmp(scn_text_or(report, "rc", ""), "00") != 0)
            problem = scn_format("terminal %s: %s: %s", run->terminals[i].name, verb,
                                 scn_text_or(report, "text", "failed"));
    }
    return problem;
}

char *scn_terminals_fill(struct scn_run *run) {
    char *problem = do_at_all(run, "sign-on", false);
    return problem != NULL ? problem : do_at_all(run, "replenish", true);
}
