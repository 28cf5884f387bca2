/*
 * Time that passes because a test says so: in builds with TW_CRASH_POINTS, a process whose
 * environment has TW_CLOCK_FILE=path is ahead of real time by what that file says, in both of its
 * clocks. The file begins with an int64 in the machine's byte order, microseconds, which may grow
 * at any moment (one aligned 8-byte write); the file must stay as long as the process.
 *
 * A file that cannot be used ends the process with the reason on stderr when it first asks for the
 * time. Release builds contain none of this. Process-wide, read once; one thread.
 */
#ifndef TW_CORE_CLOCK_FILE_H
#define TW_CORE_CLOCK_FILE_H

#ifdef TW_CRASH_POINTS

#include <stdbool.h>
#include <stdint.h>

bool tw_clock_file_used(void);
/* As the file says now; only when it is used. */
int64_t tw_clock_file_ahead_us(void);

#endif
#endif
