/*
 * Slots are fixed: a payer with its card, terminal and sealed token each. Only what differs from
 * one transfer to the next is written again, so that the engine is measured and not the clearing of
 * requests.
 */
#include "closed_loop.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "ops/session_token.h"

#define BUDGET_MS     5000
#define DEADLINE_US   INT64_C(30000000)
#define CONNECTING_US INT64_C(10000000)
#define LOOK_US       INT64_C(1000)
#define US_PER_S      INT64_C(1000000)

enum stage { CONNECTING, WARMING, MEASURING, ENDING, STAGE_COUNT };

struct load;

struct slot {
    struct bank_item item;
    struct load *load;
    const struct bench_payer *payer;
    int64_t began_us;
};

struct load {
    const struct bench_options *options;
    const struct bench_bank *bank;
    struct bank_services services;
    struct tw_loop *loop;
    struct bank_engine *engine;
    struct slot *slots;
    int64_t *next_stans; /* by terminal */
    size_t in_flight;
    enum stage stage;
    struct tw_timer timer;
    struct tw_seeded chance;
    struct bank_engine_counters before; /* measuring */
    int64_t began_us, cpu_before_us;
    struct bench_result *result;
    struct tw_error reason;
};

static void stop_with(struct load *load, enum tw_code code, const char *reason) {
    if (load->reason.code == TW_E_NONE) {
        struct tw_status status = tw_fail(&load->reason, code, "%s", reason);
        (void)status;
    }
    tw_loop_stop(load->loop);
}

/* --- transfers ------------------------------------------------------------------------------- */

static void fill_slot(struct load *load, size_t index) {
    const struct bench_bank *bank = load->bank;
    struct slot *slot = &load->slots[index];
    slot->load = load;
    slot->payer = &bank->payers[index];
    const struct tw_session_claims claims = {
        .card_id = slot->payer->card_id,
        .terminal_id = bank->terminals[slot->payer->terminal],
        .acquirer = bank->code,
        .session = bank->session,
        .expires_ms = bank->expires_ms,
    };
    struct tw_transfer_request *request = &slot->item.request.transfer;
    request->header.terminal_id = claims.terminal_id;
    request->header.business_date = bank->business_date;
    request->header.acquirer = bank->code;
    request->from_account = (struct tw_iban){bank->code, slot->payer->account_id};
    request->amount = load->options->amount;
    request->currency = bank->currency;
    bank_token_seal(load->services.keyring, bank->code, &claims, request->session);
    slot->item.op = &bank_op_transfer;
    slot->item.acquirer = bank->code;
}

static void on_done(struct bank_item *item);

static void submit(struct slot *slot) {
    struct load *load = slot->load;
    struct bank_item *item = &slot->item;
    struct tw_transfer_request *request = &item->request.transfer;
    request->header.txid = bench_new_txid(&load->chance);
    request->header.stan = load->next_stans[slot->payer->terminal]++;
    request->to_account = (struct tw_iban){
        load->bank->code, bench_choose_payee(load->bank->payees, load->bank->payee_count,
                                             &load->chance, request->from_account.account)};
    if (request->header.stan > TW_STAN_MAX) {
        stop_with(load, TW_E_CONFIG, "the STANs of this business date are used up");
        return;
    }
    slot->began_us = tw_loop_now_us(load->loop);
    item->deadline_us = slot->began_us + DEADLINE_US;
    item->done = on_done;
    item->context = slot;
    bank_op_prepare(item, &load->services);
    struct tw_error error = {0};
    if (!tw_ok(bank_engine_submit(load->engine, item, &error))) {
        stop_with(load, error.code, error.detail);
        return;
    }
    load->in_flight++;
}

static bool approved(struct load *load, const struct bank_item *item) {
    if (item->origin == BANK_UNDECIDED) {
        stop_with(load, item->error.code, item->error.detail);
    } else if (item->origin != BANK_FRESH || item->decision.rc != TW_RC_APPROVED) {
        stop_with(load, TW_E_INTERNAL, "a transfer was not approved");
    } else {
        return true;
    }
    return false;
}

static void on_done(struct bank_item *item) {
    struct slot *slot = item->context;
    struct load *load = slot->load;
    load->in_flight--;
    if (!approved(load, item)) {
        return;
    }
    if (load->stage == MEASURING) {
        tw_latency_record(&load->result->latency, tw_loop_now_us(load->loop) - slot->began_us);
    }
    bank_item_clear(item);
    if (load->stage != ENDING) {
        submit(slot);
    } else if (load->in_flight == 0) {
        tw_loop_stop(load->loop);
    }
}

/* --- stages ---------------------------------------------------------------------------------- */

static void set_timer(struct load *load, int64_t after_us) {
    tw_loop_timer_set(load->loop, &load->timer, tw_loop_now_us(load->loop) + after_us);
}

