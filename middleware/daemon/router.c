/*
 * A forwarded request is one small allocation that lives from on_request to the pool's answer; the
 * client's connection may be gone by then, which its handle finds out. Requests are parsed, because
 * strangers send them, and go on as the text that was sent, with what this hop says put in front.
 * Results go back as text.
 */
#include "daemon/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "net/address.h"
#include "wire/relay.h"
#include "wire/write.h"

enum { BANK_CODE_DIGITS = 8 };

struct bank {
    int32_t code;
    char text[BANK_CODE_DIGITS + 1];
    const char *addresses[TW_ROUTER_SERVERS_MAX];
    size_t address_count;
    struct tw_pool *pool;
};

struct tw_router {
    struct tw_loop *loop;
    struct tw_server *server;
    struct bank *banks;
    size_t bank_count;
    uint64_t refused;
    struct tw_histogram durations;
};

enum phase { CHECKED, FORWARDED, REFUSED, ANSWERED, FAILED, PHASE_COUNT };

#define TO(phase) (1u << (phase))

static const unsigned allowed[PHASE_COUNT] = {
    [CHECKED] = TO(FORWARDED) | TO(REFUSED),
    [FORWARDED] = TO(ANSWERED) | TO(FAILED),
};

static const char *const phase_names[PHASE_COUNT] = {"checked", "forwarded", "refused", "answered",
                                                     "failed"};

/* One request on its way. */
struct passage {
    struct tw_router *router;
    struct tw_request_handle handle;
    enum phase phase;
    int64_t began_us;
    int32_t terminal_id;
    char trace_id[TW_TRACE_ID_SIZE];
    char method[TW_METHOD_NAME_MAX + 1];
};

static void move(struct passage *passage, enum phase phase) {
    tw_assert((allowed[passage->phase] & TO(phase)) != 0);
    passage->phase = phase;
}

/* The router knows no methods, so a client may write anything there, a card number too. */
static const char *method_for_log(const char *method) {
    size_t plain = strspn(method, "abcdefghijklmnopqrstuvwxyz_.");
    return method[plain] == '\0' ? method : "(not a name)";
}

static void log_end(const struct passage *passage, enum tw_log_level level, const char *reason,
                    int64_t duration_us) {
    tw_log(level, "request", TW_STR("phase", phase_names[passage->phase]),
           TW_STR("trace_id", passage->trace_id), TW_STR("method", method_for_log(passage->method)),
           TW_INT("terminal_id", passage->terminal_id), TW_INT("duration_us", duration_us),
           TW_STR("reason", reason));
}

/* --- the way back --------------------------------------------------------------------------- */

static void on_answer(void *context, const struct tw_relayed *answer) {
    struct passage *passage = context;
    struct tw_router *router = passage->router;
    int64_t duration_us = tw_loop_now_us(router->loop) - passage->began_us;
    tw_histogram_observe(&router->durations, duration_us);
    if (!tw_ok(answer->status)) {
        move(passage, FAILED);
        log_end(passage, TW_LOG_WARN, answer->error->detail, duration_us);
        tw_server_fail(router->server, passage->handle, answer->error);
        free(passage);
        return;
    }
    tw_crash_point("mw.answer_received");
    move(passage, ANSWERED);
    log_end(passage, TW_LOG_DEBUG, answer->is_error ? "error" : "result", duration_us);
    tw_server_answer_text(router->server, passage->handle, answer->is_error, answer->content);
    free(passage);
}

static void on_sent(void *context, const char *method) {
    (void)context;
    (void)method;
    tw_crash_point("mw.forwarded");
}

/* --- the way there -------------------------------------------------------------------------- */

static const struct bank *find_bank(const struct tw_router *router, int32_t code) {
    for (size_t i = 0; i < router->bank_count; i++) {
        if (router->banks[i].code == code) {
            return &router->banks[i];
        }
    }
    return NULL;
}

static bool is_number(const json_t *value, int32_t number) {
    char text[16];
    const char *given = json_string_value(value);
    snprintf(text, sizeof text, "%08d", number);
    return given != NULL && strcmp(given, text) == 0;
}

