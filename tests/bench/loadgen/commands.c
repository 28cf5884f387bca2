/* Blocking input would stop the terminals, so the descriptor is non-blocking and on the loop. */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/json.h"

#define LINE_MAX_BYTES 4096
#define US_PER_MS      1000
#define DEFAULT_AMOUNT 1000

struct bench_commands {
    size_t terminals;
    const struct bench_commands_events *events;
    void *context;
    struct event *readable;
    char line[LINE_MAX_BYTES];
    size_t length;
};

static bool take_mix(const char *text, enum bench_mix *ret_mix) {
    static const char *const names[BENCH_MIX_COUNT] = {[BENCH_TRANSFER] = "transfer",
                                                       [BENCH_BALANCE] = "balance",
                                                       [BENCH_WITHDRAW] = "withdraw",
                                                       [BENCH_ECHO] = "echo"};
    for (int mix = 0; mix < BENCH_MIX_COUNT; mix++) {
        if (strcmp(text, names[mix]) == 0) {
            *ret_mix = (enum bench_mix)mix;
            return true;
        }
    }
    return false;
}

static bool is_sensible(const struct bench_commands *commands, const struct bench_work *work) {
    const struct bench_payees *payees = &work->payees;
    return work->terminals >= 1 && work->terminals <= commands->terminals && work->hot <= 100 &&
           work->amount >= 1 && work->warm_up_us >= 0 && work->rate >= 0 &&
           (work->storm || work->measured_us > 0) &&
           (work->mix != BENCH_TRANSFER || (payees->count >= 2 && payees->first_account >= 1));
}

static struct tw_status read_work(const struct bench_commands *commands, json_t *json,
                                  struct bench_work *ret_work, struct tw_error *ret_error) {
    const char *what = "";
    const char *mix = "";
    json_int_t terminals = (json_int_t)commands->terminals;
    json_int_t warm_up_ms = 0;
    json_int_t measured_ms = 0;
    json_int_t amount = DEFAULT_AMOUNT;
    json_int_t hot = 0;
    json_int_t bank = 0;
    json_int_t first_account = 0;
    json_int_t count = 0;
    double rate = 0;
    json_error_t why;
    int unpacked = json_unpack_ex(
        json, &why, JSON_STRICT, "{s:s, s:s, s?I, s?I, s?I, s?F, s?I, s?I, s?{s:I, s:I, s:I !} !}",
        "do", &what, "mix", &mix, "terminals", &terminals, "warm_up_ms", &warm_up_ms, "measured_ms",
        &measured_ms, "rate", &rate, "amount", &amount, "hot", &hot, "payees", "bank", &bank,
        "first_account", &first_account, "count", &count);
    bool storm = strcmp(what, "storm") == 0;
    *ret_work = (struct bench_work){
        .terminals = (size_t)terminals,
        .hot = (unsigned)hot,
        .amount = amount,
        .payees = {(int32_t)bank, first_account, count},
        .rate = rate,
        .warm_up_us = warm_up_ms * US_PER_MS,
        .measured_us = measured_ms * US_PER_MS,
        .storm = storm,
    };
    bool known =
        unpacked == 0 && (storm || strcmp(what, "measure") == 0) && take_mix(mix, &ret_work->mix);
    if (!known || !is_sensible(commands, ret_work)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not a command: %s",
                       unpacked != 0 ? why.text : "a value is not allowed");
    }
    return tw_success();
}

static void take_line(struct bench_commands *commands, size_t length) {
    TW_JSON_OWNED json_t *json = NULL;
    struct bench_work work;
    struct tw_error error = {0};
    struct tw_status status =
        tw_json_parse(commands->line, length, TW_JSON_LIMITS_DEFAULT, &json, &error);
    if (tw_ok(status)) {
        status = read_work(commands, json, &work, &error);
    }
    commands->length -= length + 1;
    memmove(commands->line, commands->line + length + 1, commands->length);
    if (tw_ok(status)) {
        commands->events->on_work(commands->context, &work);
    } else {
        commands->events->on_bad(commands->context, &error);
    }
}

void bench_commands_next(struct bench_commands *commands) {
    char *end = memchr(commands->line, '\n', commands->length);
    if (end != NULL) {
        event_del(commands->readable);
        take_line(commands, (size_t)(end - commands->line));
    } else if (commands->length == sizeof commands->line) {
        event_del(commands->readable);
        commands->events->on_bad(
            commands->context,
            &(struct tw_error){.code = TW_E_TOO_LARGE, .detail = "a command is too long"});
    } else {
        event_add(commands->readable, NULL);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    struct bench_commands *commands = context;
    (void)what;
    ssize_t got =
        read(fd, commands->line + commands->length, sizeof commands->line - commands->length);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        event_del(commands->readable);
        commands->events->on_end(commands->context);
        return;
    }
    commands->length += (size_t)got;
    bench_commands_next(commands);
}

struct tw_status bench_commands_new(struct tw_loop *loop, size_t terminals,
                                    const struct bench_commands_events *events, void *context,
                                    struct bench_commands **ret_commands,
                                    struct tw_error *ret_error) {
    struct bench_commands *commands = calloc(1, sizeof *commands);
    if (commands == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "commands");
    }
    commands->terminals = terminals;
    commands->events = events;
    commands->context = context;
    commands->readable =
        event_new(tw_loop_base(loop), STDIN_FILENO, EV_READ | EV_PERSIST, on_readable, commands);
    if (commands->readable == NULL || evutil_make_socket_nonblocking(STDIN_FILENO) != 0) {
        bench_commands_free(commands);
        return tw_fail(ret_error, TW_E_IO, "standard input cannot be used");
    }
    *ret_commands = commands;
    return tw_success();
}

void bench_commands_free(struct bench_commands *commands) {
    if (commands != NULL) {
        if (commands->readable != NULL) {
            event_free(commands->readable);
        }
        free(commands);
    }
}
