#include "drive.h"

#include <stdlib.h>

#include "commands.h"
#include "pace.h"
#include "results.h"
#include "terminal.h"

#define STARTING_AT_ONCE 16
#define DRAIN_US         INT64_C(15000000)
#define STORM_US         INT64_C(120000000)
#define RENEW_US         INT64_C(30000000) /* sessions end while they are idle, not in use */
#define PING_TICK_US     INT64_C(100000)
#define PING_TICKS       300 /* each terminal once in so many ticks */

enum stage { STARTING, IDLE, RENEWING, WARMING, MEASURING, DRAINING, STORMING, ENDING };

struct drive {
    const struct bench_options *options;
    const struct bench_material *material;
    struct bench_load load;
    struct bench_terminal **terminals;
    size_t count, started, next_ping;
    struct bench_pace *pace;
    struct bench_commands *commands;
    enum stage stage;
    struct tw_task advance;
    struct tw_timer timer, ping;
    int64_t measured_us; /* when measuring began; then how long it took */
};

static void stop_with(struct drive *drive, const struct tw_error *reason) {
    if (drive->load.reason.code == TW_E_NONE) {
        drive->load.reason = *reason;
    }
    tw_loop_stop(drive->load.loop);
}

static void set_timer(struct drive *drive, int64_t after_us) {
    struct tw_loop *loop = drive->load.loop;
    tw_loop_timer_set(loop, &drive->timer, tw_loop_now_us(loop) + after_us);
}

/* --- starting ------------------------------------------------------------------------------- */

static void start_some(struct drive *drive) {
    while (drive->started < drive->count && drive->started < drive->load.ready + STARTING_AT_ONCE) {
        size_t index = drive->started;
        size_t address = index % drive->options->address_count;
        struct tw_error error = {0};
        struct tw_status status =
            bench_terminal_new(&drive->load, index, bench_terminal_id(drive->options, index),
                               drive->material->tls[index], &drive->material->addresses[address],
                               &drive->terminals[index], &error);
        if (!tw_ok(status)) {
            stop_with(drive, &error);
            return;
        }
        drive->started++;
    }
}

/* --- what commands say ---------------------------------------------------------------------- */

static bool works(const struct drive *drive, const struct bench_terminal *terminal) {
    return drive->load.working && bench_terminal_index(terminal) < drive->load.work.terminals;
}

static void give_work(struct drive *drive, struct bench_terminal *terminal) {
    if (drive->load.work.rate > 0) {
        bench_pace_give(drive->pace, terminal);
    } else {
        bench_terminal_begin(terminal, tw_loop_now_us(drive->load.loop));
    }
}

static void begin(struct drive *drive) {
    drive->load.working = true;
    if (drive->load.work.rate > 0) {
        bench_pace_start(drive->pace);
    }
    for (size_t i = 0; i < drive->load.work.terminals; i++) {
        give_work(drive, drive->terminals[i]);
    }
}

/* All sessions are good for now. */
static void start_work(struct drive *drive) {
    const struct bench_work *work = &drive->load.work;
    drive->stage = work->storm ? STORMING : WARMING;
    if (work->storm) {
        bench_print_storming();
    }
    set_timer(drive, work->storm ? STORM_US : work->warm_up_us);
    begin(drive);
}

static void on_work(void *context, const struct bench_work *work) {
    struct drive *drive = context;
    if (work->mix != BENCH_ECHO && drive->load.encryptor == NULL) {
        struct tw_error refused = {0};
        (void)tw_fail(&refused, TW_E_INVALID_PARAMS, "terminals without customers can only echo");
        stop_with(drive, &refused);
        return;
    }
    drive->load.work = *work;
    drive->load.results = (struct bench_results){0};
    drive->load.storm = (struct bench_storm){0};
    drive->stage = RENEWING;
    set_timer(drive, DRAIN_US);
    for (size_t i = 0; i < work->terminals; i++) {
        (void)bench_terminal_renew(drive->terminals[i], RENEW_US);
    }
    tw_loop_defer(drive->load.loop, &drive->advance);
}

static void on_commands_end(void *context) {
    struct drive *drive = context;
    drive->stage = ENDING;
    drive->load.working = false;
    tw_loop_timer_clear(drive->load.loop, &drive->ping);
    set_timer(drive, DRAIN_US);
    for (size_t i = 0; i < drive->started; i++) {
        bench_terminal_end(drive->terminals[i]);
    }
}

static void on_bad_command(void *context, const struct tw_error *reason) {
    stop_with(context, reason);
}

/* --- stages --------------------------------------------------------------------------------- */

static void be_idle(struct drive *drive) {
    tw_loop_timer_clear(drive->load.loop, &drive->timer);
    drive->stage = IDLE;
    bench_commands_next(drive->commands);
}

static void end_storm(struct drive *drive) {
    drive->load.storm.all_answered_us = tw_loop_now_us(drive->load.loop);
    drive->load.working = false;
    bench_print_storm(&drive->load);
    drive->load.storm = (struct bench_storm){0};
    drive->load.work.storm = false;
    be_idle(drive);
}

