/* Look-ups by name, and the doors to a bank: its operator's tool and its books. */
#include "scenario/run.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/iban.h"

#define FIND(run, array, count, name_)                                                             \
    for (size_t i = 0; i < (run)->count; i++)                                                      \
        if (strcmp((run)->array[i].name, (name_)) == 0)                                            \
            return &(run)->array[i];                                                               \
    return NULL

struct scn_bank *scn_bank_find(struct scn_run *run, const char *name) {
    FIND(run, banks, bank_count, name);
}

struct scn_terminal *scn_terminal_find(struct scn_run *run, const char *name) {
    FIND(run, terminals, terminal_count, name);
}

struct scn_card *scn_card_find(struct scn_run *run, const char *name) {
    FIND(run, cards, card_count, name);
}

struct scn_account *scn_account_find(struct scn_run *run, const char *name) {
    const char *slash = strchr(name, '/');
    const char *own = slash != NULL ? slash + 1 : name;
    FIND(run, accounts, account_count, own);
}

char *scn_iban_of(struct scn_run *run, const char *name) {
    const struct scn_account *account = scn_account_find(run, name);
    if (account != NULL)
        return scn_copy(account->iban);
    const char *at = strchr(name, '@');
    const struct scn_bank *bank = at != NULL ? scn_bank_find(run, at + 1) : NULL;
    if (at == NULL)
        return scn_copy(name);
    char text[TW_IBAN_TEXT_SIZE];
    struct tw_iban iban = {.bank_code = bank != NULL ? (int32_t)bank->code : 99999999,
                           .account = TW_ACCOUNT_CUSTOMER_MAX};
    return scn_copy(tw_iban_text(iban, text));
}

/* One text: "$name.member.member", or as it is. New reference. */
static json_t *resolve_text(struct scn_run *run, const char *text) {
    if (text[0] != '$')
        return json_string(text);
    SCN_OWNED path = scn_copy(text + 1);
    const json_t *value = run->variables;
    for (char *at = path; at != NULL && value != NULL;) {
        char *dot = strchr(at, '.');
        if (dot != NULL)
            *dot = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoull(at, NULL, 10))
                                     : json_object_get(value, at);
        at = dot != NULL ? dot + 1 : NULL;
    }
    return value != NULL ? json_deep_copy(value) : json_string(text);
}

/* Two levels are enough for every step: texts of the step, and of objects and lists in it. */
static json_t *resolve_flat(struct scn_run *run, const json_t *value) {
    return json_is_string(value) ? resolve_text(run, json_string_value(value))
                                 : json_deep_copy(value);
}

static json_t *resolve_inner(struct scn_run *run, const json_t *value) {
    if (!json_is_object(value) && !json_is_array(value))
        return resolve_flat(run, value);
    json_t *copy = json_deep_copy(value);
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
            scn_set(copy, key, resolve_flat(run, member));
    } else {
        json_array_foreach((json_t *)(uintptr_t)value, index, member)(void)
            json_array_set_new(copy, index, resolve_flat(run, member));
    }
    return copy;
}

json_t *scn_resolve(struct scn_run *run, const json_t *value) {
    json_t *copy = json_copy((json_t *)(uintptr_t)value);
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        if (strcmp(key, "steps") != 0 && strcmp(key, "during") != 0)
            scn_set(copy, key, resolve_inner(run, member));
    }
    return copy;
}

static char *first_line(const char *text) {
    const char *from = text != NULL ? text : "";
    return scn_format("%.*s", (int)strcspn(from, "\n"), from);
}

static json_t *operate(const char *tool, const struct scn_bank *bank, char **ret_problem,
                       const char *input, const char *const arguments[]) {
    SCN_OWNED program = scn_format("%s/%s", bank->run->bin, tool);
    SCN_OWNED config = scn_format("%s/etc/%s.ini", bank->folder, tool);
    const char *all[32] = {program, "--config", config, "--json"};
    size_t count = 4;
    for (size_t i = 0; arguments[i] != NULL && count < 31; i++)
        all[count++] = arguments[i];
    struct scn_done done = scn_program(all, NULL, input, 60);
    json_t *result = NULL;
    if (done.code == 0)
        result = scn_parse(done.out != NULL ? done.out : "null");
    if (result == NULL) {
        SCN_OWNED said = first_line(done.err);
        *ret_problem = scn_format("%s %s %s at %s: %s", tool, arguments[0],
                                  arguments[1] != NULL ? arguments[1] : "", bank->name,
                                  done.code == -2 ? "took too long" : said);
    }
    scn_done_clear(&done);
    return result;
}

json_t *scn_bankctl(struct scn_bank *bank, char **ret_problem, const char *input,
                    const char *const arguments[]) {
    return operate("bankctl", bank, ret_problem, input, arguments);
}

json_t *scn_settlectl(struct scn_run *run, char **ret_problem, const char *const arguments[]) {
    if (run->agent != NULL)
        return operate("settlectl", run->agent, ret_problem, NULL, arguments);
    *ret_problem = scn_copy("there is no settlement agent; declare one: \"agent\": {}");
    return NULL;
}

char *scn_network_sh(struct scn_run *run, const char *command, const char *folder,
                     const char *const environment[], const char *const arguments[]) {
    SCN_OWNED program = scn_format("%s/interbank/network/network.sh", run->top);
    const char *all[48] = {program, command, folder};
    size_t count = 3;
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL && count < 47; i++)
        all[count++] = arguments[i];
    struct scn_done done = scn_program(all, environment, NULL, 180);
    char *problem = NULL;
    if (done.code != 0)
        problem = scn_format("network.sh %s %s: %s", command, folder,
                             done.err != NULL && done.err[0] != '\0' ? done.err : "failed");
    if (problem != NULL && problem[strlen(problem) - 1] == '\n')
        problem[strlen(problem) - 1] = '\0';
    scn_done_clear(&done);
    return problem;
}

static PGconn *connect_to(const struct scn_bank *bank, const char *role) {
    SCN_OWNED conninfo = scn_format("host=%s dbname=bank user=%s application_name=scenario "
                                    "connect_timeout=5 options='-c search_path=bank'",
                                    bank->pg, role);
    return PQconnectdb(conninfo);
}

static PGresult *ask(PGconn *connection, const char *sql, char **ret_problem) {
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    const char *message = PQerrorMessage(connection);
    *ret_problem = scn_format("%.*s", (int)strcspn(message, "\n"), message);
    PQclear(result);
    return NULL;
}

PGresult *scn_books(struct scn_bank *bank, const char *sql, char **ret_problem) {
    for (int attempt = 0;; attempt++) {
        if (bank->books == NULL)
            bank->books = connect_to(bank, "tw_audit");
        PGresult *result = ask(bank->books, sql, ret_problem);
        bool lost = result == NULL && PQstatus(bank->books) != CONNECTION_OK;
        if (lost) {
            PQfinish(bank->books);
            bank->books = NULL;
        }
        if (!lost || attempt > 0)
            return result;
        free(*ret_problem);
        *ret_problem = NULL;
    }
}

PGresult *scn_books_as(struct scn_bank *bank, const char *role, const char *sql,
                       char **ret_problem) {
    PGconn *connection = connect_to(bank, role);
    PGresult *result = ask(connection, sql, ret_problem);
    PQfinish(connection);
    return result;
}

int64_t scn_books_number(struct scn_bank *bank, const char *sql, char **ret_problem) {
    PGresult *result = scn_books(bank, sql, ret_problem);
    int64_t number =
        result != NULL && PQntuples(result) > 0 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return number;
}