/* The certificate is the identity: a message may repeat it, never change it. */
static struct tw_status check_identity(const struct tw_request *request,
                                       struct tw_error *ret_error) {
    const struct tw_identity *peer = request->peer;
    const json_t *terminal_id = json_object_get(request->params, "terminal_id");
    const json_t *acquirer = json_object_get(request->params, "acquirer");
    if (peer->kind != TW_ID_TERMINAL) {
        return tw_fail(ret_error, TW_E_IDENTITY, "only terminals have operations");
    }
    if (!is_number(terminal_id, peer->terminal_id)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "terminal_id: not the certificate's");
    }
    if (acquirer != NULL && !is_number(acquirer, peer->bank_code)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "acquirer: not the certificate's");
    }
    return tw_success();
}

static struct tw_status check(const struct tw_router *router, const struct tw_request *request,
                              const struct bank **ret_bank, struct tw_error *ret_error) {
    struct tw_status status = check_identity(request, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_bank = find_bank(router, request->peer->bank_code);
    if (*ret_bank == NULL) {
        return tw_fail(ret_error, TW_E_NO_ROUTE, "no server of bank %d is known here",
                       request->peer->bank_code);
    }
    return tw_success();
}

/* {"acquirer":..,"traceparent":.., without the end: what this hop says itself. */
static bool write_ours(const struct tw_request *request, const struct bank *bank,
                       struct tw_buffer *out) {
    char traceparent[56];
    tw_trace_text(&request->trace, traceparent);
    return tw_write_plain(out, "{\"acquirer\":") && tw_write_string(out, bank->text) &&
           tw_write_plain(out, ",\"traceparent\":") && tw_write_string(out, traceparent);
}

/* The params that go on: as text, or, from a batch or with names that need decoding, by the tree.
 */
static struct tw_status stamp(const struct tw_request *request, const struct bank *bank,
                              struct tw_buffer *out, struct tw_error *ret_error) {
    static const char *const ours[] = {"acquirer", "traceparent", "deadline_ms", NULL};
    bool made = write_ours(request, bank, out);
    if (made && !tw_relay_params(request->line, ours, out)) {
        made = tw_relay_tree(request->params, ours, out);
    }
    return made && tw_write_plain(out, "}") ? tw_success()
                                            : tw_fail(ret_error, TW_E_NO_MEMORY, "request");
}

static void refuse(struct tw_router *router, struct passage *passage,
                   const struct tw_error *error) {
    router->refused++;
    move(passage, REFUSED);
    log_end(passage, TW_LOG_WARN, error->detail, 0);
    tw_server_fail(router->server, passage->handle, error);
    free(passage);
}

static void on_request(void *context, const struct tw_request *request) {
    struct tw_router *router = context;
    struct passage *passage = malloc(sizeof *passage);
    struct tw_error error = {.code = TW_E_NO_MEMORY};
    const struct bank *bank = NULL;
    struct tw_buffer params = {0};
    if (passage == NULL) {
        tw_server_fail(router->server, request->handle, &error);
        return;
    }
    *passage = (struct passage){
        .router = router,
        .handle = request->handle,
        .phase = CHECKED,
        .began_us = tw_loop_now_us(router->loop),
        .terminal_id = request->peer->terminal_id,
    };
    snprintf(passage->method, sizeof passage->method, "%s", request->method);
    memcpy(passage->trace_id, request->trace.trace_id, sizeof passage->trace_id);
    struct tw_status status = check(router, request, &bank, &error);
    if (tw_ok(status)) {
        status = stamp(request, bank, &params, &error);
    }
    if (!tw_ok(status)) {
        tw_buffer_free(&params);
        refuse(router, passage, &error);
        return;
    }
    move(passage, FORWARDED);
    tw_pool_relay(bank->pool, request->method, &params, request->deadline_us, on_answer, passage);
}

/* --- banks ---------------------------------------------------------------------------------- */

struct tw_status tw_router_parse_bank(const char *text, int32_t *ret_bank_code,
                                      const char **ret_address, struct tw_error *ret_error) {
    size_t digits = strspn(text, "0123456789");
    size_t blanks = strspn(text + digits, " \t");
    if (digits != BANK_CODE_DIGITS || text[0] != '9' || blanks == 0) {
        return tw_fail(ret_error, TW_E_CONFIG,
                       "server %s: not an eight-digit bank code and host:port", text);
    }
    struct tw_address address;
    *ret_bank_code = (int32_t)strtol(text, NULL, 10);
    *ret_address = text + digits + blanks;
    return tw_address_parse(*ret_address, &address, ret_error);
}

static struct tw_status add_server(struct tw_router *router, const char *text,
                                   struct tw_error *ret_error) {
    int32_t code = 0;
    const char *address = NULL;
    struct tw_status status = tw_router_parse_bank(text, &code, &address, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    size_t i = 0;
    while (i < router->bank_count && router->banks[i].code != code) {
        i++;
    }
    struct bank *bank = &router->banks[i];
    if (i == router->bank_count) {
        router->bank_count++;
        bank->code = code;
        snprintf(bank->text, sizeof bank->text, "%08d", code);
    }
    if (bank->address_count == TW_ROUTER_SERVERS_MAX) {
        return tw_fail(ret_error, TW_E_CONFIG, "more than %d servers of bank %08d",
                       TW_ROUTER_SERVERS_MAX, code);
    }
    bank->addresses[bank->address_count++] = address;
    return tw_success();
}

static struct tw_status open_pools(struct tw_router *router,
                                   const struct tw_router_options *options,
                                   struct tw_error *ret_error) {
    router->banks = calloc(options->bank_count, sizeof *router->banks);
    if (router->banks == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "banks");
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < options->bank_count && tw_ok(status); i++) {
        status = add_server(router, options->banks[i], ret_error);
    }
    for (size_t i = 0; i < router->bank_count && tw_ok(status); i++) {
        struct bank *bank = &router->banks[i];
        struct tw_pool_options pool = options->pool;
        pool.addresses = bank->addresses;
        pool.address_count = bank->address_count;
        pool.expect_kind = TW_ID_BANK;
        pool.expect_bank_code = bank->code;
        pool.on_sent = on_sent;
        status = tw_pool_new(router->loop, &pool, &bank->pool, ret_error);
    }
    return status;
}

/* --- lifecycle ------------------------------------------------------------------------------ */

struct tw_status tw_router_new(struct tw_loop *loop, const struct tw_router_options *options,
                               struct tw_router **ret_router, struct tw_error *ret_error) {
    struct tw_router *router = calloc(1, sizeof *router);
    if (router == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "router");
    }
    router->loop = loop;
    struct tw_status status = open_pools(router, options, ret_error);
    if (tw_ok(status)) {
        struct tw_server_options server = options->server;
        server.on_request = on_request;
        server.context = router;
        status = tw_server_new(loop, &server, &router->server, ret_error);
    }
    if (!tw_ok(status)) {
        tw_router_free(router);
        return status;
    }
    *ret_router = router;
    return status;
}

