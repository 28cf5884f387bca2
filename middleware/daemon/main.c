/*
 * The middleware's life: read the configuration, start, say so, reload on SIGHUP, finish what is in
 * flight on SIGTERM. The work is the router's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/router.h"
#include "daemon/settings.h"
#include "net/daemon.h"
#include "net/program.h"

struct middleware {
    struct tw_settings settings;
    struct tw_loop *loop;
    struct tw_tls *server_tls, *client_tls;
    struct tw_router *router;
    struct tw_daemon *daemon;
    struct tw_timer drain_limit;
};

static void stop(void *context) {
    struct middleware *middleware = context;
    tw_loop_stop(middleware->loop);
}

static void on_terminate(void *context) {
    struct middleware *middleware = context;
    middleware->drain_limit = (struct tw_timer){.run = stop, .context = middleware};
    tw_loop_timer_set(middleware->loop, &middleware->drain_limit,
                      tw_loop_now_us(middleware->loop) + middleware->settings.drain_ms * 1000);
    tw_router_drain(middleware->router, stop, middleware);
}

static void on_reload(void *context) {
    struct middleware *middleware = context;
    struct tw_error error = {0};
    tw_daemon_notify("RELOADING=1");
    if (tw_ok(tw_tls_reload(middleware->server_tls, &error)) &&
        tw_ok(tw_tls_reload(middleware->client_tls, &error))) {
        tw_log(TW_LOG_INFO, "certificates and revocation list read again");
    } else {
        tw_log(TW_LOG_ERROR, "reload failed, the old certificates stay",
               TW_STR("reason", error.detail));
    }
    tw_router_recheck_peers(middleware->router);
    tw_daemon_notify("READY=1");
}

static bool is_ready(void *context) {
    const struct middleware *middleware = context;
    return tw_router_is_ready(middleware->router);
}

static void collect(void *context, struct tw_metrics *metrics) {
    const struct middleware *middleware = context;
    tw_router_collect(middleware->router, metrics);
}

/* --- starting ------------------------------------------------------------------------------- */

static struct tw_status start_tls(struct middleware *middleware, struct tw_error *ret_error) {
    const struct tw_clock *clock = tw_loop_clock(middleware->loop);
    struct tw_tls_files files = tw_settings_tls(&middleware->settings);
    struct tw_status status =
        tw_tls_new(&files, TW_TLS_SERVER, clock, &middleware->server_tls, ret_error);
    if (tw_ok(status)) {
        status = tw_tls_new(&files, TW_TLS_CLIENT, clock, &middleware->client_tls, ret_error);
    }
    return status;
}

static struct tw_status start_router(struct middleware *middleware, struct tw_error *ret_error) {
    struct tw_settings *settings = &middleware->settings;
    struct tw_router_options options = {
        .server = {.listen = (const char *const *)settings->listen.items,
                   .listen_count = settings->listen.count,
                   .tls = middleware->server_tls,
                   .accept_kinds = TW_ID_BIT(TW_ID_TERMINAL) | TW_ID_BIT(TW_ID_OPERATOR),
                   .limits = tw_settings_limits(settings),
                   .default_deadline_ms = settings->deadline_ms},
        .pool = tw_settings_pool(settings),
        .banks = (const char *const *)settings->servers.items,
        .bank_count = settings->servers.count,
    };
    options.pool.tls = middleware->client_tls;
    return tw_router_new(middleware->loop, &options, &middleware->router, ret_error);
}

static struct tw_status start_daemon(struct middleware *middleware, struct tw_error *ret_error) {
    const struct tw_daemon_options options = {
        .metrics_listen = middleware->settings.metrics_listen,
        .ready = is_ready,
        .collect = collect,
        .on_terminate = on_terminate,
        .on_reload = on_reload,
        .context = middleware,
        .descriptors = (size_t)middleware->settings.connections,
    };
    return tw_daemon_new(middleware->loop, &options, &middleware->daemon, ret_error);
}

static struct tw_status start(struct middleware *middleware, struct tw_error *ret_error) {
    struct tw_status status =
        tw_loop_new(tw_clock_system(), tw_random_system(), &middleware->loop, ret_error);
    if (tw_ok(status)) {
        status = start_tls(middleware, ret_error);
    }
    if (tw_ok(status)) {
        status = start_router(middleware, ret_error);
    }
    if (tw_ok(status)) {
        status = start_daemon(middleware, ret_error);
    }
    return status;
}

static void finish(struct middleware *middleware) {
    tw_daemon_free(middleware->daemon);
    tw_router_free(middleware->router);
    tw_tls_free(middleware->server_tls);
    tw_tls_free(middleware->client_tls);
    tw_loop_free(middleware->loop);
    tw_settings_free(&middleware->settings);
}

static int serve(struct middleware *middleware) {
    struct tw_error error = {0};
    tw_log_start(middleware->settings.name, tw_settings_log_level(&middleware->settings));
    struct tw_status status = start(middleware, &error);
    if (tw_ok(status)) {
        tw_log(TW_LOG_INFO, "started", TW_STR("version", TW_VERSION),
               TW_STR("listen", middleware->settings.listen.items[0]));
        tw_daemon_notify("READY=1");
        status = tw_loop_run(middleware->loop, &error);
    }
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "cannot run", TW_STR("reason", error.detail));
    } else {
        tw_log(TW_LOG_INFO, "stopped");
    }
    finish(middleware);
    return tw_ok(status) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(const char *config_path, bool only_check) {
    struct middleware middleware = {0};
    struct tw_error error = {0};
    if (!tw_ok(tw_settings_load(config_path, &middleware.settings, &error))) {
        (void)fprintf(stderr, "middleware: %s\n", error.detail);
        return TW_EXIT_MISUSE;
    }
    if (only_check) {
        tw_settings_free(&middleware.settings);
        return EXIT_SUCCESS;
    }
    return serve(&middleware);
}

static void help_config(void) {
    tw_settings_help(stdout);
}

int main(int argc, char **argv) {
    static const struct tw_program program = {.name = "middleware",
                                              .default_config = "/etc/tellerwire/middleware.ini",
                                              .help_config = help_config,
                                              .run = run};
    return tw_program_main(&program, argc, argv);
}
