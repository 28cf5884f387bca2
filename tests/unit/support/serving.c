/* The owner runs in the same loop as the client: everything happens in the order of the turns. */
#include "support/serving.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct serving serving;

static void on_request(void *context, const struct tw_request *request) {
    (void)context;
    ck_assert_str_eq(request->peer->text, SERVING_TERMINAL);
    if (strcmp(request->method, "now") == 0) {
        tw_server_answer(serving.server, request->handle, json_incref(request->params));
        return;
    }
    ck_assert_uint_lt(serving.kept_count, SERVING_KEPT_MAX);
    serving.kept[serving.kept_count++] = (struct serving_kept){
        .handle = request->handle,
        .left_ms = (request->deadline_us - tw_loop_now_us(serving.bed.loop)) / 1000,
        .trace = request->trace,
    };
}

void serving_prepare(void) {
    static const char *const listen[] = {"127.0.0.1:0"};
    test_bed_open(&serving.bed);
    serving.server_tls = test_bed_tls(&serving.bed, "tellerwire://bank/90000001", TW_TLS_SERVER);
    serving.client_tls = test_bed_tls(&serving.bed, SERVING_TERMINAL, TW_TLS_CLIENT);
    serving.options = (struct tw_server_options){
        .listen = listen,
        .listen_count = 1,
        .tls = serving.server_tls,
        .accept_kinds = TW_ID_BIT(TW_ID_TERMINAL),
        .limits = tw_server_limits_default,
        .default_deadline_ms = 30000,
        .on_request = on_request,
    };
}

void serving_start(void) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_server_new(serving.bed.loop, &serving.options, &serving.server, &error)),
                  "%s", error.detail);
}

void serving_join(struct test_peer *peer, struct tw_tls *tls) {
    test_peer_connect(peer, &serving.bed, tls, tw_server_port(serving.server, 0));
    test_bed_await(&serving.bed, &peer->open);
}

void serving_set_up(void) {
    serving_prepare();
    serving_start();
    serving_join(&serving.client, serving.client_tls);
}

void serving_tear_down(void) {
    test_peer_free(&serving.client);
    tw_server_free(serving.server);
    tw_tls_free(serving.server_tls);
    tw_tls_free(serving.client_tls);
    test_bed_close(&serving.bed);
}

static void on_drained(void *context) {
    (void)context;
    serving.drained = true;
}

void serving_drain(void) {
    tw_server_drain(serving.server, on_drained, NULL);
}

const char *serving_reply(size_t number) {
    test_bed_await_count(&serving.bed, &serving.client.lines_heard, number + 1);
    return serving.client.lines[number];
}

const char *serving_ask(const char *line) {
    size_t number = serving.client.lines_heard;
    test_peer_say(&serving.client, line);
    test_peer_say(&serving.client, "\n");
    return serving_reply(number);
}

void serving_expect_error(const char *line, int code) {
    char text[32];
    snprintf(text, sizeof text, "\"code\":%d", code);
    ck_assert_msg(strstr(line, text) != NULL, "%s lacks %s", line, text);
}
