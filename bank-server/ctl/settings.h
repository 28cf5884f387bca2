/* bankctl.ini: which bank, and how to reach its database in each of the four roles. */
#ifndef BANK_CTL_SETTINGS_H
#define BANK_CTL_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "core/status.h"

/* The roles of sql/migrations/0003: a command uses the weakest one that can do its work. */
enum ctl_role { CTL_OWNER, CTL_OPERATOR, CTL_BANK, CTL_AUDIT, CTL_ROLE_COUNT };

struct ctl_settings {
    int64_t bank_code;
    char *keyring;                   /* file of the issuer's secrets */
    char *root;                      /* certificate that directories are signed by; "": none */
    char *conninfos[CTL_ROLE_COUNT]; /* libpq connection strings */
};

struct tw_status ctl_settings_load(const char *path, struct ctl_settings *ret_settings,
                                   struct tw_error *ret_error);
void ctl_settings_free(struct ctl_settings *settings);
void ctl_settings_help(FILE *out);

#endif
