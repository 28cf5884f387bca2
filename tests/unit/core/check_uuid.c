/* core/uuid: one text form, and version 7 from an injected clock and random source. */
#include <string.h>

#include "core/uuid.h"
#include "support/suite.h"

static int64_t fixed_wall_ms(void *context) {
    return *(const int64_t *)context;
}

static void fill_with_ones(void *context, void *bytes, size_t length) {
    (void)context;
    memset(bytes, 0xFF, length);
}

START_TEST(text_is_read_in_either_case_and_written_in_lower) {
    static const char text[] = "0193489f-7a3c-7def-8123-456789abcdef";
    static const char upper[] = "0193489F-7A3C-7DEF-8123-456789ABCDEF";
    struct tw_uuid a;
    struct tw_uuid b;
    char buffer[TW_UUID_TEXT_SIZE];
    ck_assert(tw_uuid_parse(text, &a));
    ck_assert(tw_uuid_parse(upper, &b));
    ck_assert(tw_uuid_equal(&a, &b));
    ck_assert_uint_eq(a.bytes[0], 0x01);
    ck_assert_uint_eq(a.bytes[15], 0xEF);
    ck_assert_str_eq(tw_uuid_text(&b, buffer), text);
    b.bytes[15] ^= 1;
    ck_assert(!tw_uuid_equal(&a, &b));
}
END_TEST

static const char *const no_uuids[] = {
    "",
    "0193489f",
    "0193489f-7a3c-7def-8123-456789abcde",
    "0193489f-7a3c-7def-8123-456789abcdef0",
    "0193489f7a3c7def8123456789abcdef",
    "{193489f-7a3c-7def-8123-456789abcdef}",
    "0193489f-7a3c-7def-8123_456789abcdef",
    "0193489f-7a3c-7def-81234-56789abcdef",
    "0193489g-7a3c-7def-8123-456789abcdef",
    " 0193489f-7a3c-7def-8123-456789abcdef",
    "urn:uuid:0193489f-7a3c-7def-8123-456789abcdef",
};

START_TEST(other_text_is_no_uuid) {
    struct tw_uuid uuid;
    ck_assert_msg(!tw_uuid_parse(no_uuids[_i], &uuid), "%s", no_uuids[_i]);
}
END_TEST

START_TEST(version_7_has_the_time_first_then_version_and_variant) {
    int64_t wall_ms = INT64_C(0x0193489F7A3C);
    const struct tw_clock clock = {.wall_ms = fixed_wall_ms, .context = &wall_ms};
    const struct tw_random random = {.fill = fill_with_ones};
    char buffer[TW_UUID_TEXT_SIZE];
    const struct tw_uuid uuid = tw_uuid_v7(&clock, &random);
    ck_assert_str_eq(tw_uuid_text(&uuid, buffer), "0193489f-7a3c-7fff-bfff-ffffffffffff");
}
END_TEST

START_TEST(later_ones_sort_after_earlier_ones) {
    int64_t wall_ms = INT64_C(1790000000000);
    const struct tw_clock clock = {.wall_ms = fixed_wall_ms, .context = &wall_ms};
    struct tw_uuid last = tw_uuid_v7(&clock, tw_random_system());
    for (int i = 0; i < 1000; i++) {
        wall_ms++;
        const struct tw_uuid next = tw_uuid_v7(&clock, tw_random_system());
        ck_assert_int_lt(memcmp(last.bytes, next.bytes, sizeof next.bytes), 0);
        last = next;
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = text_is_read_in_either_case_and_written_in_lower},
        {.test = other_text_is_no_uuid, .rows = COUNT_OF(no_uuids)},
        {.test = version_7_has_the_time_first_then_version_and_variant},
        {.test = later_ones_sort_after_earlier_ones},
    };
    return test_main("uuid", tests, COUNT_OF(tests));
}
