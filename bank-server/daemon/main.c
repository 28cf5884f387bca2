/*
 * bank-server: one of several equal processes of one bank. Puts the parts together and runs the
 * loop; it keeps nothing, everything is in the bank's PostgreSQL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "daemon/config.h"
#include "daemon/intake.h"
#include "flow/acquire.h"
#include "flow/bulletin.h"
#include "flow/clearing.h"
#include "flow/delivery.h"
#include "flow/window.h"
#include "net/daemon.h"
#include "net/program.h"

#define CERTIFICATE_MAX 16384

struct bank_process {
    struct bank_config config;
    struct bank_services services;
    struct tw_keyring *keyring;
    struct tw_pin_decryptor *decryptor;
    char pin_certificate[CERTIFICATE_MAX];
    struct tw_loop *loop;
    struct tw_tls *tls;      /* serving */
    struct tw_tls *peer_tls; /* calling peers */
    struct bank_engine *engine;
    struct bank_flows flows;
    struct bank_intake *intake;
    struct tw_server *server;
    struct tw_daemon *daemon;
};

static bool is_ready(void *context) {
    const struct bank_process *process = context;
    return bank_engine_ready(process->engine) && process->flows.informed;
}

static void collect(void *context, struct tw_metrics *metrics) {
    const struct bank_process *process = context;
    struct bank_engine_counters engine = bank_engine_counters(process->engine);
    struct tw_server_counters server = tw_server_counters(process->server);
    tw_metric_counter(metrics, "tellerwire_items_total", "items that were answered",
                      "kind=\"posting\"", engine.items);
    tw_metric_counter(metrics, "tellerwire_items_total", "", "kind=\"reading\"", engine.reads);
    tw_metric_counter(metrics, "tellerwire_batches_total", "batches that were run",
                      "kind=\"posting\"", engine.batches);
    tw_metric_counter(metrics, "tellerwire_batches_total", "", "kind=\"reading\"",
                      engine.read_batches);
    tw_metric_counter(metrics, "tellerwire_batch_repeats_total",
                      "batches given back to be run again", NULL, engine.repeats);
    tw_metric_counter(metrics, "tellerwire_items_expired_total",
                      "items whose time was over before their turn", NULL, engine.expired);
    tw_metric_counter(metrics, "tellerwire_items_passed_over_total",
                      "times an item stayed in the queue because another lane had its account",
                      NULL, engine.passed_over);
    tw_metric_gauge(metrics, "tellerwire_items_queued", "items waiting for a lane", NULL,
                    engine.queued);
    tw_metric_gauge(metrics, "tellerwire_items_in_batch", "items in a batch now", NULL,
                    engine.in_batch);
    tw_metric_gauge(metrics, "tellerwire_lanes_ready", "database connections in use", NULL,
                    engine.lanes_ready);
    tw_metric_gauge(metrics, "tellerwire_connections_open", "open connections", NULL, server.open);
    tw_metric_counter(metrics, "tellerwire_connections_total", "connections by outcome",
                      "outcome=\"accepted\"", server.accepted);
    tw_metric_counter(metrics, "tellerwire_connections_total", "", "outcome=\"refused_identity\"",
                      server.refused_identity);
    tw_metric_counter(metrics, "tellerwire_connections_total", "", "outcome=\"refused_limit\"",
                      server.refused_limit);
    tw_metric_counter(metrics, "tellerwire_requests_total", "requests received", NULL,
                      server.requests);
    tw_metric_counter(metrics, "tellerwire_request_errors_total", "requests answered by an error",
                      NULL, server.errors);
    struct bank_delivery_counters delivery = bank_delivery_counters(process->flows.delivery);
    tw_metric_counter(metrics, "tellerwire_messages_sent_total",
                      "stored messages sent to peers, repeats included", NULL, delivery.sent);
    tw_metric_counter(metrics, "tellerwire_messages_acknowledged_total",
                      "stored messages acknowledged and booked", NULL, delivery.acknowledged);
    tw_metric_counter(metrics, "tellerwire_messages_failed_total",
                      "attempts without an acknowledgement", NULL, delivery.failed);
    tw_metric_gauge(metrics, "tellerwire_messages_in_flight", "messages sent, not answered", NULL,
                    delivery.in_flight);
    tw_metric_counter(metrics, "tellerwire_late_approvals_total",
                      "issuers' approvals that came too late (68)", NULL,
                      process->flows.late_approvals);
    tw_metric_gauge(metrics, "tellerwire_window_open", "number of the open settlement window", NULL,
                    (uint64_t)bank_windows_open(&process->flows));
    ib_peers_collect(process->flows.peers, metrics);
    bank_clearing_collect(process->flows.clearing, metrics);
}

static void on_drained(void *context) {
    struct bank_process *process = context;
    tw_loop_stop(process->loop);
}

