/* rpc/connection: who is let in, what ends a connection, and that it ends no other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/serving.h"
#include "support/suite.h"

START_TEST(line_that_is_too_long_ends_only_its_connection) {
    struct test_peer other;
    serving_set_up();
    serving_join(&other, serving.client_tls);
    char *line = malloc(70000);
    memset(line, 'x', 70000);
    test_peer_say_bytes(&other, line, 70000);
    test_bed_await(&serving.bed, &other.ended);
    ck_assert_uint_eq(other.lines_heard, 1);
    serving_expect_error(other.lines[0], -32001);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    free(line);
    test_peer_free(&other);
    serving_tear_down();
}
END_TEST

START_TEST(nul_byte_ends_its_connection) {
    serving_set_up();
    test_peer_say_bytes(&serving.client, "{\"a\0b\":1}\n", 10);
    serving_expect_error(serving_reply(0), -32700);
    test_bed_await(&serving.bed, &serving.client.ended);
    serving_tear_down();
}
END_TEST

START_TEST(endless_garbage_ends_its_connection) {
    serving_set_up();
    for (int i = 0; i < 17; i++) {
        ck_assert(!serving.client.ended);
        serving_expect_error(serving_ask("garbage"), -32700);
    }
    test_bed_await(&serving.bed, &serving.client.ended);
    serving_tear_down();
}
END_TEST

START_TEST(good_line_forgives_bad_ones) {
    serving_set_up();
    for (int i = 0; i < 40; i++) {
        serving_expect_error(serving_ask("garbage"), -32700);
        if (i % 10 == 9) {
            ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
        }
    }
    ck_assert(!serving.client.ended);
    serving_tear_down();
}
END_TEST

START_TEST(identity_of_another_kind_is_told_and_closed) {
    serving_prepare();
    serving_start();
    struct tw_tls *operator_tls = test_bed_tls(&serving.bed, SERVING_OPERATOR, TW_TLS_CLIENT);
    serving_join(&serving.client, operator_tls);
    serving_expect_error(serving_reply(0), -32002);
    test_bed_await(&serving.bed, &serving.client.ended);
    ck_assert_uint_eq(tw_server_counters(serving.server).refused_identity, 1);
    tw_tls_free(operator_tls);
    serving_tear_down();
}
END_TEST

START_TEST(connections_of_one_identity_are_limited) {
    struct test_peer others[2];
    serving_prepare();
    serving.options.limits.connections_per_identity = 2;
    serving_start();
    serving_join(&others[0], serving.client_tls);
    serving_join(&others[1], serving.client_tls);
    serving_join(&serving.client, serving.client_tls);
    serving_expect_error(serving_reply(0), -32003);
    test_bed_await(&serving.bed, &serving.client.ended);
    test_peer_free(&others[0]);
    test_peer_free(&serving.client);
    test_bed_settle(&serving.bed);
    serving_join(&serving.client, serving.client_tls);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    test_peer_free(&others[1]);
    serving_tear_down();
}
END_TEST

START_TEST(connections_in_all_are_limited) {
    struct test_peer other;
    serving_prepare();
    serving.options.limits.connections = 1;
    serving_start();
    serving_join(&serving.client, serving.client_tls);
    ck_assert_str_eq(serving_ask(REQUEST("0", "now")), RESULT("0")); /* its handshake is done */
    test_peer_connect(&other, &serving.bed, serving.client_tls, tw_server_port(serving.server, 0));
    test_bed_await(&serving.bed, &other.closed);
    ck_assert(!other.open);
    ck_assert_uint_eq(tw_server_counters(serving.server).refused_limit, 1);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    serving_tear_down();
}
END_TEST

START_TEST(silent_strangers_do_not_keep_a_terminal_out) {
    int strangers[8];
    struct tw_address address;
    char text[32];
    serving_prepare();
    serving.options.limits.connections = 4;
    serving_start();
    snprintf(text, sizeof text, "127.0.0.1:%d", tw_server_port(serving.server, 0));
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        strangers[i] = socket(AF_INET, SOCK_STREAM, 0);
        ck_assert_int_eq(
            connect(strangers[i], (const struct sockaddr *)&address.storage, address.length), 0);
    }
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(tw_server_counters(serving.server).open, 4);
    serving_join(&serving.client, serving.client_tls);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        close(strangers[i]);
    }
    serving_tear_down();
}
END_TEST

