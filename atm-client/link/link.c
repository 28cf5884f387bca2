/* Translates one answer type into the other; a small record per call carries the core's callback.
 */
#include "atm-client/link/link.h"

#include <stdlib.h>

struct pending {
    struct atm_link *link;
    atm_host_fn callback;
    void *context;
};

static void answered(void *context, const struct tw_answer *answer) {
    struct pending pending = *(struct pending *)context;
    free(context);
    struct atm_host_answer translated = {.result = answer->result, .rpc_error = answer->rpc_error};
    if (!tw_ok(answer->status))
        translated = (struct atm_host_answer){
            .reason = answer->error != NULL ? answer->error->detail : "no answer"};
    pending.callback(pending.context, &translated);
    if (pending.link->after != NULL)
        pending.link->after(pending.link->context);
}

static void call(void *context, const char *method, json_t *params, int64_t deadline_us,
                 atm_host_fn callback, void *callback_context) {
    struct pending *pending = malloc(sizeof *pending);
    tw_assert(pending != NULL);
    struct atm_link *link = context;
    *pending = (struct pending){link, callback, callback_context};
    tw_pool_call(link->pool, method, params, deadline_us, answered, pending);
}

struct atm_host atm_link_host(struct atm_link *link) {
    return (struct atm_host){.context = link, .call = call};
}
