/*
 * The way in checks form and identity; the operation's own rules come later, in the batch. The
 * acquirer is stamped on the request by the middleware that authenticated the terminal; a peer bank
 * is its own acquirer. A card of another bank goes its way by flow/acquire.h, a transfer to another
 * bank goes on by flow/remit.h once it is held; all else is one item.
 */
#include "daemon/intake.h"

#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "flow/acquire.h"
#include "flow/clearing.h"
#include "flow/delivery.h"
#include "flow/remit.h"
#include "flow/route.h"

struct slot {
    struct bank_passage passage; /* first: its item's address is the slot's */
    struct tw_request_handle handle;
    struct bank_intake *intake;
    struct slot *next_free;
};

struct bank_intake {
    struct bank_flows *flows;
    const struct bank_services *services;
    struct bank_engine *engine;
    struct tw_server *server;
    int64_t wait_us;
    struct slot *slots;
    struct slot *free;
    struct tw_buffer answer; /* the one that is being made */
};

struct tw_status bank_intake_new(struct bank_flows *flows, size_t items_max, int64_t wait_ms,
                                 struct bank_intake **ret_intake, struct tw_error *ret_error) {
    struct bank_intake *intake = calloc(1, sizeof *intake);
    struct slot *slots = calloc(items_max, sizeof *slots);
    if (intake == NULL || slots == NULL) {
        free(intake);
        free(slots);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "room for %zu requests", items_max);
    }
    intake->flows = flows;
    intake->services = flows->services;
    intake->engine = flows->engine;
    intake->wait_us = wait_ms * 1000;
    intake->slots = slots;
    for (size_t i = 0; i < items_max; i++) {
        slots[i].intake = intake;
        slots[i].next_free = intake->free;
        intake->free = &slots[i];
    }
    *ret_intake = intake;
    return tw_success();
}

void bank_intake_free(struct bank_intake *intake) {
    if (intake != NULL) {
        free(intake->slots);
        tw_buffer_free(&intake->answer);
        free(intake);
    }
}

void bank_intake_attach(struct bank_intake *intake, struct tw_server *server) {
    intake->server = server;
}

static struct slot *slot_take(struct bank_intake *intake) {
    struct slot *slot = intake->free;
    if (slot != NULL) {
        intake->free = slot->next_free;
        slot->passage = (struct bank_passage){.flows = intake->flows};
    }
    return slot;
}

static void slot_release(struct slot *slot) {
    slot->passage.item.op = slot->passage.op; /* it knows what the request holds */
    bank_item_clear(&slot->passage.item);
    json_decref(slot->passage.params);
    json_decref(slot->passage.result);
    slot->next_free = slot->intake->free;
    slot->intake->free = slot;
}

static void fail_unanswered(const struct bank_item *item) {
    tw_log(TW_LOG_WARN, "request not decided", TW_STR("method", tw_method(item->op->method)->name),
           TW_STR("code", tw_code_name(item->error.code)), TW_STR("reason", item->error.detail),
           TW_STR("trace_id", item->trace.trace_id));
}

static void log_decision(const struct bank_item *item) {
    if (!tw_log_enabled(TW_LOG_DEBUG)) {
        return;
    }
    char txid[TW_UUID_TEXT_SIZE];
    tw_log(TW_LOG_DEBUG, "decided", TW_STR("method", tw_method(item->op->method)->name),
           TW_STR("rc", tw_rc_digits(item->decision.rc)),
           TW_STR("txid", tw_uuid_text(&item->request.header.txid, txid)),
           TW_INT("repeat", item->origin == BANK_STORED ? 1 : 0),
           TW_STR("trace_id", item->trace.trace_id));
}

/* --- answering ------------------------------------------------------------------------------- */

static void answer_decided(struct bank_passage *passage) {
    struct slot *slot = (struct slot *)passage;
    struct bank_intake *intake = slot->intake;
    struct bank_item *item = &passage->item;
    struct tw_buffer *answer = &intake->answer;
    tw_buffer_consume(answer, tw_buffer_length(answer));
    if (!item->op->answer(item, intake->services, answer)) {
        struct tw_error error = {.code = TW_E_INTERNAL, .detail = "the answer could not be made"};
        tw_server_fail(intake->server, slot->handle, &error);
    } else {
        tw_server_answer_text(intake->server, slot->handle, false,
                              (struct tw_text){tw_buffer_head(answer), tw_buffer_length(answer)});
    }
    slot_release(slot);
    tw_crash_point("bank.answer_sent");
}

static void answer_relayed(struct bank_passage *passage, json_t *result) {
    struct slot *slot = (struct slot *)passage;
    tw_server_answer(slot->intake->server, slot->handle, result);
    slot_release(slot);
    tw_crash_point("bank.answer_sent");
}

static void answer_failure(struct bank_passage *passage, const struct tw_error *error) {
    struct slot *slot = (struct slot *)passage;
    tw_server_fail(slot->intake->server, slot->handle, error);
    slot_release(slot);
}

static bool is_held(const struct bank_item *item) {
    return item->op == &bank_op_transfer && item->origin == BANK_FRESH && item->message.peer != 0;
}

