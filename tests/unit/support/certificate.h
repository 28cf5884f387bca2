/*
 * Certificates for tests, made in the process in any shape, wrong ones above all. Aborts when
 * OpenSSL fails: that is no result of the test. Everything returned is owned by the caller.
 */
#ifndef TW_TEST_CERTIFICATE_H
#define TW_TEST_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#define TEST_NOW_S INT64_C(1795200000) /* 2026-11-20; the clock of these tests */
#define TEST_DAY_S INT64_C(86400)

struct test_certificate {
    X509 *certificate;
    EVP_PKEY *key;
};

/* Texts are in the syntax of openssl.cnf; NULL leaves the extension out. */
struct test_wish {
    const char *names;     /* "URI:tellerwire://bank/90000001,DNS:localhost" */
    const char *key_usage; /* "critical,keyAgreement" */
    const char *extended_key_usage;
    const char *curve;       /* NULL: P-256 */
    int64_t from_s, until_s; /* Unix time; 0: yesterday and tomorrow of TEST_NOW_S */
    bool authority;
};

/* issuer NULL: signed by itself. */
struct test_certificate test_certificate_make(const struct test_wish *wish,
                                              const struct test_certificate *issuer);
void test_certificate_free(struct test_certificate *pair);

char *test_certificate_pem(const struct test_certificate *pair); /* malloc'd text */
void test_certificate_write(const struct test_certificate *pair, const char *file);
/* A revocation list of this authority, good until then; revoked may be NULL. */
void test_crl_write(const struct test_certificate *authority, const X509 *revoked, int64_t until_s,
                    const char *file);
void test_key_write(const struct test_certificate *pair, const char *file, unsigned mode);

#endif
