/* Faults of processes, by their pid files; starting goes through network.sh, which waits until they
 * are ready. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/network.h"
#include "scenario/play.h"

struct target {
    char *folder;
    const char *process;
    char *pid_file;
    struct scn_bank *bank; /* or the settlement agent */
};

static struct target find(struct scn_run *run, const json_t *step) {
    const char *name = scn_text(step, "process");
    const char *slash = strchr(name, '/');
    SCN_OWNED owner = scn_format("%.*s", (int)(slash - name), name);
    struct target target = {.process = slash + 1, .bank = scn_bank_find(run, owner)};
    if (target.bank == NULL)
        target.bank = run->agent;
    target.folder = scn_copy(target.bank->folder);
    target.pid_file = scn_format("%s/run/%s.pid", target.folder, target.process);
    return target;
}

static void drop(struct target *target) {
    free(target->folder);
    free(target->pid_file);
}

static pid_t pid_of(const struct target *target) {
    if (strcmp(target->process, "postgres") != 0)
        return scn_pid_of_file(target->pid_file);
    SCN_OWNED file = scn_format("%s/data/postmaster.pid", target->bank->pg);
    SCN_OWNED text = scn_read_file(file, 4096, NULL);
    return text != NULL ? (pid_t)strtol(text, NULL, 10) : 0;
}

static char *start(struct scn_run *run, const struct target *target, const char *crash_at) {
    SCN_OWNED clock = scn_format("TW_CLOCK_FILE=%s", run->clock.file);
    SCN_OWNED crash = scn_format("TW_CRASH_AT=%s", crash_at != NULL ? crash_at : "");
    char *problem =
        scn_network_sh(run, "start", target->folder,
                       (const char *const[]){clock, crash_at != NULL ? crash : NULL, NULL},
                       (const char *const[]){target->process, NULL});
    if (problem != NULL && crash_at != NULL && pid_of(target) == 0) {
        free(problem); /* it got to its point before it was ready */
        return NULL;
    }
    if (problem == NULL && strncmp(target->process, "bank-server-", 12) == 0)
        problem = scn_await_server(run, target->bank, target->process, crash_at != NULL);
    return problem;
}

static char *command(struct scn_run *run, const char *name, const struct target *target) {
    return scn_network_sh(run, name, target->folder, NULL,
                          (const char *const[]){target->process, NULL});
}

/* All backends of a cluster stand still with their postmaster: they are its process group... each
 * backend leads a group of its own, so the children are found by their parent. */
static void signal_tree(pid_t pid, int number) {
    SCN_OWNED file = scn_format("/proc/%d/task/%d/children", (int)pid, (int)pid);
    SCN_OWNED list = scn_read_file(file, 65536, NULL);
    (void)kill(pid, number);
    for (char *at = list; at != NULL && *at != '\0';) {
        char *rest = NULL;
        long child = strtol(at, &rest, 10);
        if (rest == at)
            break;
        (void)kill((pid_t)child, number);
        at = rest + strspn(rest, " \n");
    }
}

static char *send(const struct target *target, int number) {
    pid_t pid = pid_of(target);
    if (pid <= 0)
        return scn_format("%s does not run", target->process);
    if (strcmp(target->process, "postgres") == 0)
        signal_tree(pid, number);
    else
        (void)kill(pid, number);
    return NULL;
}

void scn_step_process(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const char *verb = scn_text(step, "do");
    struct target target = find(run, step);
    if (strcmp(verb, "stop") == 0)
        played->problem = send(&target, SIGSTOP);
    else if (strcmp(verb, "continue") == 0)
        played->problem = send(&target, SIGCONT);
    else if (strcmp(verb, "kill") == 0)
        played->problem = command(run, "kill", &target);
    if (strcmp(verb, "restart") == 0)
        played->problem = command(run, "stop", &target);
    if (played->problem == NULL && (strcmp(verb, "restart") == 0 || strcmp(verb, "start") == 0))
        played->problem = start(run, &target, NULL);
    drop(&target);
}

void scn_step_crash_at(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct target target = find(run, step);
    SCN_OWNED point =
        scn_format("%s:%" PRId64, scn_text(step, "point"), scn_number(step, "nth", 1));
    played->problem = command(run, "stop", &target);
    if (played->problem == NULL)
        played->problem = start(run, &target, point);
    drop(&target);
}

void scn_step_await_end(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct target target = find(run, step);
    bool may_live = scn_flag(step, "may_live");
    int64_t deadline_us = scn_now_us() + (may_live ? 1000000 : SCN_ANSWER_US / 3);
    while (pid_of(&target) > 0 && scn_now_us() < deadline_us && !scn_interrupted)
        scn_sleep_us(20000);
    bool ended = pid_of(&target) <= 0;
    if (!ended && !may_live)
        played->problem = scn_format("%s never got to its crash point", target.process);
    else if (!ended)
        played->problem = command(run, "stop", &target);
    played->shown = scn_copy(ended ? "dead, as planned" : "alive");
    if (played->problem == NULL && !scn_flag(step, "leave"))
        played->problem = start(run, &target, NULL);
    drop(&target);
}
