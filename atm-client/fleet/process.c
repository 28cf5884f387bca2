/* Of one terminal: the journal, its log and its lock, and the connections. */
#include "atm-client/fleet/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_PER_JOURNAL 3
#define FILES_BESIDE      64 /* loop, logs, and those open for a moment */

int64_t fleet_process_rss_kib(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128] = "";
    char *rest = NULL;
    if (file == NULL)
        return 0;
    bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    if (!read)
        return 0;
    (void)strtoll(line, &rest, 10); /* size; the second is what is resident, in pages */
    return strtoll(rest, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

struct tw_status fleet_process_files(int64_t terminals, int64_t connections,
                                     struct tw_error *ret_error) {
    int64_t needed = terminals * (FILES_PER_JOURNAL + connections) + FILES_BESIDE;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return tw_success();
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* looked at below */
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur == RLIM_INFINITY || (rlim_t)needed <= limit.rlim_cur)
        return tw_success();
    return tw_fail(ret_error, TW_E_CONFIG,
                   "%" PRId64 " terminals open %" PRId64
                   " files, and this process may open %" PRIu64
                   ": raise the limit (ulimit -n, LimitNOFILE=), or take fewer terminals",
                   terminals, needed, (uint64_t)limit.rlim_cur);
}