/* Something changed for a terminal; runs once per turn. */
static void advance(void *context) {
    struct drive *drive = context;
    struct bench_load *load = &drive->load;
    bool all_ready = load->ready == drive->count;
    if (load->ended == drive->started || load->reason.code != TW_E_NONE) {
        tw_loop_stop(load->loop);
    } else if (drive->stage == STARTING && all_ready) {
        bench_print_ready(drive->count);
        be_idle(drive);
    } else if (drive->stage == STARTING) {
        start_some(drive);
    } else if (drive->stage == RENEWING && all_ready) {
        start_work(drive);
    } else if (drive->stage == DRAINING && all_ready) {
        bench_print_measured(load, drive->measured_us, bench_pace_backlog(drive->pace));
        be_idle(drive);
    } else if (drive->stage == STORMING && all_ready && load->storm.lost >= drive->count) {
        end_storm(drive);
    }
}

static void on_change(void *context, struct bench_terminal *terminal) {
    struct drive *drive = context;
    /* Whoever is back after a storm has nothing more to do. */
    if (bench_terminal_ready(terminal) && works(drive, terminal) && drive->load.storm.lost == 0) {
        give_work(drive, terminal);
    } else {
        tw_loop_defer(drive->load.loop, &drive->advance);
    }
}

static void on_timer(void *context) {
    struct drive *drive = context;
    int64_t now_us = tw_loop_now_us(drive->load.loop);
    switch (drive->stage) {
    case WARMING:
        drive->stage = MEASURING;
        drive->load.measuring = true;
        drive->measured_us = now_us;
        set_timer(drive, drive->load.work.measured_us);
        return;
    case MEASURING:
        drive->stage = DRAINING;
        drive->load.measuring = false;
        drive->load.working = false;
        drive->measured_us = now_us - drive->measured_us;
        if (drive->load.work.rate > 0) {
            bench_pace_stop(drive->pace);
        }
        set_timer(drive, DRAIN_US);
        tw_loop_defer(drive->load.loop, &drive->advance);
        return;
    case STARTING:
    case IDLE:
    case RENEWING:
    case DRAINING:
    case STORMING:
    case ENDING:
    default:
        stop_with(drive, &(struct tw_error){.code = TW_E_DEADLINE,
                                            .detail = "answers are missing at the end"});
    }
}

static void on_ping(void *context) {
    struct drive *drive = context;
    size_t some = (drive->started + PING_TICKS - 1) / PING_TICKS;
    for (size_t i = 0; i < some; i++) {
        bench_terminal_ping(drive->terminals[drive->next_ping]);
        drive->next_ping = (drive->next_ping + 1) % drive->started;
    }
    tw_loop_timer_set(drive->load.loop, &drive->ping,
                      tw_loop_now_us(drive->load.loop) + PING_TICK_US);
}

/* --- lifecycle ------------------------------------------------------------------------------ */

static struct tw_status prepare(struct drive *drive, struct tw_error *ret_error) {
    static const struct bench_commands_events events = {
        .on_work = on_work, .on_end = on_commands_end, .on_bad = on_bad_command};
    const struct bench_options *options = drive->options;
    struct tw_loop *loop = NULL;
    struct tw_status status = tw_loop_new(tw_clock_system(), tw_random_system(), &loop, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    drive->load = (struct bench_load){
        .loop = loop,
        .cards = drive->material->cards.cards + (options->first_card - 1),
        .encryptor = drive->material->encryptor,
        .acquirer = options->proxied || options->middleware != NULL ? options->bank_code : NULL,
        .first_stan = options->first_stan,
        .random = {(uint64_t)options->seed},
        .on_change = on_change,
        .context = drive,
    };
    drive->advance = (struct tw_task){.run = advance, .context = drive};
    drive->timer = (struct tw_timer){.run = on_timer, .context = drive};
    drive->ping = (struct tw_timer){.run = on_ping, .context = drive};
    drive->terminals = calloc(drive->count, sizeof(struct bench_terminal *));
    if (drive->terminals == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "terminals");
    }
    status = bench_pace_new(&drive->load, drive->count, &drive->pace, ret_error);
    if (tw_ok(status)) {
        status =
            bench_commands_new(loop, drive->count, &events, drive, &drive->commands, ret_error);
    }
    return status;
}

static void release(struct drive *drive) {
    struct tw_loop *loop = drive->load.loop;
    for (size_t i = 0; drive->terminals != NULL && i < drive->started; i++) {
        bench_terminal_free(drive->terminals[i]);
    }
    bench_commands_free(drive->commands);
    bench_pace_free(drive->pace);
    if (loop != NULL) {
        tw_loop_undefer(loop, &drive->advance);
        tw_loop_timer_clear(loop, &drive->timer);
        tw_loop_timer_clear(loop, &drive->ping);
    }
    tw_loop_free(loop);
    free(drive->terminals);
}

struct tw_status bench_drive(const struct bench_options *options,
                             const struct bench_material *material, struct tw_error *ret_error) {
    struct drive drive = {
        .options = options, .material = material, .count = (size_t)options->terminals};
    struct tw_status status = prepare(&drive, ret_error);
    if (tw_ok(status)) {
        start_some(&drive);
        on_ping(&drive);
        status = tw_loop_run(drive.load.loop, ret_error);
    }
    if (tw_ok(status) && drive.load.reason.code != TW_E_NONE) {
        status = tw_fail(ret_error, drive.load.reason.code, "%s", drive.load.reason.detail);
    }
    release(&drive);
    return status;
}
