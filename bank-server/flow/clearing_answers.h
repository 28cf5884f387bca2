/*
 * What this bank answers when a peer asks about a settlement window of the two: window.totals,
 * window.buckets, window.items, window.find. From a connection of its own, so that a question about
 * a million items never waits in front of a posting; few questions at a time, more are BUSY.
 *
 *   question: STATE (is the window closed here?) -> WALKING (its items, in chunks) -> answered
 *                                                \-> totals: answered from the positions
 *
 * Only the bank of the certificate is told, and only about itself. Nothing is changed.
 */
#ifndef BANK_FLOW_CLEARING_ANSWERS_H
#define BANK_FLOW_CLEARING_ANSWERS_H

#include "flow/passage.h"
#include "sign/signed.h"

struct bank_answers;

struct bank_answers_options {
    const char *conninfo, *server_name;
    const struct ib_signer *signer;
    int64_t drain_ms; /* what was asked before both closed is in doubt for so long */
};

struct tw_status bank_answers_new(struct bank_flows *flows,
                                  const struct bank_answers_options *options,
                                  struct bank_answers **ret_answers, struct tw_error *ret_error);
void bank_answers_free(struct bank_answers *answers);

void bank_answers_ask(struct bank_answers *answers, struct bank_passage *passage);

#endif
