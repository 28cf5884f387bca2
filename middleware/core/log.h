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

/* In parentheses, so that the commas inside do not count as tw_log's. */
#define TW_STR(field_name, value)                                                                  \
    ((struct tw_log_field){.name = (field_name), .kind = TW_LOG_STRING, .string = (value)})
#define TW_INT(field_name, value)                                                                  \
    ((struct tw_log_field){.name = (field_name), .kind = TW_LOG_INT, .integer = (value)})

void tw_log_start(const char *process, enum tw_log_level least);
/* Lines go to fd instead of stderr from now on: for programs whose screen belongs to a person. */
void tw_log_descriptor(int fd);
bool tw_log_enabled(enum tw_log_level level);
void tw_log_write(enum tw_log_level level, const char *message, const struct tw_log_field *fields,
                  size_t count);

/* tw_log(TW_LOG_WARN, "connection refused", TW_STR("peer", name), TW_INT("port", port));
 * Up to ten fields, or none. Fields of a level that is off are not evaluated. (Which of the two
 * forms is meant is picked by counting: ISO C17 has no variadic macro without arguments.) */
#define tw_log(...)                                                                                \
    TW_LOG_PICK(__VA_ARGS__, TW_LOG_FIELDS, TW_LOG_FIELDS, TW_LOG_FIELDS, TW_LOG_FIELDS,           \
                TW_LOG_FIELDS, TW_LOG_FIELDS, TW_LOG_FIELDS, TW_LOG_FIELDS, TW_LOG_FIELDS,         \
                TW_LOG_FIELDS, TW_LOG_PLAIN, TW_LOG_NO_MESSAGE, 0)                                 \
    (__VA_ARGS__)
#define TW_LOG_PICK(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, pick, ...) pick
#define TW_LOG_PLAIN(level, message)                                                               \
    do {                                                                                           \
        if (tw_log_enabled(level)) {                                                               \
            tw_log_write(level, message, NULL, 0);                                                 \
        }                                                                                          \
    } while (0)
#define TW_LOG_FIELDS(level, message, ...)                                                         \
    do {                                                                                           \
        if (tw_log_enabled(level)) {                                                               \
            const struct tw_log_field tw_fields_[] = {__VA_ARGS__};                                \
            tw_log_write(level, message, tw_fields_, sizeof tw_fields_ / sizeof tw_fields_[0]);    \
        }                                                                                          \
    } while (0)

#endif
