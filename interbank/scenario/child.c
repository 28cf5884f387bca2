/* fork and exec under a lock together with the registration, so that no end is collected before its
 * child is known. Ends are polled for a few milliseconds apart: a SIGCHLD handler could not tell
 * threads apart either. */
#include "scenario/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN_MAX 256
#define POLL_US      3000

volatile int scn_interrupted;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    pid_t pid;
    bool ended;
    int status;
} known[CHILDREN_MAX];

static void on_signal(int number) {
    scn_interrupted = number;
}

void scn_children_init(void) {
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void collect_locked(void) {
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < CHILDREN_MAX; i++) {
            if (known[i].pid == pid) {
                known[i].ended = true;
                known[i].status = status;
            }
        }
    }
}

void scn_collect(void) {
    tw_assert(pthread_mutex_lock(&lock) == 0);
    collect_locked();
    tw_assert(pthread_mutex_unlock(&lock) == 0);
}

static void pause_us(int64_t us) {
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    (void)nanosleep(&time, NULL);
}

void scn_sleep_us(int64_t us) {
    int64_t end = scn_now_us() + us;
    for (int64_t left = us; left > 0 && !scn_interrupted; left = end - scn_now_us()) {
        scn_collect();
        pause_us(left < 20000 ? left : 20000);
    }
}

