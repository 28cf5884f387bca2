/* One table for reading and for --help. */
#include "scenario/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum how { FLAG, TEXT, NUMBER, SEED };

static const struct {
    const char *name, *value;
    enum how how;
    size_t offset;
    const char *about;
} table[] = {
#define AT(member) offsetof(struct scn_options, member)
    {"--check", NULL, FLAG, AT(check),
     "read the files and say what is wrong with them; play nothing"},
    {"--list", NULL, FLAG, AT(list), "name, number and title of each file"},
    {"--filter", "PATTERN", TEXT, AT(filter), "only files whose name fits: '2*', '*transfer*'"},
    {"--seed", "N", SEED, AT(seed),
     "where chance begins, in place of the files' own; it is printed"},
    {"--jobs", "N", NUMBER, AT(jobs), "scenarios at the same time (1 at a terminal, else 2)"},
    {"--timeout", "SECONDS", NUMBER, AT(timeout_s), "most time for one scenario (300)"},
    {"--keep", NULL, FLAG, AT(keep),
     "leave the network when done, stopped, and say how to look at it"},
    {"--quiet", NULL, FLAG, AT(quiet), "only what fails, and the verdicts"},
    {"--fast", NULL, FLAG, AT(fast), "leave out files that say they are slow"},
    {"--junit", "FILE", TEXT, AT(junit), "write JUnit XML"},
    {"--html", "FOLDER", TEXT, AT(html), "write one page per scenario, and index.html"},
    {"--json", "FILE", TEXT, AT(json), "write all results as JSON"},
    {"--record", "FILE", TEXT, AT(record),
     "play live from standard input on the network of the given file (or of a small one), and "
     "write FILE"},
    {"--generate", "PROFILE", TEXT, AT(generate),
     "make a scenario of chance operations from a profile"},
    {"--output", "FILE", TEXT, AT(output), "where --generate writes (standard output)"},
    {"--steps", NULL, FLAG, AT(steps), "every step and what it takes"},
    {"--schema", NULL, FLAG, AT(schema), "JSON Schema of scenario files, for editors"},
    {"--stock", "FOLDER", TEXT, AT(stock),
     "keep new banks there, to copy them for the next scenario"},
    {"--bin", "FOLDER", TEXT, AT(bin), "built programs (where this one is)"},
    {"--top", "FOLDER", TEXT, AT(top), "the checkout (two folders above them)"},
    {"--help", NULL, FLAG, AT(help), "this text"},
};

#define OPTION_COUNT (sizeof table / sizeof table[0])

void scn_options_help(FILE *out) {
    (void)fprintf(
        out,
        "usage: ./run scenario FILE... [options]\n\n"
        "Plays scenario files on real networks: banks with their own PostgreSQL, TLS, terminals.\n"
        "docs/SCENARIOS.md shows how to write one; tests/scenarios/ has many.\n\noptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        SCN_OWNED left =
            scn_format("%s %s", table[i].name, table[i].value != NULL ? table[i].value : "");
        (void)fprintf(out, "  %-20s %s\n", left, table[i].about);
    }
    (void)fprintf(out,
                  "\nexit code: 0 everything holds; 1 something does not; 2 wrong usage, or a file "
                  "that is\nnot right; 130 interrupted.\n");
}

static bool number_of(const char *text, int64_t max, int64_t *ret_number) {
    char *end = NULL;
    tw_assert(text != NULL);
    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && end != text && *ret_number >= 1 && *ret_number <= max;
}

static bool take(struct scn_options *options, size_t which, const char *value,
                 struct tw_error *ret_error) {
    char *field = (char *)options + table[which].offset;
    int64_t number = 0;
    switch (table[which].how) {
    case FLAG:
        *(bool *)(void *)field = true;
        return true;
    case TEXT:
        *(const char **)(void *)field = value;
        return true;
    case NUMBER:
    case SEED:
        break;
    }
    if (!number_of(value, table[which].how == SEED ? 2147483647 : 86400, &number))
        return tw_ok(tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: not a number that can be",
                             table[which].name));
    if (table[which].how == SEED)
        *(uint64_t *)(void *)field = (uint64_t)number;
    else
        *(int64_t *)(void *)field = number;
    return true;
}

static bool take_option(struct scn_options *options, int count, char *const *arguments, int *at,
                        struct tw_error *ret_error) {
    const char *word = arguments[*at];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(word, table[i].name) != 0)
            continue;
        if (table[i].value == NULL)
            return take(options, i, NULL, ret_error);
        if (*at + 1 >= count)
            return tw_ok(
                tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s needs a %s", word, table[i].value));
        return take(options, i, arguments[++*at], ret_error);
    }
    return tw_ok(tw_fail(ret_error, TW_E_INVALID_PARAMS,
                         "no option %.60s; try ./run scenario --help", word));
}

bool scn_options_read(int count, char *const *arguments, struct scn_options *ret_options,
                      struct tw_error *ret_error) {
    *ret_options = (struct scn_options){.timeout_s = 300};
    ret_options->files = calloc((size_t)count + 1, sizeof *ret_options->files);
    tw_assert(ret_options->files != NULL);
    for (int i = 1; i < count; i++) {
        if (arguments[i][0] != '-' || arguments[i][1] == '\0')
            ret_options->files[ret_options->file_count++] = arguments[i];
        else if (!take_option(ret_options, count, arguments, &i, ret_error))
            return false;
    }
    bool other = ret_options->help || ret_options->steps || ret_options->schema ||
                 ret_options->record != NULL || ret_options->generate != NULL;
    if (ret_options->file_count == 0 && !other)
        return tw_ok(
            tw_fail(ret_error, TW_E_INVALID_PARAMS,
                    "no scenario file; try ./run scenario tests/scenarios/*.json, or --help"));
    return true;
}
