/*
 * rpc/pool: failover, silence, deadlines and back-off against scripted servers in the same loop. A
 * server that is stopped (SIGSTOP) is a peer that says nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/pool.h"
#include "support/bed.h"
#include "support/callee.h"
#include "support/suite.h"

enum { SERVERS_MAX = 3 };

static struct test_bed bed;
static struct tw_tls *server_tls, *client_tls;
static struct tw_pool *pool;
static struct tw_pool_options options;

static struct test_callee servers[SERVERS_MAX];
static size_t server_count;
static char addresses_text[SERVERS_MAX][32];
static const char *addresses[SERVERS_MAX];

/* What the test heard of its calls. */
static struct outcome {
    size_t ends;
    enum tw_code code;
    char result[128];
    int rpc_code;
    bool nothing_sent;
} outcomes[64];
static size_t ended;
static size_t sent;
static size_t late;    /* answers heard after their call was given up */
static size_t came_up; /* times that the pool had a server again */
static char late_result[32];

static void on_answer(void *context, const struct tw_answer *answer) {
    struct outcome *outcome = context;
    outcome->ends++;
    ended++;
    outcome->code = answer->status.code;
    outcome->nothing_sent = answer->nothing_sent;
    if (answer->result != NULL) {
        char *text = json_dumps(answer->result, JSON_COMPACT | JSON_ENCODE_ANY);
        snprintf(outcome->result, sizeof outcome->result, "%s", text);
        free(text);
    }
    if (answer->rpc_error != NULL) {
        outcome->rpc_code = (int)json_integer_value(json_object_get(answer->rpc_error, "code"));
    }
    if (!tw_ok(answer->status)) {
        ck_assert_int_eq(answer->error->code, answer->status.code);
    }
}

static void on_sent(void *context, const char *method) {
    (void)context;
    ck_assert_str_eq(method, "work");
    sent++;
}

static void on_late(void *context, const char *method, const json_t *params,
                    const struct tw_answer *answer) {
    ck_assert_ptr_eq(context, &bed);
    ck_assert_str_eq(method, "work");
    ck_assert_ptr_nonnull(json_object_get(params, "number"));
    snprintf(late_result, sizeof late_result, "%s", json_string_value(answer->result));
    late++;
}

static void on_up(void *context) {
    ck_assert_ptr_eq(context, &bed);
    came_up++;
}

static void open_servers(size_t count) {
    test_bed_open(&bed);
    server_tls = test_bed_tls(&bed, "tellerwire://bank/90000001", TW_TLS_SERVER);
    client_tls = test_bed_tls(&bed, "tellerwire://middleware/mw1", TW_TLS_CLIENT);
    server_count = count;
    for (size_t i = 0; i < count; i++) {
        test_callee_open(&servers[i], &bed, server_tls);
        test_callee_address(&servers[i], addresses_text[i]);
        addresses[i] = addresses_text[i];
    }
    options = tw_pool_options_default;
    options.addresses = addresses;
    options.address_count = count;
    options.tls = client_tls;
    options.expect_kind = TW_ID_BANK;
    options.expect_bank_code = 90000001;
    options.connections_per_address = 1;
    options.on_sent = on_sent;
    options.on_up = on_up;
    options.context = &bed;
}

static void open_pool(void) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_pool_new(bed.loop, &options, &pool, &error)), "%s", error.detail);
}

static void tear_down(void) {
    tw_pool_free(pool);
    for (size_t i = 0; i < server_count; i++) {
        test_callee_close(&servers[i]);
    }
    tw_tls_free(server_tls);
    tw_tls_free(client_tls);
    test_bed_close(&bed);
}

/* --- the servers' side ---------------------------------------------------------------------- */

/* Lets servers from..to live until one of them has a call. */
static struct test_seen await_call(size_t from, size_t to) {
    return test_callees_await(servers + from, to - from);
}

/* Lets them live for a while without a call. */
static void live(size_t from, size_t to, int turns) {
    test_callees_live(servers + from, to - from, turns);
}

static void await_up(size_t count) {
    for (int patience = 0; tw_pool_up(pool) < count; patience++) {
        ck_assert_int_lt(patience, 3000);
        live(0, server_count, 1);
    }
}

