/*
 * A step is written after it was played, because only then it is known whether the customer left
 * the cash, refused the surcharge or had his card inside already. What a person did with his hands
 * is read from the simulated world, and compared with the faults that were armed before: a fault
 * that was recorded is not written twice.
 */
#include "atm-client/face/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/face/play.h"
#include "core/pan.h"

#define TRANSFERS_MAX ATM_SCRIPT_TRANSFERS_MAX

struct atm_recorder {
    FILE *out;
    bool failed;
    bool card_inside;     /* before the step: its session goes on */
    bool without_session; /* before the step: a card is inside, its PIN was wrong */
    size_t fault_count;
    struct atm_world_fault faults[ATM_FAULTS_MAX]; /* known: written, or there before the step */
    size_t transfer_count;
    char transfers[TRANSFERS_MAX][TW_UUID_TEXT_SIZE];
};

struct tw_status atm_record_open(const char *file, struct atm_recorder **ret_recorder,
                                 struct tw_error *ret_error) {
    struct atm_recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a recording");
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    recorder->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (recorder->out != NULL) {
        *ret_recorder = recorder;
        return tw_success();
    }
    free(recorder);
    return tw_fail(ret_error, errno == EEXIST ? TW_E_CONFLICT : TW_E_IO, "cannot record to %s: %s",
                   file, strerror(errno));
}

struct tw_status atm_record_close(struct atm_recorder *recorder, struct tw_error *ret_error) {
    if (recorder == NULL)
        return tw_success();
    bool failed = fclose(recorder->out) != 0 || recorder->failed;
    free(recorder);
    return failed ? tw_fail(ret_error, TW_E_IO, "the recording could not be written whole")
                  : tw_success();
}

/* Steals the line. */
static void put_line(struct atm_recorder *recorder, json_t *line) {
    tw_assert(line != NULL);
    if (!recorder->failed)
        recorder->failed = json_dumpf(line, recorder->out, JSON_COMPACT) != 0 ||
                           fputc('\n', recorder->out) == EOF || fflush(recorder->out) != 0;
    json_decref(line);
}

static void put_fault(struct atm_recorder *recorder, const struct atm_world_fault *fault) {
    json_t *line =
        json_pack("{s:s, s:s}", "do", atm_verb_name(ATM_VERB_FAULT), "fault", fault->name);
    if (fault->value != 0)
        (void)json_object_set_new(line, "value", json_integer((json_int_t)fault->value));
    if (fault->at[0] != '\0')
        (void)json_object_set_new(line, "at", json_string(fault->at));
    put_line(recorder, line);
}

static size_t count_like(const struct atm_world_fault *faults, size_t count,
                         const struct atm_world_fault *wanted) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcmp(faults[i].name, wanted->name) == 0 && faults[i].value == wanted->value &&
                 strcmp(faults[i].at, wanted->at) == 0;
    return found;
}

static void know_faults(struct atm_recorder *recorder, const struct atm_world *world) {
    recorder->fault_count = world->fault_count;
    memcpy(recorder->faults, world->faults, sizeof recorder->faults);
}

/* Those that were armed since, by a key of the screen, or before the recording began. */
static void put_new_faults(struct atm_recorder *recorder, const struct atm_world *world) {
    for (size_t i = 0; i < world->fault_count; i++) {
        const struct atm_world_fault *fault = &world->faults[i];
        if (count_like(world->faults, i + 1, fault) >
            count_like(recorder->faults, recorder->fault_count, fault))
            put_fault(recorder, fault);
    }
    know_faults(recorder, world);
}

static bool was_armed(const struct atm_recorder *recorder, enum atm_fault fault) {
    for (size_t i = 0; i < recorder->fault_count; i++)
        if (strcmp(recorder->faults[i].name, atm_fault_name(fault)) == 0)
            return true;
    return false;
}

static bool only_looks(enum atm_verb verb) {
    return verb == ATM_VERB_STATUS || verb == ATM_VERB_JOURNAL || verb == ATM_VERB_WORLD ||
           verb == ATM_VERB_RECEIPT;
}

void atm_record_before(struct atm_recorder *recorder, const struct atm_player *player,
                       const struct atm_step *step) {
    if (recorder == NULL || only_looks(step->verb))
        return;
    put_new_faults(recorder, atm_sim_world(player->machine->sim));
    recorder->without_session = atm_terminal_phase(player->machine->terminal) == ATM_PHASE_CARD;
    recorder->card_inside = player->card[0] != '\0' && strcmp(player->card, step->card) == 0 &&
                            step->verb != ATM_VERB_OPEN &&
                            atm_terminal_phase(player->machine->terminal) == ATM_PHASE_SESSION;
}

static void put_hand(struct atm_recorder *recorder, enum atm_fault fault) {
    struct atm_world_fault hand = {.value = 0};
    if (was_armed(recorder, fault))
        return;
    (void)snprintf(hand.name, sizeof hand.name, "%s", atm_fault_name(fault));
    put_fault(recorder, &hand);
}

