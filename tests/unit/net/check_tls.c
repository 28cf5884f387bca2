/* net/tls: who gets in, and that what cannot be checked stays out. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/bed.h"
#include "support/peer.h"
#include "support/suite.h"

#define BANK     "tellerwire://bank/90000001"
#define TERMINAL "tellerwire://terminal/90000001/00000017"

static struct test_bed bed;
static struct tw_tls *server;
static struct test_host host;
static struct test_peer inside, outside;

static void set_up(void) {
    test_bed_open(&bed);
    server = test_bed_tls(&bed, BANK, TW_TLS_SERVER);
    test_host_open(&host, &bed, server, &inside, 1);
}

static void tear_down(struct tw_tls *client) {
    test_peer_free(&outside);
    test_host_close(&host);
    tw_tls_free(client);
    tw_tls_free(server);
    test_bed_close(&bed);
}

static void expect_refused(struct tw_tls *client, const char *reason) {
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.closed);
    ck_assert(!inside.open);
    ck_assert_int_eq(inside.why.code, TW_E_IDENTITY);
    ck_assert_msg(strstr(inside.why.detail, reason) != NULL, "%s", inside.why.detail);
}

START_TEST(both_sides_see_the_other_certificate) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    struct tw_identity identity;
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    SSL *session = tw_stream_session(inside.stream);
    ck_assert(tw_ok(tw_identity_of(SSL_get0_peer_certificate(session), &identity, NULL)));
    ck_assert_str_eq(identity.text, TERMINAL);
    session = tw_stream_session(outside.stream);
    ck_assert(tw_ok(tw_identity_of(SSL_get0_peer_certificate(session), &identity, NULL)));
    ck_assert_str_eq(identity.text, BANK);
    ck_assert_str_eq(SSL_get_version(session), "TLSv1.3");
    tear_down(client);
}
END_TEST

static const struct {
    const char *extended_key_usage;
    int64_t from_s, until_s;
    bool own_root; /* signed by a stranger */
    const char *reason;
} bad_clients[] = {
    {.extended_key_usage = "clientAuth", .own_root = true, .reason = "certificate"},
    {.extended_key_usage = "serverAuth", .reason = "purpose"},
    {.extended_key_usage = NULL, .reason = "purpose"},
    {.extended_key_usage = "clientAuth",
     .from_s = TEST_NOW_S - 10 * TEST_DAY_S,
     .until_s = TEST_NOW_S - TEST_DAY_S,
     .reason = "expired"},
    {.extended_key_usage = "clientAuth",
     .from_s = TEST_NOW_S + TEST_DAY_S,
     .until_s = TEST_NOW_S + 2 * TEST_DAY_S,
     .reason = "not yet valid"},
};

START_TEST(bad_client_certificate_is_refused) {
    set_up();
    const struct test_wish wish = {.names = "URI:" TERMINAL,
                                   .key_usage = "critical,digitalSignature",
                                   .extended_key_usage = bad_clients[_i].extended_key_usage,
                                   .from_s = bad_clients[_i].from_s,
                                   .until_s = bad_clients[_i].until_s};
    struct test_certificate stranger = test_certificate_make(
        &(struct test_wish){.authority = true, .key_usage = "critical,keyCertSign,cRLSign"}, NULL);
    struct tw_tls *client = test_bed_tls_wish(
        &bed, &wish, bad_clients[_i].own_root ? &stranger : &bed.root, TW_TLS_CLIENT);
    expect_refused(client, bad_clients[_i].reason);
    test_certificate_free(&stranger);
    tear_down(client);
}
END_TEST

