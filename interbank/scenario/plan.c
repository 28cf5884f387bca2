/* Names, numbers and PINs, before anything exists. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/pan.h"
#include "scenario/network.h"

#define FIRST_TERMINAL 17 /* interbank/network/layout.sh */

static size_t length_of(const json_t *tree, const char *member) {
    return json_array_size(json_object_get(tree, member));
}

static void *zeros(size_t count, size_t size) {
    void *made = calloc(count > 0 ? count : 1, size);
    tw_assert(made != NULL);
    return made;
}

static void plan_bank(struct scn_run *run, size_t index, const json_t *spec) {
    struct scn_bank *bank = &run->banks[index];
    const char *name = scn_text(spec, "name");
    *bank = (struct scn_bank){.run = run, .spec = spec, .index = index, .name = name};
    const char *title = scn_text(spec, "title");
    bank->title = title != NULL ? scn_copy(title) : scn_format("%s Bank", name);
    if (title == NULL && name[0] >= 'a' && name[0] <= 'z')
        bank->title[0] = (char)(name[0] - 'a' + 'A');
    const char *code = scn_text(spec, "code");
    bank->code = code != NULL ? strtoll(code, NULL, 10) : 90000001 + (int64_t)index;
    SCN_OWNED standard = scn_format("%zu", 92760001 + index);
    (void)snprintf(bank->iin, sizeof bank->iin, "%s", scn_text_or(spec, "iin", standard));
    bank->servers = scn_number(spec, "servers", 1);
    bank->middlewares = scn_number(spec, "middlewares", -1);
    bank->folder = scn_format("%s/%s", run->folder, name);
}

static void plan_agent(struct scn_run *run) {
    const json_t *spec = json_object_get(run->scenario->tree, "agent");
    if (spec == NULL)
        return;
    run->agent = zeros(1, sizeof *run->agent);
    *run->agent =
        (struct scn_bank){.run = run, .spec = spec, .index = run->bank_count, .name = "agent"};
    run->agent->title = scn_copy("Settlement Agent");
    run->agent->servers = scn_number(spec, "servers", 1);
    run->agent->folder = scn_format("%s/agent", run->folder);
}

static void plan_terminals(struct scn_run *run) {
    size_t index;
    const json_t *spec;
    json_array_foreach(json_object_get(run->scenario->tree, "terminals"), index, spec) {
        struct scn_terminal *terminal = &run->terminals[index];
        struct scn_bank *bank = scn_bank_find(run, scn_text(spec, "bank"));
        *terminal = (struct scn_terminal){.spec = spec,
                                          .name = scn_text(spec, "name"),
                                          .bank = bank,
                                          .life = {.in = -1, .out = -1}};
        SCN_OWNED id = scn_format("%08" PRId64, FIRST_TERMINAL + bank->terminals++);
        (void)snprintf(terminal->id, sizeof terminal->id, "%s", id);
        terminal->ini = scn_format("%s/etc/atm-%s.ini", bank->folder, terminal->id);
        terminal->journal = scn_format("%s/journal/%s.db", bank->folder, terminal->id);
    }
    for (size_t i = 0; i < run->bank_count; i++)
        if (run->banks[i].middlewares < 0)
            run->banks[i].middlewares = run->banks[i].terminals > 0;
}

static void plan_account(struct scn_run *run, struct scn_bank *bank, const char *name) {
    run->accounts[run->account_count++] = (struct scn_account){.name = name, .bank = bank};
}

static struct scn_card *plan_card(struct scn_run *run, struct scn_bank *bank, const json_t *spec) {
    struct scn_card *card = &run->cards[run->card_count++];
    *card = (struct scn_card){.name = scn_text(spec, "name"), .bank = bank};
    /* Eight digits, so that finding them in a log means something. */
    int64_t chosen = 10000000 + tw_seeded_below(&run->random, 90000000);
    (void)snprintf(card->pin, sizeof card->pin, "%" PRId64, chosen);
    if (scn_text(spec, "pin") != NULL)
        (void)snprintf(card->pin, sizeof card->pin, "%s", scn_text(spec, "pin"));
    return card;
}

static void plan_stranger(struct scn_run *run, const json_t *spec) {
    struct scn_card *card = plan_card(run, NULL, spec);
    (void)snprintf(card->pan, sizeof card->pan, "%s%07" PRId64, scn_text(spec, "iin"),
                   tw_seeded_below(&run->random, 10000000));
    (void)!tw_pan_append_check_digit(card->pan, sizeof card->pan);
    (void)snprintf(card->expiry, sizeof card->expiry, "3912");
}

static size_t count_accounts(const json_t *tree) {
    size_t count = 0;
    size_t index;
    const json_t *spec;
    json_array_foreach(json_object_get(tree, "customers"), index, spec) count +=
        1 + length_of(spec, "accounts");
    return count;
}

static size_t count_cards(const json_t *tree) {
    size_t count = length_of(tree, "strangers");
    size_t index;
    const json_t *spec;
    json_array_foreach(json_object_get(tree, "customers"), index, spec) count +=
        1 + length_of(spec, "cards");
    return count;
}

void scn_network_plan(struct scn_run *run) {
    const json_t *tree = run->scenario->tree;
    size_t index;
    size_t inner;
    const json_t *spec;
    const json_t *more;
    run->bank_count = length_of(tree, "banks");
    run->banks = zeros(run->bank_count, sizeof *run->banks);
    json_array_foreach(json_object_get(tree, "banks"), index, spec) plan_bank(run, index, spec);
    plan_agent(run);
    run->terminal_count = length_of(tree, "terminals");
    run->terminals = zeros(run->terminal_count, sizeof *run->terminals);
    plan_terminals(run);
    run->accounts = zeros(count_accounts(tree), sizeof *run->accounts);
    run->cards = zeros(count_cards(tree), sizeof *run->cards);
    json_array_foreach(json_object_get(tree, "customers"), index, spec) {
        struct scn_bank *bank = scn_bank_find(run, scn_text(spec, "bank"));
        plan_account(run, bank, scn_text(spec, "name"));
        json_array_foreach(json_object_get(spec, "accounts"), inner, more)
            plan_account(run, bank, scn_text(more, "name"));
        (void)plan_card(run, bank, spec);
        json_array_foreach(json_object_get(spec, "cards"), inner, more)(void)
            plan_card(run, bank, more);
    }
    json_array_foreach(json_object_get(tree, "strangers"), index, spec) plan_stranger(run, spec);
}

static void free_bank(struct scn_bank *bank) {
    PQfinish(bank->books);
    free(bank->title);
    free(bank->folder);
    free(bank->address);
    free(bank->pg);
    free(bank->problem);
}

void scn_network_free(struct scn_run *run) {
    for (size_t i = 0; i < run->bank_count; i++)
        free_bank(&run->banks[i]);
    if (run->agent != NULL)
        free_bank(run->agent);
    free(run->agent);
    for (size_t i = 0; i < run->terminal_count; i++) {
        scn_child_end(&run->terminals[i].life);
        free(run->terminals[i].ini);
        free(run->terminals[i].journal);
        free(run->terminals[i].dies_at);
    }
    explicit_bzero(run->cards, run->card_count * sizeof *run->cards);
    free(run->banks);
    free(run->terminals);
    free(run->accounts);
    free(run->cards);
}
