/*
 * Cells are rendered once, when a row is added, because all outputs show the same text; JSON only
 * turns integers and flags back into their own types. Widths are counted in UTF-8 characters, which
 * is exact for everything but wide and combining ones.
 */
#include "desk/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/iban.h"

static int64_t to_integer(const char *text) {
    return strtoll(text, NULL, 10);
}

static const char *render(enum ctl_kind kind, const struct ctl_format *format, const char *value,
                          char *buffer, size_t size) {
    int64_t number;
    switch (kind) {
    case CTL_TEXT:
    case CTL_INTEGER:
    case CTL_NUMBER:
        return value;
    case CTL_MONEY:
        return tw_money_text(to_integer(value), format->currency, buffer);
    case CTL_TERMINAL:
        snprintf(buffer, size, "%08" PRId64, to_integer(value));
        return buffer;
    case CTL_IBAN:
        number = to_integer(value);
        return number < TW_ACCOUNT_CUSTOMER_MIN || number > TW_ACCOUNT_CUSTOMER_MAX
                   ? NULL
                   : tw_iban_text((struct tw_iban){format->bank_code, number}, buffer);
    case CTL_FLAG:
        return strcmp(value, "t") == 0 ? "yes" : "no";
    }
    return NULL;
}

void ctl_table_init(struct ctl_table *table, const struct ctl_column *columns, size_t count) {
    *table = (struct ctl_table){.columns = columns, .column_count = count};
}

void ctl_table_clear(struct ctl_table *table) {
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        free(table->cells[i]);
    }
    free((void *)table->cells);
    table->cells = NULL;
    table->row_count = 0;
}

void ctl_table_add(struct ctl_table *table, const struct ctl_format *format,
                   const char *const values[]) {
    size_t used = table->row_count * table->column_count;
    void *grown = realloc((void *)table->cells, (used + table->column_count) * sizeof(char *));
    tw_assert(grown != NULL);
    table->cells = grown;
    for (size_t i = 0; i < table->column_count; i++) {
        char buffer[TW_MONEY_TEXT_SIZE];
        const char *text = values[i] == NULL ? NULL
                                             : render(table->columns[i].kind, format, values[i],
                                                      buffer, sizeof buffer);
        table->cells[used + i] = text != NULL ? strdup(text) : NULL;
        tw_assert(text == NULL || table->cells[used + i] != NULL);
    }
    table->row_count++;
}

static const char *cell(const struct ctl_table *table, size_t row, size_t column) {
    return table->cells[row * table->column_count + column];
}

static size_t width(const char *text) {
    size_t count = 0;
    for (; text != NULL && *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xC0U) != 0x80U;
    }
    return count;
}

static bool right_aligned(enum ctl_kind kind) {
    return kind == CTL_INTEGER || kind == CTL_MONEY || kind == CTL_NUMBER;
}

/* A name in the database may hold anything; on a terminal it must not move the cursor. */
static void print_plain(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        bool control = (unsigned char)*text < 0x20U || *text == 0x7F;
        fputc(control ? '?' : *text, out);
    }
}

static void print_padded(FILE *out, const char *text, size_t pad, bool right, bool last) {
    int blanks = (int)(pad - width(text));
    fprintf(out, "%*s", right ? blanks : 0, "");
    print_plain(out, text);
    fprintf(out, "%*s%s", right || last ? 0 : blanks, "", last ? "\n" : "  ");
}

/* Column names as people read them: blanks for underscores. */
static const char *title(const struct ctl_column *column, char *buffer, size_t size) {
    snprintf(buffer, size, "%s", column->name);
    for (char *at = buffer; *at != '\0'; at++) {
        if (*at == '_') {
            *at = ' ';
        }
    }
    return buffer;
}

static size_t column_width(const struct ctl_table *table, size_t column) {
    size_t widest = width(table->columns[column].name);
    for (size_t row = 0; row < table->row_count; row++) {
        size_t here = width(cell(table, row, column));
        widest = here > widest ? here : widest;
    }
    return widest;
}

void ctl_table_print(const struct ctl_table *table, FILE *out) {
    if (table->row_count == 0) {
        fputs("(none)\n", out);
        return;
    }
    size_t *widths = calloc(table->column_count, sizeof *widths);
    tw_assert(widths != NULL);
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = column_width(table, i);
        char name[64];
        print_padded(out, title(&table->columns[i], name, sizeof name), widths[i],
                     right_aligned(table->columns[i].kind), i + 1 == table->column_count);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        for (size_t dash = 0; dash < widths[i]; dash++) {
            fputc('-', out);
        }
        fputs(i + 1 == table->column_count ? "\n" : "  ", out);
    }
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const char *text = cell(table, row, i);
            print_padded(out, text != NULL ? text : "", widths[i],
                         right_aligned(table->columns[i].kind), i + 1 == table->column_count);
        }
    }
    free(widths);
}

void ctl_table_print_record(const struct ctl_table *table, FILE *out) {
    tw_assert(table->row_count > 0);
    size_t widest = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t here = width(table->columns[i].name);
        widest = here > widest ? here : widest;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        char name[64];
        const char *text = cell(table, 0, i);
        print_padded(out, title(&table->columns[i], name, sizeof name), widest, false, false);
        print_plain(out, text != NULL ? text : "");
        fputc('\n', out);
    }
}

/* --- programs ------------------------------------------------------------------------------- */

/* In quotes when it holds what separates fields or lines; a quote is written twice. */
static void print_field(FILE *out, const char *text) {
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"\"" : (const char[]){*text, '\0'}, out);
    }
    fputc('"', out);
}

void ctl_table_print_csv(const struct ctl_table *table, FILE *out) {
    for (size_t i = 0; i < table->column_count; i++) {
        print_field(out, table->columns[i].name);
        fputs(i + 1 == table->column_count ? "\r\n" : ",", out);
    }
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const char *text = cell(table, row, i);
            print_field(out, text != NULL ? text : "");
            fputs(i + 1 == table->column_count ? "\r\n" : ",", out);
        }
    }
}

static json_t *json_cell(enum ctl_kind kind, const char *text) {
    if (text == NULL) {
        return json_null();
    }
    if (kind == CTL_INTEGER) {
        return json_integer(to_integer(text));
    }
    if (kind == CTL_FLAG) {
        return json_boolean(strcmp(text, "yes") == 0);
    }
    return json_string(text);
}

static json_t *json_row(const struct ctl_table *table, size_t row) {
    json_t *object = json_object();
    for (size_t i = 0; i < table->column_count; i++) {
        int failed = json_object_set_new(object, table->columns[i].name,
                                         json_cell(table->columns[i].kind, cell(table, row, i)));
        tw_assert(failed == 0);
    }
    return object;
}

json_t *ctl_table_json(const struct ctl_table *table) {
    json_t *array = json_array();
    for (size_t row = 0; row < table->row_count; row++) {
        int failed = json_array_append_new(array, json_row(table, row));
        tw_assert(failed == 0);
    }
    return array;
}

json_t *ctl_table_json_record(const struct ctl_table *table) {
    tw_assert(table->row_count > 0);
    return json_row(table, 0);
}
