/*
 * rpc/pool: failover, silence, deadlines and back-off against scripted servers in the same loop. A
 * server that is stopped (SIGSTOP) is a peer that says nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/pool.h"
#include "support/bed.h"
#include "support/peer.h"
#include "support/suite.h"

enum { SERVERS_MAX = 3, LINKS_MAX = 16 };

static struct test_bed bed;
static struct tw_tls *server_tls, *client_tls;
static struct tw_pool *pool;
static struct tw_pool_options options;

/* Answers echoes while it lives; keeps calls for the test to answer. */
static struct server {
    struct test_host host;
    struct test_peer links[LINKS_MAX];
    size_t seen[LINKS_MAX]; /* lines of each link that were looked at */
} servers[SERVERS_MAX];
static size_t server_count;
static char addresses_text[SERVERS_MAX][32];
static const char *addresses[SERVERS_MAX];

/* What the test heard of its calls. */
static struct outcome {
    size_t ends;
    enum tw_code code;
    char result[128];
    int rpc_code;
} outcomes[64];
static size_t ended;
static size_t sent;

static void on_answer(void *context, const struct tw_answer *answer) {
    struct outcome *outcome = context;
    outcome->ends++;
    ended++;
    outcome->code = answer->status.code;
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

static void open_servers(size_t count) {
    test_bed_open(&bed);
    server_tls = test_bed_tls(&bed, "tellerwire://bank/90000001", TW_TLS_SERVER);
    client_tls = test_bed_tls(&bed, "tellerwire://middleware/mw1", TW_TLS_CLIENT);
    server_count = count;
    for (size_t i = 0; i < count; i++) {
        test_host_open(&servers[i].host, &bed, server_tls, servers[i].links, LINKS_MAX);
        snprintf(addresses_text[i], sizeof addresses_text[i], "127.0.0.1:%d",
                 test_host_port(&servers[i].host));
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
}

static void open_pool(void) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_pool_new(bed.loop, &options, &pool, &error)), "%s", error.detail);
}

static void tear_down(void) {
    tw_pool_free(pool);
    for (size_t i = 0; i < server_count; i++) {
        test_host_close(&servers[i].host);
    }
    tw_tls_free(server_tls);
    tw_tls_free(client_tls);
    test_bed_close(&bed);
}

/* --- the servers' side ---------------------------------------------------------------------- */

struct call_seen {
    struct test_peer *link;
    int64_t id;
    int64_t deadline_ms;
};

static void say_json(struct test_peer *link, json_t *message) {
    char *text = json_dumps(message, JSON_COMPACT);
    if (link->stream != NULL) {
        test_peer_say(link, text);
        test_peer_say(link, "\n");
    }
    free(text);
    json_decref(message);
}

static void answer_call(const struct call_seen *call, const char *result) {
    say_json(call->link, json_pack("{s:s,s:I,s:s}", "jsonrpc", "2.0", "id", (json_int_t)call->id,
                                   "result", result));
}

/* Looks at one new line of a server: answers an echo, or gives the call. */
static bool next_call(struct server *server, struct call_seen *ret_call) {
    for (size_t i = 0; i < server->host.accepted; i++) {
        struct test_peer *link = &server->links[i];
        while (server->seen[i] < link->lines_heard) {
            json_t *request = json_loads(link->lines[server->seen[i]++], 0, NULL);
            ck_assert_ptr_nonnull(request);
            int64_t id = json_integer_value(json_object_get(request, "id"));
            const char *method = json_string_value(json_object_get(request, "method"));
            const json_t *params = json_object_get(request, "params");
            int64_t deadline_ms = json_integer_value(json_object_get(params, "deadline_ms"));
            bool is_echo = strcmp(method, "rpc.ping") == 0;
            json_decref(request);
            if (!is_echo) {
                *ret_call = (struct call_seen){link, id, deadline_ms};
                return true;
            }
            say_json(link,
                     json_pack("{s:s,s:I,s:{}}", "jsonrpc", "2.0", "id", (json_int_t)id, "result"));
        }
    }
    return false;
}

/* Lets servers from..to live until one of them has a call. */
static struct call_seen await_call(size_t from, size_t to) {
    struct call_seen call = {0};
    for (int patience = 0; patience < 3000; patience++) {
        for (size_t i = from; i < to; i++) {
            if (next_call(&servers[i], &call)) {
                return call;
            }
        }
        const bool never = false;
        (void)tw_loop_run_until(bed.loop, &never, tw_loop_now_us(bed.loop) + 1000);
    }
    ck_abort_msg("no call arrived");
    return call;
}

/* Lets them live for a while without a call. */
static void live(size_t from, size_t to, int turns) {
    struct call_seen call;
    for (int i = 0; i < turns; i++) {
        for (size_t j = from; j < to; j++) {
            ck_assert_msg(!next_call(&servers[j], &call), "unexpected call");
        }
        const bool never = false;
        (void)tw_loop_run_until(bed.loop, &never, tw_loop_now_us(bed.loop) + 1000);
    }
}

static void await_up(size_t count) {
    for (int patience = 0; tw_pool_up(pool) < count; patience++) {
        ck_assert_int_lt(patience, 3000);
        live(0, server_count, 1);
    }
}

