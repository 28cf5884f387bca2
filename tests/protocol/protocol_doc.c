/*
 * Keeps docs/PROTOCOL.md and docs/openrpc.json equal to the code.
 *
 *     protocol-doc check|write PROTOCOL.md openrpc.json
 *
 * In PROTOCOL.md the text between "<!-- generated: NAME -->" and "<!-- end -->" is replaced by what
 * the tables and limits of core, wire and rpc say; everything else is written by hand and kept.
 * Examples are the files of tests/messages, which check_message proves to be acceptable. `check`
 * changes nothing and fails at the first line that differs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/server.h"
#include "wire/json.h"
#include "wire/method.h"

#define BEGIN_MARK "<!-- generated: "
#define END_MARK   "<!-- end -->\n"

/* What follows from an error, for the client's programmer. */
static const char *advice_of(enum tw_error_class class) {
    switch (class) {
    case TW_CLASS_USAGE:
        return "correct the request; repeating it is pointless";
    case TW_CLASS_RETRY:
        return "repeat with the same `txid` and the repeat mark; until then unknown";
    case TW_CLASS_INTERNAL:
        return "the same; report `data.trace_id` to the operator";
    case TW_CLASS_NONE:
    case TW_CLASS_CONFLICT:
    case TW_CLASS_PEER:
    case TW_CLASS_IO:
        break;
    }
    return "";
}

static void write_errors(FILE *out) {
    static const enum tw_code codes[] = {
#define TW_ERROR(name, class, number, rc, text) TW_E_##name,
#include "core/error.def"
#undef TW_ERROR
    };
    (void)fprintf(out, "| `code` | name | `message` | `data.rc` | what to do |\n"
                       "|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const enum tw_code code = codes[i];
        if (code == TW_E_INTERNAL || tw_code_json_rpc(code) != tw_code_json_rpc(TW_E_INTERNAL)) {
            (void)fprintf(out, "| %d | %s | %s | %s | %s |\n", tw_code_json_rpc(code),
                          tw_code_name(code), tw_code_text(code), tw_code_rc(code),
                          advice_of(tw_code_class(code)));
        }
    }
}

static void write_response_codes(FILE *out) {
    (void)fprintf(out, "| `rc` | `text` | card |\n|---|---|---|\n");
    for (int i = 0; i < TW_RC_COUNT; i++) {
        const enum tw_rc rc = (enum tw_rc)i;
        (void)fprintf(out, "| %s | %s | %s |\n", tw_rc_digits(rc), tw_rc_text(rc),
                      tw_rc_retains_card(rc) ? "kept by the terminal" : "");
    }
}

static void write_range(FILE *out, const char *noun, int64_t min, int64_t max) {
    if (max == INT64_MAX || max == TW_AMOUNT_MAX_MINOR) {
        (void)fprintf(out, min < 0 ? "%s, may be negative" : "%s, at least %" PRId64, noun, min);
    } else {
        (void)fprintf(out, "%s, %" PRId64 " to %" PRId64, noun, min, max);
    }
}

static void write_type(FILE *out, const struct tw_field *field) {
    switch (field->kind) {
    case TW_FIELD_BOOL:
        (void)fputs("true or false", out);
        break;
    case TW_FIELD_INT:
        write_range(out, "integer", field->min, field->max);
        break;
    case TW_FIELD_AMOUNT:
        write_range(out, "amount", field->min, TW_AMOUNT_MAX_MINOR);
        break;
    case TW_FIELD_STRING:
        (void)fprintf(out, "text, at most %zu bytes", field->size - 1);
        break;
    case TW_FIELD_TEXT:
        (void)fprintf(out, "text, at most %zu bytes", field->size);
        break;
    case TW_FIELD_DIGITS:
        (void)fprintf(out, "%zu digits", field->size - 1);
        break;
    case TW_FIELD_UUID:
        (void)fputs("UUID", out);
        break;
    case TW_FIELD_DATE:
        (void)fputs("date", out);
        break;
    case TW_FIELD_CURRENCY:
        (void)fputs("currency", out);
        break;
    case TW_FIELD_IBAN:
        (void)fputs("IBAN", out);
        break;
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
        (void)fputs("8 digits", out);
        break;
    case TW_FIELD_PAN:
        (void)fputs("card number", out);
        break;
    case TW_FIELD_EXPIRY:
        (void)fputs("YYMM", out);
        break;
    case TW_FIELD_RC:
        (void)fputs("2 digits", out);
        break;
    case TW_FIELD_LIST:
        (void)fprintf(out, "list of at most %zu", field->list_max);
        break;
    }
}

/* One row; prefix is the list's name when the field is a member of its elements. */
static void write_row(FILE *out, const char *prefix, const struct tw_field *field) {
    const char *presence = field->with_approval ? "with `rc` 00" : field->optional ? "" : "yes";
    (void)fprintf(out, "| `%s%s%s` | ", prefix, prefix[0] ? "[]." : "", field->name);
    write_type(out, field);
    (void)fprintf(out, " | %s | %s |\n", presence, field->about);
}

