/* Steps at terminals: names become what atm-client takes, and its report comes back. */
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"
#include "scenario/terminal.h"

static json_t *notes_list(const json_t *notes) {
    json_t *list = json_array();
    const char *key;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)notes, key, count) {
        int64_t minor = 0;
        if (scn_money_parse(key, &minor) && json_integer_value(count) > 0)
            (void)json_array_append_new(
                list, json_pack("{s:I, s:O}", "denomination", (json_int_t)minor, "count", count));
    }
    return list;
}

static json_t *loads_list(const struct scn_terminal *terminal, const json_t *notes,
                          char **ret_problem) {
    json_t *list = json_array();
    const char *key;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)notes, key, count) {
        int64_t number = scn_terminal_cassette(terminal, key);
        if (number == 0 && *ret_problem == NULL)
            *ret_problem = scn_format("%s has no cassette for %s", terminal->name, key);
        (void)json_array_append_new(
            list, json_pack("{s:I, s:O}", "cassette", (json_int_t)number, "notes", count));
    }
    return list;
}

static void add_card(struct scn_run *run, const json_t *step, json_t *into) {
    const char *name = scn_text(step, "card");
    const struct scn_card *card = name != NULL ? scn_card_find(run, name) : NULL;
    if (card == NULL)
        return;
    scn_set(into, "card", json_string(card->name));
    scn_set(into, "pin", json_string(scn_text_or(step, "pin", card->pin)));
}

static void add_accounts(struct scn_run *run, const json_t *step, json_t *into) {
    static const char *const members[] = {"account", "to"};
    for (size_t i = 0; i < 2; i++) {
        const char *name = scn_text(step, members[i]);
        SCN_OWNED iban = name != NULL ? scn_iban_of(run, name) : NULL;
        if (iban != NULL)
            scn_set(into, members[i], json_string(iban));
    }
}

json_t *scn_terminal_step(struct scn_run *run, const json_t *step, char **ret_problem) {
    static const char *const amounts[] = {"amount", "max_surcharge"};
    static const char *const same[] = {"count", "remittance", "txid", "new_pin",
                                       "fault", "value",      "ms"};
    const struct scn_verb *verb = scn_verb_find(scn_text(step, "do"));
    const struct scn_terminal *terminal = scn_terminal_find(run, scn_text(step, "at"));
    const json_t *notes = json_object_get(step, "notes");
    json_t *made = json_pack("{s:s}", "do", verb->terminal_verb);
    add_card(run, step, made);
    add_accounts(run, step, made);
    for (size_t i = 0; i < 2; i++)
        if (scn_text(step, amounts[i]) != NULL)
            scn_set(made, amounts[i], json_integer(scn_money(step, amounts[i], 0)));
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (json_object_get(step, same[i]) != NULL)
            scn_set(made, same[i], json_incref(json_object_get(step, same[i])));
    if (json_object_get(step, "point") != NULL)
        scn_set(made, "at", json_incref(json_object_get(step, "point")));
    if (strcmp(verb->name, "replenish") == 0)
        scn_set(made, "loads", loads_list(terminal, notes, ret_problem));
    else if (notes != NULL)
        scn_set(made, "notes", notes_list(notes));
    if (*ret_problem == NULL)
        return made;
    json_decref(made);
    return NULL;
}

/* The terminal told about a new PIN: from now on it is the card's. */
static void remember_pin(struct scn_run *run, const json_t *step, const json_t *report) {
    if (strcmp(scn_text(step, "do"), "pin-change") != 0 ||
        strcmp(scn_text_or(report, "rc", ""), "00") != 0 || scn_text(step, "card") == NULL)
        return;
    struct scn_card *card = scn_card_find(run, scn_text(step, "card"));
    (void)snprintf(card->pin, sizeof card->pin, "%s", scn_text_or(step, "new_pin", card->pin));
}

void scn_step_terminal(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct scn_terminal *terminal = scn_terminal_find(run, scn_text(step, "at"));
    if (terminal->busy) {
        played->problem = scn_format("terminal %s belongs to the load", terminal->name);
        return;
    }
    TW_JSON_OWNED json_t *line = scn_terminal_step(run, step, &played->problem);
    if (line == NULL)
        return;
    played->problem = scn_terminal_begin(run, terminal, line, scn_text(step, "crash_at"));
    if (played->problem != NULL)
        return;
    played->report =
        scn_terminal_end(run, terminal, scn_now_us() + SCN_ANSWER_US, &played->problem);
    played->crashed = played->report == NULL && played->problem == NULL;
    if (played->report != NULL && scn_text(step, "point") != NULL)
        scn_terminal_dies_at(terminal, scn_text(step, "point"));
    if (played->report != NULL) {
        played->shown = scn_describe_report(played->report);
        remember_pin(run, step, played->report);
    } else if (played->crashed) {
        played->shown = scn_copy("power lost");
    }
}

void scn_step_power_loss(struct scn_run *run, const json_t *step, struct scn_played *played) {
    (void)played;
    scn_terminal_kill(scn_terminal_find(run, scn_text(step, "at")));
}