static void on_terminate(void *context) {
    struct bank_process *process = context;
    tw_server_drain(process->server, on_drained, process);
}

static void on_reload(void *context) {
    struct bank_process *process = context;
    struct tw_error error = {0};
    struct tw_status status = tw_tls_reload(process->tls, &error);
    if (tw_ok(status)) {
        status = tw_tls_reload(process->peer_tls, &error);
    }
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "reload failed, the old certificates stay",
               TW_STR("reason", error.detail));
        return;
    }
    tw_server_recheck_peers(process->server);
    ib_peers_recheck(process->flows.peers);
    bank_clearing_recheck(process->flows.clearing);
}

static struct tw_status read_certificate(struct bank_process *process, struct tw_error *error) {
    const char *path = process->config.pin_certificate;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return tw_fail(error, TW_E_IO, "[bank] pin_certificate: cannot open %s", path);
    }
    size_t length = fread(process->pin_certificate, 1, CERTIFICATE_MAX - 1, file);
    process->pin_certificate[length] = '\0';
    bool whole = feof(file) != 0 && ferror(file) == 0 && length > 0;
    (void)fclose(file);
    if (!whole) {
        return tw_fail(error, TW_E_IO, "[bank] pin_certificate: %s is empty or too large", path);
    }
    return tw_success();
}

static struct tw_status start_services(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    struct tw_status status = bank_config_code(config, &process->services.bank_code, error);
    if (tw_ok(status)) {
        status = tw_keyring_load(config->keyring, &process->keyring, error);
    }
    if (tw_ok(status)) {
        status = tw_pin_decryptor_new(config->pin_key, &process->decryptor, error);
    }
    if (tw_ok(status)) {
        status = read_certificate(process, error);
    }
    process->services.keyring = process->keyring;
    process->services.pin_decryptor = process->decryptor;
    process->services.pin_certificate_pem = process->pin_certificate;
    process->services.clock = tw_clock_system();
    process->services.random = tw_random_system();
    process->services.session_idle_ms = config->session_idle_s * 1000;
    return status;
}

static struct tw_status start_tls(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    struct tw_tls_files files = {.certificate = config->certificate,
                                 .key = config->key,
                                 .root = config->root,
                                 .crl = config->crl};
    struct tw_status status =
        tw_tls_new(&files, TW_TLS_SERVER, process->services.clock, &process->tls, error);
    return tw_ok(status) ? tw_tls_new(&files, TW_TLS_CLIENT, process->services.clock,
                                      &process->peer_tls, error)
                         : status;
}

static struct tw_status start_engine(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    struct bank_engine_options options = {
        .conninfo = config->conninfo,
        .server_name = config->name,
        .lanes = (size_t)config->lanes,
        .readers = (size_t)config->readers,
        .batch_max = (size_t)config->batch_max,
        .budget_ms = config->budget_ms,
        .queue_max = (size_t)config->queue_max,
    };
    struct tw_status status =
        bank_engine_new(process->loop, &process->services, &options, &process->engine, error);
    return status;
}

static void on_peer_up(void *context, int32_t bank_code) {
    struct bank_flows *flows = context;
    if (flows->delivery != NULL && flows->bulletin != NULL) {
        bank_delivery_wake(flows->delivery, bank_code);
        bank_bulletin_ask(flows->bulletin, bank_code);
    }
}

static void on_peer_sent(void *context, const char *method) {
    (void)context;
    (void)method;
    tw_crash_point("peer.asked");
}

static struct tw_status start_clearing(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    const struct bank_clearing_options options = {
        .conninfo = config->conninfo,
        .server_name = config->name,
        .certificate = config->certificate,
        .key = config->key,
        .root = config->root,
        .crl = config->crl,
        .tls = process->peer_tls,
        .agents = (const char *const *)config->agent.items,
        .agent_count = config->agent.count,
        .poll_ms = config->poll_ms,
        .drain_ms = config->drain_ms,
        .drain_max_ms = config->drain_max_ms,
    };
    return bank_clearing_new(&process->flows, &options, &process->flows.clearing, error);
}

/* Before that nobody could be told anything but to ask another server. */
static void on_informed(void *context) {
    const struct bank_process *process = context;
    tw_server_open(process->server);
}

