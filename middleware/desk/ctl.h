/*
 * What every command of an operators' tool works with: its program, the settings, the output. One
 * command per process, so nothing here is shared or reused.
 */
#ifndef TW_DESK_CTL_H
#define TW_DESK_CTL_H

#include "core/clock.h"
#include "core/date.h"
#include "desk/arguments.h"
#include "desk/database.h"
#include "desk/table.h"
#include "desk/value.h"

struct ctl_settings; /* each program has its own */
struct ctl_program;

struct ctl {
    const struct ctl_program *program;
    const struct ctl_settings *settings;
    const struct tw_clock *clock;
    const struct tw_random *random;
    FILE *out;
    bool json;
    bool csv;                              /* never with json; of several tables the main one */
    const char *command;                   /* "card issue", for the operators' log */
    struct ctl_format format;              /* once the books were opened */
    char business_date[TW_DATE_TEXT_SIZE]; /* likewise, of a bank */
};

/* Connects in one of the program's roles; nothing may have been created yet. */
struct tw_status ctl_connect_as(const struct ctl *ctl, size_t role, PGconn **ret_connection,
                                struct tw_error *ret_error);

/* Ends a change of master data: writes the operators' log ("account 1000000001"; PANs masked) and
 * commits. */
struct tw_status ctl_finish_change(struct ctl *ctl, PGconn *connection, const char *subject,
                                   struct tw_error *ret_error);

/* Amount given with an option; `fallback_minor` when it was not given. */
struct tw_status ctl_option_amount(const struct ctl *ctl, const struct ctl_arguments *arguments,
                                   const char *name, int64_t fallback_minor,
                                   int64_t *ret_amount_minor, struct tw_error *ret_error);
struct tw_status ctl_option_number(const struct ctl_arguments *arguments, const char *name,
                                   int64_t min, int64_t max, int64_t fallback, int64_t *ret_number,
                                   struct tw_error *ret_error);
/* The dates of --from and --to, both included: without --to up to today ("2026-11-20"), without
 * --from the one day. */
struct tw_status ctl_option_period(const struct ctl_arguments *arguments, const char *today,
                                   int32_t *ret_from, int32_t *ret_to, struct tw_error *ret_error);

/* Prints all rows of a result whose columns are in the order given, or its first one. */
void ctl_print_rows(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                    const PGresult *rows);
void ctl_print_record(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                      const char *const values[]);
/* Rows of a result as a table (caller clears it), for reports made of several. */
void ctl_table_of(const struct ctl *ctl, const struct ctl_column *columns, size_t count,
                  const PGresult *rows, struct ctl_table *ret_table);
/* In the form that was asked for. */
void ctl_print_table(const struct ctl *ctl, const struct ctl_table *table);
/* One line of JSON; takes the reference. */
void ctl_print_json(const struct ctl *ctl, json_t *value);

#define CTL_COUNT(array) (sizeof(array) / sizeof(array)[0])

#endif
