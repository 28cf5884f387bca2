/* Files that hold secrets: refused when anybody but their owner may read or write them. */
#ifndef TW_PIN_SECRET_FILE_H
#define TW_PIN_SECRET_FILE_H

#include "core/status.h"

/* CONFIG unless `file` is a regular file of mode 0600 or stricter. */
struct tw_status tw_secret_file_check(const char *file, struct tw_error *ret_error);

#endif
