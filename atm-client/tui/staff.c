/*
 * The back of the machine, behind its own key (^O or F10): what the supervisor looks at and does.
 * Reports are the ones that the command line prints (face/print.c). English, like all the staff's
 * messages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/face/report.h"
#include "atm-client/tui/internal.h"

#define JOURNAL_LINES  1000
#define SUSPECTS_SHOWN 20

static void show_report(struct tui *tui, const char *heading, const json_t *report) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    tw_assert(out != NULL);
    atm_print_report(out, report);
    (void)fclose(out);
    tui_page(tui, heading, text, TUI_FOREVER_MS);
    free(text);
}

/* A verb that needs no more than its name, and what it says. */
static void do_verb(struct tui *tui, enum atm_verb verb, const char *heading) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = verb};
    if (verb == ATM_VERB_JOURNAL) {
        step.has = ATM_HAS_COUNT | ATM_HAS_ORDER;
        step.count = JOURNAL_LINES;
        (void)snprintf(step.order, sizeof step.order, "newest");
    }
    (void)tui_play(tui, &step, &report);
    show_report(tui, heading, report);
}

static bool ask_number(struct tui *tui, const char *heading, const char *below,
                       int64_t *ret_number) {
    char text[8];
    if (!tui_ask_text(tui, heading, below, "0123456789", text, sizeof text)) {
        return false;
    }
    *ret_number = strtoll(text, NULL, 10);
    return true;
}

static void replenish(struct tui *tui, const char *heading) {
    const struct atm_config *config = tui->machine->config;
    char texts[ATM_CASSETTES_MAX][TUI_TEXT_SIZE];
    char each[TUI_TEXT_SIZE];
    const char *labels[ATM_CASSETTES_MAX];
    for (size_t i = 0; i < config->cassette_count; i++) {
        const struct atm_config_cassette *one = &config->cassettes[i];
        (void)snprintf(texts[i], sizeof texts[i], "cassette %d: %.40s", (int)one->number,
                       tui_money(one->denomination_minor, one->currency, each));
        labels[i] = texts[i];
    }
    int chosen = tui_choose(tui, heading, "Which cassette?", labels, config->cassette_count);
    struct atm_step step = {.verb = ATM_VERB_REPLENISH, .has = ATM_HAS_LOADS, .load_count = 1};
    if (chosen < 0 ||
        !ask_number(tui, heading, "How many notes are put in?", &step.loads[0].notes)) {
        return;
    }
    if (step.loads[0].notes < 1 || step.loads[0].notes > TW_NOTE_COUNT_MAX) {
        tui_notice(tui, heading, "A cassette takes 1 to 100000 notes.", TUI_RESULT_MS);
        return;
    }
    step.loads[0].cassette = config->cassettes[chosen].number;
    TW_JSON_OWNED json_t *report = NULL;
    (void)tui_play(tui, &step, &report);
    show_report(tui, heading, report);
}

static void show_suspects(struct tui *tui, const char *heading) {
    struct atm_operation operations[SUSPECTS_SHOWN];
    size_t count = 0;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    tw_assert(out != NULL);
    if (!tw_ok(atm_journal_operations(tui->machine->journal, ATM_ANY, ATM_OP_SUSPECT,
                                      (struct tw_iban){0}, operations, SUSPECTS_SHOWN, &count,
                                      NULL))) {
        (void)fputs("The journal cannot be read.\n", out);
    } else if (count == 0) {
        (void)fputs("Nothing is suspected.\n", out);
    }
    for (size_t i = 0; i < count; i++) {
        char txid[TW_UUID_TEXT_SIZE];
        char amount[TUI_TEXT_SIZE];
        (void)fprintf(out, "%06lld  %-10s  %14s  card %s\n        %s\n",
                      (long long)operations[i].stan, atm_operation_kind_name(operations[i].kind),
                      tui_money(operations[i].amount_minor, operations[i].currency, amount),
                      operations[i].pan_masked, tw_uuid_text(&operations[i].txid, txid));
    }
    (void)fclose(out);
    tui_page(tui, heading, text, TUI_FOREVER_MS);
    free(text);
}

