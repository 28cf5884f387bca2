/* The openssl command line was rejected here: it refuses to make most of what must be refused. */
#include "support/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SERIAL_BITS 120

static void must(bool done, const char *what) {
    if (!done) {
        (void)fprintf(stderr, "test certificate: %s failed\n", what);
        abort();
    }
}

static void add_extension(const struct test_certificate *pair, int nid, const char *value) {
    if (value == NULL) {
        return;
    }
    X509V3_CTX context;
    X509V3_set_ctx(&context, pair->certificate, pair->certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL, value);
    must(X509_add_ext(pair->certificate, extension, -1) == 1, "X509_add_ext");
    X509_EXTENSION_free(extension);
}

static void set_serial(X509 *certificate) {
    BIGNUM *serial = BN_new();
    must(BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "BN_rand");
    must(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL, "serial");
    BN_free(serial);
}

static void set_subject(X509 *certificate, bool authority) {
    const char *text = authority ? "test root" : "test party";
    X509_NAME *name = X509_get_subject_name(certificate);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1,
                                    0) == 1,
         "X509_NAME_add_entry_by_txt");
}

static void set_validity(X509 *certificate, const struct test_wish *wish) {
    int64_t from = wish->from_s != 0 ? wish->from_s : TEST_NOW_S - TEST_DAY_S;
    int64_t until = wish->until_s != 0 ? wish->until_s : TEST_NOW_S + TEST_DAY_S;
    must(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != NULL, "notBefore");
    must(ASN1_TIME_set(X509_getm_notAfter(certificate), until) != NULL, "notAfter");
}

struct test_certificate test_certificate_make(const struct test_wish *wish,
                                              const struct test_certificate *issuer) {
    struct test_certificate pair = {.certificate = X509_new()};
    pair.key = EVP_EC_gen(wish->curve != NULL ? wish->curve : "P-256");
    must(pair.certificate != NULL && pair.key != NULL, "key");
    must(X509_set_version(pair.certificate, X509_VERSION_3) == 1, "version");
    set_serial(pair.certificate);
    set_validity(pair.certificate, wish);
    set_subject(pair.certificate, wish->authority);
    if (issuer == NULL) {
        issuer = &pair;
    }
    must(X509_set_issuer_name(pair.certificate, X509_get_subject_name(issuer->certificate)) == 1,
         "issuer");
    must(X509_set_pubkey(pair.certificate, pair.key) == 1, "public key");
    add_extension(&pair, NID_basic_constraints,
                  wish->authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(&pair, NID_subject_key_identifier, "hash");
    add_extension(&pair, NID_key_usage, wish->key_usage);
    add_extension(&pair, NID_ext_key_usage, wish->extended_key_usage);
    add_extension(&pair, NID_subject_alt_name, wish->names);
    must(X509_sign(pair.certificate, issuer->key, EVP_sha256()) > 0, "X509_sign");
    return pair;
}

void test_certificate_free(struct test_certificate *pair) {
    X509_free(pair->certificate);
    EVP_PKEY_free(pair->key);
    *pair = (struct test_certificate){0};
}

char *test_certificate_pem(const struct test_certificate *pair) {
    BIO *memory = BIO_new(BIO_s_mem());
    char *data = NULL;
    must(PEM_write_bio_X509(memory, pair->certificate) == 1, "PEM_write_bio_X509");
    long length = BIO_get_mem_data(memory, &data);
    char *text = calloc(1, (size_t)length + 1);
    must(text != NULL, "calloc");
    memcpy(text, data, (size_t)length);
    BIO_free(memory);
    return text;
}

void test_certificate_write(const struct test_certificate *pair, const char *file) {
    BIO *out = BIO_new_file(file, "w");
    must(out != NULL && PEM_write_bio_X509(out, pair->certificate) == 1, file);
    BIO_free(out);
}

static void revoke(X509_CRL *crl, const X509 *revoked, ASN1_TIME *when) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(revoked));
    must(entry != NULL && serial != NULL, "X509_REVOKED_new");
    must(X509_REVOKED_set_revocationDate(entry, when) == 1, "revocation date");
    must(X509_REVOKED_set_serialNumber(entry, serial) == 1, "revoked serial");
    must(X509_CRL_add0_revoked(crl, entry) == 1, "X509_CRL_add0_revoked");
    ASN1_INTEGER_free(serial);
}

void test_crl_write(const struct test_certificate *authority, const X509 *revoked, int64_t until_s,
                    const char *file) {
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, TEST_NOW_S - TEST_DAY_S);
    must(crl != NULL && when != NULL, "X509_CRL_new");
    must(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1, "version");
    must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(authority->certificate)) == 1,
         "issuer");
    must(X509_CRL_set1_lastUpdate(crl, when) == 1, "lastUpdate");
    if (revoked != NULL) {
        revoke(crl, revoked, when);
    }
    must(ASN1_TIME_set(when, until_s) != NULL, "ASN1_TIME_set");
    must(X509_CRL_set1_nextUpdate(crl, when) == 1, "nextUpdate");
    must(X509_CRL_sign(crl, authority->key, EVP_sha256()) > 0, "X509_CRL_sign");
    BIO *out = BIO_new_file(file, "w");
    must(out != NULL && PEM_write_bio_X509_CRL(out, crl) == 1, file);
    BIO_free(out);
    ASN1_TIME_free(when);
    X509_CRL_free(crl);
}

void test_key_write(const struct test_certificate *pair, const char *file, unsigned mode) {
    BIO *out = BIO_new_file(file, "w");
    must(out != NULL && PEM_write_bio_PrivateKey(out, pair->key, NULL, NULL, 0, NULL, NULL) == 1,
         file);
    BIO_free(out);
    must(chmod(file, mode) == 0, "chmod");
}
