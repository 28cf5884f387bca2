/* The table is walked from front to back: some dozen names do not need a better search. */
#include "desk/command.h"

#include <string.h>

const struct ctl_command *ctl_command_find(const struct ctl_command *commands, size_t count,
                                           int argc, char *const *argv, int *ret_words) {
    char name[64];
    for (int words = 2; words >= 1; words--) {
        if (argc < words) {
            continue;
        }
        int length = words == 2 ? snprintf(name, sizeof name, "%s %s", argv[0], argv[1])
                                : snprintf(name, sizeof name, "%s", argv[0]);
        for (size_t i = 0; (size_t)length < sizeof name && i < count; i++) {
            if (strcmp(commands[i].name, name) == 0) {
                *ret_words = words;
                return &commands[i];
            }
        }
    }
    return NULL;
}

void ctl_command_help(const struct ctl_command *commands, size_t count, FILE *out,
                      const char *group) {
    size_t length = group != NULL ? strlen(group) : 0;
    for (size_t i = 0; i < count; i++) {
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
