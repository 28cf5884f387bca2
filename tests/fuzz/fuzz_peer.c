/*
 * One line from a peer bank, as its request to us or as its answer to ours. A request of the
 * methods between banks is read and made ready to be decided, as in the way in; of an answer, what
 * is taken for the outcome of a transfer or for a posting is in itself what may be booked: final,
 * amounts and windows within their ranges.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/op.h"
#include "flow/outcome.h"
#include "wire/envelope.h"
#include "wire/json.h"

#define ACQUIRER INT32_C(90000002)

static bool is_between_banks(const struct bank_op *op) {
    return op != NULL && (op->flags & BANK_OP_PEER) != 0;
}

static void take_request(const char *name, const json_t *params) {
    static const struct bank_services services = {.bank_code = INT32_C(90000001)};
    static struct bank_item item;
    enum tw_method_id method = TW_METHOD_COUNT;
    if (!tw_method_find(name, &method) || !is_between_banks(bank_op_of_method(method))) {
        return;
    }
    item = (struct bank_item){.op = bank_op_of_method(method), .acquirer = ACQUIRER};
    struct tw_error error = {0};
    if (tw_ok(tw_fields_read(params, tw_method(method)->request, &item.request, &error))) {
        bank_op_prepare(&item, &services);
    } else {
        tw_assert(error.detail[0] != '\0');
    }
    bank_item_clear(&item);
}

static bool is_amount(int64_t amount) {
    return amount >= 0 && amount <= TW_AMOUNT_MAX_MINOR;
}

static void take_answer(const json_t *result) {
    struct tw_credit_result outcome;
    if (bank_outcome_read(result, &outcome)) {
        bool accepted = outcome.outcome.rc == TW_RC_APPROVED;
        tw_assert(strcmp(outcome.status, accepted ? "ACCEPTED" : "REJECTED") == 0);
        tw_assert(is_amount(outcome.amount));
        tw_assert(outcome.window_no >= 0 && outcome.window_no <= TW_WINDOW_MAX);
        tw_assert(strlen(outcome.reason) < sizeof outcome.reason);
    }
    struct tw_posting_result posting = {0};
    if (tw_ok(tw_fields_read(result, tw_posting_result_fields, &posting, NULL))) {
        tw_assert(is_amount(posting.amount) && is_amount(posting.surcharge));
        tw_assert(is_amount(posting.interchange) && is_amount(posting.original_amount));
        tw_assert(posting.window_no >= 0 && posting.window_no <= TW_WINDOW_MAX);
        tw_assert(posting.original_window_no >= 0 && posting.original_window_no <= TW_WINDOW_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TW_JSON_OWNED json_t *line = NULL;
    if (!tw_ok(tw_json_parse((const char *)data, size, TW_JSON_LIMITS_DEFAULT, &line, NULL))) {
        return 0;
    }
    const char *method = json_string_value(json_object_get(line, "method"));
    const json_t *params = json_object_get(line, "params");
    if (method != NULL && json_is_object(params)) {
        take_request(method, params);
    }
    take_answer(json_object_get(line, "result"));
    return 0;
}
