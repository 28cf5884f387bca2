/*
 * The commands of an operators' tool. A program lists them once, in a command.def, from which come
 * dispatch, the check of arguments, its `help` and the declarations of their functions.
 */
#ifndef TW_DESK_COMMAND_H
#define TW_DESK_COMMAND_H

#include "desk/ctl.h"

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
const struct ctl_command *ctl_command_find(const struct ctl_command *commands, size_t count,
                                           int argc, char *const *argv, int *ret_words);
/* All commands, or those whose first word is `group`. */
void ctl_command_help(const struct ctl_command *commands, size_t count, FILE *out,
                      const char *group);
enum ctl_exit ctl_exit_code(enum tw_code code);

#endif
