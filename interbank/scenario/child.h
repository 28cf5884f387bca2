/*
 * Child processes: programs that are run to their end, and programs that are talked to line by
 * line.
 *
 * The runner is a child subreaper, so daemons whose starter has ended become its children too and
 * must be collected (PostgreSQL takes a postmaster that stays as a zombie for alive). All
 * collecting is done here, by one function that remembers the ends of those it started. May be used
 * from several threads, each with children of its own.
 */
#ifndef SCN_CHILD_H
#define SCN_CHILD_H

#include <sys/types.h>

#include "core/buffer.h"
#include "scenario/base.h"

struct scn_child {
    pid_t pid; /* 0: none */
    int in;    /* its standard input, -1: closed */
    int out;   /* its standard output */
    bool ended;
    int status; /* of waitpid, when ended */
    struct tw_buffer heard;
};

/* After a signal (SIGINT, SIGTERM) waiting ends early. */
extern volatile int scn_interrupted;
/* Makes this process a subreaper that minds SIGINT, SIGTERM and SIGHUP, and no SIGPIPE. */
void scn_children_init(void);

/* environment: "NAME=value" texts more than ours, ended by NULL, or NULL. errors: a file that gets
 * standard error appended; NULL: ours. */
TW_MUST_USE bool scn_child_start(struct scn_child *child, const char *const arguments[],
                                 const char *const environment[], const char *errors);
/* Writes text and a line end; false when the child is gone. */
TW_MUST_USE bool scn_child_say(struct scn_child *child, const char *text);
/* The next line, malloc'd; NULL at the end, or when deadline_us (real, monotonic) is over. */
char *scn_child_hear(struct scn_child *child, int64_t deadline_us);
/* A line that is here already; NULL: none. Does not wait. */
char *scn_child_heard(struct scn_child *child);
/* Waits for the end; false when deadline_us is over. */
TW_MUST_USE bool scn_child_wait(struct scn_child *child, int64_t deadline_us);
/* SIGKILL if need be, and its end. Frees what the child owns; may be called again. */
void scn_child_end(struct scn_child *child);

struct scn_done {
    int code; /* exit code; 128 + signal; -1: not started; -2: took too long */
    char *out, *err;
};

/* Runs a program to its end; input may be NULL. Clear the result. */
struct scn_done scn_program(const char *const arguments[], const char *const environment[],
                            const char *input, int64_t seconds);
void scn_done_clear(struct scn_done *done);

/* Collects whatever has ended. */
void scn_collect(void);
/* Sleeps, collecting; ends early on a signal. */
void scn_sleep_us(int64_t us);
/* Kills and collects every child that is left. */
void scn_children_end(void);

/* A number for each process of a pid file ("pid start-time", interbank/network/process.sh): its pid
 * while it runs, else 0. */
pid_t scn_pid_of_file(const char *file);

#endif
