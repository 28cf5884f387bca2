/*
 * Reading binary results. The column's type must be the one asked for: that is a contract between
 * our statement and its reader, so a mismatch aborts. NULL reads as the fallback or as false.
 */
#ifndef BANK_DB_ROWS_H
#define BANK_DB_ROWS_H

#include <libpq-fe.h>
#include <stdint.h>

#include "core/status.h"
#include "core/uuid.h"

bool bank_row_null(const PGresult *result, int row, int column);
bool bank_row_bool(const PGresult *result, int row, int column);
int16_t bank_row_i16(const PGresult *result, int row, int column);
int32_t bank_row_i32(const PGresult *result, int row, int column, int32_t fallback);
int64_t bank_row_i64(const PGresult *result, int row, int column, int64_t fallback);
int32_t bank_row_date(const PGresult *result, int row, int column, int32_t fallback);
struct tw_uuid bank_row_uuid(const PGresult *result, int row, int column);
/* Copies exactly length bytes (bytea, char(n)); the value must have that length. */
void bank_row_bytes(const PGresult *result, int row, int column, void *ret_bytes, size_t length);
/* Copies text into size bytes, cut if it must be, NUL-terminated; "" for NULL. */
void bank_row_copy(const PGresult *result, int row, int column, char *ret_text, size_t size);
/* NUL-terminated and valid as long as the result; "" for NULL. */
const char *bank_row_text(const PGresult *result, int row, int column);
/* Reads a bigint[] of at most `most` elements; returns how many there were. */
size_t bank_row_i64_array(const PGresult *result, int row, int column, int64_t *ret_values,
                          size_t most);
/* Rows an INSERT or UPDATE touched. */
size_t bank_rows_touched(PGresult *result);

#endif