static void on_decided(struct bank_item *item) {
    struct bank_passage *passage = (struct bank_passage *)item->context;
    if (item->origin == BANK_UNDECIDED) {
        fail_unanswered(item);
        answer_failure(passage, &item->error);
        return;
    }
    log_decision(item);
    if (is_held(item)) {
        bank_remit_begin(passage);
        return;
    }
    if (item->origin == BANK_FRESH) {
        bank_delivery_send(passage->flows->delivery, &item->message, &item->decision.txid);
    }
    answer_decided(passage);
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* The bank of the terminal: stamped by the middleware, or the peer bank itself. */
static struct tw_status find_acquirer(const struct tw_request *request, struct bank_item *item,
                                      struct tw_error *error) {
    int32_t stamped = item->request.header.acquirer;
    if (request->peer->kind != TW_ID_BANK) {
        item->acquirer = stamped;
        return stamped != 0 ? tw_success()
                            : tw_fail(error, TW_E_INVALID_PARAMS, "acquirer: missing");
    }
    item->acquirer = request->peer->bank_code;
    if (stamped != 0 && stamped != item->acquirer) {
        return tw_fail(error, TW_E_IDENTITY, "acquirer: differs from the bank's certificate");
    }
    return tw_success();
}

static int64_t deadline_of(const struct bank_intake *intake, const struct tw_request *request) {
    int64_t latest_us = tw_now_us(intake->services->clock) + intake->wait_us;
    return request->deadline_us < latest_us ? request->deadline_us : latest_us;
}

/* Peers ask what an issuer or a beneficiary answers, and nothing that belongs to our terminals. */
static struct tw_status check_caller(const struct bank_op *op, const struct tw_request *request,
                                     const struct bank_services *services, struct tw_error *error) {
    bool peer = request->peer->kind == TW_ID_BANK;
    if (request->peer->kind == TW_ID_OPERATOR) {
        return tw_fail(error, TW_E_IDENTITY, "an operator may not act as a terminal");
    }
    if (peer && request->peer->bank_code == services->bank_code) {
        return tw_fail(error, TW_E_IDENTITY, "a bank is no peer of itself");
    }
    unsigned needed = peer ? BANK_OP_ISSUER | BANK_OP_PEER : 0;
    bool allowed = peer ? (op->flags & needed) != 0 : (op->flags & BANK_OP_PEER) == 0;
    return allowed ? tw_success()
                   : tw_fail(error, TW_E_IDENTITY, "not a method for who asks: %s",
                             peer ? "only a terminal's bank may" : "only a peer bank may");
}

/* Fees are between banks: a terminal's own bank sets them. */
static struct tw_status check_fees(const struct bank_item *item, const struct tw_request *request,
                                   struct tw_error *error) {
    const struct tw_fees *fees = NULL;
    if (item->op == &bank_op_withdraw || item->op == &bank_op_deposit) {
        fees = &item->request.cash.fees;
    } else if (item->op == &bank_op_transfer) {
        fees = &item->request.transfer.fees;
    }
    bool set = fees != NULL && (fees->surcharge != 0 || fees->interchange != 0);
    return set && request->peer->kind != TW_ID_BANK
               ? tw_fail(error, TW_E_INVALID_PARAMS, "surcharge: only between banks")
               : tw_success();
}

/* Fills the slot's item from the request, or says why not. */
static struct tw_status read_request(struct slot *slot, const struct tw_request *request,
                                     struct tw_error *error) {
    struct bank_item *item = &slot->passage.item;
    enum tw_method_id method = TW_METHOD_COUNT;
    item->op = tw_method_find(request->method, &method) ? bank_op_of_method(method) : NULL;
    if (item->op == NULL) {
        return tw_fail(error, TW_E_UNKNOWN_METHOD, "see rpc.discover for the methods");
    }
    struct tw_status status = check_caller(item->op, request, slot->intake->services, error);
    if (tw_ok(status)) {
        status = tw_fields_read(request->params, tw_method(method)->request, &item->request, error);
    }
    if (tw_ok(status)) {
        status = find_acquirer(request, item, error);
    }
    if (tw_ok(status)) {
        status = check_fees(item, request, error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    item->trace = request->trace;
    item->deadline_us = deadline_of(slot->intake, request);
    item->done = on_decided;
    item->context = &slot->passage;
    slot->handle = request->handle;
    slot->passage.op = item->op;
    slot->passage.deadline_us = request->deadline_us;
    slot->passage.decided = answer_decided;
    slot->passage.relay = answer_relayed;
    slot->passage.fail = answer_failure;
    return status;
}

/* Only the acquirer routes: what a peer asks is meant for us. */
static int32_t find_issuer(const struct slot *slot, const struct tw_request *request) {
    const struct bank_intake *intake = slot->intake;
    return request->peer->kind == TW_ID_BANK ? intake->services->bank_code
                                             : bank_route(intake->flows, &slot->passage.item);
}

static void submit(struct bank_intake *intake, const struct tw_request *request) {
    struct tw_error error = {0};
    struct slot *slot = slot_take(intake);
    tw_assert(intake->flows->informed);
    if (slot == NULL) {
        (void)tw_fail(&error, TW_E_BUSY, "too many requests under way");
        tw_server_fail(intake->server, request->handle, &error);
        return;
    }
    struct bank_item *item = &slot->passage.item;
    struct tw_status status = read_request(slot, request, &error);
    if (tw_ok(status)) {
        tw_assert(item->op != NULL);
        if ((item->op->flags & BANK_OP_CLEARING) != 0) {
            bank_clearing_answer(&slot->passage);
            return;
        }
        int32_t issuer = find_issuer(slot, request);
        if (issuer != intake->services->bank_code) {
            bank_acquire_begin(&slot->passage, request->params, issuer);
            return;
        }
        bank_op_prepare(item, intake->services);
        status = bank_engine_submit(intake->engine, item, &error);
    }
    if (!tw_ok(status)) {
        tw_server_fail(intake->server, request->handle, &error);
        slot_release(slot);
    }
}

void bank_intake_request(void *context, const struct tw_request *request) {
    struct bank_intake *intake = context;
    if (strcmp(request->method, "rpc.discover") == 0) {
        tw_server_answer(intake->server, request->handle, tw_method_openrpc());
        return;
    }
    submit(intake, request);
}
