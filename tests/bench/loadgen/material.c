#include "material.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pin/pin_block.h"

#define CERTIFICATE_MAX 16384
#define PATH_SIZE       1024

static struct tw_status load_encryptor(struct bench_material *material,
                                       struct tw_error *ret_error) {
    const struct bench_options *options = material->options;
    char pem[CERTIFICATE_MAX];
    char root[PATH_SIZE];
    char crl[PATH_SIZE];
    FILE *file = fopen(options->pin_certificate, "re");
    if (file == NULL) {
        return tw_fail(ret_error, TW_E_IO, "%s: %s", options->pin_certificate, strerror(errno));
    }
    size_t length = fread(pem, 1, sizeof pem - 1, file);
    (void)fclose(file);
    pem[length] = '\0';
    (void)snprintf(root, sizeof root, "%s/root.crt", options->pki);
    (void)snprintf(crl, sizeof crl, "%s/crl.pem", options->pki);
    const struct tw_trust trust = {.root_file = root, .crl_file = crl, .clock = tw_clock_system()};
    const char *issuer = options->issuer != NULL ? options->issuer : options->bank_code;
    return tw_pin_encryptor_new(pem, &trust, (int32_t)strtol(issuer, NULL, 10),
                                material->cards.cards[0].pan, &material->encryptor, ret_error);
}

static struct tw_status load_addresses(struct bench_material *material,
                                       struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; i < material->options->address_count && tw_ok(status); i++) {
        status =
            tw_address_parse(material->options->addresses[i], &material->addresses[i], ret_error);
    }
    return status;
}

int32_t bench_terminal_id(const struct bench_options *options, size_t index) {
    return (int32_t)(options->first_terminal + (int64_t)index);
}

static struct tw_status load_tls(struct bench_material *material, size_t index,
                                 struct tw_error *ret_error) {
    const struct bench_options *options = material->options;
    char holder[64];
    char certificate[PATH_SIZE];
    char key[PATH_SIZE];
    char root[PATH_SIZE];
    char crl[PATH_SIZE];
    if (options->middleware != NULL) {
        (void)snprintf(holder, sizeof holder, "middleware-%s", options->middleware);
    } else {
        (void)snprintf(holder, sizeof holder, "terminal-%s-%08d", options->bank_code,
                       bench_terminal_id(options, index));
    }
    (void)snprintf(certificate, sizeof certificate, "%s/%s/cert.pem", options->pki, holder);
    (void)snprintf(key, sizeof key, "%s/%s/key.pem", options->pki, holder);
    (void)snprintf(root, sizeof root, "%s/root.crt", options->pki);
    (void)snprintf(crl, sizeof crl, "%s/crl.pem", options->pki);
    struct tw_tls_files files = {.certificate = certificate, .key = key, .root = root, .crl = crl};
    return tw_tls_new(&files, TW_TLS_CLIENT, tw_clock_system(), &material->tls[index], ret_error);
}

static struct tw_status load_customers(struct bench_material *material,
                                       struct tw_error *ret_error) {
    const struct bench_options *options = material->options;
    if (options->cards == NULL) {
        return tw_success();
    }
    struct tw_status status = tw_card_list_load(options->cards, &material->cards, ret_error);
    int64_t needed = options->first_card - 1 + options->terminals;
    if (tw_ok(status) && (int64_t)material->cards.count < needed) {
        status = tw_fail(ret_error, TW_E_CONFIG, "%zu cards are not enough, %" PRId64 " are needed",
                         material->cards.count, needed);
    }
    return tw_ok(status) ? load_encryptor(material, ret_error) : status;
}

struct tw_status bench_material_load(const struct bench_options *options,
                                     struct bench_material *ret_material,
                                     struct tw_error *ret_error) {
    size_t count = (size_t)options->terminals;
    *ret_material = (struct bench_material){.options = options};
    ret_material->tls = calloc(count, sizeof(struct tw_tls *));
    if (ret_material->tls == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "terminals");
    }
    struct tw_status status = load_customers(ret_material, ret_error);
    if (tw_ok(status)) {
        status = load_addresses(ret_material, ret_error);
    }
    for (size_t i = 0; i < count && tw_ok(status); i++) {
        status = load_tls(ret_material, i, ret_error);
    }
    return status;
}

void bench_material_free(struct bench_material *material) {
    for (size_t i = 0; material->tls != NULL && i < (size_t)material->options->terminals; i++) {
        tw_tls_free(material->tls[i]);
    }
    free(material->tls);
    tw_pin_encryptor_free(material->encryptor);
    tw_card_list_free(&material->cards);
}
