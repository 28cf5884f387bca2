/*
 * Parameters of a prepared statement in PostgreSQL's binary format: scalars and one-dimensional
 * arrays. Built in one buffer that is kept between uses: after a few batches nothing is allocated.
 *
 *   bank_params_array(params, BANK_INT8, count);
 *   for (...) bank_params_i64(params, value);
 */
#ifndef BANK_DB_PARAMS_H
#define BANK_DB_PARAMS_H

#include <stdint.h>

#include "core/status.h"

#define BANK_PARAMS_MAX 32

enum bank_type { /* object identifiers of PostgreSQL's built-in types */
                 BANK_BOOL = 16,
                 BANK_BYTEA = 17,
                 BANK_INT8 = 20,
                 BANK_INT2 = 21,
                 BANK_INT4 = 23,
                 BANK_TEXT = 25,
                 BANK_DATE = 1082,
                 BANK_UUID = 2950,
};

struct bank_params {
    uint8_t *bytes;
    size_t length, capacity;
    int count;
    size_t offsets[BANK_PARAMS_MAX];
    int lengths[BANK_PARAMS_MAX];
    size_t elements_left; /* of the array being built; 0: scalars */
};

void bank_params_reset(struct bank_params *params);
void bank_params_free(struct bank_params *params);

/* Starts an array parameter; exactly count element calls must follow. */
void bank_params_array(struct bank_params *params, enum bank_type type, size_t count);

/* A scalar parameter, or the next element of the array that was started. */
void bank_params_bool(struct bank_params *params, bool value);
void bank_params_i16(struct bank_params *params, int16_t value);
void bank_params_i32(struct bank_params *params, int32_t value);
void bank_params_i64(struct bank_params *params, int64_t value);
void bank_params_date(struct bank_params *params, int32_t days); /* since 1970-01-01 */
void bank_params_bytes(struct bank_params *params, const void *bytes,
                       size_t length);                               /* bytea, uuid, text */
void bank_params_text(struct bank_params *params, const char *text); /* NULL: SQL NULL */
void bank_params_null(struct bank_params *params);

/* For libpq: fills values (pointers into the buffer). */
void bank_params_export(const struct bank_params *params, const char *ret_values[BANK_PARAMS_MAX]);

#endif
