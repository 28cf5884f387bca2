/* A scenario that plays alone writes to the console itself; of those that play together each writes
 * to a file, which is shown when it is done. */
#include "scenario/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scenario/child.h"
#include "scenario/session.h"

struct worker {
    pid_t pid; /* 0: none */
    size_t index;
    char *folder, *output;
};

static char *result_file(const char *folder) {
    return scn_format("%s.result", folder);
}

static _Noreturn void work(const struct scn_scenario *scenario, const struct scn_options *options,
                           const struct worker *worker, bool alone) {
    struct scn_report report = {.out = stdout, .quiet = options->quiet};
    if (!alone) {
        report.out = fopen(worker->output, "we");
        tw_assert(report.out != NULL);
    }
    report.live = alone && isatty(STDOUT_FILENO) != 0;
    report.colours = isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL;
    struct scn_session_options session = {.bin = options->bin,
                                          .top = options->top,
                                          .folder = worker->folder,
                                          .stock = options->stock,
                                          .seed = options->seed,
                                          .keep = options->keep,
                                          .trace = options->html != NULL,
                                          .record = options->record,
                                          .timeout_s = options->timeout_s};
    scn_children_init();
    bool passed = scn_session(scenario, &report, &session);
    SCN_OWNED text = scn_dump(report.result);
    SCN_OWNED file = result_file(worker->folder);
    struct tw_error error = {0};
    if (!tw_ok(scn_write_file(file, text, &error)))
        (void)fprintf(stderr, "%s\n", error.detail);
    (void)fflush(report.out);
    scn_report_clear(&report);
    _exit(passed ? 0 : 1);
}

static bool begin(struct worker *worker, const struct scn_scenario *scenarios, size_t index,
                  const struct scn_options *options, bool alone) {
    const char *place = getenv("TMPDIR");
    *worker = (struct worker){.index = index};
    worker->folder = scn_format("%s/tw-scenario-XXXXXX", place != NULL ? place : "/tmp");
    if (mkdtemp(worker->folder) == NULL) {
        (void)fprintf(stderr, "no folder for the network: %s: %s\n", worker->folder,
                      strerror(errno));
        return false;
    }
    worker->output = scn_format("%s.output", worker->folder);
    (void)fflush(stdout);
    worker->pid = fork();
    if (worker->pid == 0)
        work(&scenarios[index], options, worker, alone);
    return worker->pid > 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/* What a process that died has left: banks that joined another one first. */
static void take_down(const struct scn_options *options, const char *folder) {
    SCN_OWNED program = scn_format("%s/interbank/network/network.sh", options->top);
    SCN_OWNED pattern = scn_format("%s/*/network.env", folder);
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (int joined = 1; joined >= 0; joined--) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            SCN_OWNED text = scn_read_file(found.gl_pathv[i], 65536, NULL);
            bool joins = text != NULL && strstr(text, "TW_JOINED=''") == NULL;
            SCN_OWNED bank = scn_copy(found.gl_pathv[i]);
            *strrchr(bank, '/') = '\0';
            const char *const arguments[] = {program, "destroy", bank, NULL};
            struct scn_done done = {0};
            if (joins == (joined == 1))
                done = scn_program(arguments, NULL, NULL, 120);
            scn_done_clear(&done);
        }
    }
    globfree(&found);
}

static json_t *died(const struct scn_scenario *scenario, int status) {
    SCN_OWNED text = scn_format("the process that played it ended by %s %d",
                                WIFSIGNALED(status) ? "signal" : "exit code",
                                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    (void)printf("FAILED  %s: %s\n", scenario->name, text);
    return json_pack("{s:s, s:s, s:s, s:b, s:[s]}", "name", scenario->name, "file",
                     scenario->source.file, "title", scn_text_or(scenario->tree, "title", ""),
                     "passed", 0, "problems", text);
}

static json_t *finish(struct worker *worker, int status, const struct scn_scenario *scenarios,
                      const struct scn_options *options) {
    SCN_OWNED file = result_file(worker->folder);
    SCN_OWNED output = scn_read_file(worker->output, (size_t)64 << 20, NULL);
    SCN_OWNED text = scn_read_file(file, (size_t)64 << 20, NULL);
    json_t *result = text != NULL ? scn_parse(text) : NULL;
    if (output != NULL)
        (void)printf("%s\n", output);
    if (result == NULL) {
        result = died(&scenarios[worker->index], status);
        take_down(options, worker->folder);
    }
    (void)unlink(file);
    (void)unlink(worker->output);
    if (!options->keep)
        (void)nftw(worker->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(worker->folder);
    free(worker->output);
    *worker = (struct worker){0};
    (void)fflush(stdout);
    return result;
}

static struct worker *worker_of(struct worker *workers, size_t count, pid_t pid) {
    for (size_t i = 0; i < count; i++)
        if (workers[i].pid == pid)
            return &workers[i];
    return NULL;
}

/* Waits for one to end; passes signals on. */
static struct worker *next_end(struct worker *workers, size_t count, int *ret_status) {
    bool told = false;
    for (;;) {
        pid_t pid = waitpid(-1, ret_status, WNOHANG);
        struct worker *worker = pid > 0 ? worker_of(workers, count, pid) : NULL;
        if (worker != NULL)
            return worker;
        if (pid < 0 && errno == ECHILD)
            return NULL;
        for (size_t i = 0; scn_interrupted && !told && i < count; i++)
            if (workers[i].pid > 0)
                (void)kill(workers[i].pid, SIGTERM);
        told = scn_interrupted != 0;
        struct timespec pause = {.tv_nsec = 20000000};
        (void)nanosleep(&pause, NULL);
    }
}

json_t *scn_fleet_play(const struct scn_scenario *scenarios, size_t count,
                       const struct scn_options *options) {
    size_t jobs = options->jobs > 0 ? (size_t)options->jobs : isatty(STDOUT_FILENO) ? 1 : 2;
    if (jobs > 32)
        jobs = 32;
    bool alone = jobs == 1 || count == 1;
    struct worker workers[32] = {{0}};
    TW_JSON_OWNED json_t *by_index = json_object();
    size_t next = 0;
    size_t running = 0;
    while (running > 0 || (next < count && !scn_interrupted)) {
        if (running < jobs && next < count && !scn_interrupted) {
            struct worker *free_one = worker_of(workers, jobs, 0);
            if (!begin(free_one, scenarios, next++, options, alone))
                break;
            running++;
            continue;
        }
        int status = 0;
        struct worker *ended = next_end(workers, jobs, &status);
        if (ended == NULL)
            break;
        SCN_OWNED key = scn_format("%zu", ended->index);
        scn_set(by_index, key, finish(ended, status, scenarios, options));
        running--;
    }
    json_t *results = json_array();
    for (size_t i = 0; i < count; i++) {
        SCN_OWNED key = scn_format("%zu", i);
        if (json_object_get(by_index, key) != NULL)
            (void)json_array_append(results, json_object_get(by_index, key));
    }
    return results;
}
