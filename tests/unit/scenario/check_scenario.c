/* Scenario files: every file of the catalogue is good, and of each wrong one is said what is wrong,
 * in which line and column. tests/unit/scenario/invalid/NAME.txt is what must be said of NAME.json.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/generate.h"
#include "scenario/record.h"
#include "scenario/reference.h"
#include "scenario/scenario.h"
#include "support/scratch.h"
#include "support/suite.h"

#define INVALID "tests/unit/scenario/invalid/"

/* What is said of a file; malloc'd. */
static char *complaints(const char *file) {
    struct scn_problems problems = {0};
    struct scn_scenario scenario;
    const char *slash = strrchr(file, '/');
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(out);
    bool good = scn_scenario_load(&scenario, file, &problems);
    ck_assert_int_eq(good, problems.count == 0);
    scn_problems_print(&problems, slash != NULL ? slash + 1 : file, out);
    scn_scenario_clear(&scenario);
    scn_problems_clear(&problems);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(catalogue_is_good) {
    glob_t found = {0};
    ck_assert_int_eq(glob("tests/scenarios/*.json", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *said = complaints(found.gl_pathv[i]);
        ck_assert_str_eq(said, "");
        free(said);
    }
    globfree(&found);
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place) {
    glob_t found = {0};
    ck_assert_int_eq(glob(INVALID "*.json", 0, NULL, &found), 0);
    ck_assert_uint_gt(found.gl_pathc, 10);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        SCN_OWNED expected =
            scn_format("%.*s.txt", (int)strlen(found.gl_pathv[i]) - 5, found.gl_pathv[i]);
        SCN_OWNED wanted = scn_read_file(expected, 65536, NULL);
        char *said = complaints(found.gl_pathv[i]);
        ck_assert_msg(wanted != NULL && wanted[0] != '\0', "%s is missing", expected);
        ck_assert_str_eq(said, wanted);
        free(said);
    }
    globfree(&found);
}
END_TEST

START_TEST(file_that_is_not_there) {
    char *said = complaints("tests/unit/scenario/invalid/nobody.json");
    ck_assert_str_eq(said, "nobody.json: cannot be read: No such file or directory\n");
    free(said);
}
END_TEST

/* --- places --------------------------------------------------------------------------------- */

static const char sample[] = "{\n"
                             "  \"a\": [1, {\"b\": \"x,]}\\\"\", \"c\": [[], {}]}],\n"
                             "  \"\xc3\xa4\": 1, \"d\": 2\n"
                             "}\n";

static const struct {
    const char *pointer;
    size_t line, column;
} places[] = {
    {"", 1, 1},          {"/a", 2, 8},      {"/a#", 2, 3},     {"/a/0", 2, 9},
    {"/a/1", 2, 12},     {"/a/1/b", 2, 18}, {"/a/1/c", 2, 33}, {"/a/1/c#", 2, 28},
    {"/a/1/c/1", 2, 38}, {"/d", 3, 16}, /* columns count characters */
    {"/nowhere", 1, 1},                 /* the nearest that is there */
};

START_TEST(places_are_found) {
    struct scn_problems problems = {0};
    struct scn_source source;
    scn_source_init(&source, "text", scn_copy(sample), sizeof sample - 1, &problems);
    ck_assert_uint_eq(problems.count, 0);
    struct scn_spot spot = scn_source_find(&source, places[_i].pointer);
    ck_assert_uint_eq(spot.line, places[_i].line);
    ck_assert_uint_eq(spot.column, places[_i].column);
    scn_source_clear(&source);
}
END_TEST

/* --- amounts and times ---------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool good;
    int64_t minor;
} amounts[] = {
    {"60.00", true, 6000},
    {"60", true, 6000},
    {"-0.05", true, -5},
    {"0.00", true, 0},
    {"", false, 0},
    {"60.0", false, 0},
    {"60.", false, 0},
    {".60", false, 0},
    {"6O", false, 0},
    {"--1", false, 0},
    {"1e2", false, 0},
    {"60.000", false, 0},
    {"99999999999999", false, 0},
};

START_TEST(amounts_are_read) {
    int64_t minor = 0;
    char written[SCN_MONEY_TEXT_SIZE];
    ck_assert_int_eq(scn_money_parse(amounts[_i].text, &minor), amounts[_i].good);
    if (!amounts[_i].good)
        return;
    ck_assert_int_eq(minor, amounts[_i].minor);
    int64_t again = -1;
    ck_assert(scn_money_parse(scn_money_text(minor, written), &again));
    ck_assert_int_eq(again, minor);
}
END_TEST

static const struct {
    const char *text;
    int64_t us; /* -1: refused */
} times[] = {
    {"200ms", 200000}, {"10s", 10000000}, {"5m", 300000000}, {"1h", 3600000000},
    {"0s", 0},         {"10", -1},        {"s", -1},         {"1d", -1},
    {"-1s", -1},       {"1.5s", -1},      {"10 s", -1},      {"", -1},
};

START_TEST(times_are_read) {
    int64_t us = -1;
    ck_assert_int_eq(scn_duration_parse(times[_i].text, &us), times[_i].us >= 0);
    ck_assert_int_eq(us, times[_i].us);
}
END_TEST

/* --- tables --------------------------------------------------------------------------------- */

