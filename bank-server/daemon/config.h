/* bank-server.ini: every key with its documentation. The same table checks the file, prints
 * --help-config and is what docs/OPERATIONS.md describes. */
#ifndef BANK_DAEMON_CONFIG_H
#define BANK_DAEMON_CONFIG_H

#include "core/config.h"
#include "core/log.h"

struct bank_config {
    char *name;
    struct tw_config_list listen;
    char *metrics_listen;
    char *certificate, *key, *root, *crl;
    char *code;
    char *keyring, *pin_key, *pin_certificate;
    int64_t session_idle_s;
    char *conninfo;
    int64_t lanes, readers, batch_max, budget_ms;
    int64_t issuer_wait_ms, beneficiary_wait_ms;
    struct tw_config_list agent;
    int64_t poll_ms, drain_ms, drain_max_ms;
    int64_t connections, in_flight, queue_max, deadline_ms;
    char *log_level;
};

struct tw_status bank_config_load(const char *path, struct bank_config *ret_config,
                                  struct tw_error *ret_error);
void bank_config_free(struct bank_config *config);
void bank_config_help(void);
/* Numbers behind the texts. */
struct tw_status bank_config_code(const struct bank_config *config, int32_t *ret_bank_code,
                                  struct tw_error *ret_error);
struct tw_status bank_config_log_level(const struct bank_config *config,
                                       enum tw_log_level *ret_level, struct tw_error *ret_error);

#endif
