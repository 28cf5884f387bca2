/*
 * What all terminals of one load generator share: what they are to do now, and what came of it.
 * Everything runs on one loop, single-threaded. Amounts in minor units, times in microseconds.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "core/latency.h"
#include "core/rc.h"
#include "core/seeded.h"
#include "net/loop.h"
#include "pin/card_list.h"
#include "pin/pin_block.h"

enum bench_mix {
    BENCH_TRANSFER,
    BENCH_BALANCE,
    BENCH_WITHDRAW, /* with its confirmation: two messages, one operation */
    BENCH_ECHO,
    BENCH_MIX_COUNT
};

/* Accounts that are paid: count of them, with consecutive numbers. */
struct bench_payees {
    int32_t bank_code;
    int64_t first_account, count;
};

/* What one measurement asks for. */
struct bench_work {
    enum bench_mix mix;
    size_t terminals; /* the first so many work */
    unsigned hot;     /* percent of the transfers whose payee is the last account */
    int64_t amount;   /* of each operation */
    struct bench_payees payees;
    double rate; /* operations/s that begin whatever is answered; 0: the answer begins the next */
    int64_t warm_up_us, measured_us;
    bool storm; /* connections get lost, and are made again */
};

struct bench_results {
    struct tw_latency latency;   /* of operations approved from first to last answer */
    uint64_t by_rc[TW_RC_COUNT]; /* answers */
    uint64_t rpc_errors;         /* answers that were JSON-RPC errors or had no response code */
    uint64_t pending;            /* transfers approved, but not completed when answered */
    uint64_t approved;           /* operations, measured or not */
};

/* Connections that were lost and made again. */
struct bench_storm {
    size_t lost, in_service;     /* terminals; a sign-on that was answered is service */
    uint64_t attempts, repeated; /* connections begun; operations sent again */
    int64_t first_lost_us, first_open_us, all_in_service_us, all_answered_us; /* 0: not yet */
};

struct bench_terminal;

struct bench_load {
    struct tw_loop *loop;
    const struct tw_listed_card *cards;       /* of the first terminal, and of those after it */
    const struct tw_pin_encryptor *encryptor; /* NULL: terminals sign on and open no sessions */
    const char
        *acquirer; /* bank of the terminals, which requests carry; NULL: a middleware adds it */
    int64_t first_stan;      /* STANs of this process begin here */
    struct tw_seeded random; /* picks payees */

    struct bench_work work;
    bool working;   /* terminals that are ready go on by themselves */
    bool measuring; /* operations that end now count */
    struct bench_results results;
    struct bench_storm storm;
    size_t ready, ended;    /* terminals */
    int64_t last_stan;      /* highest in use */
    struct tw_error reason; /* of the first failure */
    /* A terminal became READY or ENDED, or came back into service. */
    void (*on_change)(void *context, struct bench_terminal *terminal);
    void *context;
};

#endif
