/*
 * Messages as schemas. A message is a C struct plus a table of fields; one table reads JSON into
 * the struct, writes the struct as JSON, and describes itself as JSON Schema for the OpenRPC
 * document. Members that the table does not list are refused by the reader.
 *
 * Units and formats per kind are fixed here, so that a field means the same in every message.
 * Optional fields: absent leaves the struct's zero; zero or "" is written as absent. null is not
 * absent: it is refused like any other wrong type.
 * Errors: INVALID_PARAMS naming the member ("amount: not an integer"), never quoting its value.
 */
#ifndef TW_WIRE_FIELD_H
#define TW_WIRE_FIELD_H

#include <jansson.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

enum tw_field_kind {
    TW_FIELD_BOOL,        /* bool */
    TW_FIELD_INT,         /* int64_t, min..max */
    TW_FIELD_AMOUNT,      /* int64_t minor units, min..2^53-1 */
    TW_FIELD_STRING,      /* char[size]; printable UTF-8, at most size-1 bytes */
    TW_FIELD_TEXT,        /* char *; heap, for long members (PIN block, PEM); at most size bytes */
    TW_FIELD_DIGITS,      /* char[size]; exactly size-1 decimal digits */
    TW_FIELD_UUID,        /* struct tw_uuid; never the nil UUID */
    TW_FIELD_DATE,        /* int32_t days since 1970-01-01; "2026-11-20" */
    TW_FIELD_CURRENCY,    /* struct tw_currency; ISO 4217 */
    TW_FIELD_IBAN,        /* struct tw_iban; ISO 13616 */
    TW_FIELD_BANK_CODE,   /* int32_t; "90000001", eight digits */
    TW_FIELD_TERMINAL_ID, /* int32_t; "00000017", eight digits (ISO 8583 DE 41, numeric here) */
    TW_FIELD_PAN,         /* char[TW_PAN_TEXT_SIZE]; ISO/IEC 7812, Luhn checked */
    TW_FIELD_EXPIRY,      /* int32_t YYMM; "2912" (ISO 8583 DE 14) */
    TW_FIELD_RC,          /* enum tw_rc; "51" */
    TW_FIELD_LIST, /* array of objects: at offset the first element, at count_offset a size_t */
};

struct tw_field {
    const char *name; /* on the wire, snake_case */
    enum tw_field_kind kind;
    bool optional;
    bool with_approval; /* optional, but written even when zero if the message's rc is 00 */
    size_t offset;
    size_t size;      /* STRING: of the array; TEXT: most bytes; LIST: of one element */
    int64_t min, max; /* INT, AMOUNT */
    const struct tw_field *element; /* LIST: its schema, ended by a NULL name */
    size_t count_offset;            /* LIST */
    size_t list_max;                /* LIST: most elements, what the struct has room for */
    const char *about;              /* for the OpenRPC document */
};

/* Tables end with a field whose name is NULL; an element's table has no lists in it. The caller
 * zeroes ret_message; after a failure it holds nothing to free and no PAN. */
struct tw_status tw_fields_read(const json_t *object, const struct tw_field *fields,
                                void *ret_message, struct tw_error *ret_error);
/* Appends the message's text. False, with a part of it appended: memory ran out, or a string of the
 * message is not UTF-8. */
TW_MUST_USE bool tw_fields_write_text(struct tw_buffer *out, const struct tw_field *fields,
                                      const void *message);
/* The same as a tree, for who changes it before it is sent. New references, or NULL. */
json_t *tw_fields_write(const struct tw_field *fields, const void *message);
json_t *tw_fields_schema(const struct tw_field *fields);
/* Frees TEXT fields and wipes PANs. */
void tw_fields_clear(const struct tw_field *fields, void *message);

#endif
