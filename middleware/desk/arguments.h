/*
 * Command-line arguments by synopsis: the one line that help prints for a command is also what its
 * arguments are checked against, so the two cannot differ.
 *
 *   --name VALUE     option that must be given       NAME     word that must be given
 *   [--name VALUE]   option that may be given        [NAME]   word that may be given (last)
 *   [--name]         flag
 *
 * A secret NAME has the options --NAME-file and --NAME-stdin and never --NAME itself, which is
 * refused with that advice.
 *
 * Nothing is copied: results point into argv and the synopsis. Options may stand anywhere and at
 * most once; a lone "--" ends them.
 */
#ifndef TW_DESK_ARGUMENTS_H
#define TW_DESK_ARGUMENTS_H

#include "core/status.h"

#define CTL_OPTIONS_MAX 16
#define CTL_WORDS_MAX   4

struct ctl_option_value {
    const char *name;  /* as in argv, behind the dashes */
    const char *value; /* NULL: a flag */
};

struct ctl_arguments {
    const char *synopsis;
    size_t option_count;
    struct ctl_option_value options[CTL_OPTIONS_MAX];
    size_t word_count;
    const char *words[CTL_WORDS_MAX];
};

/* INVALID_PARAMS names the argument that is unknown, missing, repeated or one too many. */
struct tw_status ctl_arguments_parse(const char *synopsis, int argc, char *const *argv,
                                     struct ctl_arguments *ret_arguments,
                                     struct tw_error *ret_error);

/* NULL when not given. The name must stand in the synopsis. */
const char *ctl_option(const struct ctl_arguments *arguments, const char *name);
bool ctl_flag(const struct ctl_arguments *arguments, const char *name);
/* The word at this place, NULL when not given. */
const char *ctl_word(const struct ctl_arguments *arguments, size_t index);

#endif
