/*
 * The network's administrator signs directories with this; anybody can look at one. Two commands,
 * a handful of options: read by hand.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory/directory.h"

#define FILE_MAX (2 * (size_t)IB_DIRECTORY_TEXT_MAX)

enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_MISUSE = 2 };

struct options {
    const char *command, *key, *root, *in, *out, *file;
    bool json;
};

static const char help[] =
    "usage: directory sign --key FILE --in FILE --out FILE\n"
    "       directory show --root FILE [--json] FILE\n"
    "       directory --help | --version\n"
    "\n"
    "The directory tells every bank of a network which banks there are, the cards they issue and\n"
    "where their bank servers are reached. It is signed by the key of the network's root, and a\n"
    "bank takes one over only when its serial is higher than what it knows. Enrol a bank by "
    "raising\n"
    "the serial, signing, and `bankctl directory import` at any one bank: the others learn it.\n"
    "\n"
    "  sign    checks the JSON in --in, signs it with the private key in --key (mode 0600) and\n"
    "          writes the JWS to --out\n"
    "  show    verifies FILE against the root certificate and prints what it says\n"
    "\n"
    "  --key FILE   root's private key, PEM, as in pki/ca/root.key\n"
    "  --root FILE  root's certificate, PEM, as in pki/root.crt\n"
    "  --in FILE    {\"serial\":1,\"issued\":\"2026-11-20T09:00:00Z\",\"banks\":[{\"bank_code\":\n"
    "               \"90000001\",\"name\":\"Alder Bank\",\"currency\":\"EUR\",\n"
    "               \"iins\":[\"92760001\"],\"addresses\":[\"127.1.2.3:7101\"]}]}\n"
    "  --json       print JSON\n"
    "  FILE may be - for standard input.\n"
    "\n"
    "Exit code: 0 done; 1 refused (signature, content); 2 wrong use, or a file cannot be read.\n";

static enum exit_code complain(enum exit_code code, const char *reason) {
    (void)fprintf(stderr, "directory: %s\n", reason);
    return code;
}

/* Where the value of an option goes; NULL: no such option. */
static const char **place_of(struct options *options, const char *name) {
    const struct {
        const char *name;
        const char **place;
    } places[] = {{"--key", &options->key},
                  {"--root", &options->root},
                  {"--in", &options->in},
                  {"--out", &options->out}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(places[i].name, name) == 0) {
            return places[i].place;
        }
    }
    return NULL;
}

static bool read_options(int argc, char **argv, struct options *ret_options) {
    *ret_options = (struct options){.command = argc > 1 ? argv[1] : ""};
    for (int i = 2; i < argc; i++) {
        const char **place = place_of(ret_options, argv[i]);
        if (place != NULL && i + 1 < argc) {
            *place = argv[++i];
        } else if (strcmp(argv[i], "--json") == 0) {
            ret_options->json = true;
        } else if (ret_options->file == NULL && (argv[i][0] != '-' || argv[i][1] == '\0')) {
            ret_options->file = argv[i];
        } else {
            return false;
        }
    }
    return true;
}

/* Whole, bounded, with a NUL behind it; without white space at its end. */
static char *read_file(const char *name, size_t *ret_length) {
    bool standard = strcmp(name, "-") == 0;
    FILE *in = standard ? stdin : fopen(name, "re");
    char *bytes = calloc(1, FILE_MAX + 1);
    size_t length = in != NULL && bytes != NULL ? fread(bytes, 1, FILE_MAX, in) : 0;
    bool failed = in == NULL || ferror(in) != 0;
    if (in != NULL && !standard) {
        (void)fclose(in);
    }
    if (bytes == NULL || failed) {
        free(bytes);
        return NULL;
    }
    while (length > 0 && strchr(" \t\r\n", bytes[length - 1]) != NULL) {
        bytes[--length] = '\0';
    }
    *ret_length = length;
    return bytes;
}