static void begin_measuring(struct load *load) {
    load->stage = MEASURING;
    load->before = bank_engine_counters(load->engine);
    load->cpu_before_us = bench_cpu_us();
    load->began_us = tw_loop_now_us(load->loop);
    set_timer(load, load->options->measured_s * US_PER_S);
}

static void end_measuring(struct load *load) {
    struct bank_engine_counters after = bank_engine_counters(load->engine);
    struct bench_result *result = load->result;
    load->stage = ENDING;
    result->measured_us = tw_loop_now_us(load->loop) - load->began_us;
    result->cpu_us = bench_cpu_us() - load->cpu_before_us;
    result->transfers = after.items - load->before.items;
    result->batches = after.batches - load->before.batches;
    set_timer(load, DEADLINE_US);
}

static void on_timer(void *context) {
    struct load *load = context;
    switch (load->stage) {
    case WARMING:
        begin_measuring(load);
        return;
    case MEASURING:
        end_measuring(load);
        return;
    case CONNECTING:
    case ENDING:
    case STAGE_COUNT:
    default:
        stop_with(load, TW_E_DEADLINE, "decisions are missing at the end");
    }
}

/* The engine says how many lanes are ready, not when: looked at every millisecond. */
static struct tw_status await_lanes(struct load *load, struct tw_error *ret_error) {
    int64_t deadline_us = tw_loop_now_us(load->loop) + CONNECTING_US;
    const bool never = false;
    while (bank_engine_counters(load->engine).lanes_ready < (size_t)load->options->lanes) {
        if (tw_loop_now_us(load->loop) >= deadline_us) {
            return tw_fail(ret_error, TW_E_UNAVAILABLE, "the database does not answer");
        }
        (void)tw_loop_run_until(load->loop, &never, tw_loop_now_us(load->loop) + LOOK_US);
    }
    return tw_success();
}

static struct tw_status start(struct load *load, struct tw_error *ret_error) {
    const struct bench_options *options = load->options;
    const struct bank_engine_options engine = {
        .conninfo = options->conninfo,
        .server_name = "engineload",
        .lanes = (size_t)options->lanes,
        .batch_max = (size_t)options->batch,
        .budget_ms = BUDGET_MS,
        .queue_max = (size_t)options->depth,
    };
    struct tw_status status =
        tw_loop_new(tw_clock_system(), tw_random_system(), &load->loop, ret_error);
    if (tw_ok(status)) {
        status = bank_engine_new(load->loop, &load->services, &engine, &load->engine, ret_error);
    }
    return tw_ok(status) ? await_lanes(load, ret_error) : status;
}

static struct tw_status work(struct load *load, struct tw_error *ret_error) {
    for (size_t i = 0; i < (size_t)load->options->depth; i++) {
        fill_slot(load, i);
    }
    load->stage = WARMING;
    load->timer = (struct tw_timer){.run = on_timer, .context = load};
    set_timer(load, load->options->warm_up_s * US_PER_S);
    for (size_t i = 0; i < (size_t)load->options->depth; i++) {
        submit(&load->slots[i]);
    }
    struct tw_status status = tw_loop_run(load->loop, ret_error);
    tw_loop_timer_clear(load->loop, &load->timer);
    if (tw_ok(status) && load->reason.code != TW_E_NONE) {
        status = tw_fail(ret_error, load->reason.code, "%s", load->reason.detail);
    }
    return status;
}

static void find_next_stan(const struct load *load) {
    for (size_t i = 0; i < load->bank->terminal_count; i++) {
        if (load->next_stans[i] > load->result->next_stan) {
            load->result->next_stan = load->next_stans[i];
        }
    }
}

static void release(struct load *load) {
    bank_engine_free(load->engine);
    tw_loop_free(load->loop);
    for (size_t i = 0; load->slots != NULL && i < (size_t)load->options->depth; i++) {
        bank_item_clear(&load->slots[i].item);
    }
    free(load->slots);
    free(load->next_stans);
}

struct tw_status bench_engine_run(const struct bench_options *options,
                                  const struct bench_bank *bank, const struct tw_keyring *keyring,
                                  struct bench_result *ret_result, struct tw_error *ret_error) {
    struct load load = {
        .options = options,
        .bank = bank,
        .services = {.bank_code = bank->code,
                     .keyring = keyring,
                     .clock = tw_clock_system(),
                     .random = tw_random_system()},
        .slots = calloc((size_t)options->depth, sizeof *load.slots),
        .next_stans = calloc(bank->terminal_count, sizeof *load.next_stans),
        .chance = {.state = (uint64_t)options->seed},
        .result = ret_result,
    };
    if (load.slots == NULL || load.next_stans == NULL) {
        release(&load);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "room for %" PRId64 " transfers", options->depth);
    }
    for (size_t i = 0; i < bank->terminal_count; i++) {
        load.next_stans[i] = options->first_stan;
    }
    struct tw_status status = start(&load, ret_error);
    if (tw_ok(status)) {
        status = work(&load, ret_error);
    }
    find_next_stan(&load);
    release(&load);
    return status;
}
