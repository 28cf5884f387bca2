/* One table; what it cannot express (addresses, bank codes, the log level) is checked after it. */
#include "daemon/settings.h"

#include <string.h>

#include "daemon/router.h"
#include "net/address.h"

#define AT(field) offsetof(struct tw_settings, field)

static const struct tw_config_key keys[] = {
    {"server", "name", TW_CONFIG_STRING, AT(name), NULL, 0, 0,
     "name of this process in its log lines"},
    {"server", "listen", TW_CONFIG_LIST, AT(listen), NULL, 0, 0,
     "address for terminals, host:port; may stand several times"},
    {"server", "metrics_listen", TW_CONFIG_STRING, AT(metrics_listen), "", 0, 0,
     "loopback address for /metrics, /healthz and /readyz; empty: none"},
    {"tls", "certificate", TW_CONFIG_PATH, AT(certificate), NULL, 0, 0,
     "this middleware's certificate, PEM; read again on SIGHUP like the three below"},
    {"tls", "key", TW_CONFIG_PATH, AT(key), NULL, 0, 0, "its key, PEM, mode 0600"},
    {"tls", "root", TW_CONFIG_PATH, AT(root), NULL, 0, 0, "the network's root certificate, PEM"},
    {"tls", "crl", TW_CONFIG_PATH, AT(crl), NULL, 0, 0,
     "the network's revocation list, PEM; everybody is refused when it has expired"},
    {"banks", "server", TW_CONFIG_LIST, AT(servers), NULL, 0, 0,
     "bank code, blank, host:port of one bank server; once for each server of each bank"},
    {"limits", "connections", TW_CONFIG_INT, AT(connections), "16384", 1, 1000000,
     "connections of terminals in all; more are closed at once; each needs a descriptor"},
    {"limits", "connections_per_identity", TW_CONFIG_INT, AT(connections_per_identity), "8", 1,
     10000, "connections with one certificate's name"},
    {"limits", "in_flight", TW_CONFIG_INT, AT(in_flight), "8192", 1, 100000,
     "requests in flight in all; more are answered busy"},
    {"limits", "in_flight_per_connection", TW_CONFIG_INT, AT(in_flight_per_connection), "64", 1,
     10000, "requests in flight of one connection; more are answered busy"},
    {"limits", "line_bytes", TW_CONFIG_INT, AT(line_bytes), "65536", 1024, 1048576,
     "longest request in bytes"},
    {"limits", "output_bytes", TW_CONFIG_INT, AT(output_bytes), "1048576", 65536, 67108864,
     "answers waiting for a slow reader in bytes; beyond it the connection is closed"},
    {"limits", "handshake_ms", TW_CONFIG_INT, AT(handshake_ms), "5000", 100, 600000,
     "time for the TLS handshake"},
    {"limits", "idle_ms", TW_CONFIG_INT, AT(idle_ms), "120000", 100, 86400000,
     "a connection without a byte for this long is closed"},
    {"limits", "line_ms", TW_CONFIG_INT, AT(line_ms), "10000", 100, 600000,
     "time from the first byte of a request to its end"},
    {"limits", "deadline_ms", TW_CONFIG_INT, AT(deadline_ms), "30000", 100, 600000,
     "time for a request that names none itself"},
    {"limits", "drain_ms", TW_CONFIG_INT, AT(drain_ms), "10000", 100, 600000,
     "after SIGTERM: time to finish what is in flight"},
    {"limits", "connections_per_server", TW_CONFIG_INT, AT(connections_per_server), "2", 1, 64,
     "connections to each bank server"},
    {"limits", "silence_ms", TW_CONFIG_INT, AT(silence_ms), "2000", 100, 600000,
     "a bank server silent for this long has its calls repeated at another one"},
    {"limits", "unavailable_ms", TW_CONFIG_INT, AT(unavailable_ms), "3000", 100, 600000,
     "how long a request waits for any bank server to be up"},
    {"log", "level", TW_CONFIG_STRING, AT(log_level), "info", 0, 0, "debug, info, warn or error"},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

static const char *const level_names[] = {[TW_LOG_DEBUG] = "debug",
                                          [TW_LOG_INFO] = "info",
                                          [TW_LOG_WARN] = "warn",
                                          [TW_LOG_ERROR] = "error"};

static bool find_level(const char *name, enum tw_log_level *ret_level) {
    for (int level = TW_LOG_DEBUG; level <= TW_LOG_ERROR; level++) {
        if (strcmp(level_names[level], name) == 0) {
            *ret_level = (enum tw_log_level)level;
            return true;
        }
    }
    return false;
}

static struct tw_status check(const struct tw_settings *settings, struct tw_error *ret_error) {
    struct tw_address address;
    enum tw_log_level level;
    struct tw_status status = tw_success();
    for (size_t i = 0; i < settings->listen.count && tw_ok(status); i++) {
        status = tw_address_parse(settings->listen.items[i], &address, ret_error);
    }
    for (size_t i = 0; i < settings->servers.count && tw_ok(status); i++) {
        int32_t bank_code;
        const char *server;
        status = tw_router_parse_bank(settings->servers.items[i], &bank_code, &server, ret_error);
    }
    if (tw_ok(status) && settings->metrics_listen[0] != '\0') {
        status = tw_address_parse(settings->metrics_listen, &address, ret_error);
        if (tw_ok(status) && !tw_address_is_loopback(&address)) {
            status = tw_fail(ret_error, TW_E_CONFIG, "metrics_listen is not a loopback address");
        }
    }
    if (tw_ok(status) && !find_level(settings->log_level, &level)) {
        status = tw_fail(ret_error, TW_E_CONFIG, "log level is not debug, info, warn or error");
    }
    return status;
}

struct tw_status tw_settings_load(const char *path, struct tw_settings *ret_settings,
                                  struct tw_error *ret_error) {
    struct tw_status status = tw_config_load(path, keys, KEY_COUNT, ret_settings, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    status = check(ret_settings, ret_error);
    if (!tw_ok(status)) {
        tw_settings_free(ret_settings);
        return ret_error != NULL ? tw_wrap(ret_error, "%s", path) : status;
    }
    return status;
}

void tw_settings_free(struct tw_settings *settings) {
    tw_config_free(keys, KEY_COUNT, settings);
}

void tw_settings_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}

enum tw_log_level tw_settings_log_level(const struct tw_settings *settings) {
    enum tw_log_level level = TW_LOG_INFO;
    bool known = find_level(settings->log_level, &level);
    tw_assert(known);
    return level;
}

struct tw_tls_files tw_settings_tls(const struct tw_settings *settings) {
    return (struct tw_tls_files){.certificate = settings->certificate,
                                 .key = settings->key,
                                 .root = settings->root,
                                 .crl = settings->crl};
}

struct tw_server_limits tw_settings_limits(const struct tw_settings *settings) {
    struct tw_server_limits limits = tw_server_limits_default;
    limits.json.bytes = (size_t)settings->line_bytes;
    limits.connections = (size_t)settings->connections;
    limits.connections_per_identity = (size_t)settings->connections_per_identity;
    limits.in_flight = (size_t)settings->in_flight;
    limits.in_flight_per_connection = (size_t)settings->in_flight_per_connection;
    limits.output_bytes = (size_t)settings->output_bytes;
    limits.handshake_ms = settings->handshake_ms;
    limits.idle_ms = settings->idle_ms;
    limits.line_ms = settings->line_ms;
    return limits;
}

struct tw_pool_options tw_settings_pool(const struct tw_settings *settings) {
    struct tw_pool_options options = tw_pool_options_default;
    options.connections_per_address = (size_t)settings->connections_per_server;
    options.calls_max = (size_t)settings->in_flight;
    options.silence_ms = settings->silence_ms;
    options.unavailable_ms = settings->unavailable_ms;
    return options;
}
