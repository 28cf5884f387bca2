/* The catalogue as an array. A name is found by its length first, which leaves one or two
 * comparisons of bytes; a hash would not be faster for two dozen names. */
#include "wire/method.h"

#include <string.h>

static const struct tw_method methods[TW_METHOD_COUNT] = {
#define TW_METHOD_ROW(id, name, request, result, summary)                                          \
    {name, tw_##request##_fields, tw_##result##_fields, summary},
    TW_METHODS(TW_METHOD_ROW)
#undef TW_METHOD_ROW
};

static const unsigned char lengths[TW_METHOD_COUNT] = {
#define TW_METHOD_LENGTH(id, name, request, result, summary) sizeof(name) - 1,
    TW_METHODS(TW_METHOD_LENGTH)
#undef TW_METHOD_LENGTH
};

const struct tw_method *tw_method(enum tw_method_id id) {
    tw_assert((size_t)id < TW_METHOD_COUNT);
    return &methods[id];
}

bool tw_method_find(const char *name, enum tw_method_id *ret_id) {
    const size_t length = strlen(name);
    for (size_t i = 0; i < TW_METHOD_COUNT; i++) {
        if (lengths[i] == length && memcmp(methods[i].name, name, length) == 0) {
            *ret_id = (enum tw_method_id)i;
            return true;
        }
    }
    return false;
}
