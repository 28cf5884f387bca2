/*
 * The environment is read once. A name that is not in crash.def stops the process at once, wherever
 * it comes from: a sweep over misspelt points would prove nothing. SIGKILL, because nothing may run
 * after it: no handler, no flush, no destructor. Single-threaded, as every process here is.
 */
#include "core/crash.h"

#ifdef TW_CRASH_POINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

static const char *const names[] = {
#define TW_CRASH(name, where) name,
#include "core/crash.def"
#undef TW_CRASH
};

static bool known(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

bool tw_crash_known(const char *name) {
    return known(name, strlen(name));
}

static struct {
    const char *name; /* of the list; NULL: none */
    void (*before)(void *context);
    void *context;
} armed;

void tw_crash_arm(const char *name, void (*before)(void *context), void *context) {
    armed.name = NULL;
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            armed.name = names[i];
        }
    }
    tw_assert(name == NULL || armed.name != NULL);
    armed.before = before;
    armed.context = context;
}

static void crash_if_armed(const char *name) {
    if (armed.name == NULL || strcmp(armed.name, name) != 0) {
        return;
    }
    if (armed.before != NULL) {
        armed.before(armed.context);
    }
    (void)raise(SIGKILL);
}

void tw_crash_point(const char *name) {
    static bool ready = false;
    static const char *wanted = NULL;
    static size_t wanted_length;
    static unsigned long passes_left;
    if (!ready) {
        ready = true;
        wanted = getenv("TW_CRASH_AT");
        if (wanted) {
            wanted_length = strcspn(wanted, ":");
            tw_assert(known(wanted, wanted_length));
            passes_left = wanted[wanted_length] ? strtoul(wanted + wanted_length + 1, NULL, 10) : 1;
            tw_assert(passes_left > 0);
        }
    }
    crash_if_armed(name);
    if (!wanted) {
        return;
    }
    tw_assert(known(name, strlen(name)));
    const bool here = strlen(name) == wanted_length && memcmp(name, wanted, wanted_length) == 0;
    if (here && --passes_left == 0) {
        (void)raise(SIGKILL);
    }
}

#endif
