/* The command line of the load generator. Strings are the command line's own. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_ADDRESSES_MAX 8

struct bench_options {
    const char *addresses[BENCH_ADDRESSES_MAX];
    size_t address_count;
    const char *pki, *cards, *pin_certificate, *bank_code, *issuer;
    const char *middleware; /* whose certificate is used; NULL: each terminal's own */
    bool proxied;
    int64_t terminals, first_terminal, first_card, first_stan, seed;
};

/* -1: go on; else the exit status. */
int bench_options_read(int argc, char **argv, struct bench_options *ret_options);

#endif
