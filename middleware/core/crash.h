/*
 * Named crash points: in builds with TW_CRASH_POINTS, a process whose environment has
 * TW_CRASH_AT=name or name:N kills itself with SIGKILL when it reaches that point the first or
 * N-th time. Tests sweep them; release builds contain none. Names are listed in crash.def.
 */
#ifndef TW_CORE_CRASH_H
#define TW_CORE_CRASH_H

#include <stdbool.h>
#include <stddef.h>

#ifdef TW_CRASH_POINTS
void tw_crash_point(const char *name);
/* True for a name of crash.def; false for all in builds without crash points. */
bool tw_crash_known(const char *name);
/* The same from within: the process kills itself when it reaches the point next; `before` is called
 * just before. One point at a time; name is of crash.def, or NULL: none. */
void tw_crash_arm(const char *name, void (*before)(void *context), void *context);
#else
static inline void tw_crash_point(const char *name) {
    (void)name;
}
static inline bool tw_crash_known(const char *name) {
    (void)name;
    return false;
}
static inline void tw_crash_arm(const char *name, void (*before)(void *context), void *context) {
    (void)name;
    (void)before;
    (void)context;
}
#endif

#endif
