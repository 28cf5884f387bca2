/*
 * What operators' tools print: rows of typed columns, aligned for people, or as JSON or CSV for
 * programs.
 *
 * Cells are given as the database writes them (text; NULL for none) and rendered by the column's
 * kind; amounts are minor units and come out as "1234.56" in all forms. The table owns copies of
 * its cells. No memory left: abort, as a command-line tool has nothing better to do.
 */
#ifndef TW_DESK_TABLE_H
#define TW_DESK_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "core/money.h"

enum ctl_kind {
    CTL_TEXT,
    CTL_INTEGER,
    CTL_MONEY,    /* minor units */
    CTL_NUMBER,   /* an identifier of digits: right-aligned, JSON string (may exceed 2^53) */
    CTL_TERMINAL, /* eight digits with leading zeros, ISO 8583 DE 41 */
    CTL_IBAN,     /* an account number of this bank; the bank's own accounts have none: null */
    CTL_FLAG,     /* "t" or "f" */
};

struct ctl_column {
    const char *name; /* snake_case: JSON member; people read it with blanks */
    enum ctl_kind kind;
};

struct ctl_format { /* of the bank whose data is printed */
    struct tw_currency currency;
    int32_t bank_code;
};

struct ctl_table {
    const struct ctl_column *columns;
    size_t column_count;
    size_t row_count;
    char **cells; /* row by row; NULL: no value */
};

void ctl_table_init(struct ctl_table *table, const struct ctl_column *columns, size_t count);
void ctl_table_clear(struct ctl_table *table);
/* Values in column order, raw. */
void ctl_table_add(struct ctl_table *table, const struct ctl_format *format,
                   const char *const values[]);

/* RFC 4180: a line of column names, then one per row; nothing for no value. Text is as it is
 * stored: for programs and spreadsheets, not for a terminal. */
void ctl_table_print_csv(const struct ctl_table *table, FILE *out);

/* Title line, rule, rows; "(none)" when there are no rows. */
void ctl_table_print(const struct ctl_table *table, FILE *out);
/* One line per column of the first row: "name  value". */
void ctl_table_print_record(const struct ctl_table *table, FILE *out);

/* An array of objects, or the first row as an object. New references. */
json_t *ctl_table_json(const struct ctl_table *table);
json_t *ctl_table_json_record(const struct ctl_table *table);

#endif
