/* getopt_long and one table; numbers have limits, so that nothing after this has to check them. */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/number.h"
#include "wire/message.h"

#define BATCH_MAX 2000
#define LANES_MAX 8
#define DEPTH_MAX 100000
#define US_PER_S  1000000.0

static const char usage_text[] =
    "usage: engineload --mode MODE --conninfo TEXT --keyring FILE [options]\n"
    "  --mode MODE        engine: the posting engine, fed in this process\n"
    "                     ceiling: a bare libpq loop that does the same batches\n"
    "  --conninfo TEXT    the bank's database, as role tw_bank\n"
    "  --keyring FILE     the bank's secrets: session tokens\n"
    "  --batch N          transfers in a transaction (default 100)\n"
    "  --lanes N          connections (default 2)\n"
    "  --depth N          transfers in flight at the engine (default lanes x batch x 2)\n"
    "  --warm-up SECONDS  default 1\n"
    "  --seconds SECONDS  measured time (default 5)\n"
    "  --amount MINOR     of a transfer (default 100)\n"
    "  --first-stan N     STANs are unique per terminal and business date: a second run goes on\n"
    "                     with next_stan of the first (default 1)\n"
    "  --seed N           for the choice of payees (default 1)\n";

static const struct option long_options[] = {
    {"mode", required_argument, NULL, 'm'},
    {"conninfo", required_argument, NULL, 'c'},
    {"keyring", required_argument, NULL, 'k'},
    {"batch", required_argument, NULL, 'b'},
    {"lanes", required_argument, NULL, 'l'},
    {"depth", required_argument, NULL, 'd'},
    {"warm-up", required_argument, NULL, 'w'},
    {"seconds", required_argument, NULL, 's'},
    {"amount", required_argument, NULL, 'a'},
    {"first-stan", required_argument, NULL, 'n'},
    {"seed", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_mode(const char *text, enum bench_mode *ret_mode) {
    *ret_mode = strcmp(text, "engine") == 0 ? BENCH_ENGINE : BENCH_CEILING;
    return *ret_mode == BENCH_ENGINE || strcmp(text, "ceiling") == 0;
}

static bool take_option(struct bench_options *options, int letter, const char *value) {
    switch (letter) {
    case 'm':
        return take_mode(value, &options->mode);
    case 'c':
        options->conninfo = value;
        return true;
    case 'k':
        options->keyring = value;
        return true;
    case 'b':
        return bench_take_number(value, 1, BATCH_MAX, &options->batch);
    case 'l':
        return bench_take_number(value, 1, LANES_MAX, &options->lanes);
    case 'd':
        return bench_take_number(value, 1, DEPTH_MAX, &options->depth);
    case 'w':
        return bench_take_number(value, 0, 3600, &options->warm_up_s);
    case 's':
        return bench_take_number(value, 1, 3600, &options->measured_s);
    case 'a':
        return bench_take_number(value, 1, 100000000, &options->amount);
    case 'n':
        return bench_take_number(value, 1, TW_STAN_MAX, &options->first_stan);
    case 'r':
        return bench_take_number(value, 0, INT64_MAX, &options->seed);
    default:
        return false;
    }
}

int bench_options_read(int argc, char **argv, struct bench_options *ret_options) {
    *ret_options = (struct bench_options){.batch = 100,
                                          .lanes = 2,
                                          .warm_up_s = 1,
                                          .measured_s = 5,
                                          .amount = 100,
                                          .first_stan = 1,
                                          .seed = 1};
    bool mode_given = false;
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (letter == 'h') {
            (void)fputs(usage_text, stdout);
            return 0;
        }
        if (!take_option(ret_options, letter, optarg)) {
            (void)fprintf(stderr, "engineload: %s\n%s",
                          letter == '?' ? "what is that?" : "an option's value is not allowed",
                          usage_text);
            return 2;
        }
        mode_given = mode_given || letter == 'm';
    }
    bool complete = mode_given && ret_options->conninfo != NULL && ret_options->keyring != NULL;
    if (!complete || optind != argc) {
        (void)fputs(usage_text, stderr);
        return 2;
    }
    if (ret_options->depth == 0) {
        ret_options->depth = ret_options->lanes * ret_options->batch * 2;
    }
    return -1;
}

void bench_result_print(const struct bench_options *options, const struct bench_result *result) {
    double transfers = (double)result->transfers;
    double batches = (double)result->batches;
    (void)printf("{\"mode\":\"%s\",\"batch\":%" PRId64 ",\"lanes\":%" PRId64
                 ",\"tps\":%.1f,\"transfers\":%" PRIu64 ",\"batches\":%" PRIu64
                 ",\"mean_batch\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_us\":%.2f"
                 ",\"seconds\":%.3f,\"seed\":%" PRId64 ",\"next_stan\":%" PRId64 "}\n",
                 options->mode == BENCH_ENGINE ? "engine" : "ceiling", options->batch,
                 options->lanes, transfers * US_PER_S / (double)result->measured_us,
                 result->transfers, result->batches, transfers / (batches > 0 ? batches : 1),
                 (double)tw_latency_at(&result->latency, 500) / 1000.0,
                 (double)tw_latency_at(&result->latency, 990) / 1000.0,
                 (double)result->cpu_us / (transfers > 0 ? transfers : 1),
                 (double)result->measured_us / US_PER_S, options->seed, result->next_stan);
}
