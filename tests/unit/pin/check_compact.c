/* As many parts as were asked for, and not a byte more. */
#include "pin/compact.h"

#include "support/suite.h"

static const struct {
    const char *text;
    size_t count;
    bool right;
} rows[] = {
    {"a.b.c", 3, true}, {"a.b.c", 2, false},  {"a.b.c", 4, false}, {"a", 1, true},
    {"..", 3, true},    {"a.b.c.", 3, false}, {"", 1, true},       {"", 2, false},
};

START_TEST(text_has_its_parts_or_is_refused) {
    struct tw_compact_part parts[4];
    ck_assert_int_eq(tw_compact_split(rows[_i].text, parts, rows[_i].count), rows[_i].right);
}
END_TEST

START_TEST(parts_are_where_they_stand) {
    const char *text = "ab..cde";
    struct tw_compact_part parts[3];
    ck_assert(tw_compact_split(text, parts, 3));
    ck_assert_ptr_eq(parts[0].text, text);
    ck_assert_uint_eq(parts[0].length, 2);
    ck_assert_uint_eq(parts[1].length, 0);
    ck_assert_ptr_eq(parts[2].text, text + 4);
    ck_assert_uint_eq(parts[2].length, 3);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = text_has_its_parts_or_is_refused, .rows = COUNT_OF(rows)},
        {.test = parts_are_where_they_stand},
    };
    return test_main("compact", tests, COUNT_OF(tests));
}