static size_t server_of(const struct test_seen *call) {
    return (size_t)(call->callee - servers);
}

static void call(size_t number, int64_t deadline_ms) {
    json_t *params = json_pack("{s:i}", "number", (int)number);
    tw_pool_call(pool, "work", params, tw_loop_now_us(bed.loop) + deadline_ms * 1000, on_answer,
                 &outcomes[number]);
    json_decref(params);
}

static void on_relayed(void *context, const struct tw_relayed *relayed) {
    struct outcome *outcome = context;
    outcome->ends++;
    ended++;
    outcome->code = relayed->status.code;
    outcome->rpc_code = relayed->is_error;
    snprintf(outcome->result, sizeof outcome->result, "%.*s", (int)relayed->content.length,
             relayed->content.bytes);
}

static void relay(size_t number, const char *params, int64_t deadline_ms) {
    struct tw_buffer text = {0};
    ck_assert(tw_buffer_append(&text, params, strlen(params)));
    tw_pool_relay(pool, "work", &text, tw_loop_now_us(bed.loop) + deadline_ms * 1000, on_relayed,
                  &outcomes[number]);
    ck_assert_ptr_null(text.bytes);
}

/* Answers with text as it is: its content, and what follows it. */
static void answer_raw(const struct test_seen *call, const char *content) {
    char line[512];
    snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%lld,%s\n", (long long)call->id,
             content);
    test_peer_say(call->link, line);
}

static void set_up(size_t count) {
    open_servers(count);
    open_pool();
    await_up(count);
}

/* --- tests ---------------------------------------------------------------------------------- */

static const struct {
    const char *answered; /* from after the id */
    const char *content;
    bool is_error;
} relayed_answers[] = {
    {"\"result\":{\"rc\" : \"00\",\"n\":1.50}}", "{\"rc\" : \"00\",\"n\":1.50}", false},
    {"\"result\":{}}", "{}", false},
    {"\"r\\u0065sult\":{ \"rc\":\"00\"}}", "{\"rc\":\"00\"}", false},
    {"\"result\":{ \"text\":\"\xC3\xA4\"}}", "{\"text\":\"\xC3\xA4\"}", false},
    {"\"result\": \"done\"}", "\"done\"", false},
    {"\"error\":{\"code\": -32601,\"message\":\"x\"}}", "{\"code\":-32601,\"message\":\"x\"}",
     true},
};

START_TEST(relayed_answers_come_as_text) {
    set_up(1);
    relay(0, "{\"number\":0}", 10000);
    struct test_seen seen = await_call(0, 1);
    ck_assert_int_gt(seen.deadline_ms, 9000);
    answer_raw(&seen, relayed_answers[_i].answered);
    test_bed_await_count(&bed, &ended, 1);
    live(0, 1, 5);
    ck_assert_int_eq(outcomes[0].code, TW_E_NONE);
    ck_assert_str_eq(outcomes[0].result, relayed_answers[_i].content);
    ck_assert_int_eq(outcomes[0].rpc_code, relayed_answers[_i].is_error);
    ck_assert_uint_eq(outcomes[0].ends, 1);
    tear_down();
}
END_TEST

static const char *const broken_answers[] = {
    "\"result\":{\"a\":[}]}",
    "\"result\":{}",
    "\"result\":{}}}",
    "\"result\":{\"a\":\"\xFF\"}}",
    "\"result\":{},\"more\":1}",
    "\"result\":tru}",
    "\"error\":{}}",
};

START_TEST(relayed_call_survives_a_server_that_breaks_the_protocol) {
    set_up(2);
    relay(0, "{}", 10000);
    struct test_seen seen = await_call(0, 2);
    size_t other = 1 - server_of(&seen);
    answer_raw(&seen, broken_answers[_i]);
    struct test_seen again = await_call(0, 2);
    ck_assert_uint_eq(server_of(&again), other);
    answer_raw(&again, "\"result\":{}}");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "{}");
    ck_assert_uint_eq(tw_pool_counters(pool).resent, 1);
    ck_assert_uint_eq(tw_pool_counters(pool).links_lost, 1);
    tear_down();
}
END_TEST

