/*
 * Requests are printed straight into the stream's output; answers go through the wire library's
 * own parser, so that what counts as an answer here is what the real terminal would accept.
 */
#include "terminal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "wire/envelope.h"
#include "wire/message.h"

#define REQUEST_MAX  2048
#define DEADLINE_MS  30000
#define DENOMINATION 1000
#define RETRY_US     INT64_C(50000)
#define US_PER_MS    1000
#define PING_ID      0 /* STANs, which are the ids of requests, begin with 1 */

enum phase { CONNECTING, SIGNING_ON, OPENING_SESSION, READY, WORKING, LOST, ENDED, PHASE_COUNT };

struct bench_terminal {
    struct bench_load *load;
    size_t index;
    struct tw_tls *tls;
    const struct tw_address *address;
    struct tw_stream *stream;
    struct tw_timer reconnect;
    const struct tw_listed_card *card;
    enum phase phase;
    bool confirming; /* a withdrawal's second half is under way */
    bool unanswered; /* an operation was under way when the connection was lost */
    int32_t terminal_id;
    int64_t stan;    /* the last one used */
    int64_t awaited; /* id of the request under way: its STAN */
    int64_t began_us;
    struct tw_uuid txid;
    char business_date[TW_DATE_TEXT_SIZE];
    char session[TW_SESSION_TEXT_SIZE];
    int64_t session_us; /* how long a token is good for; one that is used late is replaced */
    int64_t expires_us; /* the newest token */
    char *sent;         /* during storms: the operation's request, to be sent again */
    int64_t sent_stan;
};

static void move(struct bench_terminal *terminal, enum phase phase) {
    static const bool allowed[PHASE_COUNT][PHASE_COUNT] = {
        [CONNECTING] = {[SIGNING_ON] = true, [LOST] = true, [ENDED] = true},
        [SIGNING_ON] = {[OPENING_SESSION] = true,
                        [READY] = true,
                        [WORKING] = true,
                        [LOST] = true,
                        [ENDED] = true},
        [OPENING_SESSION] = {[READY] = true, [ENDED] = true},
        [READY] = {[OPENING_SESSION] = true, [WORKING] = true, [LOST] = true, [ENDED] = true},
        [WORKING] = {[READY] = true, [LOST] = true, [ENDED] = true},
        [LOST] = {[CONNECTING] = true, [ENDED] = true},
    };
    struct bench_load *load = terminal->load;
    tw_assert(allowed[terminal->phase][phase]);
    load->ready -= terminal->phase == READY ? 1 : 0;
    terminal->phase = phase;
    load->ready += phase == READY ? 1 : 0;
    load->ended += phase == ENDED ? 1 : 0;
    if (phase == READY || phase == ENDED) {
        load->on_change(load->context, terminal);
    }
}

static void remember(struct bench_load *load, const struct tw_error *reason) {
    if (load->reason.code == TW_E_NONE) {
        load->reason = *reason;
    }
}

static void give_up(struct bench_terminal *terminal, const struct tw_error *reason) {
    remember(terminal->load, reason);
    tw_stream_close(terminal->stream, reason);
}

/* --- requests ------------------------------------------------------------------------------- */

static void send_line(struct bench_terminal *terminal, const char *line) {
    struct tw_buffer *output = tw_stream_output(terminal->stream);
    if (output == NULL) {
        return; /* lost: on_closed follows */
    }
    if (!tw_buffer_append(output, line, strlen(line))) {
        give_up(terminal, &(struct tw_error){.code = TW_E_NO_MEMORY, .detail = "request"});
        return;
    }
    tw_stream_send(terminal->stream);
}

/* For another connection: the line with the repeat mark. */
static void keep_for_repeat(struct bench_terminal *terminal, const char *line) {
    static const char params[] = "\"params\":{";
    const char *at = strstr(line, params);
    tw_assert(at != NULL);
    at += sizeof params - 1;
    free(terminal->sent);
    terminal->sent = malloc(REQUEST_MAX + 32);
    terminal->sent_stan = terminal->stan;
    if (terminal->sent != NULL) {
        (void)snprintf(terminal->sent, REQUEST_MAX + 32, "%.*s\"repeat\":true,%s", (int)(at - line),
                       line, at);
    }
}

