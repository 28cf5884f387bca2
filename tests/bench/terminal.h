/*
 * One terminal of the load generator: one TLS connection, one card, one request under way.
 *
 *   CONNECTING -> SIGNING_ON -> OPENING_SESSION -> READY -> WORKING -> ENDED
 *                                                    |                   ^
 *        any: connection lost or start refused -> ENDED  +---------------+  nothing more to do
 *
 * A closed loop without think time: the answer of one operation sends the next one. An operation
 * is a transfer that is answered COMPLETED, a balance inquiry, or a withdrawal with its
 * confirmation; its latency runs from writing its (first) request to reading its (last) answer.
 * What all terminals share is in bench_load; single-threaded, on its loop. Amounts in minor units,
 * times in microseconds.
 */
#ifndef BENCH_TERMINAL_H
#define BENCH_TERMINAL_H

#include "core/latency.h"
#include "core/rc.h"
#include "net/stream.h"
#include "pin/card_list.h"

enum bench_mix { BENCH_TRANSFER, BENCH_BALANCE, BENCH_WITHDRAW };

struct bench_results {
    struct tw_latency latency;   /* of operations approved from first to last answer */
    uint64_t by_rc[TW_RC_COUNT]; /* answers */
    uint64_t rpc_errors;         /* answers that were JSON-RPC errors or had no response code */
    uint64_t pending;            /* transfers approved, but not completed when answered */
};

struct bench_load {
    struct tw_loop *loop;
    const struct tw_card_list *cards;
    const struct tw_card_list *payees; /* whose accounts are paid; may be cards */
    const struct tw_pin_encryptor *encryptor;
    enum bench_mix mix;
    bool direct;        /* to a bank server, as a middleware: requests carry the acquirer */
    unsigned hot;       /* percent of the transfers whose payee is the last account */
    int64_t amount;     /* of each operation */
    int64_t first_stan; /* STANs of this run begin here */
    const char *bank_code;
    uint64_t random; /* state of the generator that picks payees; never zero */

    bool working;   /* READY terminals may begin, WORKING ones go on */
    bool measuring; /* operations that end now count */
    struct bench_results results;
    size_t ready, ended;              /* terminals */
    int64_t last_stan;                /* highest in use */
    struct tw_error reason;           /* of the first failure */
    void (*on_change)(void *context); /* a terminal became READY or ENDED */
    void *context;
};

struct bench_terminal;

/* Connects at once. load, tls and address must outlive the terminal. */
struct tw_status bench_terminal_new(struct bench_load *load, size_t index, int32_t terminal_id,
                                    struct tw_tls *tls, const struct tw_address *address,
                                    struct bench_terminal **ret_terminal,
                                    struct tw_error *ret_error);
void bench_terminal_free(struct bench_terminal *terminal);
/* READY -> WORKING: sends the first operation. No-op when it is not READY. */
void bench_terminal_begin(struct bench_terminal *terminal);

#endif
