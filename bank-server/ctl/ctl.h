/* bankctl's part of what commands work with (desk/ctl.h): the bank's row. */
#ifndef BANK_CTL_CTL_H
#define BANK_CTL_CTL_H

#include "core/uuid.h"
#include "ctl/settings.h"
#include "ctl/value.h"
#include "desk/ctl.h"

/* Connects in the role and reads the bank's row; NOT_FOUND when it was not created yet. */
struct tw_status ctl_open(struct ctl *ctl, enum ctl_role role, PGconn **ret_connection,
                          struct tw_error *ret_error);

/* Opens as auditor and asks sql about one txid ($1). NOT_FOUND, "<missing> <txid>", when there is
 * no row. */
struct tw_status ctl_find(struct ctl *ctl, const char *sql, const struct tw_uuid *txid,
                          const char *missing, PGresult **ret_row, struct tw_error *ret_error);

/* Master data: opens as tw_operator, begins. The change counts once ctl_finish_change returned. */
struct tw_status ctl_begin_change(struct ctl *ctl, PGconn **ret_connection,
                                  struct tw_error *ret_error);

#endif
