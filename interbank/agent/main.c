/*
 * settlement-agent: one of several equal processes of the agent. Puts the parts together and runs
 * the loop; it keeps nothing, everything is in the agent's PostgreSQL.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/clerk.h"
#include "agent/config.h"
#include "agent/intake.h"
#include "core/log.h"
#include "net/daemon.h"
#include "net/program.h"

struct agent_process {
    struct agent_config config;
    struct agent agent;
    struct ib_signer *signer;
    struct tw_loop *loop;
    struct tw_tls *tls;
    struct agent_clerk *clerk;
    struct agent_intake intake;
    struct tw_server *server;
    struct tw_daemon *daemon;
};

static bool is_ready(void *context) {
    const struct agent_process *process = context;
    return agent_clerk_informed(process->clerk);
}

static void collect_work(const struct agent_process *process, struct tw_metrics *metrics) {
    const struct agent_counters *counters = &process->agent.counters;
    struct agent_clerk_figures figures = agent_clerk_figures(process->clerk);
    tw_metric_counter(metrics, "tellerwire_submissions_total", "positions that banks submitted",
                      "outcome=\"accepted\"", counters->accepted);
    tw_metric_counter(metrics, "tellerwire_submissions_total", "", "outcome=\"disputed\"",
                      counters->disputed);
    tw_metric_counter(metrics, "tellerwire_submissions_total", "", "outcome=\"refused\"",
                      counters->refused);
    tw_metric_counter(metrics, "tellerwire_windows_settled_total",
                      "windows that this process made final", NULL, counters->settled);
    tw_metric_counter(metrics, "tellerwire_settlement_steps_total",
                      "steps of gross settlements by this process", NULL, counters->steps);
    tw_metric_counter(metrics, "tellerwire_settlement_shortfalls_total",
                      "attempts that were put off for lack of money", NULL, counters->shortfalls);
    tw_metric_counter(metrics, "tellerwire_settlement_defaults_total",
                      "participants taken out because they could not pay", NULL,
                      counters->defaults);
    tw_metric_gauge(metrics, "tellerwire_window_open", "number of the open window", NULL,
                    (uint64_t)figures.open_window_no);
    tw_metric_gauge(metrics, "tellerwire_windows_closed", "windows that wait for positions", NULL,
                    (uint64_t)figures.closed);
    tw_metric_gauge(metrics, "tellerwire_windows_pending", "windows that wait for money", NULL,
                    (uint64_t)figures.pending);
    tw_metric_gauge(metrics, "tellerwire_cap_violations", "net debits beyond a cap, ever", NULL,
                    (uint64_t)figures.cap_violations);
}

static void collect(void *context, struct tw_metrics *metrics) {
    const struct agent_process *process = context;
    struct tw_server_counters server = tw_server_counters(process->server);
    collect_work(process, metrics);
    tw_metric_counter(metrics, "tellerwire_database_lost_total", "lost database connections", NULL,
                      process->agent.books.lost);
    tw_metric_counter(metrics, "tellerwire_database_repeats_total",
                      "transactions that PostgreSQL asked to repeat", NULL,
                      process->agent.books.repeated);
    tw_metric_gauge(metrics, "tellerwire_connections_open", "open connections", NULL, server.open);
    tw_metric_counter(metrics, "tellerwire_requests_total", "requests received", NULL,
                      server.requests);
    tw_metric_counter(metrics, "tellerwire_request_errors_total", "requests answered by an error",
                      NULL, server.errors);
}

static void on_drained(void *context) {
    struct agent_process *process = context;
    tw_loop_stop(process->loop);
}

static void on_terminate(void *context) {
    struct agent_process *process = context;
    tw_server_drain(process->server, on_drained, process);
}

static void on_reload(void *context) {
    struct agent_process *process = context;
    struct tw_error error = {0};
    struct tw_status status = tw_tls_reload(process->tls, &error);
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "reload failed, the old certificates stay",
               TW_STR("reason", error.detail));
        return;
    }
    tw_server_recheck_peers(process->server);
}

static struct tw_status start_agent(struct agent_process *process, struct tw_error *error) {
    const struct agent_config *config = &process->config;
    struct tw_status status =
        ib_signer_new(config->certificate, config->key, &process->signer, error);
    process->agent = (struct agent){
        .clock = tw_clock_system(),
        .random = tw_random_system(),
        .signer = process->signer,
        .trust = {config->root, config->crl, tw_clock_system()},
        .retries = config->retries,
        .retry_ms = config->retry_ms,
    };
    agent_books_init(&process->agent.books, config->conninfo, config->name, process->agent.clock);
    return status;
}

static struct tw_status start_loop(struct agent_process *process, struct tw_error *error) {
    const struct agent_config *config = &process->config;
    struct tw_tls_files files = {.certificate = config->certificate,
                                 .key = config->key,
                                 .root = config->root,
                                 .crl = config->crl};
    struct tw_status status =
        tw_tls_new(&files, TW_TLS_SERVER, process->agent.clock, &process->tls, error);
    if (tw_ok(status)) {
        status = tw_loop_new(process->agent.clock, process->agent.random, &process->loop, error);
    }
    return tw_ok(status) ? agent_clerk_new(&process->agent, process->loop, &process->clerk, error)
                         : status;
}

static struct tw_status start_server(struct agent_process *process, struct tw_error *error) {
    const struct agent_config *config = &process->config;
    struct tw_server_options options = {
        .listen = (const char *const *)config->listen.items,
        .listen_count = config->listen.count,
        .tls = process->tls,
        .accept_kinds = TW_ID_BIT(TW_ID_BANK),
        .limits = tw_server_limits_default,
        .default_deadline_ms = config->deadline_ms,
        .on_request = agent_intake_request,
        .context = &process->intake,
    };
    options.limits.connections = (size_t)config->connections;
    options.limits.connections_per_identity = (size_t)config->connections;
    process->intake.agent = &process->agent;
    process->intake.clerk = process->clerk;
    struct tw_status status =
        tw_server_new(process->loop, &options, &process->intake.server, error);
    process->server = process->intake.server;
    return status;
}

static struct tw_status start_daemon(struct agent_process *process, struct tw_error *error) {
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

static struct tw_status start(struct agent_process *process, struct tw_error *error) {
    struct tw_status status = start_agent(process, error);
    if (tw_ok(status)) {
        status = start_loop(process, error);
    }
    if (tw_ok(status)) {
        status = start_server(process, error);
    }
    return tw_ok(status) ? start_daemon(process, error) : status;
}

static void stop(struct agent_process *process) {
    tw_daemon_free(process->daemon);
    tw_server_free(process->server);
    agent_clerk_free(process->clerk);
    agent_books_close(&process->agent.books);
    tw_loop_free(process->loop);
    tw_tls_free(process->tls);
    ib_signer_free(process->signer);
    agent_config_free(&process->config);
}

static int run(const char *config_path, bool only_check) {
    static struct agent_process process;
    struct tw_error error = {0};
    enum tw_log_level level = TW_LOG_INFO;
    struct tw_status status = agent_config_load(config_path, &process.config, &error);
    if (tw_ok(status)) {
        status = agent_config_log_level(&process.config, &level, &error);
    }
    if (tw_ok(status)) {
        tw_log_start(process.config.name, level);
        status = only_check ? start_agent(&process, &error) : start(&process, &error);
    }
    if (tw_ok(status) && !only_check) {
        tw_log(TW_LOG_INFO, "started", TW_STR("version", TW_VERSION),
               TW_INT("port", tw_server_port(process.server, 0)));
        tw_daemon_notify("READY=1");
        status = tw_loop_run(process.loop, &error);
    }
    if (!tw_ok(status)) {
        (void)fprintf(stderr, "settlement-agent: %s\n", error.detail);
    }
    stop(&process);
    return tw_ok(status) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    static const struct tw_program program = {
        .name = "settlement-agent", .help_config = agent_config_help, .run = run};
    return tw_program_main(&program, argc, argv);
}
