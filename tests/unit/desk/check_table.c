/* ctl/table: the same rows for people and for programs. */
#include <stdlib.h>
#include <string.h>

#include "desk/table.h"
#include "support/suite.h"

static const struct ctl_column columns[] = {
    {"name", CTL_TEXT},      {"entry_no", CTL_INTEGER}, {"amount", CTL_MONEY},
    {"account", CTL_NUMBER}, {"iban", CTL_IBAN},        {"terminal", CTL_TERMINAL},
    {"signed_on", CTL_FLAG},
};

static const struct ctl_format format = {.currency = {"EUR"}, .bank_code = 90000001};

static void fill(struct ctl_table *table) {
    ctl_table_init(table, columns, COUNT_OF(columns));
    ctl_table_add(
        table, &format,
        (const char *const[]){"Ada", "7", "123456", "1000000001", "1000000001", "17", "t"});
    ctl_table_add(
        table, &format,
        (const char *const[]){"Z\xc3\xb6\xc3\xab", NULL, "-5", "20000", "20000", NULL, "f"});
}

typedef void (*printer)(const struct ctl_table *table, FILE *out);

static char *printed(const struct ctl_table *table, printer print) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    print(table, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(columns_are_aligned_for_people) {
    struct ctl_table table;
    fill(&table);
    char *text = printed(&table, ctl_table_print);
    ck_assert_str_eq(
        text,
        "name  entry no   amount     account  iban                    terminal  signed on\n"
        "----  --------  -------  ----------  ----------------------  --------  ---------\n"
        "Ada          7  1234.56  1000000001  DE77900000011000000001  00000017  yes\n"
        "Z\xc3\xb6\xc3\xab               -0.05       20000                                    "
        "no\n");
    free(text);
    ctl_table_clear(&table);
}
END_TEST

START_TEST(a_record_is_a_line_per_column) {
    struct ctl_table table;
    fill(&table);
    char *text = printed(&table, ctl_table_print_record);
    ck_assert_ptr_nonnull(strstr(text, "name       Ada\nentry no   7\namount     1234.56\n"));
    free(text);
    ctl_table_clear(&table);
}
END_TEST

START_TEST(no_rows_are_told) {
    struct ctl_table table;
    ctl_table_init(&table, columns, COUNT_OF(columns));
    char *text = printed(&table, ctl_table_print);
    ck_assert_str_eq(text, "(none)\n");
    free(text);
    json_t *json = ctl_table_json(&table);
    ck_assert_uint_eq(json_array_size(json), 0);
    json_decref(json);
    ctl_table_clear(&table);
}
END_TEST

START_TEST(csv_is_a_line_of_names_and_one_per_row) {
    struct ctl_table table;
    fill(&table);
    char *text = printed(&table, ctl_table_print_csv);
    ck_assert_str_eq(text, "name,entry_no,amount,account,iban,terminal,signed_on\r\n"
                           "Ada,7,1234.56,1000000001,DE77900000011000000001,00000017,yes\r\n"
                           "Z\xc3\xb6\xc3\xab,,-0.05,20000,,,no\r\n");
    free(text);
    ctl_table_clear(&table);
    ctl_table_init(&table, columns, 2);
    text = printed(&table, ctl_table_print_csv);
    ck_assert_str_eq(text, "name,entry_no\r\n");
    free(text);
    ctl_table_clear(&table);
}
END_TEST

static const struct {
    const char *text, *field;
} fields[] = {
    {"plain", "plain"},
    {"", ""},
    {"with blanks ", "with blanks "},
    {"a,b", "\"a,b\""},
    {"say \"a\"", "\"say \"\"a\"\"\""},
    {"\"", "\"\"\"\""},
    {"two\nlines", "\"two\nlines\""},
    {"two\r\nlines", "\"two\r\nlines\""},
    {"semi;colon", "semi;colon"},
};

START_TEST(csv_quotes_what_separates) {
    static const struct ctl_column one[] = {{"name", CTL_TEXT}, {"other", CTL_TEXT}};
    char expected[64];
    struct ctl_table table;
    ctl_table_init(&table, one, COUNT_OF(one));
    ctl_table_add(&table, &format, (const char *const[]){fields[_i].text, "x"});
    char *text = printed(&table, ctl_table_print_csv);
    (void)snprintf(expected, sizeof expected, "name,other\r\n%s,x\r\n", fields[_i].field);
    ck_assert_str_eq(text, expected);
    free(text);
    ctl_table_clear(&table);
}
END_TEST

START_TEST(json_has_types) {
    struct ctl_table table;
    fill(&table);
    json_t *json = ctl_table_json(&table);
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    ck_assert_str_eq(text, "[{\"name\":\"Ada\",\"entry_no\":7,\"amount\":\"1234.56\","
                           "\"account\":\"1000000001\",\"iban\":\"DE77900000011000000001\","
                           "\"terminal\":\"00000017\",\"signed_on\":true},"
                           "{\"name\":\"Z\\u00F6\\u00EB\",\"entry_no\":null,\"amount\":\"-0.05\","
                           "\"account\":\"20000\",\"iban\":null,\"terminal\":null,"
                           "\"signed_on\":false}]");
    free(text);
    json_decref(json);
    json_t *record = ctl_table_json_record(&table);
    ck_assert_str_eq(json_string_value(json_object_get(record, "name")), "Ada");
    json_decref(record);
    ctl_table_clear(&table);
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal) {
    static const struct ctl_column one[] = {{"name", CTL_TEXT}};
    struct ctl_table table;
    ctl_table_init(&table, one, 1);
    ctl_table_add(&table, &format, (const char *const[]){"a\x1b[2J\nb\x7f"});
    char *rows = printed(&table, ctl_table_print);
    char *record = printed(&table, ctl_table_print_record);
    ck_assert_ptr_nonnull(strstr(rows, "a?[2J?b?\n"));
    ck_assert_ptr_nonnull(strstr(record, "a?[2J?b?\n"));
    free(rows);
    free(record);
    ctl_table_clear(&table);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = columns_are_aligned_for_people},
        {.test = a_record_is_a_line_per_column},
        {.test = no_rows_are_told},
        {.test = csv_is_a_line_of_names_and_one_per_row},
        {.test = csv_quotes_what_separates, .rows = COUNT_OF(fields)},
        {.test = json_has_types},
        {.test = control_characters_do_not_reach_the_terminal},
    };
    return test_main("table", tests, COUNT_OF(tests));
}
