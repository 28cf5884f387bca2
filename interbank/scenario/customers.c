/* Customers are made as a bank's staff makes them, by bankctl. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/pan.h"
#include "scenario/network.h"

static char *open_account(struct scn_bank *bank, const char *customer, const json_t *spec) {
    struct scn_account *account = scn_account_find(bank->run, scn_text(spec, "name"));
    const char *arguments[16] = {"account", "open", "--customer", customer};
    size_t count = 4;
    int64_t balance = scn_money(spec, "balance", 0);
    static const struct {
        const char *member, *option;
    } options[] = {{"overdraft", "--overdraft"}, {"daily_limit", "--daily-limit"}};
    for (size_t i = 0; i < 2; i++) {
        if (scn_text(spec, options[i].member) != NULL) {
            arguments[count++] = options[i].option;
            arguments[count++] = scn_text(spec, options[i].member);
        }
    }
    if (balance > 0) {
        arguments[count++] = "--deposit";
        arguments[count++] = scn_text(spec, "balance");
    }
    char *problem = NULL;
    TW_JSON_OWNED json_t *made = scn_bankctl(bank, &problem, NULL, arguments);
    if (made != NULL)
        (void)snprintf(account->iban, sizeof account->iban, "%s", scn_text_or(made, "iban", ""));
    return problem;
}

static char *issue_card(struct scn_bank *bank, const char *customer, const char *name,
                        const json_t *wishes, const char *accounts) {
    struct scn_card *card = scn_card_find(bank->run, name);
    char count[24];
    const char *arguments[20] = {"card",
                                 "issue",
                                 "--customer",
                                 customer,
                                 "--accounts",
                                 accounts,
                                 "--pin-stdin",
                                 "--daily-limit",
                                 scn_text_or(wishes, "limit", "500.00"),
                                 "--daily-count",
                                 count};
    (void)snprintf(count, sizeof count, "%" PRId64, scn_number(wishes, "count", 10));
    if (scn_text(wishes, "expiry") != NULL) {
        arguments[11] = "--expiry";
        arguments[12] = scn_text(wishes, "expiry");
    }
    char *problem = NULL;
    TW_JSON_OWNED json_t *made = scn_bankctl(bank, &problem, card->pin, arguments);
    if (made == NULL)
        return problem;
    (void)snprintf(card->pan, sizeof card->pan, "%s", scn_text_or(made, "pan", ""));
    (void)snprintf(card->expiry, sizeof card->expiry, "%s", scn_text_or(made, "expiry", ""));
    (void)snprintf(card->id, sizeof card->id, "%s", scn_text_or(made, "card", ""));
    const char *status = scn_text_or(wishes, "status", "active");
    if (strcmp(status, "active") == 0)
        return NULL;
    json_decref(SCN_BANKCTL(bank, &problem, NULL, "card", "block", card->id, "--reason", status));
    return problem;
}

static char *make_customer(struct scn_bank *bank, const json_t *spec) {
    char *problem = NULL;
    TW_JSON_OWNED json_t *made =
        SCN_BANKCTL(bank, &problem, NULL, "customer", "create", "--name", scn_text(spec, "name"));
    if (made == NULL)
        return problem;
    char customer[24];
    (void)snprintf(customer, sizeof customer, "%" PRId64, scn_number(made, "customer", 0));
    problem = open_account(bank, customer, spec);
    SCN_OWNED accounts = scn_copy(scn_account_find(bank->run, scn_text(spec, "name"))->iban);
    size_t index;
    const json_t *more;
    json_array_foreach(json_object_get(spec, "accounts"), index, more) {
        if (problem == NULL)
            problem = open_account(bank, customer, more);
        scn_append(&accounts, ",%s", scn_account_find(bank->run, scn_text(more, "name"))->iban);
    }
    if (problem == NULL)
        problem = issue_card(bank, customer, scn_text(spec, "name"), json_object_get(spec, "card"),
                             accounts);
    json_array_foreach(json_object_get(spec, "cards"), index, more) {
        if (problem == NULL)
            problem = issue_card(bank, customer, scn_text(more, "name"), more, accounts);
    }
    return problem;
}

char *scn_customers_make(struct scn_bank *bank) {
    size_t index;
    const json_t *spec;
    json_array_foreach(json_object_get(bank->run->scenario->tree, "customers"), index, spec) {
        if (strcmp(scn_text(spec, "bank"), bank->name) != 0)
            continue;
        char *problem = make_customer(bank, spec);
        if (problem != NULL)
            return problem;
    }
    return NULL;
}

char *scn_cards_write(struct scn_run *run) {
    SCN_OWNED text = scn_copy("");
    for (size_t i = 0; i < run->card_count; i++) {
        struct scn_card *card = &run->cards[i];
        scn_append(&text, "[%s]\npan = %s\nexpiry = %s\n", card->name, card->pan, card->expiry);
    }
    for (size_t i = 0; i < run->bank_count; i++) {
        SCN_OWNED file = scn_format("%s/etc/cards.ini", run->banks[i].folder);
        struct tw_error error = {0};
        if (!tw_ok(scn_write_file(file, text, &error)))
            return scn_copy(error.detail);
    }
    return NULL;
}
