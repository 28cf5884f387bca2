/* net/daemon: signals, the pages for operators, and the word to the service manager. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/address.h"
#include "net/daemon.h"
#include "net/listener.h"
#include "support/bed.h"
#include "support/suite.h"

static struct test_bed bed;
static struct tw_daemon *daemon_under_test;
static char listen_text[32];
static bool is_ready;
static size_t terminations, reloads;
static struct tw_histogram histogram;

static bool ready(void *context) {
    (void)context;
    return is_ready;
}

static void collect(void *context, struct tw_metrics *metrics) {
    (void)context;
    tw_metric_counter(metrics, "a_total", "what a is", "kind=\"x\"", 7);
    tw_metric_counter(metrics, "a_total", "what a is", "kind=\"y\"", 8);
    tw_metric_gauge(metrics, "b", "what b is", NULL, 9);
    tw_metric_histogram(metrics, "c_seconds", "what c is", &histogram);
}

static void on_terminate(void *context) {
    (void)context;
    terminations++;
}

static void on_reload(void *context) {
    (void)context;
    reloads++;
}

static void ignore_connection(void *context, int fd, const struct tw_address *peer) {
    (void)context;
    (void)peer;
    close(fd);
}

static struct tw_status start(const char *address, struct tw_error *error) {
    const struct tw_daemon_options options = {.metrics_listen = address,
                                              .ready = ready,
                                              .collect = collect,
                                              .on_terminate = on_terminate,
                                              .on_reload = on_reload};
    return tw_daemon_new(bed.loop, &options, &daemon_under_test, error);
}

/* A port that was free a moment ago. */
static void set_up(void) {
    struct tw_listener *listener = NULL;
    test_bed_open(&bed);
    ck_assert(
        tw_ok(tw_listener_new(bed.loop, "127.0.0.1:0", ignore_connection, NULL, &listener, NULL)));
    snprintf(listen_text, sizeof listen_text, "127.0.0.1:%d", tw_listener_port(listener));
    tw_listener_free(listener);
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(start(listen_text, &error)), "%s", error.detail);
}

static void tear_down(void) {
    tw_daemon_free(daemon_under_test);
    test_bed_close(&bed);
}

/* Asks like an HTTP/1.0 client and gives everything that was said. */
static const char *get(const char *request) {
    static char page[8192];
    struct tw_address address;
    size_t length = 0;
    ck_assert(tw_ok(tw_address_parse(listen_text, &address, NULL)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address.storage, address.length), 0);
    ck_assert_int_gt(send(fd, request, strlen(request), 0), 0);
    for (ssize_t got = -1; got != 0;) {
        test_bed_settle(&bed);
        got = recv(fd, page + length, sizeof page - 1 - length, MSG_DONTWAIT);
        length += got > 0 ? (size_t)got : 0;
    }
    page[length] = '\0';
    close(fd);
    return page;
}

#define GET(path) get("GET " path " HTTP/1.0\r\n\r\n")

static void expect(const char *page, const char *text) {
    ck_assert_msg(strstr(page, text) != NULL, "%s lacks %s", page, text);
}

START_TEST(metrics_are_prometheus_text) {
    set_up();
    tw_histogram_observe(&histogram, 400);
    tw_histogram_observe(&histogram, 500);
    tw_histogram_observe(&histogram, 1200000);
    tw_histogram_observe(&histogram, 99000000);
    const char *page = GET("/metrics");
    expect(page, "200 OK");
    expect(page, "# HELP a_total what a is\n# TYPE a_total counter\n"
                 "a_total{kind=\"x\"} 7\na_total{kind=\"y\"} 8\n");
    expect(page, "# TYPE b gauge\nb 9\n");
    expect(page, "# TYPE c_seconds histogram\nc_seconds_bucket{le=\"0.000500\"} 2\n");
    expect(page, "c_seconds_bucket{le=\"1.000000\"} 2\nc_seconds_bucket{le=\"2.500000\"} 3\n");
    expect(page, "c_seconds_bucket{le=\"+Inf\"} 4\nc_seconds_sum 100.200900\nc_seconds_count 4\n");
    tear_down();
}
END_TEST

START_TEST(readiness_is_the_owners_word_until_it_stops) {
    set_up();
    expect(GET("/healthz"), "200 OK");
    expect(GET("/readyz"), "503 ");
    is_ready = true;
    expect(GET("/readyz"), "200 OK");
    ck_assert_int_eq(raise(SIGTERM), 0);
    test_bed_await_count(&bed, &terminations, 1);
    expect(GET("/readyz"), "503 ");
    expect(GET("/healthz"), "200 OK");
    tear_down();
}
END_TEST

START_TEST(other_pages_and_methods_are_refused) {
    set_up();
    expect(GET("/"), "404 ");
    expect(GET("/etc/passwd"), "404 ");
    expect(get("POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n"), "501 ");
    tear_down();
}
END_TEST

START_TEST(address_that_others_could_reach_is_refused) {
    test_bed_open(&bed);
    struct tw_error error = {0};
    ck_assert(!tw_ok(start("0.0.0.0:0", &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    expect(error.detail, "loopback");
    test_bed_close(&bed);
}
END_TEST

START_TEST(more_connections_than_descriptors_are_refused) {
    const struct rlimit few = {200, 200};
    struct tw_error error = {0};
    test_bed_open(&bed);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct tw_daemon_options options = {.descriptors = 100};
    ck_assert(tw_ok(tw_daemon_new(bed.loop, &options, &daemon_under_test, &error)));
    tw_daemon_free(daemon_under_test);
    options.descriptors = 150;
    ck_assert(!tw_ok(tw_daemon_new(bed.loop, &options, &daemon_under_test, &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    ck_assert_msg(strstr(error.detail, "may have 200:") != NULL, "%s", error.detail);
    test_bed_close(&bed);
}
END_TEST

START_TEST(signals_are_heard) {
    set_up();
    ck_assert_int_eq(raise(SIGHUP), 0);
    test_bed_await_count(&bed, &reloads, 1);
    ck_assert_int_eq(raise(SIGHUP), 0);
    test_bed_await_count(&bed, &reloads, 2);
    ck_assert_int_eq(raise(SIGTERM), 0);
    ck_assert_int_eq(raise(SIGINT), 0);
    test_bed_await_count(&bed, &terminations, 1);
    test_bed_settle(&bed);
    ck_assert_uint_eq(terminations, 1);
    ck_assert_int_eq(raise(SIGPIPE), 0);
    tear_down();
}
END_TEST

START_TEST(service_manager_is_told) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    test_bed_open(&bed);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", bed.folder);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    tw_daemon_notify("READY=1"); /* nobody asked */
    ck_assert_int_eq(recv(fd, heard, sizeof heard - 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    tw_daemon_notify("READY=1");
    ck_assert_int_eq(recv(fd, heard, sizeof heard - 1, MSG_DONTWAIT), 7);
    ck_assert_str_eq(heard, "READY=1");
    close(fd);
    test_bed_close(&bed);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = metrics_are_prometheus_text},
        {.test = readiness_is_the_owners_word_until_it_stops},
        {.test = other_pages_and_methods_are_refused},
        {.test = address_that_others_could_reach_is_refused},
        {.test = more_connections_than_descriptors_are_refused},
        {.test = signals_are_heard},
        {.test = service_manager_is_told},
    };
    return test_main("daemon", tests, COUNT_OF(tests));
}
