/*
 * Steps that every bank takes alone run in one thread per bank; between them all meet. The first
 * bank must exist before the others, because its root signs their certificates.
 */
#include "scenario/network.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scenario/relay.h"
#include "scenario/stock.h"
#include "scenario/terminal.h"

typedef char *(*bank_work)(struct scn_bank *bank);

struct work {
    struct scn_bank *bank;
    bank_work work;
    char *problem;
};

static void *work_thread(void *context) {
    struct work *work = context;
    work->problem = work->work(work->bank);
    return NULL;
}

/* At each bank from this one on, at the same time; the first reason that any of them has. */
static char *each_bank(struct scn_run *run, size_t first, bank_work work) {
    pthread_t threads[64];
    struct work works[64] = {0};
    char *problem = NULL;
    for (size_t i = first; i < run->bank_count; i++) {
        works[i] = (struct work){.bank = &run->banks[i], .work = work};
        tw_assert(pthread_create(&threads[i], NULL, work_thread, &works[i]) == 0);
    }
    for (size_t i = first; i < run->bank_count; i++) {
        tw_assert(pthread_join(threads[i], NULL) == 0);
        if (problem == NULL)
            problem = works[i].problem;
        else
            free(works[i].problem);
    }
    if (problem == NULL && scn_interrupted)
        problem = scn_copy("interrupted");
    return problem;
}

char *scn_network_environment(const struct scn_bank *bank, const char *name) {
    SCN_OWNED file = scn_format("%s/network.env", bank->folder);
    SCN_OWNED text = scn_read_file(file, 65536, NULL);
    SCN_OWNED key = scn_format("%s=", name);
    for (const char *at = text; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "\n");
        if (strncmp(at, key, strlen(key)) == 0)
            return scn_format("%.*s", (int)(length - strlen(key)), at + strlen(key));
        at += length + (at[length] == '\n');
    }
    return scn_copy("");
}

static void set_timers(struct scn_bank *bank) {
    if (bank == bank->run->agent)
        return;
    const json_t *timers =
        json_object_get(json_object_get(bank->run->scenario->tree, "network"), "timers");
    int64_t issuer_us = scn_duration_us(timers, "issuer", 0);
    int64_t beneficiary_us = scn_duration_us(timers, "beneficiary", 0);
    for (int i = 1; i <= (int)bank->servers; i++) {
        SCN_OWNED file = scn_format("%s/etc/bank-server-%d.ini", bank->folder, i);
        if (issuer_us > 0)
            scn_ini_set_number(file, "interbank", "issuer_wait_ms", issuer_us / 1000);
        if (beneficiary_us > 0)
            scn_ini_set_number(file, "interbank", "beneficiary_wait_ms", beneficiary_us / 1000);
    }
}

static char *start_postgres(struct scn_bank *bank) {
    set_timers(bank);
    return scn_network_sh(bank->run, "start", bank->folder, NULL,
                          (const char *const[]){"postgres", NULL});
}

static char *copy(struct scn_bank *bank) {
    char *problem = scn_stock_take(bank->run->stock, bank);
    return problem != NULL ? problem : start_postgres(bank);
}

/* What the settlement agent lacks as a bank it does not get. */
static char *create_agent(struct scn_bank *agent) {
    struct scn_run *run = agent->run;
    SCN_OWNED servers = scn_format("%" PRId64, agent->servers);
    char *problem =
        scn_network_sh(run, "create", agent->folder, NULL,
                       (const char *const[]){"--agent", "--join", run->banks[0].folder, "--servers",
                                             servers, "--bin", run->bin, NULL});
    if (problem != NULL)
        return problem;
    agent->built = true;
    agent->address = scn_network_environment(agent, "TW_ADDRESS");
    agent->pg = scn_network_environment(agent, "TW_PG");
    return scn_network_sh(run, "start", agent->folder, NULL,
                          (const char *const[]){"postgres", NULL});
}

static char *create(struct scn_bank *bank) {
    struct scn_run *run = bank->run;
    SCN_OWNED code = scn_format("%" PRId64, bank->code);
    SCN_OWNED servers = scn_format("%" PRId64, bank->servers);
    SCN_OWNED middlewares = scn_format("%" PRId64, bank->middlewares);
    SCN_OWNED terminals = scn_format("%" PRId64, bank->terminals);
    const char *arguments[24] = {
        "--bank",        code,
        "--name",        bank->title,
        "--iin",         bank->iin,
        "--servers",     servers,
        "--middlewares", middlewares,
        "--terminals",   terminals,
        "--bin",         run->bin,
        "--peer-limit",  scn_text_or(bank->spec, "peer_limit", "1000000.00")};
    if (bank->index > 0) {
        arguments[16] = "--join";
        arguments[17] = run->banks[0].folder;
    }
    char *problem = scn_network_sh(run, "create", bank->folder, NULL, arguments);
    if (problem != NULL)
        return problem;
    bank->built = true;
    bank->address = scn_network_environment(bank, "TW_ADDRESS");
    bank->pg = scn_network_environment(bank, "TW_PG");
    return start_postgres(bank);
}

