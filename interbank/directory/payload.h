/* What a directory says, as a struct: sorted, so that look-ups are binary searches. Internal to
 * directory/. */
#ifndef IB_DIRECTORY_PAYLOAD_H
#define IB_DIRECTORY_PAYLOAD_H

#include "directory/directory.h"

/* One IIN and whose it is. */
struct ib_route {
    char iin[IB_IIN_SIZE];
    size_t bank; /* index */
};

struct ib_directory {
    int64_t serial;
    char issued[IB_ISSUED_SIZE];
    size_t bank_count, route_count;
    struct ib_bank *banks;   /* by code */
    struct ib_route *routes; /* by IIN, as text */
};

/* Fills *ret_directory, which is zeroed; what it holds then is freed by ib_directory_free, after a
 * failure too. */
struct tw_status ib_payload_read(const char *bytes, size_t length,
                                 struct ib_directory *ret_directory, struct tw_error *ret_error);

#endif