START_TEST(relayed_calls_end_with_our_own_errors_too) {
    set_up(1);
    relay(0, "{}", 10);
    struct test_seen seen = await_call(0, 1);
    test_bed_advance(&bed, 20);
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_DEADLINE);
    answer_raw(&seen, "\"result\":{}}");
    live(0, 1, 20);
    ck_assert_uint_eq(outcomes[0].ends, 1);
    ck_assert_uint_eq(tw_pool_counters(pool).late_answers, 1);
    tear_down();
}
END_TEST

START_TEST(call_is_answered_once) {
    set_up(1);
    call(0, 10000);
    struct test_seen seen = await_call(0, 1);
    test_callee_answer(&seen, "done");
    test_callee_answer(&seen, "again");
    test_bed_await_count(&bed, &ended, 1);
    live(0, 1, 20);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    ck_assert_uint_eq(outcomes[0].ends, 1);
    ck_assert_uint_eq(sent, 1);
    ck_assert_uint_eq(tw_pool_counters(pool).late_answers, 1);
    tear_down();
}
END_TEST

START_TEST(answers_in_any_order_find_their_calls) {
    set_up(1);
    struct test_seen seen[3];
    for (size_t i = 0; i < 3; i++) {
        call(i, 10000);
        seen[i] = await_call(0, 1);
    }
    test_callee_answer(&seen[2], "two");
    test_callee_answer(&seen[0], "zero");
    test_callee_answer(&seen[1], "one");
    test_bed_await_count(&bed, &ended, 3);
    ck_assert_str_eq(outcomes[0].result, "\"zero\"");
    ck_assert_str_eq(outcomes[1].result, "\"one\"");
    ck_assert_str_eq(outcomes[2].result, "\"two\"");
    tear_down();
}
END_TEST

START_TEST(load_goes_to_the_least_busy_server) {
    set_up(2);
    size_t at[2] = {0};
    for (size_t i = 0; i < 10; i++) {
        call(i, 10000);
        struct test_seen seen = await_call(0, 2);
        at[server_of(&seen)]++;
    }
    ck_assert_uint_eq(at[0], 5);
    ck_assert_uint_eq(at[1], 5);
    tear_down();
}
END_TEST

START_TEST(next_hop_gets_less_time) {
    set_up(1);
    call(0, 10000);
    struct test_seen seen = await_call(0, 1);
    ck_assert_int_le(seen.deadline_ms, 9950);
    ck_assert_int_gt(seen.deadline_ms, 9000);
    call(1, 100);
    seen = await_call(0, 1);
    ck_assert_int_le(seen.deadline_ms, 90);
    ck_assert_int_gt(seen.deadline_ms, 0);
    tear_down();
}
END_TEST

START_TEST(error_of_the_other_side_is_passed_on) {
    set_up(1);
    call(0, 10000);
    struct test_seen seen = await_call(0, 1);
    test_callee_fail(&seen, -32601);
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_NONE);
    ck_assert_int_eq(outcomes[0].rpc_code, -32601);
    tear_down();
}
END_TEST

START_TEST(calls_of_a_lost_server_are_answered_by_another_exactly_once) {
    set_up(2);
    struct test_seen seen[4];
    size_t lost = 0;
    for (size_t i = 0; i < 4; i++) {
        call(i, 10000);
        seen[i] = await_call(0, 2);
    }
    for (size_t i = 0; i < 4; i++) {
        if (server_of(&seen[i]) == 0) {
            lost++;
        } else {
            test_callee_answer(&seen[i], "kept");
        }
    }
    ck_assert_uint_eq(lost, 2);
    tw_listener_free(servers[0].host.listener);
    servers[0].host.listener = NULL;
    tw_stream_close(servers[0].links[0].stream, NULL);
    for (size_t i = 0; i < lost; i++) {
        struct test_seen again = await_call(1, 2);
        test_callee_answer(&again, "repeated");
    }
    test_bed_await_count(&bed, &ended, 4);
    size_t repeated = 0;
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(outcomes[i].ends, 1);
        repeated += strcmp(outcomes[i].result, "\"repeated\"") == 0;
    }
    ck_assert_uint_eq(repeated, lost);
    ck_assert_uint_eq(tw_pool_counters(pool).resent, lost);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    tear_down();
}
END_TEST

