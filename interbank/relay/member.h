/*
 * Members of JSON objects that a person or a test wrote: each is asked for by name and kind, and
 * whatever else the object has is refused. Results are borrowed from the object. Errors: CONFIG,
 * naming the member ("ms: not an integer from 1 to 600000"). No state.
 */
#ifndef RL_MEMBER_H
#define RL_MEMBER_H

#include <jansson.h>
#include <stdint.h>

#include "core/status.h"

/* The value is an object with no other members than these (ended by NULL). */
struct tw_status rl_member_only(json_t *value, const char *const *names,
                                struct tw_error *ret_error);

/* Printable text of 1 to max bytes. An absent member leaves *ret_text as it is, unless that is
 * NULL: then it is missing. */
struct tw_status rl_member_text(const json_t *object, const char *name, size_t max,
                                const char **ret_text, struct tw_error *ret_error);

/* The index of the text in words (ended by NULL); absent: *ret_index stays, -1 means missing. */
struct tw_status rl_member_word(const json_t *object, const char *name, const char *const *words,
                                int *ret_index, struct tw_error *ret_error);

/* An integer from least to most; absent: *ret_number stays, INT64_MIN means missing. */
struct tw_status rl_member_number(const json_t *object, const char *name, int64_t least,
                                  int64_t most, int64_t *ret_number, struct tw_error *ret_error);

#endif
