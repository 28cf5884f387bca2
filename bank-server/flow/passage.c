/* A step that the engine refuses (BUSY) ends like one that could not be decided. */
#include "flow/passage.h"

void bank_passage_step(struct bank_passage *passage, const struct bank_op *op,
                       bank_item_done_fn done) {
    struct bank_item *item = &passage->item;
    struct bank_flows *flows = passage->flows;
    item->op = op;
    item->done = done;
    item->context = passage;
    item->every_stripe = false;
    item->open_window = false;
    item->origin = BANK_UNDECIDED;
    int64_t now_us = tw_loop_now_us(flows->loop);
    bool reads = (op->flags & BANK_OP_READS) != 0;
    item->deadline_us = reads ? passage->deadline_us : now_us + BANK_BOOKING_US;
    bank_op_prepare(item, flows->services);
    struct tw_status status = flows->stopping
                                  ? tw_fail(&item->error, TW_E_SHUTTING_DOWN, "shutting down")
                                  : bank_engine_submit(flows->engine, item, &item->error);
    if (!tw_ok(status)) {
        done(item);
    }
}
