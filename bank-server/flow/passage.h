/*
 * A request from the wire on its way through this bank server. Intake owns it and answers it; flows
 * drive it. item starts as the request's own operation and is reused, step by step, for what the
 * flow books; one of decided, relay and fail is called exactly once, then the passage is gone.
 */
#ifndef BANK_FLOW_PASSAGE_H
#define BANK_FLOW_PASSAGE_H

#include "flow/flows.h"

struct bank_passage;

struct bank_passage {
    struct bank_item item;    /* first: the engine's callback gets its address */
    const struct bank_op *op; /* of the request */
    struct bank_flows *flows;
    int64_t deadline_us; /* of the caller */
    int32_t issuer;      /* acquire: who decides */
    int phase;           /* of the flow */
    enum tw_rc refusal;  /* acquire: our own, while the issuer is asked whether it comes too late */
    json_t *params;      /* what is asked of the issuer; owned */
    json_t *result;      /* what the issuer answered; owned */
    void (*decided)(struct bank_passage *passage);               /* answers by item.op, from item */
    void (*relay)(struct bank_passage *passage, json_t *result); /* steals result */
    void (*fail)(struct bank_passage *passage, const struct tw_error *error);
};

/* Runs op on the passage's item as a step of its own; done is called once, later. */
void bank_passage_step(struct bank_passage *passage, const struct bank_op *op,
                       bank_item_done_fn done);

#endif
