/*
 * loadgen: thousands of terminals in one process, for measuring. They stay connected from one
 * measurement to the next, so that rounds can be short and many.
 *
 * Exit status: 0 did what it was told, 1 something went wrong (said on standard error), 2 usage.
 */
#include <stdio.h>
#include <sys/resource.h>

#include "drive.h"

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv) {
    struct bench_options options;
    struct bench_material material;
    struct tw_error error = {0};
    int usage = bench_options_read(argc, argv, &options);
    if (usage >= 0) {
        return usage;
    }
    raise_descriptor_limit();
    struct tw_status status = bench_material_load(&options, &material, &error);
    if (tw_ok(status)) {
        status = bench_drive(&options, &material, &error);
    }
    if (!tw_ok(status)) {
        (void)fprintf(stderr, "loadgen: %s\n", error.detail);
    }
    bench_material_free(&material);
    return tw_ok(status) ? 0 : 1;
}
