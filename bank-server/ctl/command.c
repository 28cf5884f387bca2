/* The table is walked from front to back: two dozen names do not need a better search. */
#include "ctl/command.h"

#include <string.h>

static const struct ctl_command commands[] = {
#define CTL_COMMAND(name, function, synopsis, description) {name, synopsis, function, description},
#include "ctl/command.def"
#undef CTL_COMMAND
};

const struct ctl_command *ctl_command_find(int argc, char *const *argv, int *ret_words) {
    char name[64];
    for (int words = 2; words >= 1; words--) {
        if (argc < words) {
            continue;
        }
        int length = words == 2 ? snprintf(name, sizeof name, "%s %s", argv[0], argv[1])
                                : snprintf(name, sizeof name, "%s", argv[0]);
        for (size_t i = 0; (size_t)length < sizeof name && i < CTL_COUNT(commands); i++) {
            if (strcmp(commands[i].name, name) == 0) {
                *ret_words = words;
                return &commands[i];
            }
        }
    }
    return NULL;
}

void ctl_command_help(FILE *out, const char *group) {
    size_t length = group != NULL ? strlen(group) : 0;
    for (size_t i = 0; i < CTL_COUNT(commands); i++) {
        const struct ctl_command *command = &commands[i];
        bool wanted = group == NULL || (strncmp(command->name, group, length) == 0 &&
                                        strchr(" ", command->name[length]) != NULL);
        if (wanted) {
            fprintf(out, "  %s%s%s\n        %s\n", command->name, *command->synopsis ? " " : "",
                    command->synopsis, command->description);
        }
    }
}

enum ctl_exit ctl_exit_code(enum tw_code code) {
    if (code == TW_E_NONE) {
        return CTL_EXIT_OK;
    }
    return code == TW_E_CONFLICT || code == TW_E_NOT_FOUND ? CTL_EXIT_REFUSED : CTL_EXIT_FAILED;
}
