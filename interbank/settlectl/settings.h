/* settlectl.ini: how to reach the agent's database in each of the four roles. */
#ifndef SETTLECTL_SETTINGS_H
#define SETTLECTL_SETTINGS_H

#include <stdio.h>

#include "core/status.h"

/* The roles of sql/settlement/migrations/0003: a command uses the weakest one that can do its work.
 */
enum settlectl_role {
    SETTLECTL_OWNER,
    SETTLECTL_OPERATOR,
    SETTLECTL_AGENT,
    SETTLECTL_AUDIT,
    SETTLECTL_ROLE_COUNT
};

struct ctl_settings {
    char *root, *crl; /* to check signatures in the audit */
    char *conninfos[SETTLECTL_ROLE_COUNT];
};

struct tw_status settlectl_settings_load(const char *path, struct ctl_settings *ret_settings,
                                         struct tw_error *ret_error);
void settlectl_settings_free(struct ctl_settings *settings);
void settlectl_settings_help(FILE *out);

#endif