static char *set_terms(struct scn_bank *bank) {
    char *problem = NULL;
    const char *limit = scn_text(bank->spec, "peer_limit");
    json_decref(SCN_BANKCTL(bank, &problem, NULL, "bank", "capital",
                            scn_text_or(bank->spec, "capital", "1000000.00")));
    if (problem == NULL && limit != NULL && bank->copied)
        json_decref(SCN_BANKCTL(bank, &problem, NULL, "bank", "peer-limit", limit));
    const char *surcharge = scn_text(bank->spec, "surcharge");
    if (problem == NULL && surcharge != NULL)
        json_decref(SCN_BANKCTL(bank, &problem, NULL, "bank", "surcharge", surcharge));
    return problem != NULL ? problem : scn_customers_make(bank);
}

/* --- directory ------------------------------------------------------------------------------ */

static json_t *entry_for(struct scn_run *run, const struct scn_bank *reader,
                         const struct scn_bank *bank) {
    json_t *addresses = json_array();
    const char *places[8];
    size_t count = scn_relay_bank_places(run, reader, bank, places, 8);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(addresses, json_string(places[i]));
        free((void *)(uintptr_t)places[i]);
    }
    SCN_OWNED code = scn_format("%" PRId64, bank->code);
    return json_pack("{s:s, s:s, s:s, s:[s], s:o}", "bank_code", code, "name", bank->title,
                     "currency", "EUR", "iins", bank->iin, "addresses", addresses);
}

/* Each bank gets a directory of its own, in which the others are where the relay listens for it. */
static char *import_directory(struct scn_bank *bank) {
    struct scn_run *run = bank->run;
    SCN_OWNED program = scn_format("%s/directory", run->bin);
    SCN_OWNED key = scn_format("%s/pki/ca/root.key", run->banks[0].folder);
    SCN_OWNED plain = scn_format("%s/etc/directory.json", bank->folder);
    SCN_OWNED out = scn_format("%s/etc/directory.jws", bank->folder);
    json_t *entries = json_array();
    for (size_t i = 0; i < run->bank_count; i++)
        (void)json_array_append_new(entries, entry_for(run, bank, &run->banks[i]));
    time_t now = time(NULL);
    struct tm moment;
    char issued[32];
    (void)strftime(issued, sizeof issued, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &moment));
    TW_JSON_OWNED json_t *content =
        json_pack("{s:I, s:s, s:o}", "serial", (json_int_t)1, "issued", issued, "banks", entries);
    SCN_OWNED text = scn_dump(content);
    struct tw_error error = {0};
    if (!tw_ok(scn_write_file(plain, text, &error)))
        return scn_copy(error.detail);
    const char *const arguments[] = {program, "sign",  "--key", key, "--in",
                                     plain,   "--out", out,     NULL};
    struct scn_done done = scn_program(arguments, NULL, NULL, 30);
    char *problem = done.code == 0 ? NULL : scn_format("directory: %s", done.err);
    scn_done_clear(&done);
    if (problem == NULL)
        json_decref(SCN_BANKCTL(bank, &problem, NULL, "directory", "import", out));
    return problem;
}

static char *set_peers(struct scn_bank *bank) {
    struct scn_run *run = bank->run;
    char *problem = import_directory(bank);
    const char *interchange =
        scn_text_or(bank->spec, "interchange",
                    scn_text(json_object_get(run->scenario->tree, "network"), "interchange"));
    const json_t *limits = json_object_get(bank->spec, "peer_limits");
    for (size_t i = 0; i < run->bank_count && problem == NULL; i++) {
        if (i == bank->index)
            continue;
        SCN_OWNED code = scn_format("%" PRId64, run->banks[i].code);
        const char *limit = scn_text(limits, run->banks[i].name);
        if (interchange != NULL)
            json_decref(
                SCN_BANKCTL(bank, &problem, NULL, "peer", "interchange", code, interchange));
        if (problem == NULL && limit != NULL)
            json_decref(SCN_BANKCTL(bank, &problem, NULL, "peer", "limit", code, limit));
    }
    return problem;
}

static char *start(struct scn_bank *bank) {
    SCN_OWNED clock = scn_format("TW_CLOCK_FILE=%s", bank->run->clock.file);
    return scn_network_sh(bank->run, "start", bank->folder, (const char *const[]){clock, NULL},
                          NULL);
}

