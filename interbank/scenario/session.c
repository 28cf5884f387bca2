/* Whatever happens on the way, the network is taken down at one place. */
#include "scenario/session.h"

#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scenario/invariant.h"
#include "scenario/network.h"
#include "scenario/play.h"
#include "scenario/record.h"
#include "scenario/relay.h"
#include "scenario/state.h"
#include "scenario/stock.h"

#define LOG_LINES 8

uint64_t scn_session_seed(const struct scn_scenario *scenario, uint64_t wished) {
    return wished != 0 ? wished : (uint64_t)scn_number(scenario->tree, "seed", 1);
}

/* The last lines of a text. */
static const char *tail(const char *text, size_t lines) {
    const char *at = text + strlen(text);
    for (size_t seen = 0; at > text; at--)
        if (at[-1] == '\n' && at[0] != '\0' && ++seen == lines)
            break;
    return at;
}

/* Whether a log line tells of something after the network was built: JSON lines begin with their
 * time, and PostgreSQL's too, in nearly the same form. */
static bool is_later(const char *line, const char *built_at) {
    const char *time = line + (strncmp(line, "{\"time\":\"", 9) == 0 ? 9 : 0);
    char text[SCN_MOMENT_SIZE] = "";
    (void)snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, time);
    if (strlen(text) > 10 && text[10] == ' ')
        text[10] = 'T';
    return strcmp(text, built_at) >= 0;
}

static void mark_now(char moment[SCN_MOMENT_SIZE]) {
    time_t now = time(NULL);
    struct tm parts;
    (void)strftime(moment, SCN_MOMENT_SIZE, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &parts));
}

/* Lines that warn or complain, of the last of a log. */
static char *complaints(const char *file, const char *built_at) {
    SCN_OWNED text = scn_read_file(file, (size_t)256 << 20, NULL);
    char *kept = NULL;
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "\n");
        SCN_OWNED line = scn_format("%.*s", (int)length, at);
        bool bad = strstr(line, "\"level\":\"error\"") != NULL ||
                   strstr(line, "\"level\":\"warn\"") != NULL || strstr(line, "ERROR") != NULL ||
                   strstr(line, "FATAL") != NULL;
        if (bad && is_later(line, built_at))
            scn_append(&kept, "%.400s\n", line);
        at += length + (at[length] == '\n');
    }
    if (kept == NULL)
        return NULL;
    char *last = scn_copy(tail(kept, LOG_LINES));
    free(kept);
    return last;
}

static void quote_logs(struct scn_run *run) {
    for (size_t i = 0; i < run->bank_count; i++) {
        SCN_OWNED pattern = scn_format("%s/log/*", run->banks[i].folder);
        glob_t found = {0};
        if (glob(pattern, 0, NULL, &found) == 0) {
            for (size_t k = 0; k < found.gl_pathc; k++) {
                SCN_OWNED lines = complaints(found.gl_pathv[k], run->built_at);
                if (lines != NULL)
                    scn_report_log(run->report, found.gl_pathv[k] + strlen(run->folder) + 1, lines);
            }
        }
        globfree(&found);
    }
}

static void tell_kept(struct scn_run *run) {
    scn_report_phase(run->report, "kept: %s", run->folder);
    for (size_t i = 0; i < run->bank_count; i++)
        scn_report_phase(run->report,
                         "  %s: interbank/network/network.sh start %s; then "
                         "build/dev/bin/bankctl --config %s/etc/bankctl.ini help",
                         run->banks[i].name, run->banks[i].folder, run->banks[i].folder);
    scn_report_phase(run->report, "  removed by: interbank/network/network.sh destroy FOLDER, the "
                                  "first bank's last");
}

/* Lines of the relay's trace, and where its clock begins in ours. */
static void add_trace(struct scn_run *run, int64_t relay_us, int64_t ours_ms) {
    SCN_OWNED file = scn_relay_trace_file(run);
    SCN_OWNED text = scn_read_file(file, (size_t)256 << 20, NULL);
    json_t *lines = json_array();
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "\n");
        SCN_OWNED line = scn_format("%.*s", (int)length, at);
        json_t *one = scn_parse(line);
        if (one != NULL)
            (void)json_array_append_new(lines, one);
        at += length + (at[length] == '\n');
    }
    scn_set(run->report->result, "trace", lines);
    scn_set(run->report->result, "relay_start_ms", json_integer(ours_ms - relay_us / 1000));
}