START_TEST(client_without_certificate_or_with_tls_1_2_is_refused) {
    set_up();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (_i == 1) {
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    }
    SSL *session = SSL_new(context);
    struct tw_address address;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", test_host_port(&host));
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address.storage, address.length), 0);
    SSL_set_fd(session, fd);
    SSL_set_connect_state(session);
    BIO_set_nbio(SSL_get_rbio(session), 1);
    ck_assert_int_eq(BIO_socket_nbio(fd, 1), 1);
    while (!inside.closed) {
        (void)SSL_do_handshake(session);
        test_bed_settle(&bed);
    }
    ck_assert(!inside.open);
    ck_assert_int_ne(inside.why.code, TW_E_NONE);
    SSL_free(session);
    SSL_CTX_free(context);
    close(fd);
    tear_down(NULL);
}
END_TEST

START_TEST(revoked_client_is_refused_after_reload_live_and_new) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    SSL *session = tw_stream_session(inside.stream);
    struct tw_error error = {0};
    ck_assert(tw_ok(tw_tls_still_valid(server, session, &error)));
    test_bed_revoke(&bed, SSL_get0_peer_certificate(session), TEST_NOW_S + TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_still_valid(server, session, &error)));
    ck_assert(tw_ok(tw_tls_reload(server, &error)));
    ck_assert(!tw_ok(tw_tls_still_valid(server, session, &error)));
    ck_assert_msg(strstr(error.detail, "revoked") != NULL, "%s", error.detail);
    test_host_close(&host);
    test_peer_free(&outside);
    test_host_open(&host, &bed, server, &inside, 1);
    expect_refused(client, "revoked");
    tear_down(client);
}
END_TEST

START_TEST(certificate_taken_out_is_judged_like_one_in_the_session) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    SSL *session = tw_stream_session(inside.stream);
    X509 *certificate = SSL_get1_peer_certificate(session);
    struct tw_tls_peer peer;
    struct tw_error error = {0};
    ck_assert(tw_tls_take_peer(session, &peer));
    ck_assert_int_eq(peer.expires_ms, (TEST_NOW_S + TEST_DAY_S) * 1000);
    ck_assert(tw_ok(tw_tls_peer_still_valid(server, &peer, &error)));
    test_bed_revoke(&bed, certificate, TEST_NOW_S + 2 * TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(server, &error)));
    ck_assert(!tw_ok(tw_tls_peer_still_valid(server, &peer, &error)));
    ck_assert_msg(strstr(error.detail, "revoked") != NULL, "%s", error.detail);
    test_bed_revoke(&bed, NULL, TEST_NOW_S + 2 * TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(server, &error)));
    ck_assert(tw_ok(tw_tls_peer_still_valid(server, &peer, &error)));
    test_bed_advance(&bed, (TEST_DAY_S + 1) * 1000);
    ck_assert(!tw_ok(tw_tls_peer_still_valid(server, &peer, &error)));
    ck_assert_msg(strstr(error.detail, "expired") != NULL, "%s", error.detail);
    tw_tls_peer_free(&peer);
    X509_free(certificate);
    tear_down(client);
}
END_TEST

START_TEST(session_without_its_certificate_goes_on) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    SSL *session = tw_stream_session(inside.stream);
    struct tw_tls_peer peer;
    ck_assert(tw_tls_take_peer(session, &peer));
    ck_assert_ptr_null(SSL_get0_peer_certificate(session));
    ck_assert_int_eq(sk_X509_num(SSL_get0_verified_chain(session)), 0);
    ck_assert_str_eq(SSL_get_cipher(session), SSL_get_cipher(tw_stream_session(outside.stream)));
    ck_assert_int_eq(SSL_key_update(tw_stream_session(outside.stream), SSL_KEY_UPDATE_REQUESTED),
                     1);
    test_peer_say(&outside, "with new keys\n");
    test_bed_await_count(&bed, &inside.lines_heard, 1);
    ck_assert_str_eq(inside.lines[0], "with new keys");
    test_peer_say(&inside, "both ways\n");
    test_bed_await_count(&bed, &outside.lines_heard, 1);
    struct tw_tls_peer nothing;
    ck_assert(!tw_tls_take_peer(session, &nothing));
    tw_tls_peer_free(&peer);
    tear_down(client);
}
END_TEST

