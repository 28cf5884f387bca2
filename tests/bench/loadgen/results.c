#include "results.h"

#include <inttypes.h>
#include <stdio.h>

#define US_PER_S  1e6
#define US_PER_MS 1e3

static void print_by_rc(const struct bench_results *results) {
    const char *separator = "";
    (void)printf("\"by_rc\":{");
    for (int rc = 0; rc < TW_RC_COUNT; rc++) {
        if (results->by_rc[rc] > 0) {
            (void)printf("%s\"%s\":%" PRIu64, separator, tw_rc_digits((enum tw_rc)rc),
                         results->by_rc[rc]);
            separator = ",";
        }
    }
    (void)printf("},\"errors\":%" PRIu64 ",\"pending\":%" PRIu64 ",\"approved\":%" PRIu64,
                 results->rpc_errors, results->pending, results->approved);
}

/* Whoever reads waits for the line. */
static void end_line(void) {
    (void)printf("}\n");
    (void)fflush(stdout);
}

void bench_print_ready(size_t terminals) {
    (void)printf("{\"ready\":%zu", terminals);
    end_line();
}

void bench_print_measured(const struct bench_load *load, int64_t measured_us, size_t backlog) {
    const struct tw_latency *latency = &load->results.latency;
    double seconds = (double)measured_us / US_PER_S;
    (void)printf("{\"tps\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"count\":%" PRIu64
                 ",\"seconds\":%.3f,\"backlog\":%zu,",
                 (double)latency->count / seconds, (double)tw_latency_at(latency, 500) / US_PER_MS,
                 (double)tw_latency_at(latency, 990) / US_PER_MS, latency->count, seconds, backlog);
    print_by_rc(&load->results);
    end_line();
}

void bench_print_storming(void) {
    (void)printf("{\"storming\":true");
    end_line();
}

static double since_lost_ms(const struct bench_storm *storm, int64_t at_us) {
    return (double)(at_us - storm->first_lost_us) / US_PER_MS;
}

void bench_print_storm(const struct bench_load *load) {
    const struct bench_storm *storm = &load->storm;
    (void)printf("{\"lost\":%zu,\"in_service\":%zu,\"attempts\":%" PRIu64 ",\"repeated\":%" PRIu64
                 ",\"first_open_ms\":%.1f,\"all_in_service_ms\":%.1f,\"all_answered_ms\":%.1f,",
                 storm->lost, storm->in_service, storm->attempts, storm->repeated,
                 since_lost_ms(storm, storm->first_open_us),
                 since_lost_ms(storm, storm->all_in_service_us),
                 since_lost_ms(storm, storm->all_answered_us));
    print_by_rc(&load->results);
    end_line();
}
