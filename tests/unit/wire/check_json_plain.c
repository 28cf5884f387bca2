/* wire/json_plain: whatever the fast reader and writer do not leave to Jansson is what Jansson
 * does, shown on all example messages and on many spoilt copies of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/message.h"
#include "support/suite.h"
#include "wire/json.h"
#include "wire/json_plain.h"

#define SPOILT_COPIES 300
#define SPOILT_LENGTH 4096

static size_t plain_count;

static void check_writer(const json_t *json) {
    static char out[70000];
    char *expected = json_dumps(json, JSON_COMPACT);
    const size_t length = tw_json_plain_write(json, out, sizeof out);
    if (length > 0) {
        if (length != strlen(expected) || memcmp(out, expected, length) != 0) {
            ck_abort_msg("%.*s is not %s", (int)length, out, expected);
        }
        if (tw_json_plain_write(json, out, length - 1) != 0) {
            ck_abort_msg("one byte too many: %s", expected);
        }
    }
    free(expected);
}

static void check_reader(const char *bytes, size_t length) {
    char *copy = malloc(length + 1); /* exact but for one, so that reading beyond is seen */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy + 1, bytes, length);
    TW_JSON_OWNED json_t *plain = tw_json_plain_read(copy + 1, length);
    TW_JSON_OWNED json_t *json = json_loadb(copy + 1, length, JSON_REJECT_DUPLICATES, NULL);
    free(copy);
    if (plain != NULL && !(json != NULL && json_equal(plain, json))) {
        ck_abort_msg("not as Jansson reads it: %.*s", (int)length, bytes);
    }
    plain_count += plain != NULL;
    if (json != NULL) {
        check_writer(json);
    }
}

static void check_example(const struct example *example) {
    check_reader(example->bytes, example->length);
}

START_TEST(examples_are_read_and_written_as_jansson_does) {
    json_object_seed(0);
    const size_t valid = examples_each("tests/messages/valid", check_example);
    ck_assert_uint_gt(valid, 0);
    ck_assert_uint_gt(plain_count, valid / 2); /* or it is not worth while */
    ck_assert_uint_gt(examples_each("tests/messages/answers", check_example), 0);
    ck_assert_uint_gt(examples_each("tests/messages/invalid", check_example), 0);
}
END_TEST

/* One to three bytes changed, doubled or dropped; mostly into what has a meaning in JSON. */
static size_t spoil(const char *bytes, size_t length, char *ret_bytes) {
    static const char meaningful[] = "{}[]\",:\\0123456789-+.eE tfnu\n\t\x01\x7F\x80\xC3";
    memcpy(ret_bytes, bytes, length);
    for (long changes = random() % 3; changes >= 0 && length > 1; changes--) {
        const size_t at = (size_t)random() % length;
        const char byte = meaningful[(size_t)random() % (sizeof meaningful - 1)];
        switch (random() % 3) {
        case 0:
            ret_bytes[at] = byte;
            break;
        case 1:
            memmove(ret_bytes + at + 1, ret_bytes + at, length - at);
            ret_bytes[at] = byte;
            length++;
            break;
        default:
            memmove(ret_bytes + at, ret_bytes + at + 1, length - at - 1);
            length--;
        }
    }
    return length;
}

static void check_spoilt(const struct example *example) {
    char bytes[SPOILT_LENGTH + 3];
    if (example->length == 0 || example->length > SPOILT_LENGTH) {
        return;
    }
    for (int copy = 0; copy < SPOILT_COPIES; copy++) {
        check_reader(bytes, spoil(example->bytes, example->length, bytes));
    }
}

START_TEST(spoilt_examples_are_read_as_jansson_does) {
    const unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    json_object_seed(0);
    ck_assert_uint_gt(examples_each("tests/messages/valid", check_spoilt), 0);
    ck_assert_uint_gt(plain_count, 0);
}
END_TEST

static const char *const left_to_jansson[] = {
    "",
    " ",
    "1",
    "\"a\"",
    "{\"a\":1,\"a\":2}",
    "[1.5]",
    "[1e2]",
    "[-0]",
    "[01]",
    "[-]",
    "[\"\\n\"]",
    "[\"\xC3\xA4\"]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1]]",
    "[1",
    "{\"a\"}",
    "{\"a\":}",
    "{,}",
    "[trueish]",
    "[\"a]",
    "[1234567890123456789]",
    "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
};

START_TEST(what_is_not_plain_is_left_to_jansson) {
    TW_JSON_OWNED json_t *json =
        tw_json_plain_read(left_to_jansson[_i], strlen(left_to_jansson[_i]));
    ck_assert_ptr_null(json);
}
END_TEST

START_TEST(edges_of_integers_are_written_exactly) {
    const json_int_t edges[] = {0, -1, 9, 10, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        TW_JSON_OWNED json_t *json = json_pack("[I]", edges[i]);
        check_writer(json);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = examples_are_read_and_written_as_jansson_does},
        {.test = spoilt_examples_are_read_as_jansson_does},
        {.test = what_is_not_plain_is_left_to_jansson, .rows = COUNT_OF(left_to_jansson)},
        {.test = edges_of_integers_are_written_exactly},
    };
    return test_main("json_plain", tests, COUNT_OF(tests));
}