START_TEST(expired_revocation_list_fails_closed) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    struct tw_error error = {0};
    test_bed_revoke(&bed, NULL, TEST_NOW_S + 3600);
    ck_assert(tw_ok(tw_tls_reload(server, &error)));
    ck_assert_int_eq(tw_tls_crl_expires_ms(server), (TEST_NOW_S + 3600) * 1000);
    test_bed_advance(&bed, 3601000);
    ck_assert(!tw_ok(tw_tls_reload(server, &error)));
    ck_assert_msg(strstr(error.detail, "expired") != NULL, "%s", error.detail);
    expect_refused(client, "CRL has expired");
    tear_down(client);
}
END_TEST

static void write_file(const char *name, const char *text) {
    char path[TEST_PATH_SIZE];
    test_bed_path(&bed, name, path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static const char *const broken_files[] = {"cert0.pem", "key0.pem", "root.crt", "crl.pem"};

START_TEST(failed_reload_keeps_the_old_material) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    struct tw_error error = {0};
    write_file(broken_files[_i], "not PEM\n");
    ck_assert(!tw_ok(tw_tls_reload(server, &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    ck_assert_msg(strstr(error.detail, broken_files[_i]) != NULL, "%s", error.detail);
    test_peer_connect(&outside, &bed, client, test_host_port(&host));
    test_bed_await(&bed, &inside.open);
    tear_down(client);
}
END_TEST

START_TEST(revocation_list_of_another_root_is_refused) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    char path[TEST_PATH_SIZE];
    struct tw_error error = {0};
    const struct test_wish wish = {.authority = true, .key_usage = "critical,keyCertSign,cRLSign"};
    struct test_certificate other = test_certificate_make(&wish, NULL);
    test_bed_path(&bed, "crl.pem", path);
    test_crl_write(&other, NULL, TEST_NOW_S + TEST_DAY_S, path);
    ck_assert(!tw_ok(tw_tls_reload(server, &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    ck_assert_msg(strstr(error.detail, "not a whole list") != NULL, "%s", error.detail);
    test_certificate_free(&other);
    tear_down(client);
}
END_TEST

START_TEST(key_that_others_may_read_is_refused) {
    set_up();
    char path[TEST_PATH_SIZE];
    struct tw_error error = {0};
    test_bed_path(&bed, "key0.pem", path);
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert(!tw_ok(tw_tls_reload(server, &error)));
    ck_assert_msg(strstr(error.detail, "0600") != NULL, "%s", error.detail);
    tear_down(NULL);
}
END_TEST

START_TEST(key_of_another_certificate_is_refused) {
    set_up();
    struct tw_tls *client = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    char from[TEST_PATH_SIZE];
    char to[TEST_PATH_SIZE];
    test_bed_path(&bed, "key1.pem", from);
    test_bed_path(&bed, "key0.pem", to);
    ck_assert_int_eq(rename(from, to), 0);
    struct tw_error error = {0};
    ck_assert(!tw_ok(tw_tls_reload(server, &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    tear_down(client);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = both_sides_see_the_other_certificate},
        {.test = bad_client_certificate_is_refused, .rows = COUNT_OF(bad_clients)},
        {.test = client_without_certificate_or_with_tls_1_2_is_refused, .rows = 2},
        {.test = revoked_client_is_refused_after_reload_live_and_new},
        {.test = certificate_taken_out_is_judged_like_one_in_the_session},
        {.test = session_without_its_certificate_goes_on},
        {.test = expired_revocation_list_fails_closed},
        {.test = failed_reload_keeps_the_old_material, .rows = COUNT_OF(broken_files)},
        {.test = revocation_list_of_another_root_is_refused},
        {.test = key_that_others_may_read_is_refused},
        {.test = key_of_another_certificate_is_refused},
    };
    return test_main("tls", tests, COUNT_OF(tests));
}
