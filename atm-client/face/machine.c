/*
 * Building in order, taking down in reverse: the pool goes first, because ending its calls calls
 * back into the terminal. The terminal's tick is one timer of the loop, set again after everything
 * that may have changed when it is due: an operation, a host's answer, a tick.
 */
#include "atm-client/face/machine.h"

#include <string.h>
#include <unistd.h>

#include "core/crash.h"
#include "core/log.h"

/* One operation, one advice, and what came too late. */
#define CALLS_MAX 16
/* How long an answer that comes too late is still noticed, to be journaled as 68. */
#define LATE_MS 10000
/* When thousands of terminals come back at once each waits for its turn; to give up and begin anew
 * would only make the queue longer. */
#define CONNECT_MS 10000
#define DAY_MS     (INT64_C(86400) * 1000)

void atm_machine_arm(struct atm_machine *machine) {
    int64_t due_us = atm_terminal_due_us(machine->terminal);
    if (due_us == INT64_MAX)
        tw_loop_timer_clear(machine->loop, &machine->due);
    else
        tw_loop_timer_set(machine->loop, &machine->due, due_us);
}

static void on_due(void *context) {
    struct atm_machine *machine = context;
    atm_terminal_tick(machine->terminal);
    atm_machine_arm(machine);
}

static void after_answer(void *context) {
    atm_machine_arm(context);
}

static void on_sent(void *context, const char *method) {
    (void)context;
    if (strcmp(method, tw_method(TW_METHOD_WITHDRAW_CONFIRM)->name) == 0)
        tw_crash_point("atm.confirm_sent");
}

static struct tw_status open_pool(struct atm_machine *machine, struct tw_error *ret_error) {
    const struct atm_config *config = machine->config;
    struct tw_tls_files files = {.certificate = config->certificate,
                                 .key = config->key,
                                 .root = config->root,
                                 .crl = config->crl};
    struct tw_status status =
        tw_tls_new(&files, TW_TLS_CLIENT, tw_clock_system(), &machine->tls, ret_error);
    if (!tw_ok(status))
        return status;
    struct tw_pool_options options = tw_pool_options_default;
    options.addresses = (const char *const *)config->middleware.items;
    options.address_count = config->middleware.count;
    options.tls = machine->tls;
    options.expect_kind = TW_ID_MIDDLEWARE;
    options.connections_per_address = 1;
    options.connect_ms = CONNECT_MS;
    options.calls_max = CALLS_MAX;
    options.late_ms = LATE_MS;
    options.on_sent = on_sent;
    return tw_pool_new(machine->loop, &options, &machine->pool, ret_error);
}

static struct tw_status fit_cassettes(struct atm_machine *machine, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < machine->config->cassette_count; i++) {
        const struct atm_config_cassette *cassette = &machine->config->cassettes[i];
        status = atm_journal_fit(machine->journal, cassette->number, cassette->denomination_minor,
                                 cassette->currency, ret_error);
        if (tw_ok(status))
            status = atm_sim_fit(machine->sim, cassette->number, cassette->denomination_minor,
                                 ret_error);
    }
    return status;
}

static struct atm_journal_options journal_options(const struct atm_config *config) {
    return (struct atm_journal_options){
        .file = config->journal,
        .terminal_id = (int32_t)config->id,
        .acquirer = (int32_t)config->acquirer,
        .clock = tw_clock_system(),
    };
}

static struct tw_status open_parts(struct atm_machine *machine, struct atm_sim_options *sim,
                                   struct tw_error *ret_error) {
    struct atm_journal_options journal = journal_options(machine->config);
    journal.relaxed = machine->shares_loop;
    /* The journal first: its lock says whether this process may be the terminal at all. */
    struct tw_status status = atm_journal_open(&journal, &machine->journal, ret_error);
    if (tw_ok(status))
        status = atm_sim_new(sim, &machine->sim, ret_error);
    if (tw_ok(status))
        status = fit_cassettes(machine, ret_error);
    if (tw_ok(status) && !machine->shares_loop)
        status = tw_loop_new(tw_clock_system(), tw_random_system(), &machine->loop, ret_error);
    return tw_ok(status) ? open_pool(machine, ret_error) : status;
}