static void keep_record(struct scn_run *run, const json_t *steps, const char *file) {
    struct tw_error error = {0};
    if (!tw_ok(scn_record_write(run, steps, file, &error)))
        scn_report_problem(run->report, error.detail);
    else
        scn_report_phase(run->report, "%zu steps are recorded in %s", json_array_size(steps), file);
}

static void play_and_judge(struct scn_run *run, const struct scn_session_options *options) {
    const json_t *expect = json_object_get(run->scenario->tree, "expect");
    TW_JSON_OWNED json_t *before = scn_positions_json(run);
    int64_t relay_us = scn_relay_now(run);
    int64_t ours_ms = (scn_now_us() - run->report->begun_us) / 1000;
    mark_now(run->built_at);
    TW_JSON_OWNED json_t *recorded = NULL;
    if (options->record != NULL)
        recorded = scn_record(run, stdin);
    else
        (void)!scn_play(run);
    if (scn_interrupted)
        return;
    scn_invariants(run);
    if (expect != NULL && recorded == NULL && run->report->failures == 0)
        free(scn_expect_state(run, expect, true));
    scn_set(run->report->result, "positions",
            json_pack("{s:O, s:o}", "before", before, "after", scn_positions_json(run)));
    if (recorded != NULL)
        keep_record(run, recorded, options->record);
    if (options->trace)
        add_trace(run, relay_us, ours_ms);
}

static void count_names(struct scn_run *run) {
    json_t *banks = json_array();
    json_t *terminals = json_array();
    for (size_t i = 0; i < run->bank_count; i++)
        (void)json_array_append_new(
            banks, json_pack("{s:s, s:s, s:I, s:I}", "name", run->banks[i].name, "title",
                             run->banks[i].title, "code", (json_int_t)run->banks[i].code, "servers",
                             (json_int_t)run->banks[i].servers));
    for (size_t i = 0; i < run->terminal_count; i++)
        (void)json_array_append_new(terminals,
                                    json_pack("{s:s, s:s}", "name", run->terminals[i].name, "bank",
                                              run->terminals[i].bank->name));
    scn_set(run->report->result, "banks", banks);
    scn_set(run->report->result, "terminals", terminals);
    if (run->agent != NULL)
        scn_set(run->report->result, "agent", json_string(run->agent->name));
}

bool scn_session(const struct scn_scenario *scenario, struct scn_report *report,
                 const struct scn_session_options *options) {
    struct scn_run run = {.scenario = scenario,
                          .report = report,
                          .bin = options->bin,
                          .top = options->top,
                          .folder = scn_copy(options->folder),
                          .variables = json_object()};
    run.seed = scn_session_seed(scenario, options->seed);
    run.random.state = run.seed;
    scn_report_begin(report, scenario, run.seed);
    SCN_OWNED clock = scn_format("%s/clock", run.folder);
    scn_network_plan(&run);
    if (options->stock != NULL && !options->keep && scn_stock_fits(&run))
        run.stock = scn_stock_open(&run, options->stock);
    count_names(&run);
    scn_report_phase(report, "building %zu bank%s and %zu terminal%s", run.bank_count,
                     run.bank_count == 1 ? "" : "s", run.terminal_count,
                     run.terminal_count == 1 ? "" : "s");
    char *problem =
        scn_clock_open(&run.clock, clock) ? scn_network_build(&run) : scn_copy("no clock file");
    scn_set(report->result, "build_ms", json_integer((scn_now_us() - report->begun_us) / 1000));
    run.deadline_us = scn_now_us() + options->timeout_s * 1000000;
    if (problem != NULL)
        scn_report_problem(report, problem);
    else
        play_and_judge(&run, options);
    free(problem);
    if (scn_interrupted)
        scn_report_problem(report, "interrupted");
    if (report->failures > 0)
        quote_logs(&run);
    if (options->keep)
        tell_kept(&run);
    scn_network_end(&run, options->keep);
    scn_children_end();
    scn_stock_close(run.stock);
    scn_report_end(report);
    scn_clock_close(&run.clock);
    scn_network_free(&run);
    json_decref(run.variables);
    free(run.folder);
    free(run.listed);
    return report->failures == 0;
}
