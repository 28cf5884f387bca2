/* settlement-agent.ini: every key with its documentation. The same table checks the file, prints
 * --help-config and is what docs/OPERATIONS.md describes. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include "core/config.h"
#include "core/log.h"

struct agent_config {
    char *name;
    struct tw_config_list listen;
    char *metrics_listen;
    char *certificate, *key, *root, *crl;
    char *conninfo;
    int64_t retries, retry_ms;
    int64_t connections, deadline_ms;
    char *log_level;
};

struct tw_status agent_config_load(const char *path, struct agent_config *ret_config,
                                   struct tw_error *ret_error);
void agent_config_free(struct agent_config *config);
void agent_config_help(void);
struct tw_status agent_config_log_level(const struct agent_config *config,
                                        enum tw_log_level *ret_level, struct tw_error *ret_error);

#endif
