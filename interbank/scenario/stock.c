/*
 * A copy differs from its original in its folders only: network.env, the socket's folder in the INI
 * files, and how many processes of each kind it has. pki/ stays in stock, and is linked to.
 */
#include "scenario/stock.h"

#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scenario/network.h"

#define SLOTS_MAX  32
#define MAX_AGE_S  86400 /* revocation lists expire */
#define FIRST_NAME "Alder Bank"

struct scn_stock {
    struct scn_run *run;
    char *slot;
    int lock;
};

static const char *const titles[SCN_STOCK_BANKS] = {FIRST_NAME, "Birch Bank", "Cedar Bank",
                                                    "Dogwood Bank"};

bool scn_stock_fits(const struct scn_run *run) {
    if (run->bank_count > SCN_STOCK_BANKS || (run->agent != NULL && run->agent->servers > 1))
        return false;
    for (size_t i = 0; i < run->bank_count; i++) {
        const struct scn_bank *bank = &run->banks[i];
        if (strcmp(bank->title, titles[i]) != 0 || scn_text(bank->spec, "code") != NULL ||
            scn_text(bank->spec, "iin") != NULL || bank->servers > SCN_STOCK_SERVERS ||
            bank->middlewares > SCN_STOCK_MWS || bank->terminals > SCN_STOCK_TERMINALS)
            return false;
    }
    return true;
}

/* What a stock depends on: when the programs and scripts that make banks were last changed. */
static char *build_of(const struct scn_run *run) {
    static const char *const scripts[] = {"interbank/network/network.sh",
                                          "interbank/network/layout.sh",
                                          "interbank/network/postgres.sh", "middleware/pki/pki.sh"};
    char *text = NULL;
    struct stat status;
    static const char *const programs[] = {"bankctl", "settlectl"};
    for (size_t i = 0; i < 2; i++) {
        SCN_OWNED program = scn_format("%s/%s", run->bin, programs[i]);
        if (stat(program, &status) == 0)
            scn_append(&text, "%s %lld %lld\n", program, (long long)status.st_mtime,
                       (long long)status.st_size);
    }
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        SCN_OWNED file = scn_format("%s/%s", run->top, scripts[i]);
        if (stat(file, &status) == 0)
            scn_append(&text, "%lld\n", (long long)status.st_mtime);
    }
    return text;
}

static void remove_tree(const char *folder) {
    const char *const arguments[] = {"rm", "-rf", "--", folder, NULL};
    struct scn_done done = scn_program(arguments, NULL, NULL, 60);
    scn_done_clear(&done);
}

static char *bank_folder(const struct scn_stock *stock, size_t index) {
    return scn_format("%s/bank-%zu", stock->slot, index);
}

static char *agent_folder(const struct scn_stock *stock) {
    return scn_format("%s/agent", stock->slot);
}

static void throw_away(struct scn_stock *stock) {
    SCN_OWNED agent = agent_folder(stock);
    if (scn_exists(agent))
        free(scn_network_sh(stock->run, "destroy", agent, NULL, NULL));
    for (size_t i = SCN_STOCK_BANKS; i-- > 0;) {
        SCN_OWNED folder = bank_folder(stock, i);
        if (scn_exists(folder))
            free(scn_network_sh(stock->run, "destroy", folder, NULL, NULL));
    }
}

/* Whether every bank in stock still has its cluster: /var/tmp may have been cleaned. */
static bool is_whole(const struct scn_stock *stock) {
    for (size_t i = 0; i <= SCN_STOCK_BANKS; i++) {
        struct scn_bank bank = {.folder = i == SCN_STOCK_BANKS ? agent_folder(stock)
                                                               : bank_folder(stock, i)};
        SCN_OWNED cluster = scn_network_environment(&bank, "TW_PG");
        bool whole = !scn_exists(bank.folder) || (cluster[0] != '\0' && scn_exists(cluster));
        free(bank.folder);
        if (!whole)
            return false;
    }
    return true;
}

static void check_build(struct scn_stock *stock) {
    SCN_OWNED file = scn_format("%s/build", stock->slot);
    SCN_OWNED build = build_of(stock->run);
    SCN_OWNED kept = scn_read_file(file, 65536, NULL);
    struct stat status;
    bool old =
        stat(file, &status) != 0 || time(NULL) - status.st_mtime > MAX_AGE_S || !is_whole(stock);
    if (!old && kept != NULL && strcmp(kept, build) == 0)
        return;
    throw_away(stock);
    (void)!tw_ok(scn_write_file(file, build, NULL));
}

