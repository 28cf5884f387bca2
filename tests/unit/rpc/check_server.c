/* rpc/server: envelopes, batches, limits, deadlines and ends, spoken to over real TLS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc/server.h"
#include "support/bed.h"
#include "support/peer.h"
#include "support/suite.h"

#define TERMINAL "tellerwire://terminal/90000001/00000017"
#define OPERATOR "tellerwire://operator/90000001/alice"

enum { KEPT_MAX = 64 };

static struct test_bed bed;
static struct tw_tls *server_tls, *client_tls;
static struct tw_server *server;
static struct test_peer client;
static struct tw_server_options options;

/* What the owner of the server was given and has not answered. */
static struct {
    struct tw_request_handle handle;
    int64_t left_ms;
    struct tw_trace trace;
    char method[TW_METHOD_NAME_MAX + 1];
} kept[KEPT_MAX];
static size_t kept_count;
static bool drained;

/* "now" is answered at once with its params; everything else is kept. */
static void on_request(void *context, const struct tw_request *request) {
    (void)context;
    ck_assert_str_eq(request->peer->text, TERMINAL);
    if (strcmp(request->method, "now") == 0) {
        tw_server_answer(server, request->handle, json_incref(request->params));
        return;
    }
    ck_assert_uint_lt(kept_count, KEPT_MAX);
    kept[kept_count].handle = request->handle;
    kept[kept_count].trace = request->trace;
    kept[kept_count].left_ms = (request->deadline_us - tw_loop_now_us(bed.loop)) / 1000;
    snprintf(kept[kept_count].method, sizeof kept[0].method, "%s", request->method);
    kept_count++;
}

static void on_drained(void *context) {
    (void)context;
    drained = true;
}

static void prepare(void) {
    static const char *const listen[] = {"127.0.0.1:0"};
    test_bed_open(&bed);
    server_tls = test_bed_tls(&bed, "tellerwire://bank/90000001", TW_TLS_SERVER);
    client_tls = test_bed_tls(&bed, TERMINAL, TW_TLS_CLIENT);
    options = (struct tw_server_options){.listen = listen,
                                         .listen_count = 1,
                                         .tls = server_tls,
                                         .accept_kinds = TW_ID_BIT(TW_ID_TERMINAL),
                                         .limits = tw_server_limits_default,
                                         .default_deadline_ms = 30000,
                                         .on_request = on_request};
}

static void start(void) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_server_new(bed.loop, &options, &server, &error)), "%s", error.detail);
}

static void join(struct test_peer *peer, struct tw_tls *tls) {
    test_peer_connect(peer, &bed, tls, tw_server_port(server, 0));
    test_bed_await(&bed, &peer->open);
}

static void set_up(void) {
    prepare();
    start();
    join(&client, client_tls);
}

static void tear_down(void) {
    test_peer_free(&client);
    tw_server_free(server);
    tw_tls_free(server_tls);
    tw_tls_free(client_tls);
    test_bed_close(&bed);
}

static const char *reply(size_t number) {
    test_bed_await_count(&bed, &client.lines_heard, number + 1);
    return client.lines[number];
}

static const char *ask(const char *line) {
    size_t number = client.lines_heard;
    test_peer_say(&client, line);
    test_peer_say(&client, "\n");
    return reply(number);
}

static void expect_error(const char *line, int code) {
    char text[32];
    snprintf(text, sizeof text, "\"code\":%d", code);
    ck_assert_msg(strstr(line, text) != NULL, "%s lacks %s", line, text);
}

#define REQUEST(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}"
#define RESULT(id)          "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}"

static const struct {
    const char *request, *answer;
} rows[] = {
    {REQUEST("1", "now"), RESULT("1")},
    {REQUEST("\"a b\"", "now"), RESULT("\"a b\"")},
    {REQUEST("null", "now"), RESULT("null")},
    {REQUEST("-7", "now"), RESULT("-7")},
    {REQUEST("9", "rpc.ping") "\r", RESULT("9")},
    {"  " REQUEST("2", "now") "\t", RESULT("2")},
    {"\n\r\n \n" REQUEST("3", "now"), RESULT("3")},
    {"{\"params\":{\"x\":[1,{\"y\":null}]},\"method\":\"now\",\"id\":4,\"jsonrpc\":\"2.0\"}",
     "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"x\":[1,{\"y\":null}]}}"},
    {"[" REQUEST("1", "now") "," REQUEST("2", "now") "]", "[" RESULT("1") "," RESULT("2") "]"},
    {"[{\"jsonrpc\":\"2.0\",\"method\":\"now\"}," REQUEST("2", "rpc.ping") "]",
     "[" RESULT("2") "]"},
};

