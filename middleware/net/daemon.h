/*
 * What every daemon needs besides its own work: signals, readiness for its supervisor, and the
 * loopback-only HTTP of an operator (/metrics in Prometheus text, /healthz, /readyz).
 *
 * SIGTERM and SIGINT call on_terminate once; SIGHUP calls on_reload; SIGPIPE is ignored; the soft
 * limit of descriptors is raised to the hard one; core files are forbidden. Metrics are pulled:
 * collect writes the current numbers when somebody asks. Threading: on the loop.
 * sd_notify(3) is a datagram to NOTIFY_SOCKET, so no library is needed for it.
 */
#ifndef TW_NET_DAEMON_H
#define TW_NET_DAEMON_H

#include "net/loop.h"

struct tw_daemon;
struct tw_metrics;

struct tw_daemon_options {
    const char *metrics_listen; /* "127.0.0.1:9101"; must be loopback; "" or NULL: no HTTP */
    bool (*ready)(void *context);
    void (*collect)(void *context, struct tw_metrics *metrics);
    void (*on_terminate)(void *context);
    void (*on_reload)(void *context);
    void *context;
    size_t descriptors; /* connections that the configuration allows; 0: not checked */
};

struct tw_status tw_daemon_new(struct tw_loop *loop, const struct tw_daemon_options *options,
                               struct tw_daemon **ret_daemon, struct tw_error *ret_error);
void tw_daemon_free(struct tw_daemon *daemon);

/* Tells the supervisor: "READY=1", "RELOADING=1", "STOPPING=1". No-op without one. */
void tw_daemon_notify(const char *state);

/* In collect: one line of Prometheus text, with its HELP and TYPE when name comes first. label may
 * be NULL or `kind="posting"`. */
void tw_metric_counter(struct tw_metrics *metrics, const char *name, const char *help,
                       const char *label, uint64_t value);
void tw_metric_gauge(struct tw_metrics *metrics, const char *name, const char *help,
                     const char *label, uint64_t value);

/* Durations by upper bounds from 0.5 ms to 10 s; embedded in its owner, zero before use. */
#define TW_HISTOGRAM_BUCKETS 14
struct tw_histogram {
    uint64_t counts[TW_HISTOGRAM_BUCKETS + 1]; /* the last one: above all bounds */
    uint64_t sum_us;
};

void tw_histogram_observe(struct tw_histogram *histogram, int64_t duration_us);
void tw_metric_histogram(struct tw_metrics *metrics, const char *name, const char *help,
                         const struct tw_histogram *histogram);

#endif
