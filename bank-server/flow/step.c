/* The item is the first member of what is allocated, so its address leads back to the rest. */
#include "flow/step.h"

#include <stdlib.h>

struct step {
    struct bank_item item;
    bank_step_done_fn done;
    void *context;
};

struct bank_item *bank_step_new(struct bank_flows *flows, const struct bank_op *op) {
    struct step *step = calloc(1, sizeof *step);
    if (step == NULL) {
        return NULL;
    }
    step->item.op = op;
    step->item.acquirer = flows->services->bank_code;
    return &step->item;
}

static void on_done(struct bank_item *item) {
    struct step *step = (struct step *)item;
    step->done(step->context, item);
    bank_item_clear(item);
    free(step);
}

void bank_step_run(struct bank_flows *flows, struct bank_item *item, bank_step_done_fn done,
                   void *context) {
    struct step *step = (struct step *)item;
    step->done = done;
    step->context = context;
    item->done = on_done;
    item->deadline_us = tw_loop_now_us(flows->loop) + BANK_BOOKING_US;
    bank_op_prepare(item, flows->services);
    struct tw_status status = flows->stopping
                                  ? tw_fail(&item->error, TW_E_SHUTTING_DOWN, "shutting down")
                                  : bank_engine_submit(flows->engine, item, &item->error);
    if (!tw_ok(status)) {
        item->origin = BANK_UNDECIDED;
        on_done(item);
    }
}

bool bank_step_decided(const struct bank_item *item) {
    return item->origin == BANK_FRESH || item->origin == BANK_STORED;
}
