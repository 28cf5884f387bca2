/* libevent's evhttp serves the three pages; they are small and asked for a few times a minute. */
#include "net/daemon.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "net/address.h"

#define SIGNALS   3
#define NAME_SIZE 96

/* For links to banks, listeners, logs, pages for operators, and what a reload opens. */
enum { SPARE_DESCRIPTORS = 64 };

struct tw_daemon {
    struct tw_daemon_options options;
    struct event *signals[SIGNALS];
    struct evhttp *http;
    bool terminating;
};

struct tw_metrics {
    struct evbuffer *page;
    char last[NAME_SIZE]; /* name whose HELP and TYPE are written */
};

static void on_signal(evutil_socket_t number, short what, void *context) {
    (void)what;
    struct tw_daemon *daemon = context;
    if (number == SIGHUP) {
        tw_log(TW_LOG_INFO, "reloading");
        daemon->options.on_reload(daemon->options.context);
        return;
    }
    if (!daemon->terminating) {
        daemon->terminating = true;
        tw_log(TW_LOG_INFO, "stopping", TW_INT("signal", number));
        tw_daemon_notify("STOPPING=1");
        daemon->options.on_terminate(daemon->options.context);
    }
}

static void reply(struct evhttp_request *request, int code, const char *reason, const char *body) {
    struct evbuffer *page = evbuffer_new();
    if (page == NULL) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
        return;
    }
    evbuffer_add_printf(page, "%s\n", body);
    evhttp_send_reply(request, code, reason, page);
    evbuffer_free(page);
}

static void on_healthz(struct evhttp_request *request, void *context) {
    (void)context;
    reply(request, HTTP_OK, "OK", "alive");
}

static void on_readyz(struct evhttp_request *request, void *context) {
    struct tw_daemon *daemon = context;
    bool ready = !daemon->terminating && daemon->options.ready(daemon->options.context);
    if (ready) {
        reply(request, HTTP_OK, "OK", "ready");
    } else {
        reply(request, HTTP_SERVUNAVAIL, "Service Unavailable",
              daemon->terminating ? "stopping" : "not ready");
    }
}

static void on_metrics(struct evhttp_request *request, void *context) {
    struct tw_daemon *daemon = context;
    struct tw_metrics metrics = {.page = evbuffer_new()};
    if (metrics.page == NULL) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
        return;
    }
    daemon->options.collect(daemon->options.context, &metrics);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                      "text/plain; version=0.0.4");
    evhttp_send_reply(request, HTTP_OK, "OK", metrics.page);
    evbuffer_free(metrics.page);
}

