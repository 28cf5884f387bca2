/*
 * Named crash points: in builds with TW_CRASH_POINTS, a process whose environment has
 * TW_CRASH_AT=name or name:N kills itself with SIGKILL when it reaches that point the first or
 * N-th time. Tests sweep them; release builds contain none. Names are listed in crash.def.
 */
#ifndef TW_CORE_CRASH_H
#define TW_CORE_CRASH_H

#ifdef TW_CRASH_POINTS
void tw_crash_point(const char *name);
#else
static inline void tw_crash_point(const char *name) {
    (void)name;
}
#endif

#endif
