/*
 * One request by hand: over TLS with a terminal's own certificate, through its middleware, as
 * anybody could send it who had the certificate. What the terminal itself would never say can be
 * said so.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "net/loop.h"
#include "net/tls.h"
#include "pin/pin_block.h"
#include "rpc/pool.h"
#include "scenario/play.h"
#include "scenario/relay.h"

#define FIRST_STAN 900001 /* the terminal itself counts from 1 */
#define WAIT_US    INT64_C(30000000)

/* --- what is sent --------------------------------------------------------------------------- */

/* The network's wall clock, which the scenario moves. */
static int64_t network_wall_ms(void *context) {
    const struct scn_run *run = context;
    return tw_wall_ms(tw_clock_system()) + run->clock.offset_us / 1000;
}

static int64_t real_monotonic_us(void *context) {
    (void)context;
    return tw_now_us(tw_clock_system());
}

static struct tw_uuid new_txid(struct scn_run *run) {
    struct tw_clock clock = {
        .monotonic_us = real_monotonic_us, .wall_ms = network_wall_ms, .context = run};
    return tw_uuid_v7(&clock, tw_random_system());
}

static void set_missing(json_t *params, const char *name, json_t *taken) {
    if (json_object_get(params, name) == NULL)
        scn_set(params, name, taken);
    else
        json_decref(taken);
}

static char *add_header(struct scn_run *run, struct scn_terminal *terminal, json_t *params) {
    char *problem = NULL;
    struct tw_uuid txid = new_txid(run);
    char text[TW_UUID_TEXT_SIZE];
    PGresult *row = scn_books(terminal->bank,
                              "SELECT to_char(business_date, 'YYYY-MM-DD') FROM bank", &problem);
    if (problem != NULL)
        return problem;
    set_missing(params, "terminal_id", json_string(terminal->id));
    set_missing(params, "business_date", json_string(PQgetvalue(row, 0, 0)));
    set_missing(params, "stan", json_integer(FIRST_STAN + terminal->said++));
    set_missing(params, "txid", json_string(tw_uuid_text(&txid, text)));
    PQclear(row);
    return NULL;
}

static char *encrypt(struct scn_run *run, const struct scn_card *card, const char *pin,
                     const json_t *params, char **ret_block) {
    struct tw_clock clock = {
        .monotonic_us = real_monotonic_us, .wall_ms = network_wall_ms, .context = run};
    SCN_OWNED root = scn_format("%s/pki/root.crt", run->banks[0].folder);
    SCN_OWNED crl = scn_format("%s/pki/crl.pem", run->banks[0].folder);
    SCN_OWNED file = scn_format("%s/secrets/pin-cert.pem", card->bank->folder);
    SCN_OWNED certificate = scn_read_file(file, 65536, NULL);
    struct tw_trust trust = {.root_file = root, .crl_file = crl, .clock = &clock};
    struct tw_pin_encryptor *encryptor = NULL;
    struct tw_error error = {0};
    struct tw_pin_plain plain = {.issued_ms = network_wall_ms(run)};
    plain.terminal_id = (int32_t)strtol(scn_text_or(params, "terminal_id", "0"), NULL, 10);
    (void)snprintf(plain.pin, sizeof plain.pin, "%s", pin);
    (void)snprintf(plain.pan, sizeof plain.pan, "%s", card->pan);
    if (!tw_uuid_parse(scn_text_or(params, "txid", ""), &plain.txid))
        return scn_copy("txid is no UUID");
    struct tw_status status = tw_pin_encryptor_new(certificate, &trust, (int32_t)card->bank->code,
                                                   card->pan, &encryptor, &error);
    if (tw_ok(status))
        status = tw_pin_encrypt(encryptor, &plain, ret_block, &error);
    tw_pin_encryptor_free(encryptor);
    tw_wipe(&plain, sizeof plain);
    return tw_ok(status) ? NULL : scn_format("no PIN block: %s", error.detail);
}

static char *add_card(struct scn_run *run, const json_t *step, json_t *params) {
    const char *name = scn_text(step, "card");
    const struct scn_card *card = name != NULL ? scn_card_find(run, name) : NULL;
    SCN_OWNED block = NULL;
    if (card == NULL)
        return NULL;
    if (card->bank == NULL)
        return scn_copy("a stranger's card has no issuer to encrypt the PIN for");
    char *problem = encrypt(run, card, scn_text_or(step, "pin", card->pin), params, &block);
    if (problem != NULL)
        return problem;
    set_missing(params, "pan", json_string(card->pan));
    set_missing(params, "expiry", json_string(card->expiry));
    set_missing(params, "pin_block", json_string(block));
    return NULL;
}

