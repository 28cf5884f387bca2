/*
 * Any list of flat objects is a table: columns are the members of the first row, and a column whose
 * values all look like numbers is set to the right, with digits of one width. Positions are such
 * lists twice, joined by bank, peer and window.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/page/parts.h"

/* --- values --------------------------------------------------------------------------------- */

/* "-1234.56": digits with at most one point. */
static bool looks_like_number(const char *text) {
    size_t digits = 0;
    size_t points = 0;
    for (const char *at = text[0] == '-' ? text + 1 : text; *at != '\0'; at++) {
        if (*at == '.') {
            points++;
        } else if (*at >= '0' && *at <= '9') {
            digits++;
        } else {
            return false;
        }
    }
    return digits > 0 && points <= 1;
}

static bool is_numeric(const json_t *value) {
    return value == NULL || json_is_null(value) || json_is_integer(value) ||
           (json_is_string(value) && looks_like_number(json_string_value(value)));
}

static void put_value(struct pg_html *html, const json_t *value) {
    if (json_is_string(value)) {
        pg_text(html, json_string_value(value));
    } else if (json_is_integer(value)) {
        pg_printf(html, "%" PRId64, (int64_t)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        pg_raw(html, json_is_true(value) ? "yes" : "no");
    } else {
        pg_raw(html, "&#8211;");
    }
}

static void put_cell(struct pg_html *html, const json_t *value, bool numeric) {
    pg_raw(html, numeric ? "<td class=\"num\">" : "<td>");
    put_value(html, value);
    pg_raw(html, "</td>");
}

/* Column names have underscores; people read blanks. */
static void put_name(struct pg_html *html, const char *name) {
    char text[64];
    (void)snprintf(text, sizeof text, "%s", name);
    for (char *at = strchr(text, '_'); at != NULL; at = strchr(at, '_')) {
        *at = ' ';
    }
    pg_text(html, text);
}

/* --- any table ------------------------------------------------------------------------------ */

static bool column_is_numeric(const json_t *rows, const char *name) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (!is_numeric(json_object_get(json_array_get(rows, i), name))) {
            return false;
        }
    }
    return true;
}

static void put_rows(struct pg_html *html, const json_t *rows) {
    enum { COLUMNS_MAX = 24 };
    const char *names[COLUMNS_MAX];
    bool numeric[COLUMNS_MAX];
    size_t columns = 0;
    const char *key;
    json_t *value;
    json_object_foreach(json_array_get(rows, 0), key, value) {
        if (columns < COLUMNS_MAX) {
            names[columns] = key;
            numeric[columns] = column_is_numeric(rows, key);
            columns++;
        }
    }
    pg_raw(html, "<div class=\"scroll\"><table><thead><tr>");
    for (size_t i = 0; i < columns; i++) {
        pg_raw(html, numeric[i] ? "<th class=\"num\">" : "<th>");
        put_name(html, names[i]);
        pg_raw(html, "</th>");
    }
    pg_raw(html, "</tr></thead><tbody>\n");
    for (size_t row = 0; row < json_array_size(rows) && row < SCN_PAGE_ROWS_MAX; row++) {
        pg_raw(html, "<tr>");
        for (size_t i = 0; i < columns; i++) {
            put_cell(html, json_object_get(json_array_get(rows, row), names[i]), numeric[i]);
        }
        pg_raw(html, "</tr>\n");
    }
    pg_raw(html, "</tbody></table></div>\n");
    if (json_array_size(rows) > SCN_PAGE_ROWS_MAX) {
        pg_printf(html, "<p class=\"note\">%zu more rows are not shown.</p>\n",
                  json_array_size(rows) - SCN_PAGE_ROWS_MAX);
    }
}

void pg_tables(struct pg_html *html, const json_t *report) {
    const json_t *tables = json_object_get(report, "tables");
    for (size_t i = 0; i < json_array_size(tables); i++) {
        const json_t *table = json_array_get(tables, i);
        const json_t *rows = json_object_get(table, "rows");
        pg_raw(html, "<h2>");
        pg_text(html, pg_member(table, "title"));
        pg_raw(html, "</h2>\n<p class=\"note\">");
        pg_text(html, pg_member(table, "about"));
        pg_raw(html, "</p>\n");
        if (json_array_size(rows) > 0) {
            put_rows(html, rows);
        } else {
            pg_raw(html, "<p class=\"note\">None.</p>\n");
        }
    }
}

/* --- positions ------------------------------------------------------------------------------ */

static bool same_member(const json_t *a, const json_t *b, const char *name) {
    const json_t *left = json_object_get(a, name);
    const json_t *right = json_object_get(b, name);
    return left == right || json_equal(left, right);
}

/* The row of the list about the same bank, peer and window, or NULL. */
static const json_t *counterpart(const json_t *list, const json_t *row) {
    for (size_t i = 0; i < json_array_size(list) && i < SCN_PAGE_ROWS_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        if (same_member(one, row, "bank") && same_member(one, row, "peer") &&
            same_member(one, row, "window")) {
            return one;
        }
    }
    return NULL;
}

