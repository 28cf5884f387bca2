/* A bank server that keeps no clearing of its own says so, and the peer asks another one. */
#include "flow/clearing.h"

void bank_clearing_answer(struct bank_passage *passage) {
    struct tw_error error = {0};
    struct tw_status status = tw_fail(&error, TW_E_UNAVAILABLE, "clearing does not run here");
    (void)status;
    passage->fail(passage, &error);
}
