/* Lines are kept by the test's peers; a request is found by looking at those not seen yet. */
#include "support/callee.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_TURNS = 3000, TURN_US = 1000 };

void test_callee_open(struct test_callee *callee, struct test_bed *bed, struct tw_tls *tls) {
    *callee = (struct test_callee){0};
    test_host_open(&callee->host, bed, tls, callee->links, TEST_CALLEE_LINKS);
}

void test_callee_close(struct test_callee *callee) {
    test_host_close(&callee->host);
}

void test_callee_stop(struct test_callee *callee) {
    tw_listener_free(callee->host.listener);
    callee->host.listener = NULL;
    for (size_t i = 0; i < callee->host.accepted; i++) {
        if (callee->links[i].stream != NULL) {
            tw_stream_close(callee->links[i].stream, NULL);
        }
    }
}

void test_callee_address(const struct test_callee *callee, char text[32]) {
    snprintf(text, 32, "127.0.0.1:%d", test_host_port(&callee->host));
}

void test_callee_say(struct test_peer *link, json_t *message) {
    char *text = json_dumps(message, JSON_COMPACT);
    if (link->stream != NULL) {
        test_peer_say(link, text);
        test_peer_say(link, "\n");
    }
    free(text);
    json_decref(message);
}

void test_callee_answer(const struct test_seen *call, const char *result) {
    test_callee_say(call->link, json_pack("{s:s,s:I,s:s}", "jsonrpc", "2.0", "id",
                                          (json_int_t)call->id, "result", result));
}

void test_callee_fail(const struct test_seen *call, int code) {
    test_callee_say(call->link,
                    json_pack("{s:s,s:I,s:{s:i,s:s}}", "jsonrpc", "2.0", "id", (json_int_t)call->id,
                              "error", "code", code, "message", "no"));
}

static int64_t member(const json_t *object, const char *name) {
    return json_integer_value(json_object_get(object, name));
}

/* Looks at one request: true when it is a call, echoes are answered. */
static bool look_at(struct test_callee *callee, struct test_peer *link, const char *line,
                    struct test_seen *ret_call) {
    json_t *request = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(request);
    const json_t *params = json_object_get(request, "params");
    const char *method = json_string_value(json_object_get(request, "method"));
    bool is_echo = strcmp(method, "rpc.ping") == 0;
    *ret_call = (struct test_seen){.callee = callee,
                                   .link = link,
                                   .id = member(request, "id"),
                                   .number = member(params, "number"),
                                   .deadline_ms = member(params, "deadline_ms")};
    json_decref(request);
    if (is_echo) {
        test_callee_say(link, json_pack("{s:s,s:I,s:{}}", "jsonrpc", "2.0", "id",
                                        (json_int_t)ret_call->id, "result"));
    }
    return !is_echo;
}

static bool next_call(struct test_callee *callee, struct test_seen *ret_call) {
    for (size_t i = 0; i < callee->host.accepted; i++) {
        struct test_peer *link = &callee->links[i];
        while (callee->seen[i] < link->lines_heard) {
            if (look_at(callee, link, link->lines[callee->seen[i]++], ret_call)) {
                return true;
            }
        }
    }
    return false;
}

static void turn(const struct test_callee *callee) {
    const struct test_bed *bed = callee->host.bed;
    const bool never = false;
    (void)tw_loop_run_until(bed->loop, &never, tw_loop_now_us(bed->loop) + TURN_US);
}

struct test_seen test_callees_await(struct test_callee *callees, size_t count) {
    struct test_seen call = {0};
    for (int patience = 0; patience < PATIENCE_TURNS; patience++) {
        for (size_t i = 0; i < count; i++) {
            if (next_call(&callees[i], &call)) {
                return call;
            }
        }
        turn(callees);
    }
    ck_abort_msg("no call arrived");
    return call;
}

void test_callees_live(struct test_callee *callees, size_t count, int turns) {
    struct test_seen call;
    for (int i = 0; i < turns; i++) {
        for (size_t j = 0; j < count; j++) {
            ck_assert_msg(!next_call(&callees[j], &call), "unexpected call");
        }
        turn(callees);
    }
}
