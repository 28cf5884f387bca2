/* What a bank's staff does, by bankctl. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/play.h"

#define WORDS_MAX 24

static char *code_of(struct scn_run *run, const char *bank) {
    return scn_format("%" PRId64, scn_bank_find(run, bank)->code);
}

void scn_step_card(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const struct scn_card *card = scn_card_find(run, scn_text(step, "card"));
    const char *verb = strcmp(scn_text(step, "do"), "block-card") == 0 ? "block" : "unblock";
    if (card->bank == NULL) {
        played->problem = scn_format("%s is no card of a bank here", card->name);
        return;
    }
    json_decref(SCN_BANKCTL(card->bank, &played->problem, NULL, "card", verb, card->id, "--reason",
                            scn_text(step, "reason")));
}

void scn_step_account(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const struct scn_account *account = scn_account_find(run, scn_text(step, "account"));
    const char *amount = scn_text(step, "amount");
    const char *action = scn_text(step, "action");
    bool money = strcmp(action, "deposit") == 0 || strcmp(action, "withdraw") == 0;
    if (money != (amount != NULL)) {
        played->problem = scn_format("%s takes %s amount", action, money ? "an" : "no");
        return;
    }
    json_decref(SCN_BANKCTL(account->bank, &played->problem, NULL, "account", action, account->iban,
                            amount));
}

void scn_step_peer(struct scn_run *run, const json_t *step, struct scn_played *played) {
    SCN_OWNED peer = code_of(run, scn_text(step, "peer"));
    json_decref(SCN_BANKCTL(scn_bank_find(run, scn_text(step, "bank")), &played->problem, NULL,
                            "peer", "limit", peer, scn_text(step, "amount")));
}

void scn_step_return(struct scn_run *run, const json_t *step, struct scn_played *played) {
    played->report = SCN_BANKCTL(scn_bank_find(run, scn_text(step, "bank")), &played->problem, NULL,
                                 "transfer", "return", scn_text(step, "txid"));
}

void scn_step_resolve(struct scn_run *run, const json_t *step, struct scn_played *played) {
    bool taken = strcmp(scn_text(step, "found"), "taken") == 0;
    json_decref(SCN_BANKCTL(scn_bank_find(run, scn_text(step, "bank")), &played->problem, NULL,
                            "suspect", "resolve", scn_text(step, "txid"),
                            taken ? "--taken" : "--inside"));
}

void scn_step_advance_date(struct scn_run *run, const json_t *step, struct scn_played *played) {
    json_decref(SCN_BANKCTL(scn_bank_find(run, scn_text(step, "bank")), &played->problem, NULL,
                            "bank", "advance-date"));
}

/* "@birch": a bank's code; "@anna": an account's IBAN, a card's id when it is called "@card:anna".
 */
char *scn_word(struct scn_run *run, const char *text) {
    if (text[0] != '@')
        return scn_copy(text);
    if (scn_bank_find(run, text + 1) != NULL)
        return code_of(run, text + 1);
    if (strncmp(text, "@card:", 6) == 0 && scn_card_find(run, text + 6) != NULL)
        return scn_copy(scn_card_find(run, text + 6)->id);
    return scn_iban_of(run, text + 1);
}

void scn_words(struct scn_run *run, const json_t *list, const char **words, size_t room) {
    size_t index;
    const json_t *word;
    json_array_foreach(list, index, word) if (index < room) words[index] =
        scn_word(run, json_string_value(word));
}

void scn_step_bankctl(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const char *words[WORDS_MAX + 1] = {NULL};
    scn_words(run, json_object_get(step, "arguments"), words, WORDS_MAX);
    char *problem = NULL;
    played->report = scn_bankctl(scn_bank_find(run, scn_text(step, "bank")), &problem, NULL, words);
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
