/*
 * Binary arrays: dimensions 1, has-null 1, element type, length, lower bound 1, then each element
 * as length and bytes (src/include/utils/array.h, array_recv). An aborted allocation is fatal here:
 * buffers are bounded by the configured batch size and grow only in the first batches.
 */
#include "db/params.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "db/date.h"

static void grow(struct bank_params *params, size_t length) {
    size_t capacity = (params->length + length) * 2 + 256;
    uint8_t *grown = realloc(params->bytes, capacity);
    tw_assert(grown != NULL);
    params->bytes = grown;
    params->capacity = capacity;
}

/* Where the next length bytes go, which the caller writes. Never NULL, which would be SQL's. */
static inline uint8_t *room(struct bank_params *params, size_t length) {
    if (length >= params->capacity - params->length) {
        grow(params, length);
    }
    uint8_t *bytes = params->bytes + params->length;
    params->length += length;
    return bytes;
}

static void put_i32(struct bank_params *params, int32_t value) {
    uint32_t wire = htobe32((uint32_t)value);
    memcpy(room(params, sizeof wire), &wire, sizeof wire);
}

static void start(struct bank_params *params) {
    tw_assert(params->count < BANK_PARAMS_MAX);
    params->offsets[params->count] = params->length;
    params->count++;
}

/* Of the parameter that was begun last: all that was written since. */
static void end(struct bank_params *params) {
    params->lengths[params->count - 1] = (int)(params->length - params->offsets[params->count - 1]);
}

static void null(struct bank_params *params) {
    if (params->elements_left > 0) {
        put_i32(params, -1);
        if (--params->elements_left == 0) {
            end(params);
        }
        return;
    }
    start(params);
    params->lengths[params->count - 1] = -1;
}

/* A value of length bytes. Inline, because length is a constant for nearly all of them: a batch
 * writes more than fifty for each transfer. */
static inline void value(struct bank_params *params, const void *bytes, size_t length) {
    tw_assert(length <= INT32_MAX);
    if (params->elements_left > 0) {
        uint32_t wire_length = htobe32((uint32_t)length);
        uint8_t *next = room(params, sizeof wire_length + length);
        memcpy(next, &wire_length, sizeof wire_length);
        memcpy(next + sizeof wire_length, bytes, length);
        if (--params->elements_left > 0) {
            return;
        }
    } else {
        start(params);
        memcpy(room(params, length), bytes, length);
    }
    end(params);
}

void bank_params_reset(struct bank_params *params) {
    tw_assert(params->elements_left == 0);
    params->length = 0;
    params->count = 0;
}

void bank_params_free(struct bank_params *params) {
    free(params->bytes);
    *params = (struct bank_params){0};
}

void bank_params_array(struct bank_params *params, enum bank_type type, size_t count) {
    tw_assert(params->elements_left == 0 && count <= INT32_MAX);
    start(params);
    put_i32(params, count > 0 ? 1 : 0);
    put_i32(params, 1);
    put_i32(params, (int32_t)type);
    if (count > 0) {
        put_i32(params, (int32_t)count);
        put_i32(params, 1);
    }
    params->elements_left = count;
    end(params); /* if it stays empty */
}

void bank_params_bool(struct bank_params *params, bool truth) {
    uint8_t wire = truth ? 1 : 0;
    value(params, &wire, sizeof wire);
}

void bank_params_i16(struct bank_params *params, int16_t number) {
    uint16_t wire = htobe16((uint16_t)number);
    value(params, &wire, sizeof wire);
}

void bank_params_i32(struct bank_params *params, int32_t number) {
    uint32_t wire = htobe32((uint32_t)number);
    value(params, &wire, sizeof wire);
}

void bank_params_i64(struct bank_params *params, int64_t number) {
    uint64_t wire = htobe64((uint64_t)number);
    value(params, &wire, sizeof wire);
}

void bank_params_date(struct bank_params *params, int32_t days) {
    bank_params_i32(params, days - BANK_POSTGRES_EPOCH_DAYS);
}

void bank_params_bytes(struct bank_params *params, const void *bytes, size_t length) {
    tw_assert(bytes != NULL);
    value(params, bytes, length);
}

void bank_params_text(struct bank_params *params, const char *text) {
    if (text == NULL) {
        null(params);
        return;
    }
    value(params, text, strlen(text));
}

void bank_params_null(struct bank_params *params) {
    null(params);
}

void bank_params_export(const struct bank_params *params, const char *ret_values[BANK_PARAMS_MAX]) {
    tw_assert(params->elements_left == 0);
    for (int i = 0; i < params->count; i++) {
        ret_values[i] =
            params->lengths[i] < 0 ? NULL : (const char *)params->bytes + params->offsets[i];
    }
}