static struct tw_status open_machine(struct atm_machine *machine,
                                     const struct atm_machine_watch *watch,
                                     struct tw_error *ret_error) {
    static const struct atm_machine_watch nobody = {0};
    const struct atm_machine_watch *told = watch != NULL ? watch : &nobody;
    const struct atm_config *config = machine->config;
    machine->due = (struct tw_timer){.run = on_due, .context = machine};
    struct atm_sim_options sim = {.file = config->device_file,
                                  .in_place = machine->shares_loop,
                                  .receipts = config->receipts_file,
                                  .journal_paper = config->journal_paper,
                                  .on_presented = told->on_presented,
                                  .on_ejected = told->on_ejected,
                                  .context = told->context};
    struct tw_status status = open_parts(machine, &sim, ret_error);
    if (tw_ok(status)) {
        machine->link = (struct atm_link){.pool = machine->pool,
                                          .clock = tw_clock_system(),
                                          .after = after_answer,
                                          .context = machine,
                                          .lost_ms = atm_sim_link_loss_ms,
                                          .lost_context = machine->sim,
                                          .on_message = told->on_message,
                                          .message_context = told->context};
        struct atm_terminal_options options = {
            .terminal_id = (int32_t)config->id,
            .acquirer = (int32_t)config->acquirer,
            .location = config->location,
            .root_file = config->root,
            .crl_file = config->crl,
            .strategy = config->strategy,
            .language = config->spoken,
            .limits = config->limits,
            .keep_days = config->keep_days,
            .clock = tw_clock_system(),
            .random = tw_random_system(),
            .host = atm_link_host(&machine->link),
            .devices = atm_sim_devices(machine->sim),
            .journal = machine->journal,
            .on_phase = told->on_phase,
            .context = told->context,
        };
        status = atm_terminal_new(&options, &machine->terminal, ret_error);
    }
    if (!tw_ok(status))
        atm_machine_close(machine);
    return status;
}

struct tw_status atm_machine_open(struct atm_machine *machine, const struct atm_config *config,
                                  const struct atm_machine_watch *watch,
                                  struct tw_error *ret_error) {
    *machine = (struct atm_machine){.config = config};
    return open_machine(machine, watch, ret_error);
}

struct tw_status atm_machine_open_on(struct atm_machine *machine, const struct atm_config *config,
                                     struct tw_loop *loop, struct tw_error *ret_error) {
    *machine = (struct atm_machine){.config = config, .loop = loop, .shares_loop = true};
    return open_machine(machine, NULL, ret_error);
}

struct tw_status atm_machine_look(struct atm_machine *machine, const struct atm_config *config,
                                  struct tw_error *ret_error) {
    *machine = (struct atm_machine){.config = config};
    if (access(config->journal, F_OK) != 0)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "there is no journal yet");
    struct atm_journal_options journal = journal_options(config);
    const struct atm_sim_options sim = {.file = config->device_file};
    journal.read_only = true;
    struct tw_status status = atm_journal_open(&journal, &machine->journal, ret_error);
    if (tw_ok(status))
        status = atm_sim_new(&sim, &machine->sim, ret_error);
    if (!tw_ok(status))
        atm_machine_close(machine);
    return status;
}

void atm_machine_close(struct atm_machine *machine) {
    atm_terminal_free(machine->terminal); /* disowns calls: nothing is inferred from our exit */
    machine->terminal = NULL;
    machine->link.after = NULL;
    if (machine->pool != NULL)
        tw_pool_free(machine->pool);
    if (machine->loop != NULL) {
        tw_loop_timer_clear(machine->loop, &machine->due);
        if (!machine->shares_loop)
            tw_loop_free(machine->loop);
    }
    if (machine->tls != NULL)
        tw_tls_free(machine->tls);
    atm_sim_free(machine->sim);
    atm_journal_close(machine->journal);
    *machine = (struct atm_machine){0};
}

void atm_waiting_done(void *context, const struct atm_outcome *outcome) {
    struct atm_waiting *waiting = context;
    waiting->outcome = *outcome;
    waiting->done = true;
}

bool atm_machine_run(struct atm_machine *machine, const bool *done, int64_t timeout_ms) {
    atm_machine_arm(machine);
    return *done || tw_loop_run_until(machine->loop, done,
                                      tw_loop_now_us(machine->loop) + timeout_ms * 1000);
}

void atm_machine_wait(struct atm_machine *machine, struct atm_waiting *waiting) {
    /* Every operation ends by its own deadlines; a day is longer than all of them. */
    tw_assert(atm_machine_run(machine, &waiting->done, DAY_MS));
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    *(bool *)context = true;
}

void atm_machine_await(struct atm_machine *machine, int fd) {
    bool readable = false;
    struct event *event =
        event_new(tw_loop_base(machine->loop), fd, EV_READ, on_readable, &readable);
    tw_assert(event != NULL);
    /* epoll refuses files, which can always be read */
    if (event_add(event, NULL) == 0)
        (void)atm_machine_run(machine, &readable, DAY_MS);
    event_free(event);
}

struct settling {
    struct atm_machine *machine;
    struct tw_timer look;
    bool transfers;
    bool done;
};

static void look_again(void *context) {
    struct settling *settling = context;
    const struct atm_terminal *terminal = settling->machine->terminal;
    settling->done = atm_terminal_advices(terminal) == 0 &&
                     (!settling->transfers || atm_terminal_questions(terminal) == 0);
    if (!settling->done)
        tw_loop_timer_set(settling->machine->loop, &settling->look,
                          tw_loop_now_us(settling->machine->loop) + 10000);
}

bool atm_machine_settle(struct atm_machine *machine, int64_t timeout_ms, bool transfers) {
    struct settling settling = {.machine = machine, .transfers = transfers};
    settling.look = (struct tw_timer){.run = look_again, .context = &settling};
    look_again(&settling);
    (void)atm_machine_run(machine, &settling.done, timeout_ms);
    tw_loop_timer_clear(machine->loop, &settling.look);
    return atm_terminal_advices(machine->terminal) == 0;
}
