/*
 * Plays the steps of a scenario on the network that was built for it. Blocks (repeat, sweep,
 * parallel, load) are frames on a stack, so that they may stand in each other. The first step that
 * does not go as expected ends the steps; the invariants are looked at anyway.
 */
#ifndef SCN_PLAY_H
#define SCN_PLAY_H

#include "scenario/report.h"
#include "scenario/run.h"
#include "scenario/schema.h"

/* What came of one step. Owned by the player. */
struct scn_played {
    json_t *report; /* the terminal's report, the message's answer, ...; NULL: none */
    char *shown;    /* the same in a few words */
    char *problem;  /* it could not be done; NULL: it was, whatever came of it */
    bool crashed;   /* the terminal lost its power, as asked */
};

/* False when a step did not go as expected. */
TW_MUST_USE bool scn_play(struct scn_run *run);
/* One step, as the player does it, reported; for record.c too. */
TW_MUST_USE bool scn_play_one(struct scn_run *run, const json_t *step, size_t line, size_t depth);
void scn_played_clear(struct scn_played *played);

/* parallel.c: steps at terminals begun together. False when one did not go as expected. */
TW_MUST_USE bool scn_play_parallel(struct scn_run *run, const json_t *block, const char *pointer,
                                   size_t depth);
/* Verdict and report of a step that was played; false when it did not go as expected. */
TW_MUST_USE bool scn_play_judge(struct scn_run *run, const json_t *step, struct scn_played *played);

/* describe.c: a step in a line for people; malloc'd. */
char *scn_describe(const json_t *step);
/* What a terminal's report says, in a few words; malloc'd. */
char *scn_describe_report(const json_t *report);

/* expect.c: holds what came back against the step's expect; malloc'd reason or NULL. */
char *scn_expect_answer(struct scn_run *run, const json_t *step, const struct scn_played *played);
/* state.c: the network against an expectation of it; reports each. Malloc'd reason of the first
 * that does not hold. tell: each one is reported by itself. */
char *scn_expect_state(struct scn_run *run, const json_t *expect, bool tell);
/* postings.c: malloc'd reason, or NULL; waits as long as it may. */
char *scn_expect_postings(struct scn_run *run, const json_t *postings, const char *txid,
                          int64_t within_us);

/* Steps, by family. */
void scn_step_terminal(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_power_loss(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_say(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_wait(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_expect(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_drain(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_bankctl(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_card(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_account(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_peer(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_return(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_resolve(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_advance_date(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_process(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_crash_at(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_await_end(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_link(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_rule(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_rules_end(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_await_rule(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_message(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_seed_break(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_await_settlement(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_settlectl(struct scn_run *run, const json_t *step, struct scn_played *played);
void scn_step_resolve_breaks(struct scn_run *run, const json_t *step, struct scn_played *played);
/* step_bank.c: arguments of bankctl and settlectl with names resolved, ended by NULL; free each. */
char *scn_word(struct scn_run *run, const char *text); /* one of them */
void scn_words(struct scn_run *run, const json_t *list, const char **words, size_t room);
void scn_step_cut_over(struct scn_run *run, const json_t *step, struct scn_played *played);

/* Translates a step at a terminal into atm-client's own; new reference or NULL with a problem. */
json_t *scn_terminal_step(struct scn_run *run, const json_t *step, char **ret_problem);

#endif
