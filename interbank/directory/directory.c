/*
 * Two sorted arrays, searched by halves: routing is on the path of every foreign operation. A tree
 * of digits was rejected, because with three lengths of IIN three searches are all there can be.
 */
#include "directory/directory.h"

#include <stdlib.h>
#include <string.h>

#include "directory/payload.h"
#include "sign/jws.h"
#include "wire/json.h"

#define IIN_DIGITS_MIN 6

static const struct ib_jws_kind kind = {
    .type = "tellerwire-directory", .name = "directory", .max = IB_DIRECTORY_TEXT_MAX};

static void drop_key(EVP_PKEY **key) {
    EVP_PKEY_free(*key);
}
#define KEY_OWNED __attribute__((cleanup(drop_key)))

struct tw_status ib_directory_read(const char *payload, size_t length,
                                   struct ib_directory **ret_directory,
                                   struct tw_error *ret_error) {
    *ret_directory = NULL;
    struct ib_directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a directory");
    }
    struct tw_status status = ib_payload_read(payload, length, directory, ret_error);
    if (!tw_ok(status)) {
        ib_directory_free(directory);
        return status;
    }
    *ret_directory = directory;
    return status;
}

struct tw_status ib_directory_open(const char *jws, const char *root_file,
                                   struct ib_directory **ret_directory,
                                   struct tw_error *ret_error) {
    char *payload = NULL;
    size_t length = 0;
    *ret_directory = NULL;
    KEY_OWNED EVP_PKEY *root = NULL;
    struct tw_status status = ib_jws_certificate_key(root_file, &root, ret_error);
    if (tw_ok(status)) {
        status = ib_jws_open(jws, &kind, root, &payload, &length, ret_error);
    }
    if (tw_ok(status)) {
        status = ib_directory_read(payload, length, ret_directory, ret_error);
    }
    free(payload);
    return status;
}

/* People lay JSON out in lines; what is signed is compact. */
static struct tw_status compact(const char *payload, size_t length, char **ret_text,
                                size_t *ret_length, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *json = NULL;
    struct tw_json_limits limits = TW_JSON_LIMITS_DEFAULT;
    limits.values = length; /* ib_directory_read has counted them */
    struct tw_status status = tw_json_parse(payload, length, limits, &json, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    status = tw_json_line(json, ret_text, ret_length, ret_error);
    *ret_length -= tw_ok(status); /* without its line end */
    return status;
}

struct tw_status ib_directory_sign(const char *payload, size_t length, const char *key_file,
                                   char **ret_jws, struct tw_error *ret_error) {
    struct ib_directory *directory = NULL;
    char *text = NULL;
    size_t text_length = 0;

    *ret_jws = NULL;
    struct tw_status status = ib_directory_read(payload, length, &directory, ret_error);
    ib_directory_free(directory);
    if (tw_ok(status)) {
        status = compact(payload, length, &text, &text_length, ret_error);
    }
    KEY_OWNED EVP_PKEY *key = NULL;
    if (tw_ok(status)) {
        status = ib_jws_private_key(key_file, &key, ret_error);
    }
    if (tw_ok(status)) {
        status = ib_jws_seal(text, text_length, &kind, key, ret_jws, ret_error);
    }
    free(text);
    return status;
}

void ib_directory_free(struct ib_directory *directory) {
    if (directory != NULL) {
        free(directory->banks);
        free(directory->routes);
        free(directory);
    }
}

int64_t ib_directory_serial(const struct ib_directory *directory) {
    return directory->serial;
}

const char *ib_directory_issued(const struct ib_directory *directory) {
    return directory->issued;
}

size_t ib_directory_count(const struct ib_directory *directory) {
    return directory->bank_count;
}

const struct ib_bank *ib_directory_at(const struct ib_directory *directory, size_t index) {
    tw_assert(index < directory->bank_count);
    return &directory->banks[index];
}

static int compare_code(const void *code, const void *bank) {
    int32_t wanted = *(const int32_t *)code;
    int32_t found = ((const struct ib_bank *)bank)->code;
    return (wanted > found) - (wanted < found);
}

const struct ib_bank *ib_directory_bank(const struct ib_directory *directory, int32_t code) {
    return bsearch(&code, directory->banks, directory->bank_count, sizeof *directory->banks,
                   compare_code);
}

static int compare_iin(const void *iin, const void *route) {
    return strcmp(iin, ((const struct ib_route *)route)->iin);
}

const struct ib_bank *ib_directory_issuer(const struct ib_directory *directory,
                                          const char *digits) {
    size_t given = strnlen(digits, IB_IIN_SIZE - 1);
    for (size_t length = given; length >= IIN_DIGITS_MIN; length--) {
        char iin[IB_IIN_SIZE] = "";
        memcpy(iin, digits, length);
        const struct ib_route *route = bsearch(iin, directory->routes, directory->route_count,
                                               sizeof *directory->routes, compare_iin);
        if (route != NULL) {
            return &directory->banks[route->bank];
        }
    }
    return NULL;
}
