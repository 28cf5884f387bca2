/* One table of keys; core/config does the rest. */
#include "settlectl/settings.h"

#include <stddef.h>

#include "core/config.h"

#define ROLE(key, role, help)                                                                      \
    {                                                                                              \
        "database", key, TW_CONFIG_STRING, offsetof(struct ctl_settings, conninfos[role]), NULL,   \
            0, 0, help                                                                             \
    }

static const struct tw_config_key keys[] = {
    {"tls", "root", TW_CONFIG_PATH, offsetof(struct ctl_settings, root), NULL, 0, 0,
     "PEM, the network's root; needed for the audit only"},
    {"tls", "crl", TW_CONFIG_PATH, offsetof(struct ctl_settings, crl), NULL, 0, 0,
     "PEM, the network's revocation list"},
    ROLE("owner", SETTLECTL_OWNER, "connection string of the schema's owner: migrations"),
    ROLE("operator", SETTLECTL_OPERATOR,
         "connection string of tw_agent_operator: participants and settings"),
    ROLE("agent", SETTLECTL_AGENT, "connection string of tw_agent: money and cut-over"),
    ROLE("audit", SETTLECTL_AUDIT,
         "connection string of tw_agent_audit: lists, reports and the audit"),
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

struct tw_status settlectl_settings_load(const char *path, struct ctl_settings *ret_settings,
                                         struct tw_error *ret_error) {
    return tw_config_load(path, keys, KEY_COUNT, ret_settings, ret_error);
}

void settlectl_settings_free(struct ctl_settings *settings) {
    tw_config_free(keys, KEY_COUNT, settings);
}

void settlectl_settings_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}