/* "-12.34" -> -1234; false: not a number with two decimals. */
static bool read_minor(const char *text, int64_t *ret_minor) {
    char digits[18];
    size_t length = strlen(text);
    if (!looks_like_number(text) || length < 4 || length >= sizeof digits ||
        text[length - 3] != '.') {
        return false;
    }
    (void)snprintf(digits, sizeof digits, "%.*s%s", (int)(length - 3), text, text + length - 2);
    *ret_minor = strtoll(digits, NULL, 10);
    return true;
}

static void put_change(struct pg_html *html, const json_t *before, const json_t *after) {
    int64_t from = 0;
    int64_t to = 0;
    bool known = (before == NULL || read_minor(pg_member(before, "net"), &from)) &&
                 (after == NULL || read_minor(pg_member(after, "net"), &to));
    int64_t change = to - from;
    uint64_t size = change < 0 ? 0 - (uint64_t)change : (uint64_t)change;
    pg_raw(html, "<td class=\"num change\">");
    if (known && change != 0) {
        pg_printf(html, "%s%" PRIu64 ".%02" PRIu64, change < 0 ? "-" : "+", size / 100, size % 100);
    } else {
        pg_raw(html, known ? "0" : "&#8211;");
    }
    pg_raw(html, "</td>");
}

static void put_position(struct pg_html *html, const json_t *before, const json_t *after) {
    static const char *const numbers[] = {"debits", "credits", "net", "items"};
    const json_t *known = after != NULL ? after : before;
    pg_raw(html, "<tr>");
    put_cell(html, json_object_get(known, "bank"), false);
    pg_raw(html, "<td>");
    put_value(html, json_object_get(known, "peer"));
    pg_raw(html, " <span class=\"quiet\">");
    pg_text(html, pg_member(known, "name"));
    pg_raw(html, "</span></td>");
    put_cell(html, json_object_get(known, "window"), true);
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            pg_raw(html, i == 0 ? "<td class=\"num first\">" : "<td class=\"num\">");
            put_value(html, json_object_get(side == 0 ? before : after, numbers[i]));
            pg_raw(html, "</td>");
        }
    }
    put_change(html, before, after);
    pg_raw(html, "</tr>\n");
}

void pg_positions(struct pg_html *html, const json_t *report) {
    const json_t *positions = json_object_get(report, "positions");
    const json_t *before = json_object_get(positions, "before");
    const json_t *after = json_object_get(positions, "after");
    pg_raw(html, "<h2 id=\"positions\">Positions before and after</h2>\n");
    if (json_array_size(before) + json_array_size(after) == 0) {
        pg_raw(html, "<p class=\"note\">None.</p>\n");
        return;
    }
    pg_raw(html,
           "<p class=\"note\">Net is positive when the peer owes the bank. The two banks of a "
           "pair have the same numbers with opposite signs.</p>\n<div class=\"scroll\">"
           "<table><thead><tr><th rowspan=\"2\">bank</th><th rowspan=\"2\">peer</th>"
           "<th rowspan=\"2\" class=\"num\">window</th><th colspan=\"4\" class=\"first\">"
           "before</th><th colspan=\"4\" class=\"first\">after</th><th rowspan=\"2\" "
           "class=\"num change\">change of net</th></tr><tr>");
    for (size_t side = 0; side < 2; side++) {
        pg_raw(html, "<th class=\"num first\">debits</th><th class=\"num\">credits</th>"
                     "<th class=\"num\">net</th><th class=\"num\">items</th>");
    }
    pg_raw(html, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(after) && i < SCN_PAGE_ROWS_MAX; i++) {
        const json_t *row = json_array_get(after, i);
        put_position(html, counterpart(before, row), row);
    }
    for (size_t i = 0; i < json_array_size(before) && i < SCN_PAGE_ROWS_MAX; i++) {
        const json_t *row = json_array_get(before, i);
        if (counterpart(after, row) == NULL) {
            put_position(html, row, NULL);
        }
    }
    pg_raw(html, "</tbody></table></div>\n");
}

/* --- invariants ----------------------------------------------------------------------------- */

void pg_invariants(struct pg_html *html, const json_t *report) {
    const json_t *list = json_object_get(report, "invariants");
    pg_raw(html, "<h2 id=\"invariants\">Invariants</h2>\n");
    if (json_array_size(list) == 0) {
        pg_raw(html, "<p class=\"note\">None were checked.</p>\n");
        return;
    }
    pg_raw(html, "<div class=\"scroll\"><table><thead><tr><th></th><th>no.</th><th>where</th>"
                 "<th>what has to hold</th><th>found</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(list) && i < SCN_PAGE_ROWS_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        const char *reason = pg_member(one, "reason");
        pg_raw(html, reason[0] != '\0' ? "<tr class=\"bad\"><td>" : "<tr><td>");
        pg_mark(html, reason[0] != '\0' ? PG_FAILED : PG_PASSED);
        pg_raw(html, "</td><td>");
        pg_text(html, pg_member(one, "id"));
        pg_raw(html, "</td><td>");
        pg_text(html, pg_member(one, "scope"));
        pg_raw(html, "</td><td>");
        pg_text(html, pg_member(one, "title"));
        pg_raw(html, "</td><td><span class=\"reason\">");
        pg_text(html, reason);
        pg_raw(html, "</span> <span class=\"quiet\">");
        pg_text(html, pg_member(one, "detail"));
        pg_raw(html, "</span></td></tr>\n");
    }
    pg_raw(html, "</tbody></table></div>\n");
}
