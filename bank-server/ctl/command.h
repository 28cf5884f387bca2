/*
 * The commands of bankctl: command.def is the one list, from which come dispatch, the check of
 * arguments, `bankctl help` and the declarations below.
 */
#ifndef BANK_CTL_COMMAND_H
#define BANK_CTL_COMMAND_H

#include "ctl/ctl.h"

/* Exit codes, stable: programs rely on them. */
enum ctl_exit {
    CTL_EXIT_OK = 0,
    CTL_EXIT_REFUSED = 1, /* ran, and the books say no: not found, exists, declined, violated */
    CTL_EXIT_FAILED = 2,  /* could not run: arguments, configuration, database */
};

/* CONFLICT and NOT_FOUND become CTL_EXIT_REFUSED, every other failure CTL_EXIT_FAILED. */
typedef struct tw_status (*ctl_function)(struct ctl *ctl, const struct ctl_arguments *arguments,
                                         struct tw_error *ret_error);

struct ctl_command {
    const char *name; /* one or two words */
    const char *synopsis;
    ctl_function run;
    const char *description;
};

/* The command argv begins with; *ret_words is how many words its name has. NULL: no such command.
 */
const struct ctl_command *ctl_command_find(int argc, char *const *argv, int *ret_words);
/* All commands, or those whose first word is `group`. */
void ctl_command_help(FILE *out, const char *group);
enum ctl_exit ctl_exit_code(enum tw_code code);

#define CTL_COMMAND(name, function, synopsis, description)                                         \
    struct tw_status function(struct ctl *ctl, const struct ctl_arguments *arguments,              \
                              struct tw_error *ret_error);
#include "ctl/command.def"
#undef CTL_COMMAND

#endif
