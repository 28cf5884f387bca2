/*
 * The agent's signed result for this bank: checked, posted, recorded. Internal to
 * flow/clearing*.c.
 *
 *   checked -> window_close of each settled pair -> settlement -> window_finish
 *
 * Each arrow may be where a bank server dies: whoever comes next hears the same result from the
 * agent, and what was posted answers from its stored decision.
 */
#ifndef BANK_FLOW_CLEARING_FINALITY_H
#define BANK_FLOW_CLEARING_FINALITY_H

#include "flow/clearing_parts.h"

/* Reads and checks the result against what was agreed. INVALID_PARAMS, CRYPTO, IDENTITY with the
 * reason: nothing of it may be posted. */
struct tw_status bank_finality_check(const struct bank_clearing *clearing,
                                     const struct bank_window_view *window, const char *finality,
                                     const char *certificate, struct ib_finality *ret_finality,
                                     struct tw_error *ret_error);
/* No-op when the window's result is being posted already, or the window is not pending. */
void bank_finality_begin(struct bank_clearing *clearing, int32_t window_no, const char *finality,
                         const char *certificate);
void bank_finality_lost(struct bank_clearing *clearing); /* the database connection */

/* What one bank may owe each other one, when it may owe cap to all of them together. */
int64_t bank_finality_limit(int64_t cap_minor, size_t participants);

#endif
