/* What peers ask about a settlement window's items. Nothing is decided: the answers are made by
 * flow/clearing from the bank's book, outside the engine's batches. */
#include "engine/op.h"

#define QUESTION(name, id)                                                                         \
    const struct bank_op bank_op_##name = {                                                        \
        .method = TW_METHOD_##id,                                                                  \
        .flags = BANK_OP_READS | BANK_OP_NO_TERMINAL | BANK_OP_PEER | BANK_OP_CLEARING,            \
    }

QUESTION(window_totals, WINDOW_TOTALS);
QUESTION(window_buckets, WINDOW_BUCKETS);
QUESTION(window_items, WINDOW_ITEMS);
QUESTION(window_find, WINDOW_FIND);
