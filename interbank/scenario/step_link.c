/* Faults of links and messages: commands to the message relay. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"
#include "scenario/relay.h"

static void copy_members(const json_t *step, json_t *into, const char *const names[],
                         const char *const as[]) {
    for (size_t i = 0; names[i] != NULL; i++)
        if (json_object_get(step, names[i]) != NULL)
            scn_set(into, as[i], json_incref(json_object_get(step, names[i])));
}

void scn_step_link(struct scn_run *run, const json_t *step, struct scn_played *played) {
    SCN_OWNED link = scn_relay_pattern(run, scn_text(step, "link"));
    const char *verb = scn_text(step, "do");
    TW_JSON_OWNED json_t *command = json_pack("{s:s, s:s}", "do", verb, "link", link);
    if (strcmp(verb, "cut") == 0)
        scn_set(command, "how", json_string(scn_text_or(step, "how", "silent")));
    json_decref(scn_relay_do(run, command, &played->problem));
}

void scn_step_rule(struct scn_run *run, const json_t *step, struct scn_played *played) {
    SCN_OWNED link = scn_relay_pattern(run, scn_text(step, "link"));
    int64_t us = scn_duration_us(step, "for", 0);
    TW_JSON_OWNED json_t *command =
        json_pack("{s:s, s:s, s:s}", "do", "rule", "link", link, "what", scn_text(step, "do"));
    copy_members(
        step, command,
        (const char *const[]){"method", "which", "times", "permille", "copies", "set", NULL},
        (const char *const[]){"method", "which", "times", "chance_permille", "copies", "set"});
    if (us > 0)
        scn_set(command, "ms", json_integer(us / 1000));
    played->report = scn_relay_do(run, command, &played->problem);
}

static int64_t rule_of(struct scn_run *run, const json_t *step) {
    const char *name = scn_text(step, "of");
    return name == NULL
               ? 0
               : scn_number(json_object_get(run->variables, name + (name[0] == '$')), "rule", 0);
}

/* "of" is a name and not a value: it is read from the file, before "$name" becomes what it was. */
void scn_step_rules_end(struct scn_run *run, const json_t *step, struct scn_played *played) {
    TW_JSON_OWNED json_t *command = json_pack("{s:s}", "do", "end");
    if (scn_text(step, "of") != NULL)
        scn_set(command, "rule", json_integer(rule_of(run, step)));
    json_decref(scn_relay_do(run, command, &played->problem));
}

void scn_step_await_rule(struct scn_run *run, const json_t *step, struct scn_played *played) {
    TW_JSON_OWNED json_t *command =
        json_pack("{s:s, s:I, s:I, s:I}", "do", "wait", "rule", (json_int_t)rule_of(run, step),
                  "hits", (json_int_t)scn_number(step, "hits", 1), "ms", (json_int_t)30000);
    TW_JSON_OWNED json_t *answer = scn_relay_do(run, command, &played->problem);
    if (answer != NULL && !scn_flag(answer, "ok"))
        played->problem =
            scn_format("the fault has acted %" PRId64 " times only", scn_number(answer, "hits", 0));
}
