/* A name that is not known is answered with the nearest one that is, because most are typing
 * errors. */
#include "scenario/names.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/device/world.h"
#include "core/iban.h"

static const char *const points[] = {
#define TW_CRASH(name, where) name,
#include "core/crash.def"
#undef TW_CRASH
};

static const char *const faults[] = {
#define ATM_FAULT_NAME(id, name, about) name,
    ATM_FAULTS(ATM_FAULT_NAME)
#undef ATM_FAULT_NAME
};

static void declare(json_t *set, const json_t *declaration, const char *pointer,
                    const struct scn_source *source, struct scn_problems *problems) {
    const char *name = scn_text(declaration, "name");
    if (name == NULL)
        return;
    if (json_object_get(set, name) != NULL) {
        SCN_OWNED place = scn_format("%s/name", pointer);
        scn_complain(problems, source, place,
                     "\"%s\" is the name of another one already; choose a new name", name);
        return;
    }
    (void)json_object_set(set, name, (json_t *)(uintptr_t)declaration);
}

static void declare_all(json_t *set, const struct scn_source *source, const char *list,
                        struct scn_problems *problems) {
    size_t index;
    const json_t *one;
    json_array_foreach(json_object_get(source->tree, list), index, one) {
        SCN_OWNED pointer = scn_format("/%s/%zu", list, index);
        declare(set, one, pointer, source, problems);
    }
}

static void declare_customers(struct scn_names *names, const struct scn_source *source,
                              struct scn_problems *problems) {
    size_t index;
    size_t inner;
    const json_t *customer;
    const json_t *account;
    json_array_foreach(json_object_get(source->tree, "customers"), index, customer) {
        SCN_OWNED pointer = scn_format("/customers/%zu", index);
        declare(names->accounts, customer, pointer, source, problems);
        (void)json_object_set(names->cards, scn_text_or(customer, "name", ""),
                              (json_t *)(uintptr_t)customer);
        json_array_foreach(json_object_get(customer, "cards"), inner, account) {
            SCN_OWNED deeper = scn_format("/customers/%zu/cards/%zu", index, inner);
            declare(names->cards, account, deeper, source, problems);
        }
        json_array_foreach(json_object_get(customer, "accounts"), inner, account) {
            SCN_OWNED deeper = scn_format("/customers/%zu/accounts/%zu", index, inner);
            declare(names->accounts, account, deeper, source, problems);
            /* so that "birch/anna-savings" can be checked */
            if (json_is_object(account) && scn_text(customer, "bank") != NULL)
                (void)json_object_set_new(names->accounts, scn_text_or(account, "name", ""),
                                          json_pack("{s:s}", "bank", scn_text(customer, "bank")));
        }
    }
}

void scn_names_init(struct scn_names *names, const struct scn_source *source,
                    struct scn_problems *problems) {
    *names = (struct scn_names){.banks = json_object(),
                                .terminals = json_object(),
                                .cards = json_object(),
                                .accounts = json_object(),
                                .variables = json_object()};
    names->agent = json_object_get(source->tree, "agent") != NULL;
    declare_all(names->banks, source, "banks", problems);
    declare_all(names->terminals, source, "terminals", problems);
    declare_customers(names, source, problems);
    declare_all(names->cards, source, "strangers", problems);
    (void)json_object_set_new(names->variables, "round", json_true());
    (void)json_object_set_new(names->variables, "point", json_true());
}

void scn_names_clear(struct scn_names *names) {
    json_decref(names->banks);
    json_decref(names->terminals);
    json_decref(names->cards);
    json_decref(names->accounts);
    json_decref(names->variables);
}

/* Levenshtein, of short names. */
static size_t distance(const char *a, const char *b) {
    enum { MAX = 40 };
    size_t row[MAX + 1];
    size_t a_length = strnlen(a, MAX);
    size_t b_length = strnlen(b, MAX);
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b_length];
}

static void consider(const char *name, const char *candidate, const char **best,
                     size_t *best_size) {
    size_t size = distance(name, candidate);
    if (size < *best_size) {
        *best_size = size;
        *best = candidate;
    }
}

/* "no bank "bich"; did you mean "birch"?" */
static char *unknown(const char *what, const char *name, const json_t *set, const char *const *list,
                     size_t count) {
    const char *best = NULL;
    size_t size = 4;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)set, key, value) consider(name, key, &best, &size);
    for (size_t i = 0; i < count; i++)
        consider(name, list[i], &best, &size);
    if (best != NULL)
        return scn_format("there is no %s \"%s\"; did you mean \"%s\"?", what, name, best);
    return scn_format("there is no %s \"%s\"", what, name);
}

static char *in_set(const char *what, const json_t *set, const char *name) {
    return json_object_get(set, name) != NULL ? NULL : unknown(what, name, set, NULL, 0);
}

static char *in_list(const char *what, const char *const *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return NULL;
    return unknown(what, name, NULL, list, count);
}

