/* One table; defaults are texts, read like a file's values. */
#include "agent/config.h"

#include <string.h>

#define KEY(section_, key_, kind_, field_, ...)                                                    \
    {                                                                                              \
        .section = (section_), .key = (key_), .kind = TW_CONFIG_##kind_,                           \
        .offset = offsetof(struct agent_config, field_), __VA_ARGS__                               \
    }

static const struct tw_config_key keys[] = {
    KEY("server", "name", STRING, name, .help = "name of this process, unique within the agent"),
    KEY("server", "listen", LIST, listen,
        .help = "address and port for banks; may stand several times"),
    KEY("server", "metrics_listen", STRING, metrics_listen, .fallback = "",
        .help = "loopback address and port for /metrics, /healthz, /readyz; empty: none"),
    KEY("tls", "certificate", PATH, certificate, .help = "PEM, the agent's certificate"),
    KEY("tls", "key", PATH, key, .help = "PEM, its key, which also signs results; mode 0600"),
    KEY("tls", "root", PATH, root, .help = "PEM, the network's root"),
    KEY("tls", "crl", PATH, crl, .help = "PEM, the network's revocation list; SIGHUP reloads"),
    KEY("database", "conninfo", STRING, conninfo,
        .help = "libpq connection string, role tw_agent; several hosts for a replicated cluster"),
    KEY("settlement", "retries", INT, retries, .fallback = "5", .min = 0, .max = 1000,
        .help = "how often a settlement that lacks money is put off before prefunding is drawn"),
    KEY("settlement", "retry_ms", INT, retry_ms, .fallback = "60000", .min = 1, .max = 86400000,
        .help = "how long it is put off each time"),
    KEY("limits", "connections", INT, connections, .fallback = "512", .min = 1, .max = 65000,
        .help = "open connections"),
    KEY("limits", "deadline_ms", INT, deadline_ms, .fallback = "20000", .min = 100, .max = 60000,
        .help = "most time a request may wait here; less when its caller has less"),
    KEY("log", "level", STRING, log_level, .fallback = "info",
        .help = "debug, info, warn or error"),
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

struct tw_status agent_config_load(const char *path, struct agent_config *ret_config,
                                   struct tw_error *ret_error) {
    return tw_config_load(path, keys, KEY_COUNT, ret_config, ret_error);
}

void agent_config_free(struct agent_config *config) {
    tw_config_free(keys, KEY_COUNT, config);
}

void agent_config_help(void) {
    tw_config_help(stdout, keys, KEY_COUNT);
}

struct tw_status agent_config_log_level(const struct agent_config *config,
                                        enum tw_log_level *ret_level, struct tw_error *ret_error) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(config->log_level, names[i]) == 0) {
            *ret_level = (enum tw_log_level)i;
            return tw_success();
        }
    }
    return tw_fail(ret_error, TW_E_CONFIG, "[log] level: debug, info, warn or error");
}
