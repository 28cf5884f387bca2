/* Threads share a stage and a condition that ends the run early when one of them fails. */
#include "ceiling.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "bare_batch.h"

enum stage { WARMING, MEASURING, ENDING };

struct ceiling;

struct lane {
    struct ceiling *ceiling;
    struct bench_bare *bare;
    pthread_t thread;
    struct tw_latency latency;
    struct tw_error error;
};

struct ceiling {
    struct lane *lanes;
    size_t lane_count;
    atomic_int stage;
    pthread_mutex_t mutex;
    pthread_cond_t failed;
    bool failure; /* under mutex */
};

static void report_failure(struct ceiling *ceiling) {
    (void)pthread_mutex_lock(&ceiling->mutex);
    ceiling->failure = true;
    (void)pthread_cond_signal(&ceiling->failed);
    (void)pthread_mutex_unlock(&ceiling->mutex);
}

static void *run_lane(void *context) {
    struct lane *lane = context;
    int64_t began_us = tw_now_us(tw_clock_system());
    while (atomic_load(&lane->ceiling->stage) != ENDING) {
        if (!tw_ok(bench_bare_batch(lane->bare, &lane->error))) {
            report_failure(lane->ceiling);
            break;
        }
        int64_t ended_us = tw_now_us(tw_clock_system());
        if (atomic_load(&lane->ceiling->stage) == MEASURING) {
            tw_latency_record(&lane->latency, ended_us - began_us);
        }
        began_us = ended_us;
    }
    return NULL;
}

/* True when the time is over, false when a lane failed. */
static bool wait_seconds(struct ceiling *ceiling, int64_t seconds) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* allowed: what the condition waits by */
    until.tv_sec += seconds;
    int waited = 0;
    (void)pthread_mutex_lock(&ceiling->mutex);
    while (!ceiling->failure && waited == 0) {
        waited = pthread_cond_clockwait(&ceiling->failed, &ceiling->mutex, CLOCK_MONOTONIC, &until);
    }
    bool failure = ceiling->failure;
    (void)pthread_mutex_unlock(&ceiling->mutex);
    return !failure;
}

static void measure(struct ceiling *ceiling, const struct bench_options *options,
                    struct bench_result *result) {
    if (!wait_seconds(ceiling, options->warm_up_s)) {
        return;
    }
    int64_t cpu_us = bench_cpu_us();
    int64_t began_us = tw_now_us(tw_clock_system());
    atomic_store(&ceiling->stage, MEASURING);
    (void)wait_seconds(ceiling, options->measured_s);
    atomic_store(&ceiling->stage, ENDING);
    result->measured_us = tw_now_us(tw_clock_system()) - began_us;
    result->cpu_us = bench_cpu_us() - cpu_us;
}

static struct tw_status start(struct ceiling *ceiling, struct tw_error *ret_error) {
    size_t started = 0;
    while (started < ceiling->lane_count) {
        struct lane *lane = &ceiling->lanes[started];
        if (pthread_create(&lane->thread, NULL, run_lane, lane) != 0) {
            break;
        }
        started++;
    }
    if (started == ceiling->lane_count) {
        return tw_success();
    }
    atomic_store(&ceiling->stage, ENDING);
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(ceiling->lanes[i].thread, NULL);
    }
    return tw_fail(ret_error, TW_E_IO, "a thread cannot be started");
}

static void add_up(struct lane *lane, const struct bench_options *options,
                   struct bench_result *result) {
    for (size_t i = 0; i < sizeof lane->latency.buckets / sizeof lane->latency.buckets[0]; i++) {
        result->latency.buckets[i] += lane->latency.buckets[i];
    }
    result->latency.count += lane->latency.count;
    result->batches += lane->latency.count;
    result->transfers += lane->latency.count * (uint64_t)options->batch;
    int64_t next_stan = bench_bare_next_stan(lane->bare);
    result->next_stan = next_stan > result->next_stan ? next_stan : result->next_stan;
}

static struct tw_status run_threads(struct ceiling *ceiling, const struct bench_options *options,
                                    struct bench_result *result, struct tw_error *ret_error) {
    struct tw_status status = start(ceiling, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    measure(ceiling, options, result);
    atomic_store(&ceiling->stage, ENDING);
    for (size_t i = 0; i < ceiling->lane_count; i++) {
        struct lane *lane = &ceiling->lanes[i];
        (void)pthread_join(lane->thread, NULL);
        add_up(lane, options, result);
        if (lane->error.code != TW_E_NONE && tw_ok(status)) {
            status = tw_fail(ret_error, lane->error.code, "%s", lane->error.detail);
        }
    }
    return status;
}

struct tw_status bench_ceiling_run(const struct bench_options *options,
                                   const struct bench_bank *bank, struct bench_result *ret_result,
                                   struct tw_error *ret_error) {
    struct ceiling ceiling = {.lane_count = (size_t)options->lanes,
                              .mutex = PTHREAD_MUTEX_INITIALIZER,
                              .failed = PTHREAD_COND_INITIALIZER};
    ceiling.lanes = calloc(ceiling.lane_count, sizeof *ceiling.lanes);
    if (ceiling.lanes == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "lanes");
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < ceiling.lane_count && tw_ok(status); i++) {
        ceiling.lanes[i].ceiling = &ceiling;
        status = bench_bare_new(options, bank, i, &ceiling.lanes[i].bare, ret_error);
    }
    if (tw_ok(status)) {
        status = run_threads(&ceiling, options, ret_result, ret_error);
    }
    for (size_t i = 0; i < ceiling.lane_count; i++) {
        bench_bare_free(ceiling.lanes[i].bare);
    }
    free(ceiling.lanes);
    return status;
}