START_TEST(request_is_answered) {
    set_up();
    ck_assert_str_eq(ask(rows[_i].request), rows[_i].answer);
    tear_down();
}
END_TEST

static const struct {
    const char *request;
    int code;
} refused[] = {
    {"{", -32700},
    {"nonsense", -32700},
    {"\xef\xbb\xbf" REQUEST("1", "now"), -32700},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"now\"}", -32700},
    {"\"\xff\"", -32700},
    {REQUEST("1", "now") REQUEST("2", "now"), -32700},
    {"[]", -32600},
    {"1", -32600},
    {"[1]", -32600},
    {REQUEST("1.5", "now"), -32600},
    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"now\"}", -32600},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"now\",\"extra\":1}", -32600},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"now\",\"params\":[1]}", -32602},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"now\",\"params\":{\"deadline_ms\":-1}}", -32602},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"now\",\"params\":{\"deadline_ms\":1.0}}", -32602},
    {"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", -32001},
};

START_TEST(bad_request_is_refused_and_the_connection_stays) {
    set_up();
    expect_error(ask(refused[_i].request), refused[_i].code);
    ck_assert_str_eq(ask(REQUEST("5", "now")), RESULT("5"));
    tear_down();
}
END_TEST

START_TEST(notification_is_executed_and_not_answered) {
    set_up();
    test_peer_say(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"later\"}\n"
                           "[{\"jsonrpc\":\"2.0\",\"method\":\"later\"}]\n");
    ck_assert_str_eq(ask(REQUEST("5", "now")), RESULT("5"));
    ck_assert_uint_eq(kept_count, 2);
    tw_server_answer(server, kept[0].handle, json_object());
    tw_server_answer(server, kept[1].handle, json_object());
    ck_assert_str_eq(ask(REQUEST("6", "now")), RESULT("6"));
    ck_assert_uint_eq(tw_server_counters(server).in_flight, 0);
    tear_down();
}
END_TEST

START_TEST(answers_leave_as_they_are_made) {
    set_up();
    test_peer_say(&client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&bed, &kept_count, 2);
    tw_server_answer(server, kept[1].handle, json_object());
    ck_assert_str_eq(reply(0), RESULT("2"));
    tw_server_answer(server, kept[0].handle, json_object());
    ck_assert_str_eq(reply(1), RESULT("1"));
    tear_down();
}
END_TEST

START_TEST(batch_leaves_whole_in_the_order_asked) {
    set_up();
    test_peer_say(&client, "[" REQUEST("1", "a") ",7," REQUEST("2", "b") "]\n");
    test_bed_await_count(&bed, &kept_count, 2);
    tw_server_answer(server, kept[1].handle, json_object());
    test_bed_settle(&bed);
    ck_assert_uint_eq(client.lines_heard, 0);
    tw_server_answer(server, kept[0].handle, json_object());
    const char *line = reply(0);
    ck_assert_msg(strstr(line, "[" RESULT("1") ",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\"") ==
                      line,
                  "%s", line);
    ck_assert_str_eq(line + strlen(line) - strlen("," RESULT("2") "]"), "," RESULT("2") "]");
    tear_down();
}
END_TEST

START_TEST(batch_that_is_too_big_is_refused) {
    char line[4096] = "[";
    set_up();
    for (int i = 0; i <= TW_BATCH_MAX; i++) {
        strncat(line, i > 0 ? "," REQUEST("1", "now") : REQUEST("1", "now"),
                sizeof line - strlen(line) - 1);
    }
    strncat(line, "]", sizeof line - strlen(line) - 1);
    expect_error(ask(line), -32001);
    ck_assert_uint_eq(kept_count, 0);
    tear_down();
}
END_TEST

