/* Clearing wipes what is secret before it frees what is on the heap. */
#include "engine/item.h"

#include <stdlib.h>

#include "engine/op.h"

void bank_item_clear(struct bank_item *item) {
    tw_wipe(&item->pin, sizeof item->pin);
    if (item->op != NULL && item->op->method != TW_METHOD_COUNT) {
        tw_fields_clear(tw_method(item->op->method)->request, &item->request);
    }
    free(item->reply);
    item->reply = NULL;
    free(item->decision.detail);
    item->decision.detail = NULL;
    json_decref(item->message.params);
    item->message.params = NULL;
}