void tw_router_free(struct tw_router *router) {
    if (router == NULL) {
        return;
    }
    for (size_t i = 0; i < router->bank_count; i++) {
        tw_pool_free(router->banks[i].pool);
    }
    tw_server_free(router->server);
    free(router->banks);
    free(router);
}

void tw_router_recheck_peers(struct tw_router *router) {
    tw_server_recheck_peers(router->server);
    for (size_t i = 0; i < router->bank_count; i++) {
        tw_pool_recheck_peers(router->banks[i].pool);
    }
}

void tw_router_drain(struct tw_router *router, void (*done)(void *context), void *context) {
    tw_server_drain(router->server, done, context);
}

bool tw_router_is_ready(const struct tw_router *router) {
    for (size_t i = 0; i < router->bank_count; i++) {
        if (tw_pool_up(router->banks[i].pool) > 0) {
            return true;
        }
    }
    return false;
}

/* --- metrics -------------------------------------------------------------------------------- */

static void collect_server(const struct tw_router *router, struct tw_metrics *metrics) {
    struct tw_server_counters counters = tw_server_counters(router->server);
    tw_metric_gauge(metrics, "tellerwire_connections", "terminals connected now", NULL,
                    counters.open);
    tw_metric_counter(metrics, "tellerwire_connections_total", "connections accepted", NULL,
                      counters.accepted);
    tw_metric_counter(metrics, "tellerwire_connections_refused_total", "connections refused",
                      "reason=\"identity\"", counters.refused_identity);
    tw_metric_counter(metrics, "tellerwire_connections_refused_total", "connections refused",
                      "reason=\"limit\"", counters.refused_limit);
    tw_metric_counter(metrics, "tellerwire_requests_total", "requests read", NULL,
                      counters.requests);
    tw_metric_counter(metrics, "tellerwire_errors_total", "JSON-RPC errors sent", NULL,
                      counters.errors);
    tw_metric_counter(metrics, "tellerwire_refusals_total",
                      "requests with a wrong identity or without a route", NULL, router->refused);
    tw_metric_gauge(metrics, "tellerwire_requests_in_flight", "requests not yet answered", NULL,
                    counters.in_flight);
    tw_metric_histogram(metrics, "tellerwire_forward_duration_seconds",
                        "from a request's arrival to the bank's answer", &router->durations);
}

