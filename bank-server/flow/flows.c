/* What flows share in deed, not only in data. */
#include "flow/flows.h"

#include "db/statements.h"

struct tw_status bank_flows_connect(const struct bank_flows *flows, const char *conninfo,
                                    const char *name, void (*on_ready)(void *context),
                                    void (*on_lost)(void *context), void *context,
                                    struct bank_db **ret_db, struct tw_error *ret_error) {
    struct bank_db_options options = {.conninfo = conninfo,
                                      .application_name = name,
                                      .statements = bank_statements,
                                      .statement_count = BANK_STATEMENT_COUNT,
                                      .on_ready = on_ready,
                                      .on_lost = on_lost,
                                      .context = context};
    return bank_db_new(flows->loop, &options, ret_db, ret_error);
}