/* The next request: the header, then the members that format describes. */
static void TW_PRINTF(3, 4)
    send_request(struct bench_terminal *terminal, const char *method, const char *format, ...) {
    const struct bench_load *load = terminal->load;
    char acquirer[32] = "";
    char txid[TW_UUID_TEXT_SIZE];
    char line[REQUEST_MAX];
    if (load->acquirer != NULL) {
        (void)snprintf(acquirer, sizeof acquirer, ",\"acquirer\":\"%s\"", load->acquirer);
    }
    terminal->stan++;
    int length =
        snprintf(line, sizeof line,
                 "{\"jsonrpc\":\"2.0\",\"id\":%" PRId64 ",\"method\":\"%s\",\"params\":"
                 "{\"terminal_id\":\"%08d\",\"business_date\":\"%s\",\"stan\":%" PRId64
                 ",\"txid\":\"%s\",\"deadline_ms\":%d%s",
                 terminal->stan, method, terminal->terminal_id, terminal->business_date,
                 terminal->stan, tw_uuid_text(&terminal->txid, txid), DEADLINE_MS, acquirer);
    va_list members;
    va_start(members, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length, format, members);
    va_end(members);
    length += snprintf(line + length, sizeof line - (size_t)length, "}}\n");
    tw_assert((size_t)length < sizeof line && terminal->stan <= TW_STAN_MAX);
    terminal->awaited = terminal->stan;
    if (load->work.storm && terminal->phase == WORKING) {
        keep_for_repeat(terminal, line);
    }
    send_line(terminal, line);
}

static void new_transaction(struct bench_terminal *terminal) {
    const struct tw_loop *loop = terminal->load->loop;
    terminal->txid = tw_uuid_v7(tw_loop_clock(loop), tw_loop_random(loop));
}

static void sign_on(struct bench_terminal *terminal) {
    move(terminal, SIGNING_ON);
    new_transaction(terminal);
    send_request(terminal, "network.sign_on", "%s", "");
}

static void open_session(struct bench_terminal *terminal) {
    const struct tw_listed_card *card = terminal->card;
    move(terminal, OPENING_SESSION);
    new_transaction(terminal);
    struct tw_pin_plain plain = {
        .terminal_id = terminal->terminal_id,
        .txid = terminal->txid,
        .issued_ms = tw_wall_ms(tw_loop_clock(terminal->load->loop)),
    };
    (void)snprintf(plain.pin, sizeof plain.pin, "%s", card->pin);
    (void)snprintf(plain.pan, sizeof plain.pan, "%s", card->pan);
    char *block = NULL;
    struct tw_error error = {0};
    struct tw_status status = tw_pin_encrypt(terminal->load->encryptor, &plain, &block, &error);
    tw_wipe(&plain, sizeof plain);
    if (!tw_ok(status)) {
        give_up(terminal, &error);
        return;
    }
    send_request(terminal, "session.open", ",\"pan\":\"%s\",\"expiry\":\"%s\",\"pin_block\":\"%s\"",
                 card->pan, card->expiry, block);
    free(block);
}

/* Uniform among all payees but the card's own account; or the one hot account. */
static const char *draw_payee(const struct bench_terminal *terminal, char text[TW_IBAN_TEXT_SIZE]) {
    struct bench_load *load = terminal->load;
    const struct bench_payees *payees = &load->work.payees;
    int64_t last = payees->count - 1;
    bool hot = tw_seeded_below(&load->random, 100) < (int64_t)load->work.hot;
    int64_t drawn = hot ? last : tw_seeded_below(&load->random, payees->count);
    (void)tw_iban_text((struct tw_iban){payees->bank_code, payees->first_account + drawn}, text);
    if (strcmp(text, terminal->card->iban) == 0) {
        drawn = drawn == 0 ? 1 : drawn - 1;
        (void)tw_iban_text((struct tw_iban){payees->bank_code, payees->first_account + drawn},
                           text);
    }
    return text;
}