START_TEST(surplus_requests_are_told_busy) {
    prepare();
    options.limits.in_flight_per_connection = 2;
    start();
    join(&client, client_tls);
    test_peer_say(&client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    expect_error(ask(REQUEST("3", "c")), -32003);
    ck_assert_uint_eq(kept_count, 2);
    tw_server_answer(server, kept[0].handle, json_object());
    ck_assert_str_eq(reply(1), RESULT("1"));
    ck_assert_str_eq(ask(REQUEST("4", "now")), RESULT("4"));
    tear_down();
}
END_TEST

START_TEST(limit_of_all_requests_holds_over_connections) {
    struct test_peer other;
    prepare();
    options.limits.in_flight = 1;
    start();
    join(&client, client_tls);
    join(&other, client_tls);
    test_peer_say(&other, REQUEST("1", "a") "\n");
    test_bed_await_count(&bed, &kept_count, 1);
    expect_error(ask(REQUEST("2", "now")), -32003);
    tw_server_answer(server, kept[0].handle, json_object());
    ck_assert_str_eq(ask(REQUEST("3", "now")), RESULT("3"));
    test_peer_free(&other);
    tear_down();
}
END_TEST

START_TEST(answer_after_the_connection_died_is_harmless) {
    set_up();
    test_peer_say(&client, REQUEST("1", "a") "\n[" REQUEST("2", "b") "," REQUEST("3", "c") "]\n");
    test_bed_await_count(&bed, &kept_count, 3);
    tw_stream_close(client.stream, NULL);
    test_bed_await(&bed, &client.closed);
    const uint64_t none = 0;
    while (tw_server_counters(server).open > none) {
        tw_server_answer(server, kept[0].handle, json_object());
        test_bed_settle(&bed);
        test_bed_advance(&bed, 31000);
    }
    tw_server_answer(server, kept[1].handle, json_object());
    tw_server_fail(server, kept[2].handle, &(struct tw_error){.code = TW_E_INTERNAL});
    tw_server_relay_error(server, kept[0].handle, json_object());
    /* The slots serve others now: old handles must not reach them. */
    join(&client, client_tls);
    test_peer_say(&client, REQUEST("4", "d") "\n");
    test_bed_await_count(&bed, &kept_count, 4);
    for (int i = 0; i < 3; i++) {
        tw_server_answer(server, kept[i].handle, json_object());
    }
    test_bed_settle(&bed);
    ck_assert_uint_eq(client.lines_heard, 0);
    tw_server_answer(server, kept[3].handle, json_object());
    ck_assert_str_eq(reply(0), RESULT("4"));
    tear_down();
}
END_TEST

START_TEST(deadline_is_answered_for_a_silent_owner) {
    set_up();
    test_peer_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\","
                           "\"params\":{\"deadline_ms\":5000}}\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&bed, &kept_count, 2);
    ck_assert_int_gt(kept[0].left_ms, 4900);
    ck_assert_int_le(kept[0].left_ms, 5000);
    ck_assert_int_gt(kept[1].left_ms, 29900);
    ck_assert_int_le(kept[1].left_ms, 30000);
    test_bed_advance(&bed, 4900);
    test_bed_settle(&bed);
    ck_assert_uint_eq(client.lines_heard, 0);
    test_bed_advance(&bed, 200);
    expect_error(reply(0), -32004);
    ck_assert_ptr_nonnull(strstr(reply(0), kept[0].trace.trace_id));
    tw_server_answer(server, kept[0].handle, json_object());
    test_bed_settle(&bed);
    ck_assert_uint_eq(client.lines_heard, 1);
    test_bed_advance(&bed, 25000);
    expect_error(reply(1), -32004);
    tear_down();
}
END_TEST

START_TEST(trace_of_the_caller_goes_on) {
    set_up();
    test_peer_say(&client,
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"traceparent\":"
                  "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}}\n");
    test_bed_await_count(&bed, &kept_count, 1);
    ck_assert_str_eq(kept[0].trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    ck_assert_str_ne(kept[0].trace.span_id, "00f067aa0ba902b7");
    tear_down();
}
END_TEST

START_TEST(internal_failures_keep_their_detail_to_themselves) {
    set_up();
    test_peer_say(&client, REQUEST("1", "a") "\n");
    test_bed_await_count(&bed, &kept_count, 1);
    tw_server_fail(server, kept[0].handle,
                   &(struct tw_error){.code = TW_E_DATABASE, .detail = "secret table"});
    expect_error(reply(0), -32603);
    ck_assert_ptr_null(strstr(reply(0), "secret"));
    ck_assert_ptr_nonnull(strstr(reply(0), kept[0].trace.trace_id));
    tear_down();
}
END_TEST

START_TEST(relayed_error_keeps_its_content_and_the_clients_id) {
    set_up();
    test_peer_say(&client, REQUEST("\"x\"", "a") "\n");
    test_bed_await_count(&bed, &kept_count, 1);
    tw_server_relay_error(server, kept[0].handle,
                          json_pack("{s:i,s:s}", "code", -32601, "message", "unknown method"));
    ck_assert_str_eq(reply(0), "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":"
                               "{\"code\":-32601,\"message\":\"unknown method\"}}");
    tear_down();
}
END_TEST

START_TEST(half_close_still_gets_its_answers) {
    set_up();
    test_peer_say(&client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&bed, &kept_count, 2);
    test_peer_end(&client);
    test_bed_settle(&bed);
    tw_server_answer(server, kept[0].handle, json_object());
    ck_assert_str_eq(reply(0), RESULT("1"));
    ck_assert(!client.ended);
    tw_server_answer(server, kept[1].handle, json_object());
    ck_assert_str_eq(reply(1), RESULT("2"));
    test_bed_await(&bed, &client.ended);
    tear_down();
}
END_TEST

START_TEST(last_line_without_end_is_refused) {
    set_up();
    test_peer_say(&client, REQUEST("1", "now"));
    test_bed_settle(&bed);
    test_peer_end(&client);
    expect_error(reply(0), -32700);
    test_bed_await(&bed, &client.ended);
    tear_down();
}
END_TEST

START_TEST(line_that_is_too_long_ends_only_its_connection) {
    struct test_peer other;
    set_up();
    join(&other, client_tls);
    char *line = malloc(70000);
    memset(line, 'x', 70000);
    test_peer_say_bytes(&other, line, 70000);
    test_bed_await(&bed, &other.ended);
    ck_assert_uint_eq(other.lines_heard, 1);
    expect_error(other.lines[0], -32001);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    free(line);
    test_peer_free(&other);
    tear_down();
}
END_TEST

START_TEST(nul_byte_ends_its_connection) {
    set_up();
    test_peer_say_bytes(&client, "{\"a\0b\":1}\n", 10);
    expect_error(reply(0), -32700);
    test_bed_await(&bed, &client.ended);
    tear_down();
}
END_TEST

START_TEST(endless_garbage_ends_its_connection) {
    set_up();
    for (int i = 0; i < 17; i++) {
        ck_assert(!client.ended);
        expect_error(ask("garbage"), -32700);
    }
    test_bed_await(&bed, &client.ended);
    tear_down();
}
END_TEST

START_TEST(good_line_forgives_bad_ones) {
    set_up();
    for (int i = 0; i < 40; i++) {
        expect_error(ask("garbage"), -32700);
        if (i % 10 == 9) {
            ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
        }
    }
    ck_assert(!client.ended);
    tear_down();
}
END_TEST

START_TEST(identity_of_another_kind_is_told_and_closed) {
    prepare();
    start();
    struct tw_tls *operator_tls = test_bed_tls(&bed, OPERATOR, TW_TLS_CLIENT);
    join(&client, operator_tls);
    expect_error(reply(0), -32002);
    test_bed_await(&bed, &client.ended);
    ck_assert_uint_eq(tw_server_counters(server).refused_identity, 1);
    tw_tls_free(operator_tls);
    tear_down();
}
END_TEST

START_TEST(connections_of_one_identity_are_limited) {
    struct test_peer others[2];
    prepare();
    options.limits.connections_per_identity = 2;
    start();
    join(&others[0], client_tls);
    join(&others[1], client_tls);
    join(&client, client_tls);
    expect_error(reply(0), -32003);
    test_bed_await(&bed, &client.ended);
    test_peer_free(&others[0]);
    test_peer_free(&client);
    test_bed_settle(&bed);
    join(&client, client_tls);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    test_peer_free(&others[1]);
    tear_down();
}
END_TEST

START_TEST(connections_in_all_are_limited) {
    struct test_peer other;
    prepare();
    options.limits.connections = 1;
    start();
    join(&client, client_tls);
    test_peer_connect(&other, &bed, client_tls, tw_server_port(server, 0));
    test_bed_await(&bed, &other.closed);
    ck_assert(!other.open);
    ck_assert_uint_eq(tw_server_counters(server).refused_limit, 1);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    tear_down();
}
END_TEST

START_TEST(silent_strangers_do_not_keep_a_terminal_out) {
    int strangers[8];
    struct tw_address address;
    char text[32];
    prepare();
    options.limits.connections = 4;
    start();
    snprintf(text, sizeof text, "127.0.0.1:%d", tw_server_port(server, 0));
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        strangers[i] = socket(AF_INET, SOCK_STREAM, 0);
        ck_assert_int_eq(
            connect(strangers[i], (const struct sockaddr *)&address.storage, address.length), 0);
    }
    test_bed_settle(&bed);
    ck_assert_uint_eq(tw_server_counters(server).open, 4);
    join(&client, client_tls);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        close(strangers[i]);
    }
    tear_down();
}
END_TEST