/* What a person did, or left undone, as the fault that makes the simulated one do the same. */
static void put_hands(struct atm_recorder *recorder, const struct atm_world *world,
                      const struct atm_step *step, const json_t *report) {
    const char *kept = json_string_value(json_object_get(report, "retained_because"));
    const char *verdict = json_string_value(json_object_get(report, "verdict"));
    if (step->verb == ATM_VERB_WITHDRAW && world->dispense_state == ATM_CASH_RETRACTED &&
        verdict != NULL && strcmp(verdict, atm_verdict_name(ATM_FAULT)) == 0)
        put_hand(recorder, ATM_FAULT_NOT_TAKEN);
    if (kept != NULL && strcmp(kept, "not_taken") == 0)
        put_hand(recorder, ATM_FAULT_CARD_NOT_TAKEN);
}

static void hide_secrets(const struct atm_recorder *recorder, const struct atm_player *player,
                         const struct atm_step *step, json_t *line) {
    bool named = atm_cards_find(player->cards, step->card) != NULL;
    (void)json_object_del(line, "pin");
    if (json_object_get(line, "new_pin") != NULL)
        (void)json_object_set_new(line, "new_pin", json_string("-"));
    if ((step->has & ATM_HAS_CARD) == 0)
        return;
    if (named || recorder->card_inside)
        (void)json_object_del(line, "expiry");
    if (recorder->card_inside)
        (void)json_object_del(line, "card");
    else if (!named)
        (void)json_object_set_new(line, "card", json_string("-"));
}

static json_t *expectation(const json_t *report) {
    static const char *const members[] = {
        "verdict", "rc",         "dispensed",     "surcharge",        "total",          "status",
        "reason",  "difference", "card_retained", "retained_because", "receipt_printed"};
    json_t *expect = json_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *value = json_object_get(report, members[i]);
        if (value != NULL)
            (void)json_object_set(expect, members[i], value);
    }
    return expect;
}

/* The card's first account is what a step means that names none: so the recording fits a card that
 * has others. */
static void leave_out_account(const struct atm_player *player, const struct atm_step *step,
                              json_t *line) {
    const struct tw_session_account *accounts = NULL;
    if (atm_session_accounts(player->machine->terminal, &accounts) > 0 &&
        accounts[0].account.account == step->account.account &&
        accounts[0].account.bank_code == step->account.bank_code)
        (void)json_object_del(line, "account");
}

/* A transfer of this recording has another id on replay: "$2" is the script's second one. */
static void name_transfer(const struct atm_recorder *recorder, json_t *line) {
    const char *txid = json_string_value(json_object_get(line, "txid"));
    char name[32];
    for (size_t i = 0; txid != NULL && i < recorder->transfer_count; i++) {
        if (strcmp(recorder->transfers[i], txid) != 0)
            continue;
        (void)snprintf(name, sizeof name, "$%zu", i + 1);
        (void)json_object_set_new(line, "txid", json_string(name));
        return;
    }
}

static void remember_transfer(struct atm_recorder *recorder, const struct atm_step *step,
                              const json_t *report) {
    const char *txid = json_string_value(json_object_get(report, "txid"));
    if (step->verb == ATM_VERB_TRANSFER && txid != NULL && recorder->transfer_count < TRANSFERS_MAX)
        (void)snprintf(recorder->transfers[recorder->transfer_count++], TW_UUID_TEXT_SIZE, "%s",
                       txid);
}

/* A customer who gave up before the PIN asked for nothing. After a wrong PIN a script gives the
 * card back at once, so there is nothing to close. */
static bool gave_up(const struct atm_recorder *recorder, const struct atm_step *step,
                    const json_t *report) {
    if (recorder->without_session && step->verb == ATM_VERB_CLOSE)
        return true;
    const char *text = json_string_value(json_object_get(report, "text"));
    return text != NULL && strcmp(text, ATM_SAY(NO_PIN)) == 0;
}

/* The customer heard the surcharge and went: the step says that it may cost nothing on top. */
static void refuse_surcharge(const json_t *report, json_t *line) {
    const char *text = json_string_value(json_object_get(report, "text"));
    if (text != NULL && strcmp(text, ATM_SAY(SURCHARGE_REFUSED)) == 0 &&
        json_object_get(line, "max_surcharge") == NULL)
        (void)json_object_set_new(line, "max_surcharge", json_integer(0));
}

void atm_record_after(struct atm_recorder *recorder, const struct atm_player *player,
                      const struct atm_step *step, const json_t *report) {
    if (recorder == NULL || only_looks(step->verb) || gave_up(recorder, step, report))
        return;
    const struct atm_world *world = atm_sim_world(player->machine->sim);
    json_t *line = atm_step_write(step);
    put_hands(recorder, world, step, report);
    hide_secrets(recorder, player, step, line);
    leave_out_account(player, step, line);
    name_transfer(recorder, line);
    refuse_surcharge(report, line);
    (void)json_object_set_new(line, "expect", expectation(report));
    put_line(recorder, line);
    remember_transfer(recorder, step, report);
    know_faults(recorder, world);
}