START_TEST(every_step_says_what_it_is_about) {
    for (size_t i = 0; scn_verb_at(i) != NULL; i++) {
        const struct scn_verb *verb = scn_verb_at(i);
        ck_assert_str_eq(verb->name, verb->shape.name);
        ck_assert_ptr_eq(scn_verb_find(verb->name), verb);
        ck_assert_uint_gt(strlen(verb->shape.about), 5);
        for (const struct scn_member *one = verb->shape.members; one->name != NULL; one++) {
            ck_assert_msg(one->about != NULL && one->about[0] != '\0', "%s.%s", verb->name,
                          one->name);
            ck_assert_ptr_eq(scn_member_find(&verb->shape, one->name), one);
        }
    }
}
END_TEST

START_TEST(reference_in_the_guide_is_what_the_tables_say) {
    char *said = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&said, &length);
    ck_assert_ptr_nonnull(out);
    scn_reference_steps(out);
    ck_assert_int_eq(fclose(out), 0);
    SCN_OWNED guide = scn_read_file("docs/SCENARIOS.md", (size_t)1 << 20, NULL);
    ck_assert_ptr_nonnull(guide);
    const char *reference = strstr(guide, "### Objects\n");
    ck_assert_msg(reference != NULL && strcmp(reference, said) == 0,
                  "docs/SCENARIOS.md is old; its end is what `./run scenario --steps` prints");
    free(said);
}
END_TEST

/* --- recorded lines ------------------------------------------------------------------------- */

static const struct {
    const char *line, *step; /* NULL: refused */
} spoken[] = {
    {"withdraw a1 anna 60.00",
     "{\"do\":\"withdraw\",\"at\":\"a1\",\"card\":\"anna\",\"amount\":\"60.00\"}"},
    {"  open a1  anna", "{\"do\":\"open\",\"at\":\"a1\",\"card\":\"anna\"}"},
    {"open a1 anna 1234", "{\"do\":\"open\",\"at\":\"a1\",\"card\":\"anna\",\"pin\":\"1234\"}"},
    {"deposit a1 anna 3x20.00,1x50.00",
     "{\"do\":\"deposit\",\"at\":\"a1\",\"card\":\"anna\",\"notes\":{\"20.00\":3,\"50.00\":1}}"},
    {"settle", "{\"do\":\"await-settlement\"}"},
    {"{\"do\":\"drain\"}", "{\"do\":\"drain\"}"},
    {"withdraw a1 anna", NULL},
    {"withdraw a1 anna 60.00 now", NULL},
    {"rob a1", NULL},
    {"{\"do\":", NULL},
};

START_TEST(lines_become_steps) {
    char *problem = NULL;
    TW_JSON_OWNED json_t *step = scn_record_line(spoken[_i].line, &problem);
    if (spoken[_i].step == NULL) {
        ck_assert_ptr_null(step);
        ck_assert_ptr_nonnull(problem);
    } else {
        ck_assert_msg(step != NULL, "%s", problem);
        SCN_OWNED text = scn_dump(step);
        ck_assert_str_eq(text, spoken[_i].step);
    }
    free(problem);
}
END_TEST

/* --- generated scenarios -------------------------------------------------------------------- */

static char *generated(const char *profile, uint64_t seed) {
    char from[TEST_PATH_SIZE];
    char to[TEST_PATH_SIZE];
    test_scratch_text(from, profile);
    test_scratch_text(to, "");
    ck_assert(scn_generate(from, seed, to));
    char *said = complaints(to);
    ck_assert_str_eq(said, "");
    free(said);
    return scn_read_file(to, (size_t)1 << 20, NULL);
}

START_TEST(same_seed_gives_the_same_file_and_a_good_one) {
    static const char profile[] =
        "{\"banks\": 3, \"terminals\": 2, \"operations\": 50, \"device_faults\": 200,"
        " \"message_faults\": 200, \"process_faults\": 100, \"cut_overs\": 3}";
    SCN_OWNED one = generated(profile, 7);
    SCN_OWNED same = generated(profile, 7);
    SCN_OWNED other = generated(profile, 8);
    ck_assert_str_eq(one, same);
    ck_assert_str_ne(one, other);
    SCN_OWNED least = generated("{\"banks\": 1, \"message_faults\": 1000}", 0);
    ck_assert_ptr_null(strstr(least, "cut-over"));
}
END_TEST

START_TEST(profile_that_is_wrong_is_refused) {
    char from[TEST_PATH_SIZE];
    test_scratch_text(from, "{\"banks\": 9}");
    ck_assert(!scn_generate(from, 0, NULL));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = catalogue_is_good},
        {.test = what_is_wrong_is_said_with_its_place},
        {.test = file_that_is_not_there},
        {.test = places_are_found, .rows = COUNT_OF(places)},
        {.test = amounts_are_read, .rows = COUNT_OF(amounts)},
        {.test = times_are_read, .rows = COUNT_OF(times)},
        {.test = every_step_says_what_it_is_about},
        {.test = reference_in_the_guide_is_what_the_tables_say},
        {.test = lines_become_steps, .rows = COUNT_OF(spoken)},
        {.test = same_seed_gives_the_same_file_and_a_good_one},
        {.test = profile_that_is_wrong_is_refused},
    };
    return test_main("scenario", tests, COUNT_OF(tests));
}
