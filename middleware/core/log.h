/*
 * One JSON object per line on stderr: {"time","level","process","message","trace_id",...}.
 * Fields are given as pairs; strings are escaped, so that no input can forge a line. Values pass
 * unmasked: callers give masked PANs and never PINs, keys or tokens.
 * Process-wide state (name, level), set once at start; each line is one write(2).
 */
#ifndef TW_CORE_LOG_H
#define TW_CORE_LOG_H

#include <stdint.h>

#include "core/status.h"

enum tw_log_level { TW_LOG_DEBUG, TW_LOG_INFO, TW_LOG_WARN, TW_LOG_ERROR };

struct tw_log_field {
    const char *name;
    enum { TW_LOG_STRING, TW_LOG_INT } kind;
    const char *string;
    int64_t integer;
};

#define TW_STR(field_name, value)                                                                  \
    (struct tw_log_field) {                                                                        \
        .name = (field_name), .kind = TW_LOG_STRING, .string = (value)                             \
    }
#define TW_INT(field_name, value)                                                                  \
    (struct tw_log_field) {                                                                        \
        .name = (field_name), .kind = TW_LOG_INT, .integer = (value)                               \
    }

void tw_log_start(const char *process, enum tw_log_level least);
bool tw_log_enabled(enum tw_log_level level);
void tw_log_write(enum tw_log_level level, const char *message, const struct tw_log_field *fields,
                  size_t count);

/* tw_log(TW_LOG_WARN, "connection refused", TW_STR("peer", name), TW_INT("port", port)); */
#define tw_log(level, message, ...)                                                                \
    do {                                                                                           \
        if (tw_log_enabled(level)) {                                                               \
            const struct tw_log_field tw_fields_[] = {{0}, ##__VA_ARGS__};                         \
            tw_log_write(level, message, tw_fields_ + 1,                                           \
                         sizeof tw_fields_ / sizeof tw_fields_[0] - 1);                            \
        }                                                                                          \
    } while (0)

#endif