/* --- whole ---------------------------------------------------------------------------------- */

static char *make_banks(struct scn_run *run) {
    char *problem = NULL;
    if (run->stock != NULL) {
        problem = scn_stock_fill(run->stock, run->bank_count, run->agent != NULL);
        if (problem == NULL)
            problem = each_bank(run, 0, copy);
        return problem != NULL || run->agent == NULL ? problem : copy(run->agent);
    }
    problem = create(&run->banks[0]);
    if (problem == NULL)
        problem = each_bank(run, 1, create);
    return problem != NULL || run->agent == NULL ? problem : create_agent(run->agent);
}

char *scn_network_build(struct scn_run *run) {
    char *problem = make_banks(run);
    if (problem == NULL)
        problem = each_bank(run, 0, set_terms);
    if (problem == NULL && run->bank_count > 1)
        problem = each_bank(run, 0, set_peers);
    if (problem == NULL && run->agent != NULL)
        problem = scn_settlement_prepare(run);
    if (problem == NULL)
        problem = scn_cards_write(run);
    if (problem == NULL)
        problem = scn_relay_start(run);
    for (size_t i = 0; i < run->terminal_count && problem == NULL; i++)
        scn_terminal_configure(run, &run->terminals[i]);
    if (problem == NULL && run->agent != NULL)
        problem = start(run->agent);
    if (problem == NULL)
        problem = each_bank(run, 0, start);
    if (problem == NULL)
        problem = scn_await_peers(run, 30);
    return problem != NULL ? problem : scn_terminals_fill(run);
}

/* A stopped process goes on; what does not run is started. */
static char *heal(struct scn_bank *bank) {
    const struct {
        const char *name;
        size_t offset;
    } kinds[] = {{bank == bank->run->agent ? "settlement-agent" : "bank-server",
                  offsetof(struct scn_bank, servers)},
                 {"middleware", offsetof(struct scn_bank, middlewares)}};
    for (size_t i = 0; i < 2; i++) {
        int64_t count = *(const int64_t *)((const char *)bank + kinds[i].offset);
        for (int64_t k = 1; k <= count; k++) {
            SCN_OWNED file =
                scn_format("%s/run/%s-%" PRId64 ".pid", bank->folder, kinds[i].name, k);
            pid_t pid = scn_pid_of_file(file);
            if (pid > 0)
                (void)kill(pid, SIGCONT);
        }
    }
    SCN_OWNED file = scn_format("%s/data/postmaster.pid", bank->pg);
    SCN_OWNED text = scn_read_file(file, 4096, NULL);
    if (text != NULL) /* its backends may be stopped with it: the same process group */
        (void)kill((pid_t)-strtol(text, NULL, 10), SIGCONT);
    return start(bank);
}

char *scn_network_heal(struct scn_run *run) {
    char *problem = NULL;
    if (run->relay != NULL) {
        TW_JSON_OWNED json_t *end = json_pack("{s:s}", "do", "end");
        TW_JSON_OWNED json_t *whole = json_pack("{s:s, s:s}", "do", "heal", "link", "*");
        json_decref(scn_relay_do(run, end, &problem));
        if (problem == NULL)
            json_decref(scn_relay_do(run, whole, &problem));
    }
    if (problem == NULL && run->agent != NULL)
        problem = heal(run->agent);
    if (problem == NULL)
        problem = each_bank(run, 0, heal);
    return problem != NULL ? problem : scn_await_peers(run, 60);
}

static char *leave(struct scn_bank *bank) {
    if (bank->copied)
        scn_stock_drop(bank);
    if (!bank->built || bank->copied)
        return NULL;
    return scn_network_sh(bank->run, "stop", bank->folder, NULL, NULL);
}

void scn_network_end(struct scn_run *run, bool keep) {
    for (size_t i = 0; i < run->terminal_count; i++)
        scn_terminal_kill(&run->terminals[i]);
    scn_interrupted = 0; /* tidying up is not interrupted */
    free(each_bank(run, 0, leave));
    if (run->agent != NULL)
        free(leave(run->agent));
    if (run->agent != NULL && !keep && !run->agent->copied)
        free(scn_network_sh(run, "destroy", run->agent->folder, NULL, NULL));
    for (size_t i = run->bank_count; i-- > 0 && !keep;) {
        if (run->banks[i].copied)
            continue;
        char *problem = scn_network_sh(run, "destroy", run->banks[i].folder, NULL, NULL);
        if (problem != NULL)
            (void)fprintf(stderr, "%s\n", problem);
        free(problem);
    }
    scn_relay_stop(run);
}
