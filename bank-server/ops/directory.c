/* directory.get: the network's directory as this bank has it, for peers and who wants to become
 * one. It is signed, so nobody has to believe whom it comes from. */
#include <stdlib.h>
#include <string.h>

#include "ops/rules.h"

static void decide(struct bank_item *item, struct bank_book *book) {
    (void)book;
    (void)item;
}

static bool answer(const struct bank_item *item, const struct bank_services *services,
                   struct tw_buffer *out) {
    struct tw_directory_result result = {.outcome = bank_outcome(item->decision.rc),
                                         .serial = services->directory_serial};
    bool newer = services->directory_jws != NULL &&
                 services->directory_serial > item->request.directory.serial;
    result.directory = newer ? strdup(services->directory_jws) : NULL;
    bool made = tw_fields_write_text(out, tw_directory_result_fields, &result);
    tw_fields_clear(tw_directory_result_fields, &result);
    return made;
}

const struct bank_op bank_op_directory_get = {
    .method = TW_METHOD_DIRECTORY_GET,
    .flags = BANK_OP_READS | BANK_OP_NO_TERMINAL | BANK_OP_PEER,
    .decide = decide,
    .answer = answer,
};