START_TEST(calls_of_a_silent_server_go_elsewhere_and_its_late_answer_is_ignored) {
    set_up(2);
    call(0, 20000);
    struct test_seen seen = await_call(0, 2);
    size_t silent = server_of(&seen);
    size_t other = 1 - silent;
    for (int i = 0; i < 30 && tw_pool_counters(pool).resent == 0; i++) {
        test_bed_advance(&bed, 100);
        live(other, other + 1, 1);
        if (servers[other].links[0].lines_heard > servers[other].seen[0]) {
            break;
        }
    }
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    struct test_seen again = await_call(other, other + 1);
    ck_assert_int_ne(again.id, seen.id);
    test_callee_answer(&seen, "late"); /* it wakes up */
    live(0, 2, 20);
    ck_assert_uint_eq(ended, 0);
    ck_assert_uint_eq(tw_pool_up(pool), 2);
    test_callee_answer(&again, "repeated");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"repeated\"");
    tear_down();
}
END_TEST

START_TEST(slow_server_that_answers_echoes_keeps_its_calls) {
    set_up(2);
    call(0, 60000);
    struct test_seen seen = await_call(0, 2);
    for (int i = 0; i < 60; i++) { /* far beyond silence_ms */
        test_bed_advance(&bed, 200);
        live(0, 2, 3);
    }
    ck_assert_uint_eq(tw_pool_counters(pool).resent, 0);
    test_callee_answer(&seen, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(deadline_ends_the_call_once) {
    set_up(1);
    call(0, 1500);
    struct test_seen seen = await_call(0, 1);
    for (int i = 0; i < 20 && ended == 0; i++) {
        test_bed_advance(&bed, 100);
        live(0, 1, 3);
    }
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_DEADLINE);
    test_callee_answer(&seen, "late");
    live(0, 1, 20);
    ck_assert_uint_eq(outcomes[0].ends, 1);
    call(1, 0);
    ck_assert_int_eq(outcomes[1].code, TW_E_DEADLINE);
    tear_down();
}
END_TEST

START_TEST(without_any_server_calls_end_unavailable) {
    set_up(1);
    tw_listener_free(servers[0].host.listener);
    servers[0].host.listener = NULL;
    tw_stream_close(servers[0].links[0].stream, NULL);
    while (tw_pool_up(pool) > 0) {
        live(0, 1, 1);
    }
    call(0, 10000);
    live(0, 1, 5);
    ck_assert_uint_eq(ended, 0);
    test_bed_advance(&bed, 3001);
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_UNAVAILABLE);
    call(1, 10000);
    ck_assert_int_eq(outcomes[1].code, TW_E_UNAVAILABLE);
    tear_down();
}
END_TEST