static enum exit_code sign(const struct options *options) {
    size_t length = 0;
    char *payload = read_file(options->in, &length);
    char *jws = NULL;
    struct tw_error error = {0};
    if (payload == NULL) {
        return complain(EXIT_MISUSE, "--in cannot be read");
    }
    struct tw_status status = ib_directory_sign(payload, length, options->key, &jws, &error);
    free(payload);
    if (!tw_ok(status)) {
        return complain(EXIT_REFUSED, error.detail);
    }
    FILE *out = strcmp(options->out, "-") == 0 ? stdout : fopen(options->out, "we");
    bool written = out != NULL && fprintf(out, "%s\n", jws) > 0 && fflush(out) == 0;
    if (out != NULL && fclose(out) != 0) {
        written = false;
    }
    free(jws);
    return written ? EXIT_DONE : complain(EXIT_MISUSE, "--out cannot be written");
}

static json_t *texts(const char *rows, size_t size, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        int failed = json_array_append_new(list, json_string(&rows[i * size]));
        tw_assert(failed == 0);
    }
    return list;
}

static json_t *bank_json(const struct ib_bank *bank) {
    return json_pack("{s:o,s:s,s:s,s:o,s:o}", "bank_code", json_sprintf("%08d", (int)bank->code),
                     "name", bank->name, "currency", bank->currency.code, "iins",
                     texts(bank->iins[0], sizeof bank->iins[0], bank->iin_count), "addresses",
                     texts(bank->addresses[0], sizeof bank->addresses[0], bank->address_count));
}

static void print_json(const struct ib_directory *directory) {
    json_t *banks = json_array();
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        int failed = json_array_append_new(banks, bank_json(ib_directory_at(directory, i)));
        tw_assert(failed == 0);
    }
    json_t *whole = json_pack("{s:I,s:s,s:o}", "serial", (json_int_t)ib_directory_serial(directory),
                              "issued", ib_directory_issued(directory), "banks", banks);
    tw_assert(whole != NULL);
    (void)json_dumpf(whole, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(whole);
}

static void print_list(const char *title, const char *rows, size_t size, size_t count) {
    for (size_t i = 0; i < count; i++) {
        printf("  %-10s%s\n", i == 0 ? title : "", &rows[i * size]);
    }
}

static void print_text(const struct ib_directory *directory) {
    printf("serial %lld, issued %s, %zu banks\n", (long long)ib_directory_serial(directory),
           ib_directory_issued(directory), ib_directory_count(directory));
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        const struct ib_bank *bank = ib_directory_at(directory, i);
        printf("\n%08d  %s (%s)\n", (int)bank->code, bank->name, bank->currency.code);
        print_list("IINs", bank->iins[0], sizeof bank->iins[0], bank->iin_count);
        print_list("addresses", bank->addresses[0], sizeof bank->addresses[0], bank->address_count);
    }
}

static enum exit_code show(const struct options *options) {
    size_t length = 0;
    char *jws = read_file(options->file, &length);
    struct ib_directory *directory = NULL;
    struct tw_error error = {0};
    if (jws == NULL) {
        return complain(EXIT_MISUSE, "FILE cannot be read");
    }
    struct tw_status status = ib_directory_open(jws, options->root, &directory, &error);
    free(jws);
    if (!tw_ok(status)) {
        return complain(status.code == TW_E_CONFIG ? EXIT_MISUSE : EXIT_REFUSED, error.detail);
    }
    if (options->json) {
        print_json(directory);
    } else {
        print_text(directory);
    }
    ib_directory_free(directory);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_MISUSE;
}

int main(int argc, char **argv) {
    struct options options;
    bool understood = read_options(argc, argv, &options);
    if (strcmp(options.command, "--help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    if (strcmp(options.command, "--version") == 0) {
        (void)puts("directory " TW_VERSION);
        return EXIT_DONE;
    }
    if (understood && strcmp(options.command, "sign") == 0 && options.key != NULL &&
        options.in != NULL && options.out != NULL && options.file == NULL) {
        return (int)sign(&options);
    }
    if (understood && strcmp(options.command, "show") == 0 && options.root != NULL &&
        options.file != NULL) {
        return (int)show(&options);
    }
    return (int)complain(EXIT_MISUSE, "wrong use; try: directory --help");
}
