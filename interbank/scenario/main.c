/* interbank: plays scenario files. Everything is read and checked before anything is built. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/child.h"
#include "scenario/fleet.h"
#include "scenario/generate.h"
#include "scenario/junit.h"
#include "scenario/pages.h"
#include "scenario/record.h"
#include "scenario/reference.h"

#define EXIT_HOLDS 0
#define EXIT_FAILS 1
#define EXIT_USAGE 2
#define EXIT_BREAK 130

struct playlist {
    struct scn_scenario *scenarios;
    size_t count;
};

static void free_list(struct playlist *list) {
    for (size_t i = 0; i < list->count; i++)
        scn_scenario_clear(&list->scenarios[i]);
    free(list->scenarios);
}

static bool wanted(const struct scn_scenario *scenario, const struct scn_options *options) {
    if (options->fast && scn_flag(scenario->tree, "slow"))
        return false;
    return options->filter == NULL || fnmatch(options->filter, scenario->name, 0) == 0;
}

/* Reads all files; false when one of them is not right, after all that is wrong was told. */
static bool load(struct playlist *list, const struct scn_options *options) {
    bool good = true;
    list->scenarios = calloc(options->file_count + 1, sizeof *list->scenarios);
    tw_assert(list->scenarios != NULL);
    for (size_t i = 0; i < options->file_count; i++) {
        struct scn_problems problems = {0};
        struct scn_scenario *next = &list->scenarios[list->count];
        if (!scn_scenario_load(next, options->files[i], &problems)) {
            scn_problems_print(&problems, options->files[i], stderr);
            scn_scenario_clear(next);
            good = false;
        } else if (wanted(next, options)) {
            list->count++;
        } else {
            scn_scenario_clear(next);
        }
        scn_problems_clear(&problems);
    }
    return good;
}

static int show_list(const struct playlist *list) {
    for (size_t i = 0; i < list->count; i++)
        (void)printf("%-44s %s\n", list->scenarios[i].source.file,
                     scn_text_or(list->scenarios[i].tree, "title", ""));
    return EXIT_HOLDS;
}

static bool write_reports(const json_t *results, const struct scn_options *options) {
    struct tw_error error = {0};
    bool good = true;
    if (options->junit != NULL && !tw_ok(scn_junit_write(results, options->junit, &error)))
        good = false;
    if (good && options->html != NULL)
        good = tw_ok(scn_pages_write(results, options->html, &error));
    if (good && options->json != NULL) {
        SCN_OWNED text = scn_dump(results);
        good = tw_ok(scn_write_file(options->json, text, &error));
    }
    if (!good)
        (void)fprintf(stderr, "interbank: %s\n", error.detail);
    return good;
}

static int play(const struct playlist *list, const struct scn_options *options) {
    int64_t begun_us = scn_now_us();
    TW_JSON_OWNED json_t *results = scn_fleet_play(list->scenarios, list->count, options);
    size_t passed = 0;
    size_t index;
    const json_t *result;
    json_array_foreach(results, index, result) passed += scn_flag(result, "passed");
    size_t failed = list->count - passed;
    bool written = write_reports(results, options);
    int64_t ms = (scn_now_us() - begun_us) / 1000;
    if (failed > 0) {
        (void)printf("\nfailed:");
        json_array_foreach(results, index, result) if (!scn_flag(result, "passed"))(void)
            printf(" %s", scn_text_or(result, "name", ""));
        (void)printf("\n");
    }
    (void)printf("%zu scenario%s passed, %zu failed (%" PRId64 ".%" PRId64 " s)\n", passed,
                 passed == 1 ? "" : "s", failed, ms / 1000, ms % 1000 / 100);
    if (scn_interrupted)
        return EXIT_BREAK;
    return failed == 0 && written ? EXIT_HOLDS : EXIT_FAILS;
}

/* Without a file a small network is taken. */
static void load_network(struct playlist *list) {
    struct scn_problems problems = {0};
    const char *text = scn_record_network();
    list->scenarios = calloc(1, sizeof *list->scenarios);
    tw_assert(list->scenarios != NULL);
    list->count = 1;
    tw_assert(scn_scenario_read(&list->scenarios[0], "recorded", scn_copy(text), strlen(text),
                                &problems));
}

static int record(const struct scn_options *options) {
    struct playlist list = {0};
    int code = EXIT_USAGE;
    if (options->file_count > 1)
        (void)fprintf(stderr,
                      "interbank: --record takes one file, whose network is used, or none\n");
    else if (options->file_count == 0)
        load_network(&list);
    else if (!load(&list, options))
        (void)fprintf(stderr, "interbank: nothing was built\n");
    if (list.count == 1)
        code = play(&list, options);
    free_list(&list);
    return code;
}

static int play_files(const struct scn_options *options) {
    struct playlist list = {0};
    int code = EXIT_USAGE;
    if (!load(&list, options))
        (void)fprintf(stderr, "interbank: nothing was built\n");
    else if (options->list)
        code = show_list(&list);
    else if (options->check) {
        (void)printf("%zu scenario%s, nothing wrong\n", list.count, list.count == 1 ? "" : "s");
        code = EXIT_HOLDS;
    } else if (list.count == 0)
        (void)fprintf(stderr, "interbank: no scenario fits --filter\n");
    else
        code = play(&list, options);
    free_list(&list);
    return code;
}

/* Where this program is, without its name; malloc'd. */
static char *own_folder(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    tw_assert(length > 0);
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return scn_copy(path);
}

int main(int count, char **arguments) {
    struct scn_options options;
    struct tw_error error = {0};
    SCN_OWNED bin = own_folder();
    SCN_OWNED top = scn_format("%s/../../..", bin);
    if (!scn_options_read(count, arguments, &options, &error)) {
        (void)fprintf(stderr, "interbank: %s\n", error.detail);
        free(options.files);
        return EXIT_USAGE;
    }
    if (options.bin == NULL)
        options.bin = bin;
    if (options.top == NULL)
        options.top = top;
    scn_children_init();
    int code = EXIT_HOLDS;
    if (options.help)
        scn_options_help(stdout);
    else if (options.steps)
        scn_reference_steps(stdout);
    else if (options.schema)
        scn_reference_schema(stdout);
    else if (options.generate != NULL)
        code =
            scn_generate(options.generate, options.seed, options.output) ? EXIT_HOLDS : EXIT_USAGE;
    else if (options.record != NULL)
        code = record(&options);
    else
        code = play_files(&options);
    free(options.files);
    return code;
}
