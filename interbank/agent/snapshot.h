/* Reads a window with its members and their positions from the database, inside the caller's
 * transaction. Errors: DATABASE, SERIALIZATION, NO_MEMORY, NOT_FOUND (no agent was created). */
#ifndef AGENT_SNAPSHOT_H
#define AGENT_SNAPSHOT_H

#include "agent/window.h"
#include "desk/database.h"

/* now_ms: wall clock, for window->due. The caller clears *ret_window, whatever comes back. */
struct tw_status agent_snapshot_read(PGconn *connection, int64_t window_no, int64_t now_ms,
                                     struct agent_window *ret_window, struct tw_error *ret_error);

#endif
