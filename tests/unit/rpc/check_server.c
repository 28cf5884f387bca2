/* rpc/server: envelopes, batches, answers and deadlines, spoken to over real TLS. */
#include <stdio.h>
#include <string.h>

#include "support/serving.h"
#include "support/suite.h"

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
    serving_set_up();
    ck_assert_str_eq(serving_ask(rows[_i].request), rows[_i].answer);
    serving_tear_down();
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
    serving_set_up();
    serving_expect_error(serving_ask(refused[_i].request), refused[_i].code);
    ck_assert_str_eq(serving_ask(REQUEST("5", "now")), RESULT("5"));
    serving_tear_down();
}
END_TEST

START_TEST(notification_is_executed_and_not_answered) {
    serving_set_up();
    test_peer_say(&serving.client, "{\"jsonrpc\":\"2.0\",\"method\":\"later\"}\n"
                                   "[{\"jsonrpc\":\"2.0\",\"method\":\"later\"}]\n");
    ck_assert_str_eq(serving_ask(REQUEST("5", "now")), RESULT("5"));
    ck_assert_uint_eq(serving.kept_count, 2);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    tw_server_answer(serving.server, serving.kept[1].handle, json_object());
    ck_assert_str_eq(serving_ask(REQUEST("6", "now")), RESULT("6"));
    ck_assert_uint_eq(tw_server_counters(serving.server).in_flight, 0);
    serving_tear_down();
}
END_TEST

START_TEST(answers_leave_as_they_are_made) {
    serving_set_up();
    test_peer_say(&serving.client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 2);
    tw_server_answer(serving.server, serving.kept[1].handle, json_object());
    ck_assert_str_eq(serving_reply(0), RESULT("2"));
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    ck_assert_str_eq(serving_reply(1), RESULT("1"));
    serving_tear_down();
}
END_TEST

