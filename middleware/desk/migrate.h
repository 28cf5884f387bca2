/* Brings a program's schema up to date: the work behind its command `migrate`. */
#ifndef TW_DESK_MIGRATE_H
#define TW_DESK_MIGRATE_H

#include "desk/ctl.h"

struct ctl_migration {
    const char *name; /* "0001_ledger" */
    const char *text;
};

/* In the order given, as the role that owns the schema. CONFLICT: the database's history differs.
 */
struct tw_status ctl_migrate_all(struct ctl *ctl, size_t owner,
                                 const struct ctl_migration *migrations, size_t count,
                                 struct tw_error *ret_error);

#endif