START_TEST(waiting_call_is_sent_when_a_server_comes_up) {
    open_servers(1);
    open_pool();
    call(0, 10000);
    struct test_seen seen = await_call(0, 1);
    test_callee_answer(&seen, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(surplus_calls_are_refused_busy) {
    open_servers(1);
    options.calls_max = 2;
    open_pool();
    await_up(1);
    call(0, 10000);
    call(1, 10000);
    call(2, 10000);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[2].code, TW_E_BUSY);
    tear_down();
}
END_TEST

START_TEST(calls_beyond_a_connections_share_wait_for_answers) {
    open_servers(1);
    options.calls_per_connection = 1;
    open_pool();
    await_up(1);
    call(0, 10000);
    call(1, 10000);
    struct test_seen first = await_call(0, 1);
    live(0, 1, 20);
    test_callee_answer(&first, "first");
    struct test_seen second = await_call(0, 1);
    test_callee_answer(&second, "second");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert_str_eq(outcomes[1].result, "\"second\"");
    tear_down();
}
END_TEST

START_TEST(server_that_shuts_down_has_its_refused_calls_repeated) {
    set_up(2);
    call(0, 10000);
    struct test_seen seen = await_call(0, 2);
    size_t other = 1 - server_of(&seen);
    test_callee_fail(&seen, -32007);
    struct test_seen again = await_call(0, 2);
    ck_assert_uint_eq(server_of(&again), other);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    test_callee_answer(&again, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(call_that_kills_every_server_is_given_up) {
    set_up(1);
    call(0, 600000);
    for (int i = 0; i < 4; i++) {
        struct test_seen seen = await_call(0, 1);
        tw_stream_close(seen.link->stream, NULL);
        test_bed_settle(&bed);
        test_bed_advance(&bed, 2000);
    }
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_UNAVAILABLE);
    tear_down();
}
END_TEST

static const char *const nonsense[] = {
    "nonsense\n",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":1}\n",
    "[]\n",
};

START_TEST(server_that_talks_nonsense_is_left) {
    set_up(1);
    test_peer_say(&servers[0].links[0], nonsense[_i]);
    test_bed_await(&bed, &servers[0].links[0].ended);
    ck_assert_uint_eq(tw_pool_up(pool), 0);
    tear_down();
}
END_TEST

static const char *const strangers[] = {
    "tellerwire://bank/90000002",
    "tellerwire://middleware/mw2",
};

START_TEST(server_with_another_identity_gets_no_calls) {
    open_servers(1);
    struct tw_tls *stranger = test_bed_tls(&bed, strangers[_i], TW_TLS_SERVER);
    servers[0].host.tls = stranger;
    open_pool();
    call(0, 10000);
    test_bed_await_count(&bed, &servers[0].host.accepted, 1);
    live(0, 1, 30);
    ck_assert_uint_eq(tw_pool_up(pool), 0);
    ck_assert_uint_eq(servers[0].links[0].lines_heard, 0);
    tear_down();
    tw_tls_free(stranger);
}
END_TEST

/* A middle of the clock: connection attempts over a simulated minute, with and without back-off. */
START_TEST(reconnecting_backs_off) {
    open_servers(1);
    struct tw_tls *stranger = test_bed_tls(&bed, strangers[0], TW_TLS_SERVER);
    servers[0].host.tls = stranger;
    options.backoff_min_ms = 1000;
    options.backoff_max_ms = 16000;
    open_pool();
    for (int second = 0; second < 60; second++) {
        test_bed_settle(&bed);
        test_bed_advance(&bed, 1000);
    }
    /* 0.5..1 + 1..2 + 2..4 + 4..8 + 8..16 + 8..16 ...: 6 to 10 attempts in a minute. */
    ck_assert_uint_ge(servers[0].host.accepted, 5);
    ck_assert_uint_le(servers[0].host.accepted, 10);
    tear_down();
    tw_tls_free(stranger);
}
END_TEST

START_TEST(pool_that_is_cut_connects_again_afterwards_and_the_call_is_sent) {
    open_servers(1);
    options.unavailable_ms = 120000;
    open_pool();
    await_up(1);
    tw_pool_cut(pool, 60000);
    call(0, 120000);
    const size_t before = servers[0].host.accepted;
    for (int second = 0; second < 30; second++) {
        test_bed_settle(&bed);
        test_bed_advance(&bed, 1000);
    }
    ck_assert_uint_eq(servers[0].host.accepted, before);
    ck_assert_uint_eq(tw_pool_up(pool), 0);
    ck_assert_uint_eq(ended, 0);
    test_bed_advance(&bed, 31000);
    struct test_seen seen = await_call(0, 1);
    test_callee_answer(&seen, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(idle_links_are_echoed_and_a_dead_one_is_noticed) {
    set_up(1);
    size_t lines = servers[0].links[0].lines_heard;
    test_bed_advance(&bed, 30001);
    live(0, 1, 20);
    ck_assert_uint_eq(servers[0].links[0].lines_heard, lines + 1);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    test_bed_advance(&bed, 30001); /* nobody answers from here on */
    test_bed_settle(&bed);
    test_bed_advance(&bed, 2001);
    test_bed_settle(&bed);
    ck_assert_uint_eq(tw_pool_up(pool), 0);
    tear_down();
}
END_TEST

/* Time passes in steps of 100 ms, in which the servers live. */
static void pass(int64_t milliseconds) {
    for (int64_t i = 0; i < milliseconds; i += 100) {
        test_bed_advance(&bed, 100);
        live(0, server_count, 2);
    }
}

START_TEST(answer_after_the_deadline_is_told_late) {
    open_servers(1);
    options.on_late = on_late;
    options.late_ms = 5000;
    open_pool();
    await_up(1);
    call(0, 1000);
    struct test_seen seen = await_call(0, 1);
    pass(1100);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_DEADLINE);
    ck_assert(!outcomes[0].nothing_sent);
    test_callee_answer(&seen, "late");
    test_bed_await_count(&bed, &late, 1);
    ck_assert_str_eq(late_result, "late");
    test_callee_answer(&seen, "again");
    live(0, 1, 20);
    ck_assert_uint_eq(late, 1);
    ck_assert_uint_eq(ended, 1);
    ck_assert_uint_eq(tw_pool_counters(pool).open, 0);
    ck_assert_uint_eq(tw_pool_counters(pool).expired, 1);
    tear_down();
}
END_TEST

START_TEST(nobody_listens_longer_than_late_ms) {
    open_servers(1);
    options.on_late = on_late;
    options.late_ms = 1000;
    open_pool();
    await_up(1);
    call(0, 1000);
    struct test_seen seen = await_call(0, 1);
    pass(2500);
    ck_assert_uint_eq(tw_pool_counters(pool).open, 0);
    test_callee_answer(&seen, "too late");
    live(0, 1, 20);
    ck_assert_uint_eq(late, 0);
    ck_assert_uint_eq(ended, 1);
    ck_assert_uint_eq(tw_pool_counters(pool).late_answers, 1);
    tear_down();
}
END_TEST

START_TEST(given_up_call_is_not_repeated_elsewhere) {
    open_servers(2);
    options.on_late = on_late;
    options.late_ms = 60000;
    open_pool();
    await_up(2);
    call(0, 1000);
    struct test_seen seen = await_call(0, 2);
    pass(1100);
    ck_assert_uint_eq(ended, 1);
    test_callee_stop(seen.callee);
    live(0, 2, 30);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    ck_assert_uint_eq(tw_pool_counters(pool).resent, 0);
    ck_assert_uint_eq(tw_pool_counters(pool).open, 0);
    ck_assert_uint_eq(ended, 1);
    tear_down();
}
END_TEST

START_TEST(failed_call_says_whether_anything_was_sent) {
    set_up(1);
    call(0, 60000); /* is sent, and its server dies */
    (void)await_call(0, 1);
    test_callee_stop(&servers[0]);
    while (tw_pool_up(pool) > 0) {
        live(0, 1, 1);
    }
    call(1, 60000); /* waits for a server */
    test_bed_advance(&bed, 3001);
    test_bed_await_count(&bed, &ended, 2);
    call(2, 60000); /* there is none */
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(outcomes[i].code, TW_E_UNAVAILABLE);
        ck_assert_int_eq(outcomes[i].nothing_sent, i > 0);
    }
    tear_down();
}
END_TEST

START_TEST(call_that_found_no_room_until_its_deadline_was_not_sent) {
    open_servers(1);
    options.calls_per_connection = 1;
    open_pool();
    await_up(1);
    call(0, 10000);
    struct test_seen seen = await_call(0, 1);
    call(1, 1000);
    pass(1100);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[1].code, TW_E_DEADLINE);
    ck_assert(outcomes[1].nothing_sent);
    test_callee_answer(&seen, "done");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert(!outcomes[0].nothing_sent);
    tear_down();
}
END_TEST

START_TEST(coming_up_is_told_once_per_outage) {
    set_up(2);
    ck_assert_uint_eq(came_up, 1);
    for (size_t i = 0; i < 2; i++) {
        tw_stream_close(servers[i].links[0].stream, NULL);
    }
    while (tw_pool_up(pool) > 0) {
        live(0, 2, 1);
    }
    pass(300);
    await_up(2);
    ck_assert_uint_eq(came_up, 2);
    tear_down();
}
END_TEST

START_TEST(as_many_echoes_are_missed_as_wished) {
    open_servers(1);
    options.echo_misses = 3;
    options.silence_ms = 3000;
    open_pool();
    await_up(1);
    const size_t *lines = &servers[0].links[0].lines_heard;
    call(0, 60000);
    (void)await_call(0, 1);
    const size_t before = *lines;
    for (size_t echoes = 0; echoes < 3; echoes++) { /* at 1.5, 2.0 and 2.5 s; nobody answers */
        ck_assert_uint_eq(*lines, before + echoes);
        ck_assert_uint_eq(tw_pool_up(pool), 1);
        test_bed_advance(&bed, echoes == 0 ? 1501 : 500);
        test_bed_settle(&bed);
    }
    ck_assert_uint_eq(*lines, before + 3);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    test_bed_advance(&bed, 500);
    test_bed_settle(&bed);
    ck_assert_uint_eq(tw_pool_up(pool), 0);
    (void)await_call(0, 1); /* it wakes up, answers all three, and gets the call again */
    live(0, 1, 20);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    ck_assert_uint_eq(tw_pool_counters(pool).late_answers, 0);
    tear_down();
}
END_TEST

START_TEST(freeing_the_pool_ends_open_calls) {
    set_up(1);
    call(0, 10000);
    (void)await_call(0, 1);
    tear_down();
    ck_assert_uint_eq(outcomes[0].ends, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_SHUTTING_DOWN);
}
END_TEST

START_TEST(blocking_form_waits_for_the_answer) {
    open_servers(1);
    servers[0].host.echo = true;
    open_pool();
    json_t *params = json_object();
    json_t *result = NULL;
    json_t *rpc_error = NULL;
    struct tw_error error = {0};
    ck_assert(
        tw_ok(tw_pool_call_wait(pool, bed.loop, "work", params, tw_loop_now_us(bed.loop) + 3000000,
                                &result, &rpc_error, &error)));
    ck_assert(json_is_object(result));
    ck_assert_ptr_null(rpc_error);
    json_decref(result);
    json_decref(params);
    tear_down();
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = relayed_answers_come_as_text, .rows = COUNT_OF(relayed_answers)},
        {.test = relayed_call_survives_a_server_that_breaks_the_protocol,
         .rows = COUNT_OF(broken_answers)},
        {.test = relayed_calls_end_with_our_own_errors_too},
        {.test = call_is_answered_once},
        {.test = answers_in_any_order_find_their_calls},
        {.test = load_goes_to_the_least_busy_server},
        {.test = next_hop_gets_less_time},
        {.test = error_of_the_other_side_is_passed_on},
        {.test = calls_of_a_lost_server_are_answered_by_another_exactly_once},
        {.test = calls_of_a_silent_server_go_elsewhere_and_its_late_answer_is_ignored},
        {.test = slow_server_that_answers_echoes_keeps_its_calls},
        {.test = deadline_ends_the_call_once},
        {.test = without_any_server_calls_end_unavailable},
        {.test = waiting_call_is_sent_when_a_server_comes_up},
        {.test = surplus_calls_are_refused_busy},
        {.test = calls_beyond_a_connections_share_wait_for_answers},
        {.test = server_that_shuts_down_has_its_refused_calls_repeated},
        {.test = call_that_kills_every_server_is_given_up},
        {.test = server_that_talks_nonsense_is_left, .rows = COUNT_OF(nonsense)},
        {.test = server_with_another_identity_gets_no_calls, .rows = COUNT_OF(strangers)},
        {.test = reconnecting_backs_off},
        {.test = pool_that_is_cut_connects_again_afterwards_and_the_call_is_sent},
        {.test = idle_links_are_echoed_and_a_dead_one_is_noticed},
        {.test = answer_after_the_deadline_is_told_late},
        {.test = nobody_listens_longer_than_late_ms},
        {.test = given_up_call_is_not_repeated_elsewhere},
        {.test = failed_call_says_whether_anything_was_sent},
        {.test = call_that_found_no_room_until_its_deadline_was_not_sent},
        {.test = coming_up_is_told_once_per_outage},
        {.test = as_many_echoes_are_missed_as_wished},
        {.test = freeing_the_pool_ends_open_calls},
        {.test = blocking_form_waits_for_the_answer},
    };
    return test_main("pool", tests, COUNT_OF(tests));
}
