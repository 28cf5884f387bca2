/*
 * A test bed for what needs a network: a throw-away folder with a root, a revocation list and
 * certificates made on demand; a loop; and a clock that runs with the real one but can be moved
 * ahead, so that no test waits for a time limit.
 *
 * The wall clock starts at TEST_NOW_S. Every function aborts the test when it fails.
 */
#ifndef TEST_SUPPORT_BED_H
#define TEST_SUPPORT_BED_H

#include "net/loop.h"
#include "net/tls.h"
#include "support/certificate.h"
#include "support/scratch.h"

struct test_bed {
    char folder[TEST_PATH_SIZE];
    unsigned made; /* certificates */
    struct test_certificate root;
    struct tw_clock clock;
    int64_t start_us; /* of the real clock */
    int64_t ahead_us;
    struct tw_loop *loop;
};

void test_bed_open(struct test_bed *bed);
void test_bed_close(struct test_bed *bed); /* after everything that uses the loop */

/* A context with a fresh certificate of this name, signed by the bed's root, good for both sides.
 */
struct tw_tls *test_bed_tls(struct test_bed *bed, const char *uri, enum tw_tls_side side);
/* The same with any certificate, signed by any issuer. */
struct tw_tls *test_bed_tls_wish(struct test_bed *bed, const struct test_wish *wish,
                                 const struct test_certificate *issuer, enum tw_tls_side side);
/* Replaces the revocation list all contexts read; revoked may be NULL. */
void test_bed_revoke(struct test_bed *bed, const X509 *revoked, int64_t until_s);

void test_bed_path(const struct test_bed *bed, const char *name, char path[TEST_PATH_SIZE]);

/* Time passes at once. */
void test_bed_advance(struct test_bed *bed, int64_t milliseconds);
/* Turns until *done; fails the test after three real seconds. */
void test_bed_await(struct test_bed *bed, const bool *done);
void test_bed_await_count(struct test_bed *bed, const size_t *count, size_t least);
/* A moment, for things that must not happen: turns until nothing is left to do at once. */
void test_bed_settle(struct test_bed *bed);

#endif
