/*
 * Settlement windows of this bank: which one is open, and when it is cut over. At the bank's own
 * times (bank.cut_over_times, UTC), and when the network is ahead. Any bank server of the bank may
 * do it; the database lets one of them.
 *
 * A time is due when it lies between the opening of the open window (or the setting of the times,
 * if that was later) and now. So a bank that was down at its time cuts over once when it is back, a
 * clock that jumps ahead cuts over once, and one that jumps back does not do so again.
 */
#ifndef BANK_FLOW_WINDOW_H
#define BANK_FLOW_WINDOW_H

#include "flow/flows.h"

struct bank_windows;

struct tw_status bank_windows_new(struct bank_flows *flows, const char *conninfo,
                                  const char *server_name, struct bank_windows **ret_windows,
                                  struct tw_error *ret_error);
void bank_windows_free(struct bank_windows *windows);

/* The open window, as last read; 0: not read yet. */
int32_t bank_windows_open(const struct bank_flows *flows);

/* open_window_no is the network's open window: cuts over, in a moment, until it is the bank's, too;
 * a few windows a call, so say it again. Never goes back. */
void bank_windows_follow(struct bank_flows *flows, int32_t open_window_no);

#endif
