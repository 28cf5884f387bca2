/*
 * Many deposits are posted in rounds: a round of items is submitted, the engine makes batches of
 * them, and the next round begins when all are done. A sliding window would be faster by the tail
 * of each round and needs a free list; bulk loading is not worth that.
 */
#include "ctl/counter.h"

#include <stdlib.h>

#include "engine/engine.h"

#define ANSWER_US   INT64_C(30000000)
#define BATCH_MAX   500
#define ROUND_ITEMS 4000

struct ctl_counter {
    const struct ctl *ctl;
    struct bank_services services;
    struct tw_loop *loop;
    struct bank_engine *engine;
    struct bank_item *items; /* of the round that is under way */
    size_t unfinished;
    bool round_done;
};

struct tw_status ctl_counter_open(const struct ctl *ctl, struct ctl_counter **ret_counter,
                                  struct tw_error *ret_error) {
    struct ctl_counter *counter = calloc(1, sizeof *counter);
    tw_assert(counter != NULL);
    counter->ctl = ctl;
    counter->services = (struct bank_services){
        .bank_code = ctl->format.bank_code,
        .clock = ctl->clock,
        .random = ctl->random,
    };
    const struct bank_engine_options options = {
        .conninfo = ctl->settings->conninfos[CTL_BANK],
        .server_name = "bankctl",
        .lanes = 1,
        .batch_max = BATCH_MAX,
        .budget_ms = 5000,
        .queue_max = ROUND_ITEMS,
    };
    struct tw_status status = tw_loop_new(ctl->clock, ctl->random, &counter->loop, ret_error);
    if (tw_ok(status)) {
        status = bank_engine_new(counter->loop, &counter->services, &options, &counter->engine,
                                 ret_error);
    }
    if (!tw_ok(status)) {
        ctl_counter_close(counter);
        return status;
    }
    *ret_counter = counter;
    return status;
}

void ctl_counter_close(struct ctl_counter *counter) {
    if (counter == NULL) {
        return;
    }
    bank_engine_free(counter->engine);
    tw_loop_free(counter->loop);
    free(counter->items); /* after the engine, which may still have held some */
    free(counter);
}

static void set_up(const struct ctl_counter *counter, struct bank_item *item,
                   const struct bank_op *op, const struct bank_counter_request *request) {
    *item = (struct bank_item){
        .op = op,
        .acquirer = counter->ctl->format.bank_code,
        .request.counter = *request,
        .peer_answer.peer = request->peer,
    };
}

static struct tw_status outcome(const struct bank_item *item, struct tw_error *ret_error) {
    if (item->origin == BANK_UNDECIDED) {
        return tw_fail(ret_error, item->error.code, "%s", item->error.detail);
    }
    enum tw_rc rc = item->decision.rc;
    return rc == TW_RC_APPROVED ? tw_success()
                                : tw_fail(ret_error, TW_E_CONFLICT, "declined: %s %s",
                                          tw_rc_digits(rc), tw_rc_text(rc));
}

/* counter->items is the one item. */
static struct tw_status run(struct ctl_counter *counter, struct bank_decision *ret_decision,
                            struct tw_error *ret_error) {
    struct bank_item *item = counter->items;
    struct tw_status status = bank_engine_run(counter->engine, counter->loop, item,
                                              tw_loop_now_us(counter->loop) + ANSWER_US, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_decision = item->decision;
    ret_decision->detail = NULL;
    status = outcome(item, ret_error);
    bank_item_clear(item);
    free(item);
    counter->items = NULL;
    return status;
}

static struct bank_item *new_item(struct ctl_counter *counter) {
    tw_assert(counter->items == NULL);
    counter->items = calloc(1, sizeof *counter->items);
    tw_assert(counter->items != NULL);
    return counter->items;
}

struct tw_status ctl_counter_post(struct ctl_counter *counter, const struct bank_op *op,
                                  const struct bank_counter_request *request,
                                  struct bank_decision *ret_decision, struct tw_error *ret_error) {
    set_up(counter, new_item(counter), op, request);
    return run(counter, ret_decision, ret_error);
}

struct tw_status ctl_counter_correct(struct ctl_counter *counter,
                                     const struct bank_break_request *request,
                                     struct bank_decision *ret_decision,
                                     struct tw_error *ret_error) {
    *new_item(counter) = (struct bank_item){
        .op = &bank_op_break_correct,
        .acquirer = counter->ctl->format.bank_code,
        .request.correction = *request,
    };
    return run(counter, ret_decision, ret_error);
}

static void on_item_done(struct bank_item *item) {
    struct ctl_counter *counter = item->context;
    counter->round_done = --counter->unfinished == 0;
}

static struct tw_status submit_round(struct ctl_counter *counter, int64_t first_account,
                                     size_t count, int64_t amount_minor,
                                     struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    counter->unfinished = 0;
    counter->round_done = false;
    for (size_t i = 0; tw_ok(status) && i < count; i++) {
        struct bank_item *item = &counter->items[i];
        const struct bank_counter_request request = {
            .header.txid = tw_uuid_v7(counter->ctl->clock, counter->ctl->random),
            .account_id = first_account + (int64_t)i,
            .amount = amount_minor,
        };
        set_up(counter, item, &bank_op_counter_deposit, &request);
        item->done = on_item_done;
        item->context = counter;
        item->deadline_us = tw_loop_now_us(counter->loop) + ANSWER_US;
        bank_op_prepare(item, &counter->services);
        status = bank_engine_submit(counter->engine, item, ret_error);
        counter->unfinished += tw_ok(status);
    }
    return status;
}

static struct tw_status finish_round(struct ctl_counter *counter, size_t count,
                                     struct tw_error *ret_error) {
    if (!tw_loop_run_until(counter->loop, &counter->round_done,
                           tw_loop_now_us(counter->loop) + ANSWER_US)) {
        return tw_fail(ret_error, TW_E_DEADLINE,
                       "the database did not answer in time: outcome unknown");
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < count; i++) {
        if (tw_ok(status)) {
            status = outcome(&counter->items[i], ret_error);
        }
        bank_item_clear(&counter->items[i]);
    }
    return status;
}

struct tw_status ctl_counter_deposit_all(struct ctl_counter *counter, int64_t first_account,
                                         int64_t count, int64_t amount_minor,
                                         struct tw_error *ret_error) {
    tw_assert(counter->items == NULL);
    counter->items = calloc(ROUND_ITEMS, sizeof *counter->items);
    tw_assert(counter->items != NULL);
    struct tw_status status = tw_success();
    for (int64_t done = 0; tw_ok(status) && done < count; done += ROUND_ITEMS) {
        size_t round = count - done < ROUND_ITEMS ? (size_t)(count - done) : ROUND_ITEMS;
        status = submit_round(counter, first_account + done, round, amount_minor, ret_error);
        if (tw_ok(status)) {
            status = finish_round(counter, round, ret_error);
        }
    }
    return status;
}
