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

const struct tw_field *tw_method_header(const struct tw_method *method) {
    bool between_banks = strcmp(method->request[0].name, tw_bank_header_fields[0].name) == 0;
    return between_banks ? tw_bank_header_fields : tw_header_fields;
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