enum { SHAKING_MAX = 64 }; /* of rpc/gate.c */

/* As many strangers as may shake hands at a time begin and stop. */
static void begin_and_stop(int strangers[SHAKING_MAX]) {
    struct tw_address address;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", tw_server_port(serving.server, 0));
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    for (size_t i = 0; i < SHAKING_MAX; i++) {
        strangers[i] = socket(AF_INET, SOCK_STREAM, 0);
        ck_assert_int_eq(
            connect(strangers[i], (const struct sockaddr *)&address.storage, address.length), 0);
        ck_assert_int_eq(write(strangers[i], "\x16\x03\x01\x02\x00\x01", 6), 6);
    }
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(tw_server_counters(serving.server).open, SHAKING_MAX);
}

static void close_all(const int strangers[SHAKING_MAX]) {
    for (size_t i = 0; i < SHAKING_MAX; i++) {
        close(strangers[i]);
    }
}

START_TEST(handshake_waits_for_its_turn_and_strangers_lose_theirs) {
    int strangers[SHAKING_MAX];
    serving_prepare();
    serving_start();
    begin_and_stop(strangers);
    test_peer_connect(&serving.client, &serving.bed, serving.client_tls,
                      tw_server_port(serving.server, 0));
    test_bed_settle(&serving.bed);
    ck_assert(!serving.client.open);
    test_bed_advance(&serving.bed, 1100);
    test_bed_await(&serving.bed, &serving.client.open);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    close_all(strangers);
    serving_tear_down();
}
END_TEST

START_TEST(place_that_becomes_free_goes_to_the_first_who_still_waits) {
    int strangers[SHAKING_MAX];
    struct test_peer gone;
    serving_prepare();
    serving_start();
    begin_and_stop(strangers);
    test_peer_connect(&gone, &serving.bed, serving.client_tls, tw_server_port(serving.server, 0));
    test_bed_settle(&serving.bed);
    test_peer_connect(&serving.client, &serving.bed, serving.client_tls,
                      tw_server_port(serving.server, 0));
    test_bed_settle(&serving.bed);
    ck_assert(!gone.open && !serving.client.open);
    test_peer_free(&gone);
    close_all(strangers);
    test_bed_await(&serving.bed, &serving.client.open);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    ck_assert_uint_eq(tw_server_counters(serving.server).open, 1);
    serving_tear_down();
}
END_TEST

START_TEST(revoked_peer_is_closed_at_recheck_and_others_are_not) {
    struct test_peer other;
    serving_set_up();
    struct tw_tls *other_tls =
        test_bed_tls(&serving.bed, "tellerwire://terminal/90000001/00000018", TW_TLS_CLIENT);
    serving_join(&other, other_tls);
    const X509 *revoked = SSL_get_certificate(tw_stream_session(other.stream));
    test_bed_revoke(&serving.bed, revoked, TEST_NOW_S + TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(serving.server_tls, NULL)));
    tw_server_recheck_peers(serving.server);
    test_bed_await(&serving.bed, &other.ended);
    serving_expect_error(other.lines[0], -32002);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    test_peer_free(&other);
    tw_tls_free(other_tls);
    serving_tear_down();
}
END_TEST

/* More of them than are checked in one turn, and the revoked one among them. */
START_TEST(recheck_of_many_reaches_each_and_survives_those_that_leave) {
    struct test_peer others[40];
    struct tw_tls *tls[COUNT_OF(others)];
    char name[64];
    serving_set_up();
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        snprintf(name, sizeof name, "tellerwire://terminal/90000001/%08zu", 100 + i);
        tls[i] = test_bed_tls(&serving.bed, name, TW_TLS_CLIENT);
        serving_join(&others[i], tls[i]);
    }
    test_bed_settle(&serving.bed);
    const X509 *revoked = SSL_get_certificate(tw_stream_session(others[30].stream));
    test_bed_revoke(&serving.bed, revoked, TEST_NOW_S + TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(serving.server_tls, NULL)));
    tw_server_recheck_peers(serving.server);
    for (size_t i = 10; i < 25; i++) { /* the recheck stands at one of these */
        test_peer_free(&others[i]);
    }
    tw_server_recheck_peers(serving.server);
    test_bed_await(&serving.bed, &others[30].ended);
    serving_expect_error(others[30].lines[0], -32002);
    test_peer_free(&others[30]);
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(tw_server_counters(serving.server).open, 1 + COUNT_OF(others) - 15 - 1);
    ck_assert_uint_eq(tw_server_counters(serving.server).refused_identity, 1);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (i != 30 && (i < 10 || i >= 25)) {
            test_peer_free(&others[i]);
        }
        tw_tls_free(tls[i]);
    }
    serving_tear_down();
}
END_TEST

