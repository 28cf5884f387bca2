/* UUIDs (RFC 9562): `txid` and traces. New ones are version 7, so that they index in time order. */
#ifndef TW_CORE_UUID_H
#define TW_CORE_UUID_H

#include <stdint.h>

#include "core/clock.h"
#include "core/status.h"

#define TW_UUID_TEXT_SIZE 37

struct tw_uuid {
    uint8_t bytes[16];
};

/* Canonical 8-4-4-4-12, either case; anything else is refused. */
TW_MUST_USE bool tw_uuid_parse(const char *text, struct tw_uuid *ret_uuid);
const char *tw_uuid_text(const struct tw_uuid *uuid, char buffer[TW_UUID_TEXT_SIZE]);
bool tw_uuid_equal(const struct tw_uuid *a, const struct tw_uuid *b);
struct tw_uuid tw_uuid_v7(const struct tw_clock *clock, const struct tw_random *random);

#endif
