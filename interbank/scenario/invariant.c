/* First everything must have come to rest: terminals recover and tell their banks what they know,
 * banks tell each other; then nothing is in flight and the books can be laid side by side. */
#include "scenario/invariant.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/network.h"
#include "scenario/play.h"
#include "scenario/state.h"
#include "scenario/terminal.h"

/* A life without customers, for every terminal. */
static void settle_terminals(struct scn_run *run) {
    TW_JSON_OWNED json_t *recover = json_pack("{s:s}", "do", "recover");
    TW_JSON_OWNED json_t *advices = json_pack("{s:s, s:i}", "do", "advices", "ms", 20000);
    for (size_t i = 0; i < run->terminal_count; i++) {
        struct scn_terminal *terminal = &run->terminals[i];
        char *problem = NULL;
        scn_terminal_stop(terminal);
        json_decref(scn_terminal_do(run, terminal, recover, &problem));
        if (problem == NULL)
            json_decref(scn_terminal_do(run, terminal, advices, &problem));
        if (problem != NULL)
            scn_report_invariant(run->report, "T4", terminal->name,
                                 "the terminal tells its bank everything", problem);
        free(problem);
        scn_terminal_stop(terminal);
    }
}

static void audit_bank(struct scn_run *run, struct scn_bank *bank) {
    const char *tool = bank == run->agent ? "settlectl" : "bankctl";
    SCN_OWNED program = scn_format("%s/%s", run->bin, tool);
    SCN_OWNED config = scn_format("%s/etc/%s.ini", bank->folder, tool);
    const char *const arguments[] = {program, "--config", config, "--json", "audit", NULL};
    struct scn_done done = scn_program(arguments, NULL, NULL, 120);
    TW_JSON_OWNED json_t *audit = scn_parse(done.out != NULL ? done.out : "");
    size_t index;
    size_t noticed = 0;
    const json_t *check;
    if (audit == NULL)
        scn_report_invariant(run->report, "B", bank->name, "the bank can be audited",
                             done.err != NULL ? done.err : "no answer");
    json_array_foreach(json_object_get(audit, "checks"), index, check) {
        const char *title = scn_text_or(check, "title", "");
        size_t id = strcspn(title, ":");
        SCN_OWNED name = scn_format("%.*s", (int)id, title);
        SCN_OWNED reason = NULL;
        noticed += scn_number(check, "violations", 0) > 0;
        if (scn_number(check, "violations", 0) > 0 && !bank->tampered) {
            SCN_OWNED examples = scn_dump(json_object_get(check, "examples"));
            reason = scn_format("%lld times: %.300s", (long long)scn_number(check, "violations", 0),
                                examples);
        }
        scn_report_invariant(run->report, name, bank->name, title + id + (title[id] == ':' ? 2 : 0),
                             reason);
    }
    if (bank->tampered)
        scn_report_invariant(run->report, "Audit", bank->name,
                             "the audit notices that somebody changed the books",
                             noticed > 0 ? NULL : "it found nothing");
    scn_done_clear(&done);
}

void scn_invariants(struct scn_run *run) {
    char *problem = scn_network_heal(run);
    if (problem != NULL) {
        scn_report_problem(run->report, problem);
        free(problem);
        return;
    }
    settle_terminals(run);
    TW_JSON_OWNED json_t *drain = json_pack("{s:s}", "do", "drain");
    struct scn_played played = {0};
    scn_step_drain(run, drain, &played);
    scn_report_invariant(run->report, "B8", "",
                         "every stored message for another bank is acknowledged", played.problem);
    scn_played_clear(&played);
    for (size_t i = 0; i < run->bank_count; i++)
        audit_bank(run, &run->banks[i]);
    if (run->agent != NULL)
        audit_bank(run, run->agent);
    for (size_t i = 0; i < run->terminal_count; i++)
        scn_invariants_terminal(run, &run->terminals[i]);
    scn_invariants_network(run);
    scn_invariants_leaks(run);
}
