/*
 * What all parts of the settlement agent work with, put together by main.c. One thread, one loop.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/books.h"
#include "sign/signed.h"

struct agent_counters {
    uint64_t accepted, disputed, refused; /* submissions by outcome */
    uint64_t settled, shortfalls, defaults, steps;
};

struct agent {
    struct agent_books books;
    const struct tw_clock *clock;
    const struct tw_random *random;
    const struct ib_signer *signer;
    struct tw_trust trust;
    int64_t retries, retry_ms;
    struct agent_counters counters;
};

#endif
