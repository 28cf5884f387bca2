/* Values in a binary result are big-endian at unaligned addresses: copied, then swapped. */
#include "db/rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "db/date.h"

static const char *bytes_at(const PGresult *result, int row, int column, size_t length) {
    tw_assert(PQfformat(result, column) == 1);
    tw_assert((size_t)PQgetlength(result, row, column) == length);
    return PQgetvalue(result, row, column);
}

bool bank_row_null(const PGresult *result, int row, int column) {
    return PQgetisnull(result, row, column) != 0;
}

bool bank_row_bool(const PGresult *result, int row, int column) {
    if (bank_row_null(result, row, column)) {
        return false;
    }
    return *bytes_at(result, row, column, 1) != 0;
}

int16_t bank_row_i16(const PGresult *result, int row, int column) {
    uint16_t wire;
    memcpy(&wire, bytes_at(result, row, column, sizeof wire), sizeof wire);
    return (int16_t)be16toh(wire);
}

/* False, and *ret_value untouched: NULL, which libpq gives the length 0. So whether a value is NULL
 * is asked only when its length is wrong. */
static bool read_value(const PGresult *result, int row, int column, void *ret_value,
                       size_t length) {
    tw_assert(PQfformat(result, column) == 1);
    if ((size_t)PQgetlength(result, row, column) != length) {
        tw_assert(bank_row_null(result, row, column));
        return false;
    }
    memcpy(ret_value, PQgetvalue(result, row, column), length);
    return true;
}

int32_t bank_row_i32(const PGresult *result, int row, int column, int32_t fallback) {
    uint32_t wire;
    return read_value(result, row, column, &wire, sizeof wire) ? (int32_t)be32toh(wire) : fallback;
}

int64_t bank_row_i64(const PGresult *result, int row, int column, int64_t fallback) {
    uint64_t wire;
    return read_value(result, row, column, &wire, sizeof wire) ? (int64_t)be64toh(wire) : fallback;
}

int32_t bank_row_date(const PGresult *result, int row, int column, int32_t fallback) {
    uint32_t wire;
    return read_value(result, row, column, &wire, sizeof wire)
               ? (int32_t)be32toh(wire) + BANK_POSTGRES_EPOCH_DAYS
               : fallback;
}

struct tw_uuid bank_row_uuid(const PGresult *result, int row, int column) {
    struct tw_uuid uuid;
    memcpy(uuid.bytes, bytes_at(result, row, column, sizeof uuid.bytes), sizeof uuid.bytes);
    return uuid;
}

void bank_row_bytes(const PGresult *result, int row, int column, void *ret_bytes, size_t length) {
    memcpy(ret_bytes, bytes_at(result, row, column, length), length);
}

void bank_row_copy(const PGresult *result, int row, int column, char *ret_text, size_t size) {
    size_t length = (size_t)PQgetlength(result, row, column);
    length = length < size ? length : size - 1;
    memcpy(ret_text, PQgetvalue(result, row, column), length);
    ret_text[length] = '\0';
}

const char *bank_row_text(const PGresult *result, int row, int column) {
    return PQgetvalue(result, row, column);
}

static uint32_t array_word(const char *bytes, size_t offset) {
    uint32_t wire;
    memcpy(&wire, bytes + offset, sizeof wire);
    return be32toh(wire);
}

/* dimensions, has-null, type, length, lower bound; then (4-byte length, 8-byte value) each. */
size_t bank_row_i64_array(const PGresult *result, int row, int column, int64_t *ret_values,
                          size_t most) {
    const char *bytes = PQgetvalue(result, row, column);
    if (bank_row_null(result, row, column) || array_word(bytes, 0) == 0) {
        return 0;
    }
    size_t count = array_word(bytes, 12);
    tw_assert(array_word(bytes, 0) == 1 && array_word(bytes, 4) == 0 && count <= most);
    for (size_t i = 0; i < count; i++) {
        uint64_t wire;
        memcpy(&wire, bytes + 20 + i * 12 + 4, sizeof wire);
        ret_values[i] = (int64_t)be64toh(wire);
    }
    return count;
}

size_t bank_rows_touched(PGresult *result) {
    return (size_t)strtoull(PQcmdTuples(result), NULL, 10);
}