static char *refuse_account(const struct scn_names *names, const char *name) {
    const char *slash = strchr(name, '/');
    const char *at = strchr(name, '@');
    struct tw_iban iban;
    if (at != NULL) {
        if (strncmp(name, "nobody@", 7) != 0)
            return scn_format("\"%s\": only \"nobody@BANK\" is an account that nobody has", name);
        return strcmp(at + 1, "nowhere") == 0 ? NULL : in_set("bank", names->banks, at + 1);
    }
    if (slash == NULL && tw_ok(tw_iban_parse(name, &iban, NULL)))
        return NULL;
    const char *own = slash != NULL ? slash + 1 : name;
    char *problem = in_set("account", names->accounts, own);
    if (problem != NULL || slash == NULL)
        return problem;
    const char *bank = scn_text_or(json_object_get(names->accounts, own), "bank", "");
    if (strlen(bank) == (size_t)(slash - name) && strncmp(bank, name, strlen(bank)) == 0)
        return NULL;
    return scn_format("the account \"%s\" is at %s", own, bank);
}

static bool is_process(const char *name, const char *stem, int64_t count) {
    size_t length = strlen(stem);
    if (strncmp(name, stem, length) != 0 || name[length] < '1' || name[length] > '9')
        return false;
    char *end = NULL;
    long number = strtol(name + length, &end, 10);
    return *end == '\0' && number <= count;
}

static char *refuse_process(const struct scn_names *names, const char *name) {
    const char *slash = strchr(name, '/');
    SCN_OWNED owner = scn_format("%.*s", slash != NULL ? (int)(slash - name) : 0, name);
    if (slash == NULL)
        return scn_format("\"%s\": processes are called BANK/bank-server-1, BANK/middleware-1, "
                          "BANK/postgres, agent/settlement-agent-1 or agent/postgres",
                          name);
    const char *process = slash + 1;
    if (strcmp(owner, "agent") == 0 && json_object_get(names->banks, "agent") == NULL) {
        if (!names->agent)
            return scn_copy("there is no settlement agent; declare one: \"agent\": {}");
        return strcmp(process, "postgres") == 0 || is_process(process, "settlement-agent-", 4)
                   ? NULL
                   : scn_format("the settlement agent has no process \"%s\"", process);
    }
    const json_t *bank = json_object_get(names->banks, owner);
    if (bank == NULL)
        return in_set("bank", names->banks, owner);
    if (strcmp(process, "postgres") == 0 ||
        is_process(process, "bank-server-", scn_number(bank, "servers", 1)) ||
        is_process(process, "middleware-", scn_number(bank, "middlewares", 1)))
        return NULL;
    return scn_format("%s has no process \"%s\"; see its \"servers\" and \"middlewares\"", owner,
                      process);
}

static bool any_matches(const json_t *set, const char *pattern) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)set, key,
                        value) if (fnmatch(pattern, key, 0) == 0) return true;
    return false;
}

static char *refuse_link(const struct scn_names *names, const char *name) {
    const char *arrow = strchr(name, '>');
    if (strcmp(name, "*") == 0)
        return NULL;
    if (arrow == NULL)
        return scn_format("\"%s\": a link is called FROM>TO, such as \"alder>birch\"", name);
    SCN_OWNED from = scn_format("%.*s", (int)(arrow - name), name);
    SCN_OWNED to = scn_format("%.*s", (int)strcspn(arrow + 1, "/"), arrow + 1);
    if (!any_matches(names->banks, from) && !any_matches(names->terminals, from))
        return scn_format("\"%s\": there is no bank and no terminal \"%s\"", name, from);
    if (!any_matches(names->banks, to) && strcmp(to, "agent") != 0)
        return in_set("bank", names->banks, to);
    return strcmp(from, to) == 0 && strchr(from, '*') == NULL
               ? scn_format("\"%s\": a bank needs no link to itself", name)
               : NULL;
}

static char *refuse_variable(const struct scn_names *names, const char *name) {
    const char *own = name + (name[0] == '$');
    SCN_OWNED stem = scn_format("%.*s", (int)strcspn(own, "."), own);
    if (json_object_get(names->variables, stem) != NULL)
        return NULL;
    return scn_format("no earlier step remembers anything as \"%s\"; give it \"as\": \"%s\"", stem,
                      stem);
}

char *scn_names_refuse(const struct scn_names *names, enum scn_ref ref, const char *name) {
    switch (ref) {
    case SCN_REF_BANK:
        return in_set("bank", names->banks, name);
    case SCN_REF_TERMINAL:
        return in_set("terminal", names->terminals, name);
    case SCN_REF_CARD:
        return in_set("card", names->cards, name);
    case SCN_REF_ACCOUNT:
        return refuse_account(names, name);
    case SCN_REF_PROCESS:
        return refuse_process(names, name);
    case SCN_REF_LINK:
        return refuse_link(names, name);
    case SCN_REF_VARIABLE:
        return refuse_variable(names, name);
    case SCN_REF_POINT:
        return in_list("crash point", points, sizeof points / sizeof points[0], name);
    case SCN_REF_FAULT:
        return in_list("device fault", faults, sizeof faults / sizeof faults[0], name);
    case SCN_REF_NONE:
        break;
    }
    return NULL;
}