static size_t server_of(const struct call_seen *call) {
    return call->link >= servers[1].links && call->link < servers[1].links + LINKS_MAX ? 1 : 0;
}

static void call(size_t number, int64_t deadline_ms) {
    json_t *params = json_pack("{s:i}", "number", (int)number);
    tw_pool_call(pool, "work", params, tw_loop_now_us(bed.loop) + deadline_ms * 1000, on_answer,
                 &outcomes[number]);
    json_decref(params);
}

static void set_up(size_t count) {
    open_servers(count);
    open_pool();
    await_up(count);
}

/* --- tests ---------------------------------------------------------------------------------- */

START_TEST(call_is_answered_once) {
    set_up(1);
    call(0, 10000);
    struct call_seen seen = await_call(0, 1);
    answer_call(&seen, "done");
    answer_call(&seen, "again");
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
    struct call_seen seen[3];
    for (size_t i = 0; i < 3; i++) {
        call(i, 10000);
        seen[i] = await_call(0, 1);
    }
    answer_call(&seen[2], "two");
    answer_call(&seen[0], "zero");
    answer_call(&seen[1], "one");
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
        struct call_seen seen = await_call(0, 2);
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
    struct call_seen seen = await_call(0, 1);
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
    struct call_seen seen = await_call(0, 1);
    say_json(seen.link, json_pack("{s:s,s:I,s:{s:i,s:s}}", "jsonrpc", "2.0", "id",
                                  (json_int_t)seen.id, "error", "code", -32601, "message", "no"));
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_NONE);
    ck_assert_int_eq(outcomes[0].rpc_code, -32601);
    tear_down();
}
END_TEST

START_TEST(calls_of_a_lost_server_are_answered_by_another_exactly_once) {
    set_up(2);
    struct call_seen seen[4];
    size_t lost = 0;
    for (size_t i = 0; i < 4; i++) {
        call(i, 10000);
        seen[i] = await_call(0, 2);
    }
    for (size_t i = 0; i < 4; i++) {
        if (server_of(&seen[i]) == 0) {
            lost++;
        } else {
            answer_call(&seen[i], "kept");
        }
    }
    ck_assert_uint_eq(lost, 2);
    tw_listener_free(servers[0].host.listener);
    servers[0].host.listener = NULL;
    tw_stream_close(servers[0].links[0].stream, NULL);
    for (size_t i = 0; i < lost; i++) {
        struct call_seen again = await_call(1, 2);
        answer_call(&again, "repeated");
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
    struct call_seen seen = await_call(0, 2);
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
    struct call_seen again = await_call(other, other + 1);
    ck_assert_int_ne(again.id, seen.id);
    answer_call(&seen, "late"); /* it wakes up */
    live(0, 2, 20);
    ck_assert_uint_eq(ended, 0);
    ck_assert_uint_eq(tw_pool_up(pool), 2);
    answer_call(&again, "repeated");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"repeated\"");
    tear_down();
}
END_TEST

START_TEST(slow_server_that_answers_echoes_keeps_its_calls) {
    set_up(2);
    call(0, 60000);
    struct call_seen seen = await_call(0, 2);
    for (int i = 0; i < 60; i++) { /* far beyond silence_ms */
        test_bed_advance(&bed, 200);
        live(0, 2, 3);
    }
    ck_assert_uint_eq(tw_pool_counters(pool).resent, 0);
    answer_call(&seen, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(deadline_ends_the_call_once) {
    set_up(1);
    call(0, 1500);
    struct call_seen seen = await_call(0, 1);
    for (int i = 0; i < 20 && ended == 0; i++) {
        test_bed_advance(&bed, 100);
        live(0, 1, 3);
    }
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_DEADLINE);
    answer_call(&seen, "late");
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
    struct call_seen seen = await_call(0, 1);
    answer_call(&seen, "done");
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
    struct call_seen first = await_call(0, 1);
    live(0, 1, 20);
    answer_call(&first, "first");
    struct call_seen second = await_call(0, 1);
    answer_call(&second, "second");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert_str_eq(outcomes[1].result, "\"second\"");
    tear_down();
}
END_TEST

START_TEST(server_that_shuts_down_has_its_refused_calls_repeated) {
    set_up(2);
    call(0, 10000);
    struct call_seen seen = await_call(0, 2);
    size_t other = 1 - server_of(&seen);
    say_json(seen.link, json_pack("{s:s,s:I,s:{s:i,s:s}}", "jsonrpc", "2.0", "id",
                                  (json_int_t)seen.id, "error", "code", -32007, "message", "bye"));
    struct call_seen again = await_call(0, 2);
    ck_assert_uint_eq(server_of(&again), other);
    ck_assert_uint_eq(tw_pool_up(pool), 1);
    answer_call(&again, "done");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "\"done\"");
    tear_down();
}
END_TEST

START_TEST(call_that_kills_every_server_is_given_up) {
    set_up(1);
    call(0, 600000);
    for (int i = 0; i < 4; i++) {
        struct call_seen seen = await_call(0, 1);
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
        {.test = idle_links_are_echoed_and_a_dead_one_is_noticed},
        {.test = freeing_the_pool_ends_open_calls},
        {.test = blocking_form_waits_for_the_answer},
    };
    return test_main("pool", tests, COUNT_OF(tests));
}
