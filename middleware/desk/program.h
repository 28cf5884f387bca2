/*
 * An operators' tool as a whole: its name, settings, commands and database; and the main() of all
 * of them, with the options --config, --json, --check-config, --version and the command `help`.
 */
#ifndef TW_DESK_PROGRAM_H
#define TW_DESK_PROGRAM_H

#include "desk/command.h"

struct ctl_program {
    const char *name;
    const char *config; /* file that is read unless another is given */
    const char *schema; /* of its database */
    const struct ctl_command *commands;
    size_t command_count;
    struct ctl_settings *settings;
    const char *const *conninfos; /* inside the settings, by role */
    struct tw_status (*settings_load)(const char *path, struct ctl_settings *ret_settings,
                                      struct tw_error *ret_error);
    void (*settings_free)(struct ctl_settings *settings);
    void (*settings_help)(FILE *out);
};

/* Returns the exit code. */
int ctl_program_main(const struct ctl_program *program, int argc, char **argv);

#endif
