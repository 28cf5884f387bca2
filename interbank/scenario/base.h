/*
 * What all parts of the scenario runner share: texts, and looking into JSON that the schema has
 * accepted already.
 *
 * Money is text ("60.00") in a scenario and int64 minor units here; times are text ("200ms", "10s",
 * "5m", "1h") there and int64 microseconds here. The runner is a command-line tool: where memory
 * runs out it aborts. Single-threaded, but for what says otherwise.
 */
#ifndef SCN_BASE_H
#define SCN_BASE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "core/status.h"
#include "wire/json.h"

#define SCN_MONEY_TEXT_SIZE 32

/* malloc'd text. */
char *scn_format(const char *format, ...) TW_PRINTF(1, 2);
char *scn_copy(const char *text);

void scn_drop(char **text);
#define SCN_OWNED __attribute__((cleanup(scn_drop))) char *

/* Formats at the end of *text, which may be NULL at first. */
void scn_append(char **text, const char *format, ...) TW_PRINTF(2, 3);
/* The whole file, malloc'd and ended by NUL; NULL with errno. More than max bytes: EFBIG. */
char *scn_read_file(const char *path, size_t max, size_t *ret_length);
/* Writes through a new file that takes the old one's place. */
struct tw_status scn_write_file(const char *path, const char *text, struct tw_error *ret_error);
bool scn_exists(const char *path);

/* "60.00", "-60", in minor units of two decimals. */
TW_MUST_USE bool scn_money_parse(const char *text, int64_t *ret_minor);
const char *scn_money_text(int64_t minor, char buffer[SCN_MONEY_TEXT_SIZE]);
TW_MUST_USE bool scn_duration_parse(const char *text, int64_t *ret_us);

/* Members of an object that has been checked: what is absent gives NULL, or the fallback. */
const char *scn_text(const json_t *object, const char *name);
const char *scn_text_or(const json_t *object, const char *name, const char *fallback);
int64_t scn_number(const json_t *object, const char *name, int64_t fallback);
int64_t scn_money(const json_t *object, const char *name, int64_t fallback);
int64_t scn_duration_us(const json_t *object, const char *name, int64_t fallback);
bool scn_flag(const json_t *object, const char *name);
void scn_set(json_t *object, const char *name, json_t *taken);
/* JSON as compact text, malloc'd. */
char *scn_dump(const json_t *value);

/* Text that our own processes wrote; new reference or NULL. */
json_t *scn_parse(const char *text);

int64_t scn_now_us(void); /* real time, monotonic */

#endif
