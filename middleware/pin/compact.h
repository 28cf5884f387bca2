/* JOSE's compact serialization (RFC 7515, 7516): so many parts in base64url with dots between. */
#ifndef TW_PIN_COMPACT_H
#define TW_PIN_COMPACT_H

#include <stddef.h>

#include "core/status.h"

/* Borrowed from the text. */
struct tw_compact_part {
    const char *text;
    size_t length;
};

/* False unless text has exactly count parts; what is in them is the caller's check. */
TW_MUST_USE bool tw_compact_split(const char *text, struct tw_compact_part *ret_parts,
                                  size_t count);

#endif