static void request_transfer(struct bench_terminal *terminal) {
    char payee[TW_IBAN_TEXT_SIZE];
    send_request(terminal, "transfer.request",
                 ",\"session\":\"%s\",\"from_account\":\"%s\",\"to_account\":\"%s\","
                 "\"amount\":%" PRId64 ",\"currency\":\"EUR\"",
                 terminal->session, terminal->card->iban, draw_payee(terminal, payee),
                 terminal->load->work.amount);
}

static void request_balance(struct bench_terminal *terminal) {
    send_request(terminal, "balance.inquiry", ",\"session\":\"%s\",\"account\":\"%s\"",
                 terminal->session, terminal->card->iban);
}

static void request_withdrawal(struct bench_terminal *terminal) {
    send_request(terminal, "withdrawal.request",
                 ",\"session\":\"%s\",\"account\":\"%s\",\"amount\":%" PRId64
                 ",\"currency\":\"EUR\"",
                 terminal->session, terminal->card->iban, terminal->load->work.amount);
}

static void confirm_withdrawal(struct bench_terminal *terminal) {
    int64_t amount = terminal->load->work.amount;
    terminal->confirming = true;
    send_request(terminal, "withdrawal.confirm",
                 ",\"amount\":%" PRId64 ",\"currency\":\"EUR\",\"notes\":[{\"denomination\":%d,"
                 "\"count\":%" PRId64 "}]",
                 amount, DENOMINATION, amount / DENOMINATION);
}

static void request_echo(struct bench_terminal *terminal) {
    send_request(terminal, "network.echo", "%s", "");
}

static void begin_operation(struct bench_terminal *terminal) {
    static void (*const requests[BENCH_MIX_COUNT])(struct bench_terminal *) = {
        [BENCH_TRANSFER] = request_transfer,
        [BENCH_BALANCE] = request_balance,
        [BENCH_WITHDRAW] = request_withdrawal,
        [BENCH_ECHO] = request_echo,
    };
    terminal->confirming = false;
    new_transaction(terminal);
    requests[terminal->load->work.mix](terminal);
}

/* --- answers -------------------------------------------------------------------------------- */

/* Before there is a session, anything but approval ends the terminal. */
static void refused(struct bench_terminal *terminal, const char *why) {
    struct tw_error error = {0};
    (void)tw_fail(&error, TW_E_PEER, "terminal %08d: %s was answered %s", terminal->terminal_id,
                  terminal->phase == SIGNING_ON ? "network.sign_on" : "session.open", why);
    give_up(terminal, &error);
}

static void on_operation(struct bench_terminal *terminal, bool approved) {
    struct bench_load *load = terminal->load;
    bool half = load->work.mix == BENCH_WITHDRAW && !terminal->confirming;
    if (approved && half) {
        confirm_withdrawal(terminal);
        return;
    }
    load->results.approved += approved ? 1 : 0;
    if (approved && load->measuring) {
        tw_latency_record(&load->results.latency, tw_loop_now_us(load->loop) - terminal->began_us);
    }
    move(terminal, READY);
}

/* A transfer to another bank may be approved and still be on its way. */
static bool is_complete(const struct bench_terminal *terminal, const json_t *result) {
    const char *status = json_string_value(json_object_get(result, "status"));
    return terminal->load->work.mix != BENCH_TRANSFER ||
           (status != NULL && strcmp(status, "COMPLETED") == 0);
}

static void on_rpc_error(struct bench_terminal *terminal, const char *message) {
    if (terminal->phase != WORKING) {
        refused(terminal, message);
        return;
    }
    terminal->load->results.rpc_errors++;
    on_operation(terminal, false);
}

/* In service again. What was unanswered goes first. */
static void come_back(struct bench_terminal *terminal) {
    struct bench_load *load = terminal->load;
    load->storm.in_service++;
    load->storm.all_in_service_us = tw_loop_now_us(load->loop);
    if (!terminal->unanswered || terminal->sent == NULL) {
        move(terminal, READY);
        return;
    }
    load->storm.repeated++;
    terminal->awaited = terminal->sent_stan;
    move(terminal, WORKING);
    send_line(terminal, terminal->sent);
}

