/* The file is mapped, as the processes map it: eight bytes, changed as one. */
#include "scenario/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenario/child.h"

#define SPEED   100   /* times real time */
#define TICK_US 10000 /* of real time */

bool scn_clock_open(struct scn_clock *clock, const char *file) {
    *clock = (struct scn_clock){.file = scn_copy(file)};
    int handle = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (handle < 0 || ftruncate(handle, sizeof(int64_t)) != 0)
        return false;
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    (void)close(handle);
    if (mapped == MAP_FAILED)
        return false;
    clock->mapped = mapped;
    return true;
}

void scn_clock_close(struct scn_clock *clock) {
    if (clock->mapped != NULL)
        (void)munmap((void *)(uintptr_t)clock->mapped, sizeof(int64_t));
    scn_drop(&clock->file);
    *clock = (struct scn_clock){0};
}

void scn_clock_pass(struct scn_clock *clock, int64_t us, bool (*until)(void *context),
                    void *context) {
    int64_t left = us;
    while (left > 0 && !scn_interrupted && (until == NULL || !until(context))) {
        int64_t part = left < (int64_t)SPEED * TICK_US ? left : (int64_t)SPEED * TICK_US;
        int64_t real = part / SPEED > 0 ? part / SPEED : 1;
        scn_sleep_us(real);
        clock->offset_us += part - real;
        __atomic_store_n(clock->mapped, clock->offset_us, __ATOMIC_SEQ_CST);
        left -= part;
    }
}
