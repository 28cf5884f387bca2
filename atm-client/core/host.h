/*
 * The host as the core sees it: something that takes JSON-RPC calls. The real one is a pool of
 * connections to the middlewares (link/link.h); tests put a fake one here.
 */
#ifndef ATM_CORE_HOST_H
#define ATM_CORE_HOST_H

#include <jansson.h>
#include <stdint.h>

struct atm_host_answer {
    json_t *result;     /* borrowed during the callback; NULL when there was none */
    json_t *rpc_error;  /* borrowed; the host's {"code","message","data"} */
    const char *reason; /* when both are NULL: why nobody answered */
};

typedef void (*atm_host_fn)(void *context, const struct atm_host_answer *answer);

struct atm_host {
    void *context;
    /* Ends with exactly one callback, maybe before it returns, normally by deadline_us (monotonic,
     * of the terminal's clock). An answer after that is welcome: it is journaled as late. params
     * is borrowed. */
    void (*call)(void *context, const char *method, json_t *params, int64_t deadline_us,
                 atm_host_fn callback, void *callback_context);
};

#endif