static void on_started(struct bench_terminal *terminal, const json_t *result) {
    if (terminal->phase == OPENING_SESSION) {
        terminal->session_us =
            json_integer_value(json_object_get(result, "expires_in_ms")) * US_PER_MS;
        terminal->expires_us = tw_loop_now_us(terminal->load->loop) + terminal->session_us;
        move(terminal, READY);
        return;
    }
    const char *date = json_string_value(json_object_get(result, "business_date"));
    (void)snprintf(terminal->business_date, sizeof terminal->business_date, "%s",
                   date != NULL ? date : "");
    if (terminal->load->storm.lost > 0) {
        come_back(terminal);
    } else if (terminal->load->encryptor != NULL) {
        open_session(terminal);
    } else {
        move(terminal, READY);
    }
}

static void on_result(struct bench_terminal *terminal, const json_t *result) {
    struct bench_load *load = terminal->load;
    const char *digits = json_string_value(json_object_get(result, "rc"));
    const char *session = json_string_value(json_object_get(result, "session"));
    enum tw_rc rc = TW_RC_SYSTEM_ERROR;
    if (digits == NULL || !tw_rc_from_digits(digits, &rc)) {
        on_rpc_error(terminal, "without a response code");
        return;
    }
    if (session != NULL) {
        (void)snprintf(terminal->session, sizeof terminal->session, "%s", session);
        terminal->expires_us = tw_loop_now_us(load->loop) + terminal->session_us;
    }
    if (terminal->phase == WORKING) {
        bool approved = rc == TW_RC_APPROVED;
        bool complete = approved && is_complete(terminal, result);
        load->results.by_rc[rc] += load->measuring || load->work.storm;
        load->results.pending += approved && !complete;
        on_operation(terminal, complete);
    } else if (rc == TW_RC_APPROVED) {
        on_started(terminal, result);
    } else {
        refused(terminal, digits);
    }
}

static void on_line(void *context, const char *bytes, size_t length) {
    struct bench_terminal *terminal = context;
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_error error = {0};
    json_t *result = NULL;
    json_t *rpc_error = NULL;
    int64_t id = 0;
    struct tw_status status =
        tw_json_parse(bytes, length, TW_JSON_LIMITS_DEFAULT, &document, &error);
    if (tw_ok(status)) {
        status = tw_envelope_answer(document, &id, &result, &rpc_error, &error);
    }
    if (tw_ok(status) && id == PING_ID) {
        return;
    }
    if (tw_ok(status) && id != terminal->awaited) {
        status = tw_fail(&error, TW_E_PEER, "an answer to another request");
    }
    if (!tw_ok(status)) {
        give_up(terminal, &error);
    } else if (rpc_error != NULL) {
        on_rpc_error(terminal, json_string_value(json_object_get(rpc_error, "message")));
    } else {
        on_result(terminal, result);
    }
}

/* --- the connection ------------------------------------------------------------------------- */

static void on_open(void *context) {
    struct bench_terminal *terminal = context;
    struct bench_storm *storm = &terminal->load->storm;
    if (storm->lost > 0 && storm->first_open_us == 0) {
        storm->first_open_us = tw_loop_now_us(terminal->load->loop);
    }
    sign_on(terminal);
}

static void on_too_long(void *context) {
    struct tw_error error = {.code = TW_E_PEER, .detail = "an answer is too long"};
    give_up(context, &error);
}

static void on_end(void *context, bool unfinished) {
    struct bench_terminal *terminal = context;
    struct tw_error error = {0};
    (void)tw_fail(&error, TW_E_PEER, "the server closed the connection%s",
                  unfinished ? " within a line" : "");
    if (terminal->load->work.storm) {
        tw_stream_close(terminal->stream, &error);
    } else {
        give_up(terminal, &error);
    }
}

static void be_lost(struct bench_terminal *terminal) {
    struct bench_load *load = terminal->load;
    int64_t now_us = tw_loop_now_us(load->loop);
    bool was_in_service = terminal->phase == READY || terminal->phase == WORKING;
    if (was_in_service) {
        load->storm.lost++;
        load->storm.first_lost_us =
            load->storm.first_lost_us != 0 ? load->storm.first_lost_us : now_us;
        terminal->unanswered = terminal->phase == WORKING;
    }
    move(terminal, LOST);
    tw_loop_timer_set(load->loop, &terminal->reconnect,
                      was_in_service ? now_us : now_us + RETRY_US);
}

