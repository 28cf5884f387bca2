/* The commands of settlectl, from the one list in command.def, and what they work with. */
#ifndef SETTLECTL_COMMAND_H
#define SETTLECTL_COMMAND_H

#include "desk/program.h"
#include "settlectl/settings.h"

#define SETTLECTL_WINDOW_MAX 99999999

#define CTL_COMMAND(name, function, synopsis, description)                                         \
    struct tw_status function(struct ctl *ctl, const struct ctl_arguments *arguments,              \
                              struct tw_error *ret_error);
#include "settlectl/command.def"
#undef CTL_COMMAND

extern const struct ctl_command settlectl_commands[];
extern const size_t settlectl_command_count;

/* Connects in the role; NOT_FOUND when no agent was created yet. Amounts are printed in the
 * currency of the participant whose code is given, else in that of the first one. */
struct tw_status settlectl_open(struct ctl *ctl, enum settlectl_role role, const char *bank_code,
                                PGconn **ret_connection, struct tw_error *ret_error);
/* The same with the agent's row locked: what follows is decided in one order with the agent's own
 * decisions. Ends with ctl_finish_change. */
struct tw_status settlectl_begin(struct ctl *ctl, enum settlectl_role role, const char *bank_code,
                                 PGconn **ret_connection, struct tw_error *ret_error);

/* A participant's code and a window's number, as typed, checked. */
struct tw_status settlectl_code(const char *text, char ret_code[CTL_NUMBER_TEXT_SIZE],
                                struct tw_error *ret_error);
struct tw_status settlectl_window(const char *text, char ret_number[CTL_NUMBER_TEXT_SIZE],
                                  struct tw_error *ret_error);
/* The option --window as a parameter; NULL when it was not given. */
struct tw_status settlectl_window_option(const struct ctl_arguments *arguments,
                                         char buffer[CTL_NUMBER_TEXT_SIZE],
                                         const char **ret_parameter, struct tw_error *ret_error);

/* One query as auditor, all its rows. */
struct tw_status settlectl_print_query(struct ctl *ctl, const char *bank_code, const char *sql,
                                       size_t count, const char *const *parameters,
                                       const struct ctl_column *columns, size_t column_count,
                                       struct tw_error *ret_error);

#endif