static _Noreturn void become(const char *const arguments[], const char *const environment[],
                             const int in[2], const int out[2], const char *errors) {
    (void)signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
        (void)putenv((char *)(uintptr_t)environment[i]);
    if (errors != NULL) {
        int file = open(errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0)
            (void)dup2(file, STDERR_FILENO);
    }
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    (void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    (void)dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

static pid_t start_known(const char *const arguments[], const char *const environment[],
                         const int in[2], const int out[2], const char *errors) {
    tw_assert(pthread_mutex_lock(&lock) == 0);
    size_t place = 0;
    while (place < CHILDREN_MAX && known[place].pid != 0)
        place++;
    pid_t pid = place < CHILDREN_MAX ? fork() : -1;
    if (pid == 0)
        become(arguments, environment, in, out, errors);
    if (pid > 0) {
        known[place].pid = pid;
        known[place].ended = false;
    }
    tw_assert(pthread_mutex_unlock(&lock) == 0);
    return pid;
}

bool scn_child_start(struct scn_child *child, const char *const arguments[],
                     const char *const environment[], const char *errors) {
    int in[2];
    int out[2];
    *child = (struct scn_child){.in = -1, .out = -1};
    if (pipe2(in, O_CLOEXEC) != 0)
        return false;
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return false;
    }
    pid_t pid = start_known(arguments, environment, in, out, errors);
    (void)close(in[0]);
    (void)close(out[1]);
    child->in = in[1];
    child->out = out[0];
    child->pid = pid > 0 ? pid : 0;
    if (pid > 0)
        return true;
    (void)close(in[1]);
    (void)close(out[0]);
    child->in = child->out = -1;
    return false;
}

bool scn_child_say(struct scn_child *child, const char *text) {
    if (child->in < 0)
        return false;
    SCN_OWNED line = scn_format("%s\n", text);
    size_t length = strlen(line);
    for (size_t done = 0; done < length;) {
        ssize_t put = write(child->in, line + done, length - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        done += (size_t)put;
    }
    return true;
}

char *scn_child_heard(struct scn_child *child) {
    size_t length = tw_buffer_length(&child->heard);
    if (length == 0)
        return NULL;
    char *head = tw_buffer_head(&child->heard);
    char *end = memchr(head, '\n', length);
    if (end == NULL)
        return NULL;
    char *line = strndup(head, (size_t)(end - head));
    tw_assert(line != NULL);
    tw_buffer_consume(&child->heard, (size_t)(end - head) + 1);
    return line;
}

/* False at the end of the child's output. */
static bool read_more(struct scn_child *child) {
    char bytes[16384];
    ssize_t got = read(child->out, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    tw_assert(tw_buffer_append(&child->heard, bytes, (size_t)got));
    return true;
}

char *scn_child_hear(struct scn_child *child, int64_t deadline_us) {
    for (;;) {
        char *line = scn_child_heard(child);
        if (line != NULL || child->out < 0)
            return line;
        int64_t left = deadline_us - scn_now_us();
        if (left <= 0 || scn_interrupted)
            return NULL;
        struct pollfd wait = {.fd = child->out, .events = POLLIN};
        int ready = poll(&wait, 1, left > 100000 ? 100 : (int)(left / 1000) + 1);
        scn_collect();
        if (ready > 0 && !read_more(child))
            return NULL;
    }
}

/* Looks whether it has ended; frees its place then. */
static bool look(struct scn_child *child) {
    tw_assert(pthread_mutex_lock(&lock) == 0);
    collect_locked();
    for (size_t i = 0; i < CHILDREN_MAX && !child->ended; i++) {
        if (known[i].pid == child->pid && known[i].ended) {
            child->ended = true;
            child->status = known[i].status;
            known[i].pid = 0;
        }
    }
    tw_assert(pthread_mutex_unlock(&lock) == 0);
    return child->ended;
}

bool scn_child_wait(struct scn_child *child, int64_t deadline_us) {
    if (child->pid == 0)
        return true;
    while (!look(child)) {
        if (scn_now_us() >= deadline_us)
            return false;
        pause_us(POLL_US);
    }
    return true;
}

void scn_child_end(struct scn_child *child) {
    if (child->pid != 0 && !look(child)) {
        (void)kill(child->pid, SIGKILL);
        (void)!scn_child_wait(child, scn_now_us() + 10000000);
    }
    if (child->in >= 0)
        (void)close(child->in);
    if (child->out >= 0)
        (void)close(child->out);
    tw_buffer_free(&child->heard);
    *child = (struct scn_child){.in = -1, .out = -1, .ended = true, .status = child->status};
}

static int code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct scn_done scn_program(const char *const arguments[], const char *const environment[],
                            const char *input, int64_t seconds) {
    struct scn_done done = {.code = -1};
    char errors[] = "/tmp/tw-scenario-XXXXXX";
    int file = mkostemp(errors, O_CLOEXEC);
    struct scn_child child;
    if (file < 0 || !scn_child_start(&child, arguments, environment, errors))
        return done;
    (void)close(file);
    if (input != NULL)
        (void)!scn_child_say(&child, input);
    (void)close(child.in);
    child.in = -1;
    int64_t deadline_us = scn_now_us() + seconds * 1000000;
    char *line;
    while ((line = scn_child_hear(&child, deadline_us)) != NULL) {
        scn_append(&done.out, "%s\n", line);
        free(line);
    }
    if (tw_buffer_length(&child.heard) > 0)
        scn_append(&done.out, "%.*s", (int)tw_buffer_length(&child.heard),
                   tw_buffer_head(&child.heard));
    done.code = scn_child_wait(&child, deadline_us) ? code_of(child.status) : -2;
    scn_child_end(&child);
    done.err = scn_read_file(errors, 65536, NULL);
    (void)unlink(errors);
    return done;
}

void scn_done_clear(struct scn_done *done) {
    free(done->out);
    free(done->err);
    *done = (struct scn_done){0};
}

pid_t scn_pid_of_file(const char *file) {
    SCN_OWNED text = scn_read_file(file, 256, NULL);
    if (text == NULL)
        return 0;
    char *rest = NULL;
    pid_t pid = (pid_t)strtol(text, &rest, 10);
    unsigned long long started = strtoull(rest, NULL, 10);
    SCN_OWNED path = scn_format("/proc/%d/stat", (int)pid);
    SCN_OWNED stat = scn_read_file(path, 4096, NULL);
    const char *at = stat != NULL ? strrchr(stat, ')') : NULL;
    if (at == NULL || at[1] == '\0' || at[2] == 'Z' || at[2] == 'X')
        return 0;
    for (int field = 2; field < 22 && at != NULL; field++) /* start time is field 22 */
        at = strchr(at + 1, ' ');
    return at != NULL && strtoull(at + 1, NULL, 10) == started ? pid : 0;
}

void scn_children_end(void) {
    SCN_OWNED path = scn_format("/proc/self/task/%d/children", (int)getpid());
    for (int round = 0; round < 100; round++) {
        scn_collect();
        SCN_OWNED list = scn_read_file(path, 65536, NULL);
        if (list == NULL || list[strspn(list, " \n")] == '\0')
            return;
        for (char *at = list; *at != '\0';) {
            char *rest = NULL;
            long pid = strtol(at, &rest, 10);
            if (rest == at)
                break;
            (void)kill((pid_t)pid, SIGKILL);
            at = rest + strspn(rest, " \n");
        }
        pause_us(20000);
    }
}
