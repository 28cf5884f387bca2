/*
 * Timers do everything: one switches terminals on, a few per turn so that those that are on are not
 * held up; one, each second, looks, shows and decides whether it is over. The members are one
 * array.
 */
#include "atm-client/fleet/fleet.h"

#include <signal.h>
#include <stdlib.h>

#include "atm-client/fleet/process.h"
#include "atm-client/fleet/progress.h"

#define OPENED_AT_ONCE 2 /* each takes some milliseconds, in which nobody is answered */
#define RAMP_US        10000
#define SECOND_US      INT64_C(1000000)
#define SIGNALS        2

enum stage { RAMPING, RUNNING, DRAINING, ENDED };
static const char *const stage_names[] = {"ramp-up", "running", "draining", "ended"};

struct fleet {
    const struct fleet_options *options;
    struct fleet_ground ground;
    struct fleet_wallet wallet;
    struct fleet_progress progress;
    struct fleet_result *result;
    struct fleet_member *members;
    size_t opened, ended;
    enum stage stage;
    int64_t began_us, running_us, stopped_us; /* running_us 0: not yet */
    uint64_t told;                            /* operations before that */
    struct tw_timer ramp, second;
    struct event *signals[SIGNALS];
    struct tw_status status;
    struct tw_error *error;
};

static int64_t passed_us(const struct fleet *fleet, int64_t since_us) {
    return tw_loop_now_us(fleet->ground.loop) - since_us;
}

static int64_t in_service(const struct fleet *fleet) {
    int64_t count = 0;
    for (size_t i = 0; i < fleet->opened; i++)
        count += fleet_member_in_service(&fleet->members[i]);
    return count;
}

static void finish(struct fleet *fleet) {
    fleet->stage = ENDED;
    fleet->result->drained_ms = passed_us(fleet, fleet->stopped_us) / 1000;
    tw_loop_stop(fleet->ground.loop);
}

static void stop(struct fleet *fleet) {
    if (fleet->stage >= DRAINING)
        return;
    fleet->stage = DRAINING;
    fleet->stopped_us = tw_loop_now_us(fleet->ground.loop);
    fleet->result->elapsed_ms = (fleet->stopped_us - fleet->began_us) / 1000;
    if (fleet->running_us != 0) {
        fleet->result->running_ms = (fleet->stopped_us - fleet->running_us) / 1000;
        fleet->result->running_operations =
            (int64_t)(fleet_tally_operations(fleet->ground.tally) - fleet->told);
    }
    fleet->ground.stopping = true;
    tw_loop_timer_clear(fleet->ground.loop, &fleet->ramp);
    for (size_t i = 0; i < fleet->opened; i++)
        fleet_member_stop(&fleet->members[i]);
    if (fleet->ended == fleet->opened)
        finish(fleet);
}

static void on_member_ended(void *context) {
    struct fleet *fleet = context;
    fleet->ended++;
    if (fleet->ended == fleet->opened && fleet->stage == DRAINING)
        finish(fleet);
}

static void begin_running(struct fleet *fleet) {
    fleet->stage = RUNNING;
    fleet->running_us = tw_loop_now_us(fleet->ground.loop);
    fleet->told = fleet_tally_operations(fleet->ground.tally);
}

static void on_ramp(void *context) {
    struct fleet *fleet = context;
    const struct fleet_options *options = fleet->options;
    int64_t ramp_us = options->profile->ramp_up_s * SECOND_US;
    int64_t past_us = passed_us(fleet, fleet->began_us);
    int64_t due =
        past_us >= ramp_us ? options->terminals : options->terminals * past_us / ramp_us + 1;
    int64_t first = options->config->terminal.id;
    for (int i = 0; i < OPENED_AT_ONCE && (int64_t)fleet->opened < due; i++) {
        size_t index = fleet->opened;
        fleet->status = fleet_member_open(&fleet->members[index], &fleet->ground, index,
                                          first + (int64_t)index, fleet->error);
        if (!tw_ok(fleet->status)) {
            stop(fleet);
            return;
        }
        fleet->opened++;
    }
    if ((int64_t)fleet->opened == options->terminals)
        begin_running(fleet);
    else
        tw_loop_timer_set(fleet->ground.loop, &fleet->ramp,
                          tw_loop_now_us(fleet->ground.loop) +
                              ((int64_t)fleet->opened < due ? 0 : RAMP_US));
}

static void on_second(void *context) {
    struct fleet *fleet = context;
    int64_t elapsed_s = passed_us(fleet, fleet->began_us) / SECOND_US;
    int64_t serving = in_service(fleet);
    int64_t rss_kib = fleet_process_rss_kib();
    if (rss_kib > fleet->result->rss_kib)
        fleet->result->rss_kib = rss_kib;
    fleet_tally_second(fleet->ground.tally, elapsed_s, serving);
    fleet_progress_show(&fleet->progress, fleet->ground.tally, stage_names[fleet->stage], elapsed_s,
                        serving, fleet->options->terminals);
    if (fleet->stage == RUNNING &&
        passed_us(fleet, fleet->running_us) >= fleet->options->profile->duration_s * SECOND_US)
        stop(fleet);
    if (fleet->stage == DRAINING &&
        passed_us(fleet, fleet->stopped_us) >= fleet->options->profile->drain_s * SECOND_US)
        finish(fleet);
    tw_loop_timer_set(fleet->ground.loop, &fleet->second,
                      fleet->began_us + (elapsed_s + 1) * SECOND_US);
}