struct pool_metric {
    void (*write)(struct tw_metrics *metrics, const char *name, const char *help, const char *label,
                  uint64_t value);
    const char *name;
    const char *help;
    size_t offset; /* in struct tw_pool_counters */
};

#define AT(field) offsetof(struct tw_pool_counters, field)

static const struct pool_metric pool_metrics[] = {
    {tw_metric_counter, "tellerwire_bank_calls_total", "requests for the bank", AT(calls)},
    {tw_metric_counter, "tellerwire_bank_calls_sent_total",
     "requests sent to a bank server, repeats included", AT(sent)},
    {tw_metric_counter, "tellerwire_bank_calls_repeated_total",
     "requests sent again to another bank server", AT(resent)},
    {tw_metric_counter, "tellerwire_bank_answers_total", "answers of bank servers", AT(answers)},
    {tw_metric_counter, "tellerwire_bank_late_answers_total", "answers after their call had ended",
     AT(late_answers)},
    {tw_metric_counter, "tellerwire_bank_deadlines_passed_total",
     "calls that ended without an answer", AT(expired)},
    {tw_metric_counter, "tellerwire_bank_links_lost_total", "connections to bank servers lost",
     AT(links_lost)},
    {tw_metric_gauge, "tellerwire_bank_calls_open", "calls queued or in flight now", AT(open)},
};

/* Prometheus wants all values of one name together: metrics outside, banks inside. */
static void collect_banks(const struct tw_router *router, struct tw_metrics *metrics) {
    char label[32];
    for (size_t m = 0; m < sizeof pool_metrics / sizeof pool_metrics[0]; m++) {
        const struct pool_metric *metric = &pool_metrics[m];
        for (size_t i = 0; i < router->bank_count; i++) {
            struct tw_pool_counters counters = tw_pool_counters(router->banks[i].pool);
            uint64_t value;
            memcpy(&value, (const char *)&counters + metric->offset, sizeof value);
            snprintf(label, sizeof label, "bank=\"%s\"", router->banks[i].text);
            metric->write(metrics, metric->name, metric->help, label, value);
        }
    }
    for (size_t i = 0; i < router->bank_count; i++) {
        snprintf(label, sizeof label, "bank=\"%s\"", router->banks[i].text);
        tw_metric_gauge(metrics, "tellerwire_bank_servers_up", "bank servers that answer", label,
                        tw_pool_up(router->banks[i].pool));
    }
}

void tw_router_collect(const struct tw_router *router, struct tw_metrics *metrics) {
    collect_server(router, metrics);
    collect_banks(router, metrics);
}
