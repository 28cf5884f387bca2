/* The locator counts brackets outside of strings; it judges no syntax, because Jansson has. */
#include "scenario/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct tw_json_limits limits = {
    .bytes = SCN_SOURCE_MAX, .depth = SCN_DEPTH_MAX, .values = 100000};

static struct scn_spot spot_of(const struct scn_source *source, size_t offset) {
    struct scn_spot spot = {.line = 1, .column = 1};
    for (size_t i = 0; i < offset && i < source->length; i++) {
        if (source->text[i] == '\n')
            spot = (struct scn_spot){.line = spot.line + 1, .column = 1};
        else if (((unsigned char)source->text[i] & 0xC0) != 0x80) /* not within a UTF-8 character */
            spot.column++;
    }
    return spot;
}

static void add(struct scn_problems *problems, struct scn_spot spot, char *taken) {
    problems->list = realloc(problems->list, (problems->count + 1) * sizeof *problems->list);
    tw_assert(problems->list != NULL);
    problems->list[problems->count++] = (struct scn_problem){.spot = spot, .text = taken};
}

/* The detail of wire/json.c ends with where it was: "syntax error at byte 17". */
static size_t offset_in(const char *detail) {
    const char *at = strstr(detail, " at byte ");
    return at != NULL ? (size_t)strtoull(at + strlen(" at byte "), NULL, 10) : 0;
}

static void complain_of_syntax(struct scn_source *source, const struct tw_error *error,
                               struct scn_problems *problems) {
    size_t offset = offset_in(error->detail);
    char *text = scn_copy(error->detail);
    char *tail = strstr(text, " at byte ");
    if (tail != NULL)
        *tail = '\0';
    if (strcmp(text, "syntax error") == 0)
        scn_append(&text, ": this is not JSON; a comma, quote or bracket too many or missing here "
                          "or just before, or a comment");
    else if (strcmp(text, "duplicate member") == 0)
        scn_append(&text, ": the member that ends here stands in its object already");
    else if (strcmp(text, "ends too early") == 0)
        scn_append(&text, ": a bracket or quote is never closed");
    /* Jansson tells the byte behind what it could not take. */
    add(problems, spot_of(source, offset > 0 ? offset - 1 : 0), text);
}

void scn_source_init(struct scn_source *source, const char *file, char *text, size_t length,
                     struct scn_problems *problems) {
    *source = (struct scn_source){.file = scn_copy(file), .text = text, .length = length};
    struct tw_error error = {0};
    if (!tw_ok(tw_json_parse(text, length, limits, &source->tree, &error)))
        complain_of_syntax(source, &error, problems);
}

void scn_source_load(struct scn_source *source, const char *file, struct scn_problems *problems) {
    size_t length = 0;
    char *text = scn_read_file(file, SCN_SOURCE_MAX, &length);
    if (text != NULL) {
        scn_source_init(source, file, text, length, problems);
        return;
    }
    *source = (struct scn_source){.file = scn_copy(file), .text = scn_copy("")};
    add(problems, (struct scn_spot){0},
        errno == EFBIG ? scn_format("larger than %zu bytes", SCN_SOURCE_MAX)
                       : scn_format("cannot be read: %s", strerror(errno)));
}

void scn_source_clear(struct scn_source *source) {
    free(source->file);
    free(source->text);
    json_decref(source->tree);
    *source = (struct scn_source){0};
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* Behind the value that begins here. */
static const char *skip_value(const char *at, const char *end) {
    size_t depth = 0;
    while (at < end) {
        char c = *at;
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return at;
        at++;
        if (c == '"')
            at = tw_json_string_end(at, end);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        if (at == NULL || (depth == 0 && (c == '"' || c == '}' || c == ']')))
            break;
    }
    return at != NULL ? at : end;
}

struct step {
    const char *name; /* NULL: an element of a list */
    size_t length;
    size_t index;
};

/* One step down: from a value to the element or member in it; NULL when it is not there. *ret_key
 * is where the member's name stands. */
static const char *descend(const char *at, const char *end, const struct step *step, bool in_list,
                           const char **ret_key) {
    at = skip_blanks(at + 1);
    for (size_t i = 0; at < end && *at != '}' && *at != ']'; i++) {
        const char *key = at;
        bool found = in_list && i == step->index;
        if (!in_list) {
            const char *close = tw_json_string_end(at + 1, end);
            if (close == NULL)
                return NULL;
            found = (size_t)(close - at) == step->length + 2 &&
                    strncmp(at + 1, step->name, step->length) == 0;
            at = skip_blanks(skip_blanks(close) + 1);
        }
        if (found) {
            *ret_key = key;
            return at;
        }
        at = skip_blanks(skip_value(at, end));
        if (*at == ',')
            at = skip_blanks(at + 1);
    }
    return NULL;
}

struct scn_spot scn_source_find(const struct scn_source *source, const char *pointer) {
    const char *end = source->text + source->length;
    const char *at = skip_blanks(source->text);
    const char *key = at;
    while (*pointer == '/') {
        pointer++;
        size_t length = strcspn(pointer, "/#");
        struct step step = {.name = pointer, .length = length};
        step.index = (size_t)strtoull(pointer, NULL, 10);
        const char *next =
            *at == '[' || *at == '{' ? descend(at, end, &step, *at == '[', &key) : NULL;
        if (next == NULL)
            break;
        at = next;
        pointer += length;
    }
    if (*pointer == '#')
        at = key;
    return spot_of(source, (size_t)(at - source->text));
}

void scn_complain(struct scn_problems *problems, const struct scn_source *source,
                  const char *pointer, const char *format, ...) {
    va_list list;
    char *text = NULL;
    va_start(list, format);
    tw_assert(vasprintf(&text, format, list) >= 0);
    va_end(list);
    add(problems, scn_source_find(source, pointer), text);
}

static int by_place(const void *left, const void *right) {
    const struct scn_problem *a = left;
    const struct scn_problem *b = right;
    if (a->spot.line != b->spot.line)
        return a->spot.line < b->spot.line ? -1 : 1;
    if (a->spot.column != b->spot.column)
        return a->spot.column < b->spot.column ? -1 : 1;
    return strcmp(a->text, b->text);
}

void scn_problems_print(struct scn_problems *problems, const char *file, FILE *out) {
    if (problems->count > 0)
        qsort(problems->list, problems->count, sizeof *problems->list, by_place);
    for (size_t i = 0; i < problems->count; i++) {
        const struct scn_problem *one = &problems->list[i];
        if (one->spot.line == 0)
            (void)fprintf(out, "%s: %s\n", file, one->text);
        else
            (void)fprintf(out, "%s:%zu:%zu: %s\n", file, one->spot.line, one->spot.column,
                          one->text);
    }
}

void scn_problems_clear(struct scn_problems *problems) {
    for (size_t i = 0; i < problems->count; i++)
        free(problems->list[i].text);
    free(problems->list);
    *problems = (struct scn_problems){0};
}