static void on_closed(void *context, const struct tw_error *why) {
    struct bench_terminal *terminal = context;
    struct bench_load *load = terminal->load;
    terminal->stream = NULL;
    if (terminal->stan > load->last_stan) {
        load->last_stan = terminal->stan;
    }
    if (load->work.storm && load->reason.code == TW_E_NONE) {
        be_lost(terminal);
        return;
    }
    if (why->code != TW_E_NONE || terminal->phase < READY) {
        remember(load, why);
    }
    move(terminal, ENDED);
}

static const struct tw_stream_events events = {
    .on_open = on_open,
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_closed = on_closed,
};

static const struct tw_stream_limits limits = {
    .line_max = 65536,
    .output_max = 65536,
    .handshake_ms = 15000,
};

/* --- lifecycle ------------------------------------------------------------------------------ */

static struct tw_status connect_now(struct bench_terminal *terminal, struct tw_error *ret_error) {
    struct tw_stream_options options = {.loop = terminal->load->loop,
                                        .tls = terminal->tls,
                                        .limits = &limits,
                                        .events = &events,
                                        .context = terminal};
    return tw_stream_connect(&options, terminal->address, &terminal->stream, ret_error);
}

static void on_reconnect(void *context) {
    struct bench_terminal *terminal = context;
    struct tw_error error = {0};
    terminal->load->storm.attempts++;
    move(terminal, CONNECTING);
    if (!tw_ok(connect_now(terminal, &error))) {
        remember(terminal->load, &error);
        move(terminal, ENDED);
    }
}

struct tw_status bench_terminal_new(struct bench_load *load, size_t index, int32_t terminal_id,
                                    struct tw_tls *tls, const struct tw_address *address,
                                    struct bench_terminal **ret_terminal,
                                    struct tw_error *ret_error) {
    struct bench_terminal *terminal = calloc(1, sizeof *terminal);
    if (terminal == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "terminal");
    }
    *terminal = (struct bench_terminal){
        .load = load,
        .index = index,
        .tls = tls,
        .address = address,
        .reconnect = {.run = on_reconnect, .context = terminal},
        .card = load->encryptor != NULL ? &load->cards[index] : NULL,
        .terminal_id = terminal_id,
        .stan = load->first_stan - 1,
        .business_date = "1970-01-01", /* sign-on tells it */
    };
    struct tw_status status = connect_now(terminal, ret_error);
    if (!tw_ok(status)) {
        free(terminal);
        return status;
    }
    *ret_terminal = terminal;
    return status;
}

void bench_terminal_free(struct bench_terminal *terminal) {
    if (terminal != NULL) {
        tw_loop_timer_clear(terminal->load->loop, &terminal->reconnect);
        tw_stream_free(terminal->stream);
        free(terminal->sent);
        free(terminal);
    }
}

size_t bench_terminal_index(const struct bench_terminal *terminal) {
    return terminal->index;
}

bool bench_terminal_ready(const struct bench_terminal *terminal) {
    return terminal->phase == READY;
}

void bench_terminal_begin(struct bench_terminal *terminal, int64_t due_us) {
    move(terminal, WORKING);
    terminal->began_us = due_us;
    begin_operation(terminal);
}

bool bench_terminal_renew(struct bench_terminal *terminal, int64_t within_us) {
    bool lasts = terminal->expires_us > tw_loop_now_us(terminal->load->loop) + within_us;
    if (terminal->load->encryptor == NULL || lasts) {
        return false;
    }
    open_session(terminal);
    return true;
}

void bench_terminal_ping(struct bench_terminal *terminal) {
    if (terminal->phase == READY) {
        send_line(terminal, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"rpc.ping\"}\n");
    }
}

void bench_terminal_end(struct bench_terminal *terminal) {
    tw_stream_end(terminal->stream, NULL);
}