START_TEST(batch_leaves_whole_in_the_order_asked) {
    serving_set_up();
    test_peer_say(&serving.client, "[" REQUEST("1", "a") ",7," REQUEST("2", "b") "]\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 2);
    tw_server_answer(serving.server, serving.kept[1].handle, json_object());
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(serving.client.lines_heard, 0);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    const char *line = serving_reply(0);
    ck_assert_msg(strstr(line, "[" RESULT("1") ",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\"") ==
                      line,
                  "%s", line);
    ck_assert_str_eq(line + strlen(line) - strlen("," RESULT("2") "]"), "," RESULT("2") "]");
    serving_tear_down();
}
END_TEST

START_TEST(batch_that_is_too_big_is_refused) {
    char line[4096] = "[";
    serving_set_up();
    for (int i = 0; i <= TW_BATCH_MAX; i++) {
        size_t length = strlen(line);
        snprintf(line + length, sizeof line - length, "%s%s", REQUEST("1", "a"),
                 i < TW_BATCH_MAX ? "," : "]");
    }
    serving_expect_error(serving_ask(line), -32001);
    ck_assert_uint_eq(serving.kept_count, 0);
    serving_tear_down();
}
END_TEST

START_TEST(surplus_requests_are_told_busy) {
    serving_prepare();
    serving.options.limits.in_flight_per_connection = 2;
    serving_start();
    serving_join(&serving.client, serving.client_tls);
    test_peer_say(&serving.client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    serving_expect_error(serving_ask(REQUEST("3", "c")), -32003);
    ck_assert_uint_eq(serving.kept_count, 2);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    ck_assert_str_eq(serving_reply(1), RESULT("1"));
    ck_assert_str_eq(serving_ask(REQUEST("4", "now")), RESULT("4"));
    serving_tear_down();
}
END_TEST

START_TEST(limit_of_all_requests_holds_over_connections) {
    struct test_peer other;
    serving_prepare();
    serving.options.limits.in_flight = 1;
    serving_start();
    serving_join(&serving.client, serving.client_tls);
    serving_join(&other, serving.client_tls);
    test_peer_say(&other, REQUEST("1", "a") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 1);
    serving_expect_error(serving_ask(REQUEST("2", "now")), -32003);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    ck_assert_str_eq(serving_ask(REQUEST("3", "now")), RESULT("3"));
    test_peer_free(&other);
    serving_tear_down();
}
END_TEST

START_TEST(answer_after_the_connection_died_is_harmless) {
    serving_set_up();
    test_peer_say(&serving.client,
                  REQUEST("1", "a") "\n[" REQUEST("2", "b") "," REQUEST("3", "c") "]\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 3);
    tw_stream_close(serving.client.stream, NULL);
    test_bed_await(&serving.bed, &serving.client.closed);
    const uint64_t none = 0;
    while (tw_server_counters(serving.server).open > none) {
        tw_server_answer(serving.server, serving.kept[0].handle, json_object());
        test_bed_settle(&serving.bed);
        test_bed_advance(&serving.bed, 31000);
    }
    tw_server_answer(serving.server, serving.kept[1].handle, json_object());
    tw_server_fail(serving.server, serving.kept[2].handle,
                   &(struct tw_error){.code = TW_E_INTERNAL});
    tw_server_answer_text(serving.server, serving.kept[0].handle, true, (struct tw_text){"{}", 2});
    /* The slots serve others now: old handles must not reach them. */
    serving_join(&serving.client, serving.client_tls);
    test_peer_say(&serving.client, REQUEST("4", "d") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 4);
    for (int i = 0; i < 3; i++) {
        tw_server_answer(serving.server, serving.kept[i].handle, json_object());
    }
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(serving.client.lines_heard, 0);
    tw_server_answer(serving.server, serving.kept[3].handle, json_object());
    ck_assert_str_eq(serving_reply(0), RESULT("4"));
    serving_tear_down();
}
END_TEST

START_TEST(deadline_is_answered_for_a_silent_owner) {
    serving_set_up();
    test_peer_say(&serving.client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\","
                                   "\"params\":{\"deadline_ms\":5000}}\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 2);
    ck_assert_int_gt(serving.kept[0].left_ms, 4900);
    ck_assert_int_le(serving.kept[0].left_ms, 5000);
    ck_assert_int_gt(serving.kept[1].left_ms, 29900);
    ck_assert_int_le(serving.kept[1].left_ms, 30000);
    test_bed_advance(&serving.bed, 4900);
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(serving.client.lines_heard, 0);
    test_bed_advance(&serving.bed, 200);
    serving_expect_error(serving_reply(0), -32004);
    ck_assert_ptr_nonnull(strstr(serving_reply(0), serving.kept[0].trace.trace_id));
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    test_bed_settle(&serving.bed);
    ck_assert_uint_eq(serving.client.lines_heard, 1);
    test_bed_advance(&serving.bed, 25000);
    serving_expect_error(serving_reply(1), -32004);
    serving_tear_down();
}
END_TEST

START_TEST(trace_of_the_caller_goes_on) {
    serving_set_up();
    test_peer_say(&serving.client,
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"traceparent\":"
                  "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}}\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 1);
    ck_assert_str_eq(serving.kept[0].trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    ck_assert_str_ne(serving.kept[0].trace.span_id, "00f067aa0ba902b7");
    serving_tear_down();
}
END_TEST

START_TEST(internal_failures_keep_their_detail_to_themselves) {
    serving_set_up();
    test_peer_say(&serving.client, REQUEST("1", "a") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 1);
    tw_server_fail(serving.server, serving.kept[0].handle,
                   &(struct tw_error){.code = TW_E_DATABASE, .detail = "secret table"});
    serving_expect_error(serving_reply(0), -32603);
    ck_assert_ptr_null(strstr(serving_reply(0), "secret"));
    ck_assert_ptr_nonnull(strstr(serving_reply(0), serving.kept[0].trace.trace_id));
    serving_tear_down();
}
END_TEST

START_TEST(relayed_error_keeps_its_content_and_the_clients_id) {
    serving_set_up();
    test_peer_say(&serving.client, REQUEST("\"x\"", "a") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 1);
    const char *error = "{\"code\":-32601,\"message\":\"unknown method\"}";
    tw_server_answer_text(serving.server, serving.kept[0].handle, true,
                          (struct tw_text){error, strlen(error)});
    ck_assert_str_eq(serving_reply(0), "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":"
                                       "{\"code\":-32601,\"message\":\"unknown method\"}}");
    serving_tear_down();
}
END_TEST

START_TEST(half_close_still_gets_its_answers) {
    serving_set_up();
    test_peer_say(&serving.client, REQUEST("1", "a") "\n" REQUEST("2", "b") "\n");
    test_bed_await_count(&serving.bed, &serving.kept_count, 2);
    test_peer_end(&serving.client);
    test_bed_settle(&serving.bed);
    tw_server_answer(serving.server, serving.kept[0].handle, json_object());
    ck_assert_str_eq(serving_reply(0), RESULT("1"));
    ck_assert(!serving.client.ended);
    tw_server_answer(serving.server, serving.kept[1].handle, json_object());
    ck_assert_str_eq(serving_reply(1), RESULT("2"));
    test_bed_await(&serving.bed, &serving.client.ended);
    serving_tear_down();
}
END_TEST

START_TEST(last_line_without_end_is_refused) {
    serving_set_up();
    test_peer_say(&serving.client, REQUEST("1", "now"));
    test_bed_settle(&serving.bed);
    test_peer_end(&serving.client);
    serving_expect_error(serving_reply(0), -32700);
    test_bed_await(&serving.bed, &serving.client.ended);
    serving_tear_down();
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
    };
    return test_main("server", tests, COUNT_OF(tests));
}