START_TEST(revoked_peer_is_closed_at_recheck_and_others_are_not) {
    struct test_peer other;
    set_up();
    struct tw_tls *other_tls =
        test_bed_tls(&bed, "tellerwire://terminal/90000001/00000018", TW_TLS_CLIENT);
    join(&other, other_tls);
    const X509 *revoked = SSL_get_certificate(tw_stream_session(other.stream));
    test_bed_revoke(&bed, revoked, TEST_NOW_S + TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(server_tls, NULL)));
    tw_server_recheck_peers(server);
    test_bed_await(&bed, &other.ended);
    expect_error(other.lines[0], -32002);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    test_peer_free(&other);
    tw_tls_free(other_tls);
    tear_down();
}
END_TEST

START_TEST(certificate_that_expires_ends_its_live_connection) {
    prepare();
    options.limits.idle_ms = 10 * TEST_DAY_S * 1000;
    start();
    test_bed_revoke(&bed, NULL, TEST_NOW_S + 30 * TEST_DAY_S);
    ck_assert(tw_ok(tw_tls_reload(server_tls, NULL)));
    join(&client, client_tls);
    test_bed_advance(&bed, (TEST_DAY_S - 10) * 1000);
    ck_assert_str_eq(ask(REQUEST("1", "now")), RESULT("1"));
    test_bed_advance(&bed, 11000);
    expect_error(reply(1), -32002);
    test_bed_await(&bed, &client.ended);
    tear_down();
}
END_TEST