START_TEST(certificate_that_expires_ends_its_live_connection) {
    serving_prepare();
    serving.options.limits.idle_ms = 10 * TEST_DAY_S * 1000;
    serving_start();
    test_bed_revoke(&serving.bed, NULL, TEST_NOW_S + 30 * TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(serving.server_tls, NULL)));
    serving_join(&serving.client, serving.client_tls);
    test_bed_advance(&serving.bed, (TEST_DAY_S - 10) * 1000);
    ck_assert_str_eq(serving_ask(REQUEST("1", "now")), RESULT("1"));
    test_bed_advance(&serving.bed, 11000);
    serving_expect_error(serving_reply(1), -32002);
    test_bed_await(&serving.bed, &serving.client.ended);
    serving_tear_down();
}
END_TEST

START_TEST(drain_finishes_what_is_in_flight) {
    struct test_peer idle;
    serving_set_up();
    serving_join(&idle, serving.client_tls);
    test_peer_say(&serving.client, REQUEST("1", "a") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 1);
    int port = tw_server_port(serving.server, 0);
    serving_drain();
    test_bed_await(&serving.bed, &idle.ended);
    serving_expect_error(serving_ask(REQUEST("2", "now")), -32007);
    ck_assert(!serving.drained);
    struct test_peer late;
    test_peer_connect(&late, &serving.bed, serving.client_tls, port);
    test_bed_await(&serving.bed, &late.closed);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    ck_assert_str_eq(serving_reply(1), RESULT("1"));
    test_bed_await(&serving.bed, &serving.client.ended);
    test_peer_free(&idle);
    test_peer_free(&serving.client);
    test_bed_await(&serving.bed, &serving.drained);
    serving_tear_down();
}
END_TEST

START_TEST(drain_of_an_empty_server_ends_at_once) {
    serving_prepare();
    serving_start();
    serving_drain();
    test_bed_await(&serving.bed, &serving.drained);
    serving_tear_down();
}
END_TEST

START_TEST(listen_address_in_use_is_an_error) {
    serving_set_up();
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", tw_server_port(serving.server, 0));
    const char *const listen[] = {"127.0.0.1:0", text};
    serving.options.listen = listen;
    serving.options.listen_count = 2;
    struct tw_server *second = NULL;
    struct tw_error error = {0};
    ck_assert(!tw_ok(tw_server_new(serving.bed.loop, &serving.options, &second, &error)));
    ck_assert_ptr_nonnull(strstr(error.detail, text));
    serving_tear_down();
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = line_that_is_too_long_ends_only_its_connection},
        {.test = nul_byte_ends_its_connection},
        {.test = endless_garbage_ends_its_connection},
        {.test = good_line_forgives_bad_ones},
        {.test = identity_of_another_kind_is_told_and_closed},
        {.test = connections_of_one_identity_are_limited},
        {.test = connections_in_all_are_limited},
        {.test = silent_strangers_do_not_keep_a_terminal_out},
        {.test = handshake_waits_for_its_turn_and_strangers_lose_theirs},
        {.test = place_that_becomes_free_goes_to_the_first_who_still_waits},
        {.test = revoked_peer_is_closed_at_recheck_and_others_are_not},
        {.test = recheck_of_many_reaches_each_and_survives_those_that_leave},
        {.test = certificate_that_expires_ends_its_live_connection},
        {.test = drain_finishes_what_is_in_flight},
        {.test = drain_of_an_empty_server_ends_at_once},
        {.test = listen_address_in_use_is_an_error},
    };
    return test_main("connection", tests, COUNT_OF(tests));
}
