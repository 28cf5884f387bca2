/* The commands of bankctl, from the one list in command.def. */
#ifndef BANK_CTL_COMMAND_H
#define BANK_CTL_COMMAND_H

#include "ctl/ctl.h"
#include "desk/command.h"
#include "desk/program.h"

#define CTL_COMMAND(name, function, synopsis, description)                                         \
    struct tw_status function(struct ctl *ctl, const struct ctl_arguments *arguments,              \
                              struct tw_error *ret_error);
#include "ctl/command.def"
#undef CTL_COMMAND

extern const struct ctl_command bankctl_commands[];
extern const size_t bankctl_command_count;

#endif