static void on_signal(evutil_socket_t number, short what, void *context) {
    struct fleet *fleet = context;
    (void)number;
    (void)what;
    fleet->result->interrupted = true;
    if (fleet->stage == DRAINING)
        finish(fleet);
    else
        stop(fleet);
}

static struct tw_status watch_signals(struct fleet *fleet, struct tw_error *ret_error) {
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < SIGNALS; i++) {
        fleet->signals[i] =
            evsignal_new(tw_loop_base(fleet->ground.loop), numbers[i], on_signal, fleet);
        if (fleet->signals[i] == NULL || event_add(fleet->signals[i], NULL) != 0)
            return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for signals");
    }
    return tw_success();
}

/* Every journal against its machine, and what is left open. */
static void judge(struct fleet *fleet) {
    struct fleet_result *result = fleet->result;
    for (size_t i = 0; i < fleet->opened; i++) {
        struct fleet_member *member = &fleet->members[i];
        struct fleet_findings findings;
        struct tw_error error = {0};
        if (!tw_ok(fleet_judge_terminal(member->machine.journal, atm_sim_world(member->machine.sim),
                                        &findings, &error)))
            fleet_member_problem(member, error.detail);
        else if (findings.notes[0] != '\0')
            fleet_member_problem(member, findings.notes);
        result->unended += member->phase != FLEET_ENDED;
        result->suspects += findings.suspects;
        result->half_done += findings.half_done;
        result->advices += (int64_t)atm_terminal_advices(member->machine.terminal);
        result->pending += (int64_t)atm_terminal_questions(member->machine.terminal);
    }
    result->terminals = (int64_t)fleet->opened;
    result->lost_cards = (int64_t)fleet_wallet_lost(&fleet->wallet);
}

static struct tw_status prepare(struct fleet *fleet, struct tw_error *ret_error) {
    const struct fleet_options *options = fleet->options;
    const struct fleet_config *config = options->config;
    const struct fleet_profile *profile = options->profile;
    struct tw_status status = fleet_process_files(
        options->terminals, (int64_t)config->terminal.middleware.count, ret_error);
    if (tw_ok(status))
        status = fleet_wallet_load(config->card_files.items, config->card_files.count,
                                   (int32_t)config->terminal.acquirer, (size_t)options->terminals,
                                   &fleet->wallet, ret_error);
    if (tw_ok(status))
        status = tw_loop_new(tw_clock_system(), tw_random_system(), &fleet->ground.loop, ret_error);
    if (tw_ok(status))
        status = watch_signals(fleet, ret_error);
    if (!tw_ok(status))
        return status;
    fleet->ground.tally =
        fleet_tally_new(profile->ramp_up_s + profile->duration_s + profile->drain_s);
    fleet->members = calloc((size_t)options->terminals, sizeof *fleet->members);
    if (fleet->ground.tally == NULL || fleet->members == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for so many terminals");
    return status;
}

static void play(struct fleet *fleet) {
    struct tw_loop *loop = fleet->ground.loop;
    fleet->result->rss_base_kib = fleet_process_rss_kib();
    fleet->began_us = tw_loop_now_us(loop);
    fleet->ramp = (struct tw_timer){.run = on_ramp, .context = fleet};
    fleet->second = (struct tw_timer){.run = on_second, .context = fleet};
    tw_loop_timer_set(loop, &fleet->ramp, fleet->began_us);
    tw_loop_timer_set(loop, &fleet->second, fleet->began_us + SECOND_US);
    struct tw_status ran = tw_loop_run(loop, fleet->error);
    if (!tw_ok(ran))
        fleet->status = ran;
    fleet_tally_end(fleet->ground.tally, in_service(fleet));
    fleet_progress_end(&fleet->progress);
    judge(fleet);
}

static void take_down(struct fleet *fleet) {
    if (fleet->ground.loop != NULL) {
        tw_loop_timer_clear(fleet->ground.loop, &fleet->ramp);
        tw_loop_timer_clear(fleet->ground.loop, &fleet->second);
    }
    for (size_t i = 0; i < fleet->opened; i++)
        fleet_member_close(&fleet->members[i]);
    for (size_t i = 0; i < SIGNALS; i++)
        if (fleet->signals[i] != NULL)
            event_free(fleet->signals[i]);
    if (fleet->ground.loop != NULL)
        tw_loop_free(fleet->ground.loop);
    free(fleet->members);
    fleet_wallet_free(&fleet->wallet);
}

struct tw_status fleet_run(const struct fleet_options *options, struct fleet_tally **ret_tally,
                           struct fleet_result *ret_result, struct tw_error *ret_error) {
    *ret_result = (struct fleet_result){0};
    struct fleet fleet = {.options = options,
                          .result = ret_result,
                          .error = ret_error,
                          .progress = fleet_progress_begin(options->quiet)};
    fleet.ground = (struct fleet_ground){.config = options->config,
                                         .profile = options->profile,
                                         .wallet = &fleet.wallet,
                                         .on_ended = on_member_ended,
                                         .context = &fleet};
    fleet.status = prepare(&fleet, ret_error);
    if (tw_ok(fleet.status))
        play(&fleet);
    take_down(&fleet);
    *ret_tally = fleet.ground.tally;
    return fleet.status;
}

bool fleet_result_good(const struct fleet_tally *tally, const struct fleet_result *result) {
    return tally->problem_count == 0 && result->unended == 0 && result->advices == 0 &&
           result->suspects == 0 && result->half_done == 0;
}
