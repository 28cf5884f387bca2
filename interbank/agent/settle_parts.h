/* What the parts of settlement share. Internal to agent/. */
#ifndef AGENT_SETTLE_PARTS_H
#define AGENT_SETTLE_PARTS_H

#include "agent/settle.h"

struct agent_attempt {
    struct agent *agent;
    PGconn *connection;
    int64_t window_no;
    struct agent_window window; /* as it was at the beginning */
    enum agent_progress progress;
    int64_t shortfall_minor[TW_PARTICIPANTS_MAX]; /* by member: what who defaulted lacked */
    size_t defaults;
};

/* What may be used at this attempt. */
enum ib_resort agent_attempt_resort(const struct agent_attempt *attempt);
/* Tries again later; the reason names who lacks how much by the plan. */
struct tw_status agent_attempt_postpone(struct agent_attempt *attempt, const struct ib_plan *plan,
                                        struct tw_currency currency, struct tw_error *ret_error);

/* post.c: books one step of a plan as step number step_no of the window. */
struct tw_status agent_post_step(const struct agent_attempt *attempt, const struct ib_plan *plan,
                                 size_t step, int64_t step_no, struct tw_currency currency,
                                 struct tw_error *ret_error);
/* Suspends whose prefunding the step drew, with what is left of it as cap. */
struct tw_status agent_post_suspend(const struct agent_attempt *attempt, const struct ib_plan *plan,
                                    size_t step, struct tw_error *ret_error);
/* Whom the plan took out has defaulted. */
struct tw_status agent_post_default(struct agent_attempt *attempt, const struct ib_plan *plan,
                                    struct tw_error *ret_error);

/* gross.c */
struct tw_status agent_settle_gross(struct agent_attempt *attempt, struct tw_error *ret_error);

/* result.c: writes and signs what the window was for each member; the window is final. */
struct tw_status agent_result_write(struct agent_attempt *attempt, struct tw_error *ret_error);

#endif
