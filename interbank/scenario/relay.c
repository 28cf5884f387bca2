/* Ports: the targets' own are 7001.. and 7101.. (interbank/network/layout.sh); the relay listens at
 * the target's address, 8 ports per link, so that a certificate for that address fits. */
#include "scenario/relay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BANK_PORT       7100
#define AGENT_PORT      7200
#define MIDDLEWARE_PORT 7000
#define PEER_BASE       20000 /* + 8 * index of the source + server number */
#define TERMINAL_BASE   22000 /* + 8 * index of the terminal + middleware number */

struct scn_relay {
    struct scn_child child;
    char *trace;
};

static size_t terminal_index(const struct scn_run *run, const struct scn_terminal *terminal) {
    return (size_t)(terminal - run->terminals);
}

static bool used(const struct scn_run *run) {
    SCN_OWNED program = scn_format("%s/message-relay", run->bin);
    return scn_exists(program);
}

size_t scn_relay_bank_places(struct scn_run *run, const struct scn_bank *from,
                             const struct scn_bank *to, const char **places, size_t room) {
    size_t count = 0;
    for (int i = 1; i <= (int)to->servers && count < room; i++)
        places[count++] = scn_format(
            "%s:%d", to->address,
            from == to || !used(run) ? BANK_PORT + i : PEER_BASE + 8 * (int)from->index + i - 1);
    return count;
}

size_t scn_relay_terminal_places(struct scn_run *run, const struct scn_terminal *terminal,
                                 const char **places, size_t room) {
    size_t count = 0;
    const struct scn_bank *bank = terminal->bank;
    for (int i = 1; i <= (int)bank->middlewares && count < room; i++)
        places[count++] =
            scn_format("%s:%d", bank->address,
                       used(run) ? TERMINAL_BASE + 8 * (int)terminal_index(run, terminal) + i - 1
                                 : MIDDLEWARE_PORT + i);
    return count;
}

static json_t *identity(const struct scn_bank *bank, const char *folder) {
    SCN_OWNED certificate = scn_format("%s/pki/%s/cert.pem", bank->folder, folder);
    SCN_OWNED key = scn_format("%s/pki/%s/key.pem", bank->folder, folder);
    return json_pack("{s:s, s:s}", "certificate", certificate, "key", key);
}

static json_t *bank_link(struct scn_run *run, const struct scn_bank *from,
                         const struct scn_bank *to) {
    SCN_OWNED name = scn_format("%s>%s", from->name, to->name);
    SCN_OWNED here = scn_format("bank-%" PRId64, from->code);
    SCN_OWNED there = scn_format("bank-%" PRId64, to->code);
    json_t *listen = json_array();
    json_t *targets = json_array();
    const char *places[8];
    size_t count = scn_relay_bank_places(run, from, to, places, 8);
    for (size_t i = 0; i < count; i++) {
        SCN_OWNED target = scn_format("%s:%d", to->address, BANK_PORT + 1 + (int)i);
        (void)json_array_append_new(listen, json_string(places[i]));
        (void)json_array_append_new(targets, json_string(target));
        free((void *)(uintptr_t)places[i]);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "name", name, "listen", listen, "to",
                     targets, "server", identity(to, there), "client", identity(from, here),
                     "expect", "bank");
}

size_t scn_relay_agent_places(struct scn_run *run, const struct scn_bank *from, const char **places,
                              size_t room) {
    size_t count = 0;
    for (int i = 1; i <= (int)run->agent->servers && count < room; i++)
        places[count++] =
            scn_format("%s:%d", run->agent->address,
                       used(run) ? PEER_BASE + 8 * (int)from->index + i - 1 : AGENT_PORT + i);
    return count;
}

static json_t *agent_link(struct scn_run *run, const struct scn_bank *from) {
    SCN_OWNED name = scn_format("%s>agent", from->name);
    SCN_OWNED here = scn_format("bank-%" PRId64, from->code);
    json_t *listen = json_array();
    json_t *targets = json_array();
    const char *places[8];
    size_t count = scn_relay_agent_places(run, from, places, 8);
    for (size_t i = 0; i < count; i++) {
        SCN_OWNED target = scn_format("%s:%d", run->agent->address, AGENT_PORT + 1 + (int)i);
        (void)json_array_append_new(listen, json_string(places[i]));
        (void)json_array_append_new(targets, json_string(target));
        free((void *)(uintptr_t)places[i]);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "name", name, "listen", listen, "to",
                     targets, "server", identity(run->agent, "agent-settlement"), "client",
                     identity(from, here), "expect", "agent");
}

static json_t *terminal_link(struct scn_run *run, const struct scn_terminal *terminal,
                             size_t number, const char *place) {
    (void)run;
    const struct scn_bank *bank = terminal->bank;
    SCN_OWNED name = scn_format("%s>%s/%zu", terminal->name, bank->name, number);
    SCN_OWNED target = scn_format("%s:%d", bank->address, MIDDLEWARE_PORT + (int)number);
    SCN_OWNED here = scn_format("terminal-%" PRId64 "-%s", bank->code, terminal->id);
    SCN_OWNED there = bank->index == 0
                          ? scn_format("middleware-mw%zu", number)
                          : scn_format("middleware-mw%" PRId64 "-%zu", bank->code, number);
    return json_pack("{s:s, s:[s], s:[s], s:o, s:o, s:s}", "name", name, "listen", place, "to",
                     target, "server", identity(bank, there), "client", identity(bank, here),
                     "expect", "middleware");
}

