/* The middleware's configuration file, middleware.ini: every key, its default and its meaning are
 * in settings.c, which --help-config prints. */
#ifndef TW_DAEMON_SETTINGS_H
#define TW_DAEMON_SETTINGS_H

#include <stdio.h>

#include "core/config.h"
#include "core/log.h"
#include "net/tls.h"
#include "rpc/pool.h"
#include "rpc/server.h"

struct tw_settings {
    char *name;
    struct tw_config_list listen;
    char *metrics_listen; /* "": none */
    char *certificate, *key, *root, *crl;
    struct tw_config_list servers; /* "90000001 127.0.0.1:7101" */
    int64_t connections, connections_per_identity, in_flight, in_flight_per_connection;
    int64_t line_bytes, output_bytes;
    int64_t handshake_ms, idle_ms, line_ms, deadline_ms, drain_ms;
    int64_t connections_per_server, silence_ms, unavailable_ms;
    char *log_level;
};

/* Loads and checks the whole file. Free with tw_settings_free, not needed after a failure. */
struct tw_status tw_settings_load(const char *path, struct tw_settings *ret_settings,
                                  struct tw_error *ret_error);
void tw_settings_free(struct tw_settings *settings);
void tw_settings_help(FILE *out);

enum tw_log_level tw_settings_log_level(const struct tw_settings *settings);
struct tw_tls_files tw_settings_tls(const struct tw_settings *settings);
struct tw_server_limits tw_settings_limits(const struct tw_settings *settings);
struct tw_pool_options tw_settings_pool(const struct tw_settings *settings);

#endif