static void describe(struct tw_metrics *metrics, const char *type, const char *name,
                     const char *help) {
    if (strcmp(metrics->last, name) != 0) {
        (void)snprintf(metrics->last, sizeof metrics->last, "%s", name);
        evbuffer_add_printf(metrics->page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    }
}

static void write_metric(struct tw_metrics *metrics, const char *type, const char *name,
                         const char *help, const char *label, uint64_t value) {
    describe(metrics, type, name, help);
    if (label != NULL) {
        evbuffer_add_printf(metrics->page, "%s{%s} %" PRIu64 "\n", name, label, value);
    } else {
        evbuffer_add_printf(metrics->page, "%s %" PRIu64 "\n", name, value);
    }
}

void tw_metric_counter(struct tw_metrics *metrics, const char *name, const char *help,
                       const char *label, uint64_t value) {
    write_metric(metrics, "counter", name, help, label, value);
}

void tw_metric_gauge(struct tw_metrics *metrics, const char *name, const char *help,
                     const char *label, uint64_t value) {
    write_metric(metrics, "gauge", name, help, label, value);
}

static const int64_t bounds_us[TW_HISTOGRAM_BUCKETS] = {
    500,    1000,   2500,   5000,    10000,   25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

void tw_histogram_observe(struct tw_histogram *histogram, int64_t duration_us) {
    size_t bucket = 0;
    while (bucket < TW_HISTOGRAM_BUCKETS && duration_us > bounds_us[bucket]) {
        bucket++;
    }
    histogram->counts[bucket]++;
    histogram->sum_us += (uint64_t)duration_us;
}

/* Prometheus wants seconds; microseconds as a decimal fraction need no floating point. */
static void write_seconds(struct evbuffer *page, uint64_t duration_us) {
    evbuffer_add_printf(page, "%" PRIu64 ".%06" PRIu64, duration_us / 1000000,
                        duration_us % 1000000);
}

void tw_metric_histogram(struct tw_metrics *metrics, const char *name, const char *help,
                         const struct tw_histogram *histogram) {
    uint64_t count = 0;
    describe(metrics, "histogram", name, help);
    for (size_t i = 0; i < TW_HISTOGRAM_BUCKETS; i++) {
        count += histogram->counts[i];
        evbuffer_add_printf(metrics->page, "%s_bucket{le=\"", name);
        write_seconds(metrics->page, (uint64_t)bounds_us[i]);
        evbuffer_add_printf(metrics->page, "\"} %" PRIu64 "\n", count);
    }
    count += histogram->counts[TW_HISTOGRAM_BUCKETS];
    evbuffer_add_printf(metrics->page, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", name, count,
                        name);
    write_seconds(metrics->page, histogram->sum_us);
    evbuffer_add_printf(metrics->page, "\n%s_count %" PRIu64 "\n", name, count);
}

/* evhttp wants the host without port and brackets. */
static void host_of(const struct tw_address *address, char host[TW_ADDRESS_TEXT_SIZE]) {
    char text[TW_ADDRESS_TEXT_SIZE];
    (void)tw_address_text(address, text);
    char *end = strrchr(text, ':');
    tw_assert(end != NULL);
    *end = '\0';
    const char *start = text;
    if (text[0] == '[') {
        start = text + 1;
        end[-1] = '\0';
    }
    (void)snprintf(host, TW_ADDRESS_TEXT_SIZE, "%s", start);
}

static struct tw_status listen_http(struct tw_loop *loop, struct tw_daemon *daemon,
                                    struct tw_error *ret_error) {
    struct tw_address address;
    struct tw_status status = tw_address_parse(daemon->options.metrics_listen, &address, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (!tw_address_is_loopback(&address)) {
        return tw_fail(ret_error, TW_E_CONFIG, "metrics_listen: %s is not a loopback address",
                       daemon->options.metrics_listen);
    }
    char host[TW_ADDRESS_TEXT_SIZE];
    host_of(&address, host);
    daemon->http = evhttp_new(tw_loop_base(loop));
    if (daemon->http == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "metrics server");
    }
    evhttp_set_allowed_methods(daemon->http, EVHTTP_REQ_GET);
    evhttp_set_max_headers_size(daemon->http, 8192);
    evhttp_set_max_body_size(daemon->http, 0);
    evhttp_set_timeout(daemon->http, 10);
    (void)evhttp_set_cb(daemon->http, "/metrics", on_metrics, daemon);
    (void)evhttp_set_cb(daemon->http, "/healthz", on_healthz, daemon);
    (void)evhttp_set_cb(daemon->http, "/readyz", on_readyz, daemon);
    if (evhttp_bind_socket(daemon->http, host, (uint16_t)tw_address_port(&address)) != 0) {
        return tw_fail(ret_error, TW_E_IO, "metrics_listen: cannot bind %s: %s",
                       daemon->options.metrics_listen, strerror(errno));
    }
    return tw_success();
}

static struct tw_status watch_signals(struct tw_loop *loop, struct tw_daemon *daemon,
                                      struct tw_error *ret_error) {
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < SIGNALS; i++) {
        daemon->signals[i] = evsignal_new(tw_loop_base(loop), numbers[i], on_signal, daemon);
        if (daemon->signals[i] == NULL || event_add(daemon->signals[i], NULL) != 0) {
            return tw_fail(ret_error, TW_E_NO_MEMORY, "signal %d", numbers[i]);
        }
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) != 0) {
        return tw_fail(ret_error, TW_E_IO, "SIGPIPE: %s", strerror(errno));
    }
    return tw_success();
}

/* Refused at the start, not at the worst moment. */
static struct tw_status raise_descriptors(size_t connections, struct tw_error *ret_error) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return tw_fail(ret_error, TW_E_IO, "limit of descriptors: %s", strerror(errno));
    }
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            tw_log(TW_LOG_WARN, "cannot raise the limit of descriptors");
            (void)getrlimit(RLIMIT_NOFILE, &limit);
        }
    }
    if (connections > 0 && limit.rlim_cur < connections + SPARE_DESCRIPTORS) {
        return tw_fail(ret_error, TW_E_CONFIG,
                       "%zu connections and what else is open need %zu descriptors, and this "
                       "process may have %llu: lower [limits] connections or raise its limit "
                       "(ulimit -n, LimitNOFILE)",
                       connections, connections + SPARE_DESCRIPTORS,
                       (unsigned long long)limit.rlim_cur);
    }
    return tw_success();
}

/* Keys and, for a moment, PINs are in this memory. */
static void forbid_core_file(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        tw_log(TW_LOG_WARN, "cannot forbid core files");
    }
}

struct tw_status tw_daemon_new(struct tw_loop *loop, const struct tw_daemon_options *options,
                               struct tw_daemon **ret_daemon, struct tw_error *ret_error) {
    struct tw_daemon *daemon = calloc(1, sizeof *daemon);
    if (daemon == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "daemon");
    }
    daemon->options = *options;
    forbid_core_file();
    struct tw_status status = raise_descriptors(options->descriptors, ret_error);
    if (tw_ok(status)) {
        status = watch_signals(loop, daemon, ret_error);
    }
    bool http = options->metrics_listen != NULL && options->metrics_listen[0] != '\0';
    if (tw_ok(status) && http) {
        status = listen_http(loop, daemon, ret_error);
    }
    if (!tw_ok(status)) {
        tw_daemon_free(daemon);
        return status;
    }
    *ret_daemon = daemon;
    return tw_success();
}

void tw_daemon_free(struct tw_daemon *daemon) {
    if (daemon == NULL) {
        return;
    }
    for (size_t i = 0; i < SIGNALS; i++) {
        if (daemon->signals[i] != NULL) {
            event_free(daemon->signals[i]);
        }
    }
    if (daemon->http != NULL) {
        evhttp_free(daemon->http);
    }
    free(daemon);
}

void tw_daemon_notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
        return;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (address.sun_path[0] == '@') {
        address.sun_path[0] = '\0'; /* abstract socket */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    (void)close(fd);
}
