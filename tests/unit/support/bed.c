/* The bed's clock is the real monotonic clock plus what the test added. */
#include "support/bed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_S = 3, SETTLE_TURNS_US = 30000 };

static int64_t real_us(void) {
    return tw_now_us(tw_clock_system());
}

static int64_t monotonic_us(void *context) {
    const struct test_bed *bed = context;
    return real_us() + bed->ahead_us;
}

static int64_t wall_ms(void *context) {
    const struct test_bed *bed = context;
    return TEST_NOW_S * 1000 + (real_us() - bed->start_us + bed->ahead_us) / 1000;
}

void test_bed_path(const struct test_bed *bed, const char *name, char path[TEST_PATH_SIZE]) {
    int length = snprintf(path, TEST_PATH_SIZE, "%s/%s", bed->folder, name);
    ck_assert_int_lt(length, TEST_PATH_SIZE);
}

void test_bed_open(struct test_bed *bed) {
    char path[TEST_PATH_SIZE];
    *bed = (struct test_bed){.start_us = real_us()};
    test_scratch_folder(bed->folder);
    bed->clock =
        (struct tw_clock){.monotonic_us = monotonic_us, .wall_ms = wall_ms, .context = bed};
    bed->root = test_certificate_make(
        &(struct test_wish){.authority = true, .key_usage = "critical,keyCertSign,cRLSign"}, NULL);
    test_bed_path(bed, "root.crt", path);
    test_certificate_write(&bed->root, path);
    test_bed_revoke(bed, NULL, TEST_NOW_S + TEST_DAY_S);
    ck_assert(tw_ok(tw_loop_new(&bed->clock, tw_random_system(), &bed->loop, NULL)));
}

void test_bed_close(struct test_bed *bed) {
    tw_loop_free(bed->loop);
    test_certificate_free(&bed->root);
}

void test_bed_revoke(struct test_bed *bed, const X509 *revoked, int64_t until_s) {
    char path[TEST_PATH_SIZE];
    test_bed_path(bed, "crl.pem", path);
    test_crl_write(&bed->root, revoked, until_s, path);
}

struct tw_tls *test_bed_tls_wish(struct test_bed *bed, const struct test_wish *wish,
                                 const struct test_certificate *issuer, enum tw_tls_side side) {
    char names[4][32];
    char paths[4][TEST_PATH_SIZE];
    unsigned number = bed->made++;
    snprintf(names[0], sizeof names[0], "cert%u.pem", number);
    snprintf(names[1], sizeof names[1], "key%u.pem", number);
    snprintf(names[2], sizeof names[2], "root.crt");
    snprintf(names[3], sizeof names[3], "crl.pem");
    for (size_t i = 0; i < 4; i++) {
        test_bed_path(bed, names[i], paths[i]);
    }
    struct test_certificate pair = test_certificate_make(wish, issuer);
    test_certificate_write(&pair, paths[0]);
    test_key_write(&pair, paths[1], 0600);
    test_certificate_free(&pair);
    const struct tw_tls_files files = {
        .certificate = paths[0], .key = paths[1], .root = paths[2], .crl = paths[3]};
    struct tw_tls *tls = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_tls_new(&files, side, &bed->clock, &tls, &error)), "%s", error.detail);
    return tls;
}

struct tw_tls *test_bed_tls(struct test_bed *bed, const char *uri, enum tw_tls_side side) {
    char names[160];
    snprintf(names, sizeof names, "URI:%s", uri);
    const struct test_wish wish = {.names = names,
                                   .key_usage = "critical,digitalSignature",
                                   .extended_key_usage = "clientAuth,serverAuth"};
    return test_bed_tls_wish(bed, &wish, &bed->root, side);
}

void test_bed_advance(struct test_bed *bed, int64_t milliseconds) {
    bed->ahead_us += milliseconds * 1000;
}

/* The patience is of the real clock: a test may move the bed's own in between. */
static void await(struct test_bed *bed, const bool *done, const size_t *count, size_t least) {
    int64_t end_us = real_us() + PATIENCE_S * INT64_C(1000000);
    const bool never = false;
    while (done != NULL ? !*done : *count < least) {
        ck_assert_msg(real_us() < end_us, "nothing happened");
        (void)tw_loop_run_until(bed->loop, &never, monotonic_us(bed) + 1000);
    }
}

void test_bed_await(struct test_bed *bed, const bool *done) {
    await(bed, done, NULL, 0);
}

void test_bed_await_count(struct test_bed *bed, const size_t *count, size_t least) {
    await(bed, NULL, count, least);
}

void test_bed_settle(struct test_bed *bed) {
    const bool never = false;
    (void)tw_loop_run_until(bed->loop, &never, monotonic_us(bed) + SETTLE_TURNS_US);
}
