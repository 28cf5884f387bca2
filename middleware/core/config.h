/*
 * INI configuration by schema (libinih parses). A daemon declares its keys once, with their
 * documentation; unknown sections and keys, wrong types and values out of range are refused with
 * file and line. The same table prints --help-config and feeds the man page.
 */
#ifndef TW_CORE_CONFIG_H
#define TW_CORE_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "core/status.h"

#define TW_CONFIG_LIST_MAX 16

enum tw_config_kind {
    TW_CONFIG_STRING, /* field: char *; owned by the configuration, free with tw_config_free */
    TW_CONFIG_PATH,   /* like STRING; relative paths are taken from the file's folder */
    TW_CONFIG_INT,    /* field: int64_t; min..max inclusive */
    TW_CONFIG_BOOL,   /* field: bool; yes, no */
    TW_CONFIG_LIST,   /* field: struct tw_config_list; the key may stand several times */
};

struct tw_config_list {
    size_t count;
    char *items[TW_CONFIG_LIST_MAX];
};

struct tw_config_key {
    const char *section;
    const char *key;
    enum tw_config_kind kind;
    size_t offset;        /* of the field in the daemon's own struct */
    const char *fallback; /* default as text; NULL: the key is required */
    int64_t min, max;     /* INT only */
    const char *help;
};

/* Sets every field that keys names; on failure they hold nothing to free. An absent key with the
 * fallback "" gives "" (STRING, PATH) or an empty list. Errors: CONFIG, "file:line: reason", never
 * quoting a value. Comments begin with ';' or '#' on a line of their own, or with " ;" after a
 * value; lines have at most 1022 bytes. */
struct tw_status tw_config_load(const char *path, const struct tw_config_key *keys, size_t count,
                                void *ret_config, struct tw_error *ret_error);
void tw_config_free(const struct tw_config_key *keys, size_t count, void *config);
void tw_config_help(FILE *out, const struct tw_config_key *keys, size_t count);

#endif