struct scn_stock *scn_stock_open(struct scn_run *run, const char *folder) {
    (void)mkdir(folder, 0700);
    for (int i = 0; i < SLOTS_MAX; i++) {
        SCN_OWNED slot = scn_format("%s/slot-%d", folder, i);
        SCN_OWNED lock = scn_format("%s/lock", slot);
        (void)mkdir(slot, 0700);
        int handle = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (handle < 0)
            return NULL;
        if (flock(handle, LOCK_EX | LOCK_NB) == 0) {
            struct scn_stock *stock = calloc(1, sizeof *stock);
            tw_assert(stock != NULL);
            *stock = (struct scn_stock){.run = run, .slot = scn_copy(slot), .lock = handle};
            check_build(stock);
            return stock;
        }
        (void)close(handle);
    }
    return NULL;
}

void scn_stock_close(struct scn_stock *stock) {
    if (stock == NULL)
        return;
    (void)close(stock->lock);
    free(stock->slot);
    free(stock);
}

static char *make(struct scn_stock *stock, size_t index) {
    SCN_OWNED folder = bank_folder(stock, index);
    SCN_OWNED first = bank_folder(stock, 0);
    SCN_OWNED made = scn_format("%s/created", folder);
    SCN_OWNED code = scn_format("%zu", 90000001 + index);
    SCN_OWNED iin = scn_format("%zu", 92760001 + index);
    const char *arguments[24] = {"--bank",      code,        "--name", titles[index],   "--iin",
                                 iin,           "--servers", "2",      "--middlewares", "2",
                                 "--terminals", "6",         "--bin",  stock->run->bin};
    if (scn_exists(made))
        return NULL;
    if (index > 0) {
        arguments[14] = "--join";
        arguments[15] = first;
    }
    return scn_network_sh(stock->run, "create", folder, NULL, arguments);
}

static char *make_agent(struct scn_stock *stock) {
    SCN_OWNED folder = agent_folder(stock);
    SCN_OWNED first = bank_folder(stock, 0);
    SCN_OWNED made = scn_format("%s/created", folder);
    if (scn_exists(made))
        return NULL;
    return scn_network_sh(
        stock->run, "create", folder, NULL,
        (const char *const[]){"--agent", "--join", first, "--bin", stock->run->bin, NULL});
}

char *scn_stock_fill(struct scn_stock *stock, size_t count, bool agent) {
    char *problem = NULL;
    for (size_t i = 0; i < count && problem == NULL; i++)
        problem = make(stock, i);
    return problem != NULL || !agent ? problem : make_agent(stock);
}

/* Replaces every occurrence in a file. */
static char *replace_in(const char *file, const char *old, const char *new) {
    SCN_OWNED text = scn_read_file(file, 65536, NULL);
    SCN_OWNED out = scn_copy("");
    const char *at = text != NULL ? text : "";
    for (const char *found; (found = strstr(at, old)) != NULL; at = found + strlen(old))
        scn_append(&out, "%.*s%s", (int)(found - at), at, new);
    scn_append(&out, "%s", at);
    struct tw_error error = {0};
    return tw_ok(scn_write_file(file, out, &error)) ? NULL : scn_copy(error.detail);
}

static char *copy_tree(const char *from, const char *to) {
    const char *const arguments[] = {"cp", "-a", "--reflink=auto", "--", from, to, NULL};
    struct scn_done done = scn_program(arguments, NULL, NULL, 120);
    char *problem = done.code == 0 ? NULL : scn_format("cp: %s", done.err);
    scn_done_clear(&done);
    return problem;
}

/* The cluster's folder gets a new name; files that name it are changed. */
static char *move_cluster(struct scn_bank *bank, const char *old) {
    char fresh[] = "/var/tmp/tw-XXXXXX";
    if (mkdtemp(fresh) == NULL)
        return scn_copy("no folder for PostgreSQL");
    (void)rmdir(fresh);
    bank->pg = scn_copy(fresh); /* from now on it is this one that is removed */
    char *problem = copy_tree(old, fresh);
    SCN_OWNED pattern = scn_format("%s/etc/*.ini", bank->folder);
    SCN_OWNED environment = scn_format("%s/network.env", bank->folder);
    SCN_OWNED settings = scn_format("%s/data/tellerwire.conf", fresh);
    SCN_OWNED link = scn_format("%s/log/postgresql.log", bank->folder);
    SCN_OWNED log = scn_format("%s/postgresql.log", fresh);
    glob_t found = {0};
    if (problem == NULL && glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && problem == NULL; i++)
            problem = replace_in(found.gl_pathv[i], old, fresh);
    globfree(&found);
    if (problem == NULL)
        problem = replace_in(environment, old, fresh);
    struct stat owner;
    if (problem == NULL && stat(settings, &owner) == 0) {
        problem = replace_in(settings, old, fresh);
        (void)!chown(settings, owner.st_uid, owner.st_gid);
    }
    (void)unlink(link);
    (void)!symlink(log, link);
    (void)unlink(log);
    return problem;
}

