/*
 * Talk with the settlement agent about one window: where it stands there, our signed positions when
 * the agent does not have them, and what follows from its answer. Internal to flow/clearing*.c.
 *
 *   all pairs agreed: window_submit (the revision is raised) -> polled again
 *   pending: settlement.submit, until this process knows that the agent has this revision; then
 *            settlement.status
 *            -> finality    clearing_finality.h
 *            -> disputed    those pairs are reconciled again
 *            -> anything else is what the window waits for
 *
 * Every answer names the network's open window, which this bank follows (flow/window.h).
 */
#ifndef BANK_FLOW_CLEARING_AGENT_H
#define BANK_FLOW_CLEARING_AGENT_H

#include "flow/clearing_parts.h"

/* No-op when the window is talked about already. */
void bank_agent_submit(struct bank_clearing *clearing, const struct bank_window_view *window);
void bank_agent_ask(struct bank_clearing *clearing, const struct bank_window_view *window);
/* Only to hear of the open window. */
void bank_agent_follow(struct bank_clearing *clearing, int32_t window_no);
void bank_agent_lost(struct bank_clearing *clearing); /* the database connection */

#endif