static json_t *links_of(struct scn_run *run) {
    json_t *links = json_array();
    for (size_t i = 0; i < run->bank_count; i++)
        for (size_t j = 0; j < run->bank_count; j++)
            if (i != j)
                (void)json_array_append_new(links, bank_link(run, &run->banks[i], &run->banks[j]));
    for (size_t i = 0; run->agent != NULL && i < run->bank_count; i++)
        (void)json_array_append_new(links, agent_link(run, &run->banks[i]));
    for (size_t i = 0; i < run->terminal_count; i++) {
        const char *places[8];
        size_t count = scn_relay_terminal_places(run, &run->terminals[i], places, 8);
        for (size_t k = 0; k < count; k++) {
            (void)json_array_append_new(links,
                                        terminal_link(run, &run->terminals[i], k + 1, places[k]));
            free((void *)(uintptr_t)places[k]);
        }
    }
    return links;
}

static char *write_config(struct scn_run *run, const char *file, const char *trace) {
    SCN_OWNED root = scn_format("%s/pki/root.crt", run->banks[0].folder);
    SCN_OWNED crl = scn_format("%s/pki/crl.pem", run->banks[0].folder);
    TW_JSON_OWNED json_t *config =
        json_pack("{s:I, s:s, s:s, s:s, s:o}", "seed", (json_int_t)(run->seed & 0x7fffffff),
                  "trace", trace, "root", root, "crl", crl, "links", links_of(run));
    SCN_OWNED text = scn_dump(config);
    struct tw_error error = {0};
    return tw_ok(scn_write_file(file, text, &error)) ? NULL : scn_copy(error.detail);
}

char *scn_relay_start(struct scn_run *run) {
    if (!used(run))
        return NULL;
    SCN_OWNED program = scn_format("%s/message-relay", run->bin);
    SCN_OWNED file = scn_format("%s/relay.json", run->folder);
    SCN_OWNED errors = scn_format("%s/relay.log", run->folder);
    run->relay = calloc(1, sizeof *run->relay);
    tw_assert(run->relay != NULL);
    run->relay->trace = scn_format("%s/trace.jsonl", run->folder);
    char *problem = write_config(run, file, run->relay->trace);
    if (problem != NULL)
        return problem;
    const char *const arguments[] = {program, "--config", file, NULL};
    if (!scn_child_start(&run->relay->child, arguments, NULL, errors))
        return scn_copy("the message relay cannot be started");
    SCN_OWNED ready = scn_child_hear(&run->relay->child, scn_now_us() + 10000000);
    if (ready != NULL)
        return NULL;
    SCN_OWNED said = scn_read_file(errors, 4096, NULL);
    return scn_format("the message relay does not get ready: %s", said != NULL ? said : "");
}

void scn_relay_stop(struct scn_run *run) {
    if (run->relay == NULL)
        return;
    scn_child_end(&run->relay->child);
    free(run->relay->trace);
    free(run->relay);
    run->relay = NULL;
}

json_t *scn_relay_do(struct scn_run *run, const json_t *command, char **ret_problem) {
    if (run->relay == NULL) {
        *ret_problem = scn_copy("there is no message relay");
        return NULL;
    }
    SCN_OWNED line = scn_dump(command);
    SCN_OWNED heard = scn_child_say(&run->relay->child, line)
                          ? scn_child_hear(&run->relay->child, scn_now_us() + SCN_ANSWER_US)
                          : NULL;
    json_t *answer = heard != NULL ? scn_parse(heard) : NULL;
    if (answer == NULL) {
        *ret_problem = scn_copy("the message relay does not answer");
    } else if (scn_text(answer, "error") != NULL) {
        *ret_problem = scn_format("message relay: %s", scn_text(answer, "error"));
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}

char *scn_relay_pattern(struct scn_run *run, const char *link) {
    const char *to = strchr(link, '>');
    const struct scn_bank *target = to != NULL ? scn_bank_find(run, to + 1) : NULL;
    SCN_OWNED from = scn_format("%.*s", to != NULL ? (int)(to - link) : 0, link);
    if (target != NULL && scn_terminal_find(run, from) != NULL)
        return scn_format("%s/*", link);
    return scn_copy(link);
}

char *scn_relay_trace_file(const struct scn_run *run) {
    return scn_copy(run->relay != NULL ? run->relay->trace : "");
}

int64_t scn_relay_now(struct scn_run *run) {
    char *problem = NULL;
    if (run->relay == NULL)
        return 0;
    TW_JSON_OWNED json_t *command = json_pack("{s:s}", "do", "now");
    TW_JSON_OWNED json_t *answer = scn_relay_do(run, command, &problem);
    free(problem);
    return scn_number(answer, "at_us", 0);
}