/* Fewer processes than are in stock. */
static char *fit(struct scn_bank *bank) {
    static const char *const counts[] = {"TW_SERVERS", "TW_MIDDLEWARES", "TW_TERMINALS"};
    const int64_t wanted[] = {bank->servers, bank->middlewares, bank->terminals};
    SCN_OWNED environment = scn_format("%s/network.env", bank->folder);
    SCN_OWNED address = scn_copy(bank->address);
    const char *servers[SCN_STOCK_SERVERS + 1] = {NULL};
    char *problem = NULL;
    for (size_t i = 0; i < 3 && problem == NULL; i++) {
        SCN_OWNED old = scn_format("%s=%d\n", counts[i], i == 2 ? SCN_STOCK_TERMINALS : 2);
        SCN_OWNED new = scn_format("%s=%" PRId64 "\n", counts[i], wanted[i]);
        problem = replace_in(environment, old, new);
    }
    for (int i = 0; i < (int)bank->servers; i++)
        servers[i] = scn_format("%" PRId64 " %s:%d", bank->code, address, 7101 + i);
    for (int i = 1; i <= (int)bank->middlewares; i++) {
        SCN_OWNED file = scn_format("%s/etc/middleware-%d.ini", bank->folder, i);
        scn_ini_set(file, "banks", "server", servers);
    }
    for (int i = 0; i < (int)bank->servers; i++)
        free((void *)(uintptr_t)servers[i]);
    return problem;
}

char *scn_stock_take(struct scn_stock *stock, struct scn_bank *bank) {
    bool agent = bank == bank->run->agent;
    SCN_OWNED from = agent ? agent_folder(stock) : bank_folder(stock, bank->index);
    SCN_OWNED first = bank_folder(stock, 0);
    SCN_OWNED pki = scn_format("%s/pki", bank->folder);
    SCN_OWNED stocked = scn_format("%s/pki", first);
    SCN_OWNED environment = scn_format("%s/network.env", bank->folder);
    char *problem = copy_tree(from, bank->folder);
    if (problem != NULL)
        return problem;
    remove_tree(pki);
    (void)!symlink(stocked, pki);
    bank->copied = true;
    bank->address = scn_network_environment(bank, "TW_ADDRESS");
    SCN_OWNED old = scn_network_environment(bank, "TW_PG");
    problem = move_cluster(bank, old);
    bank->built = true;
    SCN_OWNED joined = scn_format("TW_JOINED=%s\n", first);
    if (problem == NULL)
        problem = replace_in(environment, joined, "TW_JOINED=''\n");
    return problem != NULL || agent ? problem : fit(bank);
}

static void end_by(const char *file, int number) {
    SCN_OWNED text = scn_read_file(file, 256, NULL);
    pid_t pid = text != NULL ? (pid_t)strtol(text, NULL, 10) : 0;
    if (pid > 0 && (strstr(file, "postmaster") != NULL || scn_pid_of_file(file) == pid)) {
        (void)kill(pid, number);
        (void)kill(pid, SIGCONT);
    }
}

void scn_stock_drop(struct scn_bank *bank) {
    SCN_OWNED pattern = scn_format("%s/run/*.pid", bank->folder);
    SCN_OWNED postmaster =
        scn_format("%s/data/postmaster.pid", bank->pg != NULL ? bank->pg : "/nowhere");
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            end_by(found.gl_pathv[i], SIGKILL);
    globfree(&found);
    end_by(postmaster, SIGQUIT);
    for (int i = 0; i < 500 && scn_exists(postmaster); i++)
        scn_sleep_us(10000);
    if (bank->pg != NULL && strncmp(bank->pg, "/var/tmp/tw-", 12) == 0)
        remove_tree(bank->pg);
    remove_tree(bank->folder);
}
