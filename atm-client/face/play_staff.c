/* What supervisors do, and the hands of people around the simulated devices. */
#include <stdio.h>
#include <string.h>

#include "atm-client/face/play_internal.h"
#include "atm-client/face/report.h"

enum atm_verdict atm_play_sign_on(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    return atm_play_run(player, step->verb, atm_sign_on, ret_report);
}

enum atm_verdict atm_play_sign_off(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    return atm_play_run(player, step->verb, atm_sign_off, ret_report);
}

enum atm_verdict atm_play_echo(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return atm_play_run(player, step->verb, atm_echo, ret_report);
}

enum atm_verdict atm_play_totals(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return atm_play_run(player, step->verb, atm_totals, ret_report);
}

enum atm_verdict atm_play_cut_over(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    verdict = atm_play_run(player, step->verb, atm_cut_over, ret_report);
    if (verdict == ATM_APPROVED) { /* the host may have a new business date */
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)atm_play_run(player, ATM_VERB_SIGN_ON, atm_sign_on, &ignored);
    }
    return verdict;
}

enum atm_verdict atm_play_replenish(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct atm_load loads[ATM_CASSETTES_MAX];
    struct tw_error error = {0};
    for (size_t i = 0; i < step->load_count; i++)
        loads[i] = (struct atm_load){(int32_t)step->loads[i].cassette, step->loads[i].notes};
    struct atm_waiting waiting = {0};
    atm_replenish(player->machine->terminal, loads, step->load_count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    bool loaded = waiting.outcome.stan != 0; /* journaled: the hands may put them in */
    for (size_t i = 0; loaded && i < step->load_count; i++) {
        struct tw_status status =
            atm_sim_load(player->machine->sim, loads[i].number, loads[i].notes, &error);
        if (!tw_ok(status))
            return atm_play_status_of(player, step->verb, status, &error, ret_report);
    }
    return atm_play_report(player, step->verb, &waiting, ret_report);
}

enum atm_verdict atm_play_remove(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    struct tw_error error = {0};
    atm_sim_count(player->machine->sim, notes, &count);
    struct atm_waiting waiting = {0};
    atm_remove(player->machine->terminal, notes, count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    if (waiting.outcome.stan != 0) {
        struct tw_status status = atm_sim_empty(player->machine->sim, &error);
        if (!tw_ok(status))
            return atm_play_status_of(player, step->verb, status, &error, ret_report);
    }
    return atm_play_report(player, step->verb, &waiting, ret_report);
}

enum atm_verdict atm_play_balance_cash(struct atm_player *player, const struct atm_step *step,
                                       json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = step->note_count;
    struct tw_error error = {0};
    struct tw_status tidied = atm_sim_tidy(player->machine->sim, &error);
    if (!tw_ok(tidied))
        return atm_play_status_of(player, step->verb, tidied, &error, ret_report);
    memcpy(notes, step->notes, sizeof notes);
    if ((step->has & ATM_HAS_NOTES) == 0)
        atm_sim_count(player->machine->sim, notes, &count);
    struct atm_waiting waiting = {0};
    atm_balance_cash(player->machine->terminal, notes, count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    return atm_play_report(player, step->verb, &waiting, ret_report);
}

enum atm_verdict atm_play_recover(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return atm_play_run(player, step->verb, atm_send_advices, ret_report);
}

enum atm_verdict atm_play_advices(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    int64_t ms = (step->has & ATM_HAS_MS) != 0 ? step->ms : 30000;
    struct atm_waiting waiting = {
        .outcome = {.verdict = ATM_UNANSWERED,
                    .rc = TW_RC_ISSUER_UNREACHABLE,
                    .language = atm_terminal_language(player->machine->terminal)}};
    (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text,
                   "the host has not acknowledged everything");
    if (atm_machine_settle(player->machine, ms, true)) {
        bool pending = atm_terminal_questions(player->machine->terminal) > 0;
        waiting.outcome.verdict = ATM_APPROVED;
        waiting.outcome.rc = TW_RC_APPROVED;
        (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text,
                       "the host knows everything%s",
                       pending ? "; a transfer is still pending" : "");
    }
    return atm_play_report(player, step->verb, &waiting, ret_report);
}

enum atm_verdict atm_play_status(struct atm_player *player, const struct atm_step *step,
                                 json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_report_status(player->machine, ret_report, &error);
    return tw_ok(status) ? ATM_APPROVED
                         : atm_play_status_of(player, step->verb, status, &error, ret_report);
}

enum atm_verdict atm_play_journal(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status =
        atm_report_journal(player->machine->journal, step, ret_report, &error);
    if (!tw_ok(status))
        return atm_play_status_of(player, step->verb, status, &error, ret_report);
    return json_is_false(json_object_get(*ret_report, "intact")) ? ATM_FAULT : ATM_APPROVED;
}

enum atm_verdict atm_play_fault(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report) {
    struct tw_error error = {0};
    enum atm_fault fault = ATM_FAULT_COUNT;
    if (!atm_fault_parse(step->fault, &fault))
        return atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION, "no such fault",
                               ret_report);
    struct atm_sim *sim = player->machine->sim;
    struct tw_status status = (step->has & ATM_HAS_AT) != 0 && fault == ATM_FAULT_POWER_LOSS
                                  ? atm_sim_arm_power_loss(sim, step->at, &error)
                                  : atm_sim_arm(sim, fault, step->value, &error);
    return atm_play_status_of(player, step->verb, status, &error, ret_report);
}

enum atm_verdict atm_play_clear_faults(struct atm_player *player, const struct atm_step *step,
                                       json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_sim_clear_faults(player->machine->sim, &error);
    return atm_play_status_of(player, step->verb, status, &error, ret_report);
}

enum atm_verdict atm_play_collect_cards(struct atm_player *player, const struct atm_step *step,
                                        json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_sim_collect_cards(player->machine->sim, &error);
    return atm_play_status_of(player, step->verb, status, &error, ret_report);
}

enum atm_verdict atm_play_take(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_sim_take(player->machine->sim, &error);
    return atm_play_status_of(player, step->verb, status, &error, ret_report);
}

enum atm_verdict atm_play_world(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report) {
    (void)step;
    *ret_report = atm_report_world(player->machine->sim);
    return ATM_APPROVED;
}
