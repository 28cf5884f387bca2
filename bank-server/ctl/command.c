/* The list as an array. */
#include "ctl/command.h"

const struct ctl_command bankctl_commands[] = {
#define CTL_COMMAND(name, function, synopsis, description) {name, synopsis, function, description},
#include "ctl/command.def"
#undef CTL_COMMAND
};

const size_t bankctl_command_count = CTL_COUNT(bankctl_commands);