START_TEST(drain_finishes_what_is_in_flight) {
    struct test_peer idle;
    set_up();
    join(&idle, client_tls);
    test_peer_say(&client, REQUEST("1", "a") "\n");
    test_bed_await_count(&bed, &kept_count, 1);
    int port = tw_server_port(server, 0);
    tw_server_drain(server, on_drained, NULL);
    test_bed_await(&bed, &idle.ended);
    expect_error(ask(REQUEST("2", "now")), -32007);
    ck_assert(!drained);
    struct test_peer late;
    test_peer_connect(&late, &bed, client_tls, port);
    test_bed_await(&bed, &late.closed);
    tw_server_answer(server, kept[0].handle, json_object());
    ck_assert_str_eq(reply(1), RESULT("1"));
    test_bed_await(&bed, &client.ended);
    test_peer_free(&idle);
    test_peer_free(&client);
    test_bed_await(&bed, &drained);
    tear_down();
}
END_TEST

START_TEST(drain_of_an_empty_server_ends_at_once) {
    prepare();
    start();
    tw_server_drain(server, on_drained, NULL);
    test_bed_await(&bed, &drained);
    tear_down();
}
END_TEST

START_TEST(listen_address_in_use_is_an_error) {
    set_up();
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%d", tw_server_port(server, 0));
    const char *const listen[] = {"127.0.0.1:0", text};
    options.listen = listen;
    options.listen_count = 2;
    struct tw_server *second = NULL;
    struct tw_error error = {0};
    ck_assert(!tw_ok(tw_server_new(bed.loop, &options, &second, &error)));
    ck_assert_ptr_nonnull(strstr(error.detail, text));
    tear_down();
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = request_is_answered, .rows = COUNT_OF(rows)},
        {.test = bad_request_is_refused_and_the_connection_stays, .rows = COUNT_OF(refused)},
        {.test = notification_is_executed_and_not_answered},
        {.test = answers_leave_as_they_are_made},
        {.test = batch_leaves_whole_in_the_order_asked},
        {.test = batch_that_is_too_big_is_refused},
        {.test = surplus_requests_are_told_busy},
        {.test = limit_of_all_requests_holds_over_connections},
        {.test = answer_after_the_connection_died_is_harmless},
        {.test = deadline_is_answered_for_a_silent_owner},
        {.test = trace_of_the_caller_goes_on},
        {.test = internal_failures_keep_their_detail_to_themselves},
        {.test = relayed_error_keeps_its_content_and_the_clients_id},
        {.test = half_close_still_gets_its_answers},
        {.test = last_line_without_end_is_refused},
        {.test = line_that_is_too_long_ends_only_its_connection},
        {.test = nul_byte_ends_its_connection},
        {.test = endless_garbage_ends_its_connection},
        {.test = good_line_forgives_bad_ones},
        {.test = identity_of_another_kind_is_told_and_closed},
        {.test = connections_of_one_identity_are_limited},
        {.test = connections_in_all_are_limited},
        {.test = silent_strangers_do_not_keep_a_terminal_out},
        {.test = revoked_peer_is_closed_at_recheck_and_others_are_not},
        {.test = certificate_that_expires_ends_its_live_connection},
        {.test = drain_finishes_what_is_in_flight},
        {.test = drain_of_an_empty_server_ends_at_once},
        {.test = listen_address_in_use_is_an_error},
    };
    return test_main("server", tests, COUNT_OF(tests));
}