static void inject_fault(struct tui *tui, const char *heading) {
    const char *labels[ATM_FAULT_COUNT];
    for (int fault = 0; fault < ATM_FAULT_COUNT; fault++) {
        labels[fault] = atm_fault_name((enum atm_fault)fault);
    }
    int chosen = tui_choose(tui, heading, "What goes wrong next?", labels, ATM_FAULT_COUNT);
    if (chosen < 0) {
        return;
    }
    struct atm_step step = {.verb = ATM_VERB_FAULT, .has = ATM_HAS_FAULT | ATM_HAS_VALUE};
    const char *about = atm_fault_about((enum atm_fault)chosen);
    if (strchr(about, '`') != NULL && !ask_number(tui, heading, about, &step.value)) {
        return;
    }
    (void)snprintf(step.fault, sizeof step.fault, "%s", labels[chosen]);
    TW_JSON_OWNED json_t *report = NULL;
    (void)tui_play(tui, &step, &report);
    show_report(tui, heading, report);
}

enum job { JOB_VERB, JOB_REPLENISH, JOB_SUSPECTS, JOB_FAULT, JOB_LEAVE };

static const struct {
    const char *label;
    enum job job;
    enum atm_verb verb;
} jobs[] = {
    {"status and cassettes", JOB_VERB, ATM_VERB_STATUS},
    {"totals of the period", JOB_VERB, ATM_VERB_TOTALS},
    {"journal", JOB_VERB, ATM_VERB_JOURNAL},
    {"suspected dispenses", JOB_SUSPECTS, ATM_VERB_STATUS},
    {"put notes in", JOB_REPLENISH, ATM_VERB_REPLENISH},
    {"count and balance", JOB_VERB, ATM_VERB_BALANCE_CASH},
    {"out of service", JOB_VERB, ATM_VERB_SIGN_OFF},
    {"into service", JOB_VERB, ATM_VERB_SIGN_ON},
    {"close the period", JOB_VERB, ATM_VERB_CUT_OVER},
    {"take all notes out", JOB_VERB, ATM_VERB_REMOVE},
    {"tell the host everything", JOB_VERB, ATM_VERB_RECOVER},
    {"arm a device fault", JOB_FAULT, ATM_VERB_FAULT},
    {"clear all faults", JOB_VERB, ATM_VERB_CLEAR_FAULTS},
    {"switch the program off", JOB_LEAVE, ATM_VERB_SIGN_OFF},
};

#define JOB_COUNT (sizeof jobs / sizeof jobs[0])

static void do_job(struct tui *tui, size_t chosen) {
    const char *heading = jobs[chosen].label;
    switch (jobs[chosen].job) {
    case JOB_VERB:
        do_verb(tui, jobs[chosen].verb, heading);
        break;
    case JOB_REPLENISH:
        replenish(tui, heading);
        break;
    case JOB_SUSPECTS:
        show_suspects(tui, heading);
        break;
    case JOB_FAULT:
        inject_fault(tui, heading);
        break;
    case JOB_LEAVE:
        tui->leaving = true;
        break;
    }
}

void tui_staff(struct tui *tui) {
    const char *labels[JOB_COUNT];
    for (size_t i = 0; i < JOB_COUNT; i++) {
        labels[i] = jobs[i].label;
    }
    int chosen = 0;
    while (!tui->leaving && chosen >= 0) {
        const char *reason = atm_terminal_reason(tui->machine->terminal);
        char below[TUI_TEXT_SIZE];
        (void)snprintf(below, sizeof below, "%s%s%s",
                       atm_phase_text(atm_terminal_phase(tui->machine->terminal)),
                       reason[0] != '\0' ? ": " : "", reason);
        chosen = tui_choose(tui, "STAFF", below, labels, JOB_COUNT);
        if (chosen >= 0) {
            do_job(tui, (size_t)chosen);
        }
    }
}
