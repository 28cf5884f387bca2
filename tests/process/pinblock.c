/*
 * Makes PIN blocks for tests that speak the wire protocol themselves:
 *
 *   pinblock ROOT BANK_CODE CERTIFICATE
 *
 * reads one JSON object per line ({"pin","new_pin","pan","terminal_id","txid","issued_ms"}; new_pin
 * and issued_ms are optional, the latter is now by default) and writes one JWE per line. It stays
 * alive between lines, so that a load of sessions does not pay for a process each. A line it cannot
 * use ends it with exit code 1 and a reason on standard error.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pin/pin_block.h"
#include "wire/field.h"
#include "wire/json.h"

static const struct tw_field plain_fields[] = {
    {.name = "pin",
     .kind = TW_FIELD_STRING,
     .offset = offsetof(struct tw_pin_plain, pin),
     .size = TW_PIN_TEXT_SIZE},
    {.name = "new_pin",
     .kind = TW_FIELD_STRING,
     .optional = true,
     .offset = offsetof(struct tw_pin_plain, new_pin),
     .size = TW_PIN_TEXT_SIZE},
    {.name = "pan", .kind = TW_FIELD_PAN, .offset = offsetof(struct tw_pin_plain, pan)},
    {.name = "terminal_id",
     .kind = TW_FIELD_TERMINAL_ID,
     .offset = offsetof(struct tw_pin_plain, terminal_id)},
    {.name = "txid", .kind = TW_FIELD_UUID, .offset = offsetof(struct tw_pin_plain, txid)},
    {.name = "issued_ms",
     .kind = TW_FIELD_INT,
     .optional = true,
     .offset = offsetof(struct tw_pin_plain, issued_ms),
     .min = 1,
     .max = INT64_MAX},
    {.name = NULL},
};

static struct tw_status read_file(const char *path, char *buffer, size_t size,
                                  struct tw_error *ret_error) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return tw_fail(ret_error, TW_E_IO, "cannot open %s", path);
    }
    size_t length = fread(buffer, 1, size - 1, file);
    buffer[length] = '\0';
    (void)fclose(file);
    return length > 0 ? tw_success() : tw_fail(ret_error, TW_E_IO, "%s is empty", path);
}

static struct tw_status make_block(const struct tw_pin_encryptor *encryptor, const char *line,
                                   size_t length, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *object = NULL;
    struct tw_status status =
        tw_json_parse(line, length, TW_JSON_LIMITS_DEFAULT, &object, ret_error);
    struct tw_pin_plain plain = {0};
    char *block = NULL;

    if (tw_ok(status)) {
        status = tw_fields_read(object, plain_fields, &plain, ret_error);
    }
    if (plain.issued_ms == 0) {
        plain.issued_ms = tw_wall_ms(tw_clock_system());
    }
    if (tw_ok(status)) {
        status = tw_pin_encrypt(encryptor, &plain, &block, ret_error);
    }
    if (tw_ok(status)) {
        (void)printf("%s\n", block);
        (void)fflush(stdout);
    }
    free(block);
    tw_wipe(&plain, sizeof plain);
    return status;
}

static struct tw_status serve(const struct tw_pin_encryptor *encryptor,
                              struct tw_error *ret_error) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    struct tw_status status = tw_success();

    while (tw_ok(status) && (length = getline(&line, &size, stdin)) > 0) {
        size_t text = (size_t)length - (line[length - 1] == '\n');
        status = make_block(encryptor, line, text, ret_error);
    }
    free(line);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        (void)fputs("usage: pinblock ROOT CRL BANK_CODE CERTIFICATE IIN\n", stderr);
        return 2;
    }
    struct tw_error error = {0};
    struct tw_pin_encryptor *encryptor = NULL;
    char certificate[8192];
    struct tw_status status = read_file(argv[4], certificate, sizeof certificate, &error);

    if (tw_ok(status)) {
        const struct tw_trust trust = {
            .root_file = argv[1], .crl_file = argv[2], .clock = tw_clock_system()};
        status = tw_pin_encryptor_new(certificate, &trust, (int32_t)strtol(argv[3], NULL, 10),
                                      argv[5], &encryptor, &error);
    }
    if (tw_ok(status)) {
        status = serve(encryptor, &error);
    }
    tw_pin_encryptor_free(encryptor);
    if (!tw_ok(status)) {
        (void)fprintf(stderr, "pinblock: %s\n", error.detail);
    }
    return tw_ok(status) ? 0 : 1;
}