static void write_members(FILE *out, const struct tw_field *fields) {
    (void)fprintf(out, "| member | type | required | meaning |\n|---|---|---|---|\n");
    for (const struct tw_field *field = fields; field->name; field++) {
        write_row(out, "", field);
        for (const struct tw_field *inner = field->element; inner && inner->name; inner++) {
            write_row(out, field->name, inner);
        }
    }
}

static void write_header(FILE *out) {
    write_members(out, tw_header_fields);
}

/* The fields after those of the header, which begins every request. */
static const struct tw_field *own_fields(const struct tw_method *method) {
    const struct tw_field *field = method->request;
    for (const struct tw_field *header = tw_method_header(method); header->name; header++) {
        field++;
    }
    return field;
}

static void write_example(FILE *out, const char *folder, const char *method) {
    char path[256];
    (void)snprintf(path, sizeof path, "tests/messages/%s/%s.json", folder, method);
    TW_JSON_OWNED json_t *example = json_load_file(path, 0, NULL);
    char *text = json_dumps(example, JSON_INDENT(2));
    if (!text) {
        (void)fprintf(stderr, "%s: not readable as JSON\n", path);
        exit(EXIT_FAILURE);
    }
    (void)fprintf(out, "\n```json\n%s\n```\n", text);
    free(text);
}

static const char *const result_names[] = {
#define RESULT_NAME(id, name, request, result, summary) #result,
    TW_METHODS(RESULT_NAME)
#undef RESULT_NAME
};

static void write_methods(FILE *out) {
    for (size_t i = 0; i < TW_METHOD_COUNT; i++) {
        const struct tw_method *method = tw_method((enum tw_method_id)i);
        const struct tw_field *own = own_fields(method);
        (void)fprintf(out, "%s### %s\n\n%s.\n\n", i > 0 ? "\n" : "", method->name, method->summary);
        bool between_banks = tw_method_header(method) == tw_bank_header_fields;
        if (own->name) {
            (void)fprintf(out, "%s",
                          between_banks ? "After [the header between banks](#between-banks):\n\n"
                                        : "");
            write_members(out, own);
        } else {
            (void)fprintf(out, "%s alone.\n",
                          between_banks ? "[The header between banks](#between-banks)"
                                        : "The header");
        }
        (void)fprintf(out, "\nAnswers with [%s](#%s).\n", result_names[i], result_names[i]);
        write_example(out, "valid", method->name);
        write_example(out, "answers", method->name);
    }
}

static void write_results(FILE *out) {
    for (size_t i = 0; i < TW_METHOD_COUNT; i++) {
        size_t first = 0;
        while (strcmp(result_names[first], result_names[i]) != 0) {
            first++;
        }
        if (first == i) {
            (void)fprintf(out, "%s### %s\n\n", i > 0 ? "\n" : "", result_names[i]);
            write_members(out, tw_method((enum tw_method_id)i)->result);
        }
    }
}

/* A time in full seconds is shown in seconds, a size in full mebibytes in those. */
static void write_limit(FILE *out, const char *what, int64_t value, const char *unit,
                        const char *beyond) {
    if (strcmp(unit, "ms") == 0 && value % 1000 == 0) {
        value /= 1000;
        unit = "s";
    } else if (strcmp(unit, "bytes") == 0 && value % 1048576 == 0) {
        value /= 1048576;
        unit = "MiB";
    }
    (void)fprintf(out, "| %s | %" PRId64 " %s | %s |\n", what, value, unit, beyond);
}

/* A count whose excess is answered with an error; more says what else happens. */
static void write_refusal(FILE *out, const char *what, size_t value, enum tw_code code,
                          const char *more) {
    (void)fprintf(out, "| %s | %zu | %d%s |\n", what, value, tw_code_json_rpc(code), more);
}