static struct tw_status start_flows(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    struct bank_flows *flows = &process->flows;
    *flows = (struct bank_flows){.loop = process->loop,
                                 .services = &process->services,
                                 .engine = process->engine,
                                 .on_informed = on_informed,
                                 .on_informed_context = process,
                                 .issuer_wait_us = config->issuer_wait_ms * 1000,
                                 .beneficiary_wait_us = config->beneficiary_wait_ms * 1000};
    struct ib_peers_options options = ib_peers_options_default;
    options.on_up = on_peer_up;
    options.on_late = bank_acquire_late;
    options.on_sent = on_peer_sent;
    options.context = flows;
    options.calls_max = (size_t)config->in_flight;
    struct tw_status status =
        ib_peers_new(process->loop, process->peer_tls, process->services.bank_code, &options,
                     &flows->peers, error);
    if (tw_ok(status)) {
        status = bank_delivery_new(flows, config->conninfo, config->name, &flows->delivery, error);
    }
    if (tw_ok(status)) {
        status = bank_bulletin_new(flows, config->conninfo, config->name, config->root,
                                   &flows->bulletin, error);
    }
    if (tw_ok(status)) {
        status = bank_windows_new(flows, config->conninfo, config->name, &flows->windows, error);
    }
    if (tw_ok(status)) {
        status = start_clearing(process, error);
    }
    return tw_ok(status) ? bank_intake_new(flows, (size_t)config->in_flight, config->deadline_ms,
                                           &process->intake, error)
                         : status;
}

static struct tw_status start_server(struct bank_process *process, struct tw_error *error) {
    const struct bank_config *config = &process->config;
    struct tw_server_options options = {
        .listen = (const char *const *)config->listen.items,
        .listen_count = config->listen.count,
        .tls = process->tls,
        .accept_kinds =
            TW_ID_BIT(TW_ID_MIDDLEWARE) | TW_ID_BIT(TW_ID_BANK) | TW_ID_BIT(TW_ID_OPERATOR),
        .limits = tw_server_limits_default,
        .default_deadline_ms = config->deadline_ms,
        .closed = true,
        .on_request = bank_intake_request,
        .context = process->intake,
    };
    options.limits.connections = (size_t)config->connections;
    options.limits.connections_per_identity = (size_t)config->connections;
    options.limits.in_flight = (size_t)config->in_flight;
    options.limits.in_flight_per_connection = (size_t)config->in_flight;
    struct tw_status status = tw_server_new(process->loop, &options, &process->server, error);
    if (tw_ok(status)) {
        bank_intake_attach(process->intake, process->server);
    }
    return status;
}

static struct tw_status start_daemon(struct bank_process *process, struct tw_error *error) {
    struct tw_daemon_options options = {
        .metrics_listen = process->config.metrics_listen,
        .ready = is_ready,
        .collect = collect,
        .on_terminate = on_terminate,
        .on_reload = on_reload,
        .context = process,
    };
    return tw_daemon_new(process->loop, &options, &process->daemon, error);
}

static struct tw_status start(struct bank_process *process, struct tw_error *error) {
    struct tw_status status = start_services(process, error);
    if (tw_ok(status)) {
        status = start_tls(process, error);
    }
    if (tw_ok(status)) {
        status =
            tw_loop_new(process->services.clock, process->services.random, &process->loop, error);
    }
    if (tw_ok(status)) {
        status = start_engine(process, error);
    }
    if (tw_ok(status)) {
        status = start_flows(process, error);
    }
    if (tw_ok(status)) {
        status = start_server(process, error);
    }
    return tw_ok(status) ? start_daemon(process, error) : status;
}

static void stop(struct bank_process *process) {
    tw_daemon_free(process->daemon);
    process->flows.stopping = true;
    ib_peers_free(process->flows.peers);
    tw_server_free(process->server);
    bank_engine_free(process->engine);
    if (process->loop != NULL) {
        bank_clearing_free(process->flows.clearing);
        bank_windows_free(process->flows.windows);
        bank_bulletin_free(process->flows.bulletin);
        bank_delivery_free(process->flows.delivery);
    }
    bank_intake_free(process->intake);
    tw_loop_free(process->loop);
    tw_tls_free(process->peer_tls);
    tw_tls_free(process->tls);
    tw_pin_decryptor_free(process->decryptor);
    tw_keyring_free(process->keyring);
    bank_config_free(&process->config);
}

static int run(const char *config_path, bool only_check) {
    static struct bank_process process;
    struct tw_error error = {0};
    enum tw_log_level level = TW_LOG_INFO;
    struct tw_status status = bank_config_load(config_path, &process.config, &error);
    if (tw_ok(status)) {
        status = bank_config_log_level(&process.config, &level, &error);
    }
    if (tw_ok(status)) {
        tw_log_start(process.config.name, level);
        status = only_check ? start_services(&process, &error) : start(&process, &error);
    }
    if (tw_ok(status) && !only_check) {
        tw_log(TW_LOG_INFO, "started", TW_STR("version", TW_VERSION),
               TW_INT("port", tw_server_port(process.server, 0)));
        tw_daemon_notify("READY=1");
        status = tw_loop_run(process.loop, &error);
    }
    if (!tw_ok(status)) {
        (void)fprintf(stderr, "bank-server: %s\n", error.detail);
    }
    stop(&process);
    return tw_ok(status) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    static const struct tw_program program = {
        .name = "bank-server", .help_config = bank_config_help, .run = run};
    return tw_program_main(&program, argc, argv);
}
