/* One function a method; the certificate says which bank asks, whatever the message says. */
#include "agent/intake.h"

#include <string.h>

#include "agent/answer.h"
#include "agent/submit.h"
#include "core/log.h"
#include "wire/method.h"

typedef struct tw_status (*handler)(struct agent_intake *intake, const struct tw_request *request,
                                    json_t **ret_result, struct tw_error *ret_error);

static struct tw_status write_result(const struct tw_field *fields, const void *result,
                                     json_t **ret_result, struct tw_error *ret_error) {
    *ret_result = tw_fields_write(fields, result);
    return *ret_result != NULL ? tw_success()
                               : tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for an answer");
}

static struct tw_status handle_submit(struct agent_intake *intake, const struct tw_request *request,
                                      json_t **ret_result, struct tw_error *ret_error) {
    struct tw_settlement_submit_request message = {0};
    struct tw_settlement_result result = {0};
    struct tw_status status =
        tw_fields_read(request->params, tw_settlement_submit_request_fields, &message, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    status = agent_submit(intake->agent, request->peer->bank_code, &message, &result, ret_error);
    if (tw_ok(status)) {
        status = write_result(tw_settlement_result_fields, &result, ret_result, ret_error);
        agent_clerk_wake(intake->clerk);
    }
    tw_fields_clear(tw_settlement_submit_request_fields, &message);
    tw_fields_clear(tw_settlement_result_fields, &result);
    return status;
}

static struct tw_status handle_status(struct agent_intake *intake, const struct tw_request *request,
                                      json_t **ret_result, struct tw_error *ret_error) {
    struct tw_window_request message = {0};
    struct tw_settlement_result result = {0};
    struct tw_status status =
        tw_fields_read(request->params, tw_window_request_fields, &message, ret_error);
    if (tw_ok(status)) {
        status = agent_answer_status(intake->agent, request->peer->bank_code, message.window_no,
                                     &result, ret_error);
    }
    if (tw_ok(status)) {
        status = write_result(tw_settlement_result_fields, &result, ret_result, ret_error);
    }
    tw_fields_clear(tw_settlement_result_fields, &result);
    return status;
}

static struct tw_status handle_account(struct agent_intake *intake,
                                       const struct tw_request *request, json_t **ret_result,
                                       struct tw_error *ret_error) {
    struct tw_settlement_account_request message = {0};
    struct tw_settlement_account_result result = {0};
    struct tw_status status =
        tw_fields_read(request->params, tw_settlement_account_request_fields, &message, ret_error);
    if (tw_ok(status)) {
        status = agent_answer_account(intake->agent, request->peer->bank_code, &result, ret_error);
    }
    return tw_ok(status)
               ? write_result(tw_settlement_account_result_fields, &result, ret_result, ret_error)
               : status;
}

static handler find_handler(const char *method) {
    enum tw_method_id id = TW_METHOD_COUNT;
    if (!tw_method_find(method, &id)) {
        return NULL;
    }
    return id == TW_METHOD_SETTLEMENT_SUBMIT    ? handle_submit
           : id == TW_METHOD_SETTLEMENT_STATUS  ? handle_status
           : id == TW_METHOD_SETTLEMENT_ACCOUNT ? handle_account
                                                : NULL;
}

/* What a bank may know: nothing was decided, and asking again is right. */
static void fail(struct agent_intake *intake, const struct tw_request *request,
                 struct tw_error *error) {
    enum tw_error_class class = tw_code_class(error->code);
    tw_log(TW_LOG_WARN, "request not decided", TW_STR("method", request->method),
           TW_STR("peer", request->peer->text), TW_STR("code", tw_code_name(error->code)),
           TW_STR("reason", error->detail), TW_STR("trace_id", request->trace.trace_id));
    if (class == TW_CLASS_IO || error->code == TW_E_SERIALIZATION ||
        error->code == TW_E_NOT_FOUND) {
        (void)tw_fail(error, TW_E_UNAVAILABLE, "not decided, ask again").code;
    }
    tw_server_fail(intake->server, request->handle, error);
}

void agent_intake_request(void *context, const struct tw_request *request) {
    struct agent_intake *intake = context;
    struct tw_error error = {0};
    json_t *result = NULL;
    if (strcmp(request->method, "rpc.discover") == 0) {
        tw_server_answer(intake->server, request->handle, tw_method_openrpc());
        return;
    }
    handler handle = find_handler(request->method);
    struct tw_status status = handle != NULL ? handle(intake, request, &result, &error)
                                             : tw_fail(&error, TW_E_UNKNOWN_METHOD,
                                                       "the settlement agent has settlement.*");
    if (tw_ok(status)) {
        tw_server_answer(intake->server, request->handle, result);
    } else {
        fail(intake, request, &error);
    }
}
