/* One table; defaults are texts, read like a file's values. */
#include "daemon/config.h"

#include <string.h>

#define KEY(section_, key_, kind_, field_, ...)                                                    \
    {                                                                                              \
        .section = (section_), .key = (key_), .kind = TW_CONFIG_##kind_,                           \
        .offset = offsetof(struct bank_config, field_), __VA_ARGS__                                \
    }

static const struct tw_config_key keys[] = {
    KEY("server", "name", STRING, name, .help = "name of this process, unique within the bank"),
    KEY("server", "listen", LIST, listen,
        .help = "address and port for middlewares and peers; may stand several times"),
    KEY("server", "metrics_listen", STRING, metrics_listen, .fallback = "",
        .help = "loopback address and port for /metrics, /healthz, /readyz; empty: none"),
    KEY("tls", "certificate", PATH, certificate, .help = "PEM, this bank's certificate"),
    KEY("tls", "key", PATH, key, .help = "PEM, its key; mode 0600"),
    KEY("tls", "root", PATH, root, .help = "PEM, the network's root"),
    KEY("tls", "crl", PATH, crl, .help = "PEM, the network's revocation list; SIGHUP reloads"),
    KEY("bank", "code", STRING, code, .help = "bank code, eight digits"),
    KEY("bank", "keyring", PATH, keyring, .help = "secrets for PIN, PAN and session digests"),
    KEY("bank", "pin_key", PATH, pin_key, .help = "PEM, private key that PIN blocks are made for"),
    KEY("bank", "pin_certificate", PATH, pin_certificate,
        .help = "PEM, its certificate, handed to terminals"),
    KEY("bank", "session_idle_s", INT, session_idle_s, .fallback = "120", .min = 5, .max = 3600,
        .help = "a session ends after this many seconds without an operation"),
    KEY("database", "conninfo", STRING, conninfo,
        .help = "libpq connection string, role tw_bank; several hosts for a replicated cluster"),
    KEY("database", "lanes", INT, lanes, .fallback = "2", .min = 1, .max = 8,
        .help = "posting connections, each runs one batch at a time"),
    KEY("database", "readers", INT, readers, .fallback = "1", .min = 1, .max = 8,
        .help = "connections for balances and statements"),
    KEY("database", "batch_max", INT, batch_max, .fallback = "500", .min = 1, .max = 2000,
        .help = "most items of one batch"),
    KEY("database", "budget_ms", INT, budget_ms, .fallback = "5000", .min = 500, .max = 60000,
        .help = "a batch that takes longer makes this server not ready"),
    KEY("interbank", "issuer_wait_ms", INT, issuer_wait_ms, .fallback = "15000", .min = 100,
        .max = 120000, .help = "how long a foreign card's bank may take before it is reversed"),
    KEY("interbank", "beneficiary_wait_ms", INT, beneficiary_wait_ms, .fallback = "7000",
        .min = 100, .max = 60000,
        .help = "how long a payee's bank may take before the payer hears: pending"),
    KEY("settlement", "agent", LIST, agent, .fallback = "",
        .help = "address and port of the settlement agent; may stand several times; none: closed "
                "windows are reconciled and wait"),
    KEY("settlement", "poll_ms", INT, poll_ms, .fallback = "2000", .min = 100, .max = 60000,
        .help = "how often closed windows are looked after"),
    KEY("settlement", "drain_ms", INT, drain_ms, .fallback = "20000", .min = 0, .max = 600000,
        .help = "how long items may still come after both banks have closed a window; longer than "
                "issuer_wait_ms of any bank"),
    KEY("settlement", "drain_max_ms", INT, drain_max_ms, .fallback = "300000", .min = 0,
        .max = 86400000,
        .help = "how long messages that are not acknowledged may hold up the comparison"),
    KEY("limits", "connections", INT, connections, .fallback = "1000", .min = 1, .max = 65000,
        .help = "open connections"),
    KEY("limits", "in_flight", INT, in_flight, .fallback = "20000", .min = 1, .max = 1000000,
        .help = "requests under way; more are answered busy"),
    KEY("limits", "queue_max", INT, queue_max, .fallback = "10000", .min = 1, .max = 1000000,
        .help = "items waiting for the database; more are answered busy"),
    KEY("limits", "deadline_ms", INT, deadline_ms, .fallback = "5000", .min = 100, .max = 60000,
        .help = "most time a request may wait here; less when its caller has less"),
    KEY("log", "level", STRING, log_level, .fallback = "info",
        .help = "debug, info, warn or error"),
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

struct tw_status bank_config_load(const char *path, struct bank_config *ret_config,
                                  struct tw_error *ret_error) {
    return tw_config_load(path, keys, KEY_COUNT, ret_config, ret_error);
}

void bank_config_free(struct bank_config *config) {
    tw_config_free(keys, KEY_COUNT, config);
}

void bank_config_help(void) {
    tw_config_help(stdout, keys, KEY_COUNT);
}

struct tw_status bank_config_code(const struct bank_config *config, int32_t *ret_bank_code,
                                  struct tw_error *ret_error) {
    int32_t code = 0;
    size_t length = strlen(config->code);
    bool digits = length == 8 && strspn(config->code, "0123456789") == length;
    for (size_t i = 0; digits && i < length; i++) {
        code = code * 10 + (config->code[i] - '0');
    }
    if (!digits || code < 90000000) {
        return tw_fail(ret_error, TW_E_CONFIG, "[bank] code: eight digits beginning with 9");
    }
    *ret_bank_code = code;
    return tw_success();
}

struct tw_status bank_config_log_level(const struct bank_config *config,
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
