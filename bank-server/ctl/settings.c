/* One table of keys; core/config does the rest. */
#include "ctl/settings.h"

#include <stddef.h>

#include "core/config.h"

static const struct tw_config_key keys[] = {
    {"bank", "code", TW_CONFIG_INT, offsetof(struct ctl_settings, bank_code), NULL, 90000000,
     99999999, "eight-digit bank code, as in the bank's IBANs"},
    {"bank", "keyring", TW_CONFIG_PATH, offsetof(struct ctl_settings, keyring), NULL, 0, 0,
     "file with the keys of PIN and PAN digests, mode 0600; needed for cards only"},
    {"bank", "root", TW_CONFIG_PATH, offsetof(struct ctl_settings, root), "", 0, 0,
     "certificate of the network's root, PEM; needed for directories, routes and peers only"},
    {"database", "owner", TW_CONFIG_STRING, offsetof(struct ctl_settings, conninfos[CTL_OWNER]),
     NULL, 0, 0, "connection string of the schema's owner: migrations"},
    {"database", "operator", TW_CONFIG_STRING,
     offsetof(struct ctl_settings, conninfos[CTL_OPERATOR]), NULL, 0, 0,
     "connection string of tw_operator: master data"},
    {"database", "bank", TW_CONFIG_STRING, offsetof(struct ctl_settings, conninfos[CTL_BANK]), NULL,
     0, 0, "connection string of tw_bank: money at the counter"},
    {"database", "audit", TW_CONFIG_STRING, offsetof(struct ctl_settings, conninfos[CTL_AUDIT]),
     NULL, 0, 0, "connection string of tw_audit: lists, reports and the audit"},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

struct tw_status ctl_settings_load(const char *path, struct ctl_settings *ret_settings,
                                   struct tw_error *ret_error) {
    return tw_config_load(path, keys, KEY_COUNT, ret_settings, ret_error);
}

void ctl_settings_free(struct ctl_settings *settings) {
    tw_config_free(keys, KEY_COUNT, settings);
}

void ctl_settings_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}