/* Names become what the wire has: "@anna" her IBAN, "@birch" the bank's code. */
static json_t *params_of(struct scn_run *run, const json_t *step) {
    json_t *params = json_deep_copy(json_object_get(step, "params"));
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(params, next, key, value) {
        const char *text = json_string_value(value);
        if (text != NULL && text[0] == '@') {
            SCN_OWNED word = scn_word(run, text);
            scn_set(params, key, json_string(word));
        }
    }
    const char *session = scn_text(step, "session");
    if (session != NULL)
        set_missing(
            params, "session",
            json_string(scn_text_or(json_object_get(run->variables, session + (session[0] == '$')),
                                    "session", "")));
    return params;
}

/* --- sending -------------------------------------------------------------------------------- */

struct line_to { /* a terminal's middleware */
    struct tw_loop *loop;
    struct tw_tls *tls;
    struct tw_pool *pool;
};

static struct tw_status connect_line(struct scn_run *run, struct scn_terminal *terminal,
                                     struct line_to *line, struct tw_error *ret_error) {
    SCN_OWNED folder = scn_format("%s/pki/terminal-%" PRId64 "-%s", terminal->bank->folder,
                                  terminal->bank->code, terminal->id);
    SCN_OWNED certificate = scn_format("%s/cert.pem", folder);
    SCN_OWNED key = scn_format("%s/key.pem", folder);
    SCN_OWNED root = scn_format("%s/pki/root.crt", terminal->bank->folder);
    SCN_OWNED crl = scn_format("%s/pki/crl.pem", terminal->bank->folder);
    struct tw_tls_files files = {certificate, key, root, crl};
    const char *places[8];
    struct tw_pool_options options = tw_pool_options_default;
    options.addresses = places;
    options.address_count = scn_relay_terminal_places(run, terminal, places, 8);
    options.expect_kind = TW_ID_MIDDLEWARE;
    struct tw_status status =
        tw_loop_new(tw_clock_system(), tw_random_system(), &line->loop, ret_error);
    if (tw_ok(status))
        status = tw_tls_new(&files, TW_TLS_CLIENT, tw_clock_system(), &line->tls, ret_error);
    options.tls = line->tls;
    if (tw_ok(status))
        status = tw_pool_new(line->loop, &options, &line->pool, ret_error);
    for (size_t i = 0; i < options.address_count; i++)
        free((void *)(uintptr_t)places[i]);
    return status;
}

static void hang_up(struct line_to *line) {
    if (line->pool != NULL)
        tw_pool_free(line->pool);
    if (line->loop != NULL)
        tw_loop_free(line->loop);
    if (line->tls != NULL)
        tw_tls_free(line->tls);
}

static const char *error_name(int64_t number) {
    static const enum tw_code codes[] = {
#define TW_ERROR(name, class, number, rc, text) TW_E_##name,
#include "core/error.def"
#undef TW_ERROR
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (tw_code_json_rpc(codes[i]) == number)
            return tw_code_name(codes[i]);
    return "UNKNOWN";
}

/* The answer, and of the request what later steps may want to say again. */
static json_t *report_of(json_t *result, const json_t *rpc_error, const json_t *params) {
    static const char *const kept[] = {"txid", "stan", "business_date", "terminal_id"};
    json_t *report = result != NULL ? json_deep_copy(result) : json_object();
    if (rpc_error != NULL) {
        scn_set(report, "error", json_string(error_name(scn_number(rpc_error, "code", 0))));
        scn_set(report, "message", json_string(scn_text_or(rpc_error, "message", "")));
    }
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (json_object_get(params, kept[i]) != NULL)
            set_missing(report, kept[i], json_incref(json_object_get(params, kept[i])));
    return report;
}

static void say(struct scn_run *run, struct scn_terminal *terminal, const char *method,
                json_t *params, struct scn_played *played) {
    struct line_to line = {0};
    struct tw_error error = {0};
    TW_JSON_OWNED json_t *result = NULL;
    TW_JSON_OWNED json_t *rpc_error = NULL;
    struct tw_status status = connect_line(run, terminal, &line, &error);
    if (tw_ok(status))
        status =
            tw_pool_call_wait(line.pool, line.loop, method, params,
                              tw_loop_now_us(line.loop) + WAIT_US, &result, &rpc_error, &error);
    hang_up(&line);
    if (!tw_ok(status)) {
        played->problem = scn_format("%s: %s", method, error.detail);
        return;
    }
    played->report = report_of(result, rpc_error, params);
    played->shown = rpc_error != NULL ? scn_format("%s (%s)", scn_text(played->report, "error"),
                                                   scn_text(played->report, "message"))
                                      : scn_describe_report(played->report);
}

void scn_step_message(struct scn_run *run, const json_t *step, struct scn_played *played) {
    struct scn_terminal *terminal = scn_terminal_find(run, scn_text(step, "at"));
    TW_JSON_OWNED json_t *params = params_of(run, step);
    played->problem = add_header(run, terminal, params);
    if (played->problem == NULL)
        played->problem = add_card(run, step, params);
    if (played->problem == NULL)
        say(run, terminal, scn_text(step, "method"), params, played);
}
