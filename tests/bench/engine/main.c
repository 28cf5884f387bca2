/*
 * engineload: what the posting engine does when nothing else is there, beside what a bare libpq
 * loop does with the same batches. Runs against the database of a bank whose servers stand idle or
 * are stopped; both modes leave books that bankctl audit finds in order.
 *
 * Exit status: 0 measured, 1 something went wrong (said on standard error), 2 usage.
 */
#include <stdio.h>

#include "bank.h"
#include "ceiling.h"
#include "closed_loop.h"
#include "core/log.h"

static struct tw_status measure(const struct bench_options *options,
                                const struct tw_keyring *keyring, struct bench_result *ret_result,
                                struct tw_error *ret_error) {
    struct bench_bank bank;
    struct tw_status status = bench_bank_open(options, &bank, ret_error);
    if (tw_ok(status)) {
        status = options->mode == BENCH_ENGINE
                     ? bench_engine_run(options, &bank, keyring, ret_result, ret_error)
                     : bench_ceiling_run(options, &bank, ret_result, ret_error);
    }
    if (tw_ok(status)) {
        status = bench_bank_leave(&bank, ret_error);
    }
    bench_bank_close(&bank);
    return status;
}

int main(int argc, char **argv) {
    static struct bench_result result;
    struct bench_options options;
    int usage = bench_options_read(argc, argv, &options);
    if (usage >= 0) {
        return usage;
    }
    tw_log_start("engineload", TW_LOG_WARN);
    struct tw_error error = {0};
    struct tw_keyring *keyring = NULL;
    struct tw_status status = tw_keyring_load(options.keyring, &keyring, &error);
    if (tw_ok(status)) {
        status = measure(&options, keyring, &result, &error);
    }
    tw_keyring_free(keyring);
    if (!tw_ok(status)) {
        (void)fprintf(stderr, "engineload: %s\n", error.detail);
        return 1;
    }
    bench_result_print(&options, &result);
    return 0;
}