static void write_limits(FILE *out) {
    const struct tw_server_limits *limits = &tw_server_limits_default;
    const char *ends = "connection ends";
    (void)fprintf(out, "| limit | default | beyond it |\n|---|---|---|\n");
    write_refusal(out, "bytes of a line", limits->json.bytes, TW_E_TOO_LARGE, ", connection ends");
    write_refusal(out, "nesting of arrays and objects", limits->json.depth, TW_E_TOO_LARGE, "");
    write_refusal(out, "values in a line (commas and opening brackets count)", limits->json.values,
                  TW_E_TOO_LARGE, "");
    write_refusal(out, "requests in a batch", TW_BATCH_MAX, TW_E_TOO_LARGE, "");
    write_refusal(out, "bytes of a method's name", TW_METHOD_NAME_MAX, TW_E_UNKNOWN_METHOD, "");
    write_refusal(out, "bytes of an `id` that is a string", TW_ID_TEXT_MAX, TW_E_INVALID_REQUEST,
                  "");
    write_refusal(out, "requests in flight per connection", limits->in_flight_per_connection,
                  TW_E_BUSY, " for the surplus");
    write_refusal(out, "connections per identity", limits->connections_per_identity, TW_E_BUSY,
                  ", connection ends");
    write_limit(out, "output waiting for a slow reader", (int64_t)limits->output_bytes, "bytes",
                ends);
    write_limit(out, "TLS handshake", limits->handshake_ms, "ms", ends);
    write_limit(out, "from a line's first byte to its end", limits->line_ms, "ms", ends);
    write_limit(out, "connection without a request", limits->idle_ms, "ms",
                "connection ends; `rpc.ping` keeps it");
    write_refusal(out, "`deadline_ms`", TW_DEADLINE_MAX_MS, TW_E_INVALID_PARAMS,
                  ", or shortened on the way");
}

static const struct {
    const char *name;
    void (*write)(FILE *out);
} sections[] = {
    {"errors", write_errors},   {"response codes", write_response_codes},
    {"header", write_header},   {"methods", write_methods},
    {"results", write_results}, {"limits", write_limits},
};

/* Writes the section whose name begins at text; false if there is none. */
static bool write_section(FILE *out, const char *text) {
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const size_t length = strlen(sections[i].name);
        if (strncmp(text, sections[i].name, length) == 0 &&
            strncmp(text + length, " -->\n", 5) == 0) {
            (void)fprintf(out, BEGIN_MARK "%s -->\n\n", sections[i].name);
            sections[i].write(out);
            (void)fprintf(out, "\n" END_MARK);
            return true;
        }
    }
    return false;
}

/* The document with its generated parts made anew; false when a mark is wrong. */
static bool write_document(FILE *out, const char *text) {
    const char *mark = strstr(text, BEGIN_MARK);
    while (mark) {
        (void)fwrite(text, 1, (size_t)(mark - text), out);
        const char *end = strstr(mark, END_MARK);
        if (!end || !write_section(out, mark + strlen(BEGIN_MARK))) {
            return false;
        }
        text = end + strlen(END_MARK);
        mark = strstr(text, BEGIN_MARK);
    }
    (void)fputs(text, out);
    return true;
}

static void write_openrpc(FILE *out) {
    TW_JSON_OWNED json_t *document = tw_method_openrpc();
    char *text = json_dumps(document, JSON_INDENT(2));
    if (text) {
        (void)fprintf(out, "%s\n", text);
    }
    free(text);
}

/* The whole file as a string, or NULL after telling why. */
static char *read_file(const char *path) {
    char *text = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "re");
    if (!file || getdelim(&text, &capacity, '\0', file) < 0) {
        (void)fprintf(stderr, "%s: %s\n", path, file ? "empty" : strerror(errno));
        free(text);
        text = NULL;
    }
    if (file) {
        (void)fclose(file);
    }
    return text;
}

static bool same(const char *path, const char *is, const char *should_be) {
    size_t line = 1;
    for (size_t i = 0; is[i] == should_be[i]; i++) {
        if (is[i] == '\0') {
            return true;
        }
        line += is[i] == '\n';
    }
    (void)fprintf(stderr, "%s:%zu: differs from the code; build the target protocol-docs\n", path,
                  line);
    return false;
}

static bool settle(const char *path, const char *is, const char *should_be, bool write) {
    if (!write) {
        return same(path, is, should_be);
    }
    FILE *file = fopen(path, "we");
    const bool written = file && fputs(should_be, file) >= 0;
    return file && fclose(file) == 0 && written;
}

/* Generates one file's text and compares or writes it. */
static bool process(const char *path, bool is_document, bool write) {
    char *made = NULL;
    size_t length = 0;
    char *is = is_document || !write ? read_file(path) : NULL;
    FILE *out = open_memstream(&made, &length);
    bool good = out && (is || (write && !is_document));
    if (good && is_document) {
        good = write_document(out, is);
    } else if (good) {
        write_openrpc(out);
    }
    if (out) {
        good = fclose(out) == 0 && good;
    }
    if (!good) {
        (void)fprintf(stderr, "%s: cannot be generated\n", path);
    }
    good = good && settle(path, is, made, write);
    free(is);
    free(made);
    return good;
}

int main(int argc, char **argv) {
    const bool write = argc == 4 && strcmp(argv[1], "write") == 0;
    if (argc != 4 || (!write && strcmp(argv[1], "check") != 0)) {
        (void)fprintf(stderr, "usage: protocol-doc check|write PROTOCOL.md openrpc.json\n");
        return 2;
    }
    const bool document = process(argv[2], true, write);
    const bool openrpc = process(argv[3], false, write);
    return document && openrpc ? EXIT_SUCCESS : EXIT_FAILURE;
}
