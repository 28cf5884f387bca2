/*
 * Passing JSON on as text: where the members of an object begin and end, told by brackets, strings
 * and commas alone. Nothing is decoded here and nothing is judged that a parser has to judge.
 *
 * A request is relayed after tw_json_parse has accepted its line: of valid JSON the structure is
 * enough to leave members out. An answer of one of our own servers is relayed unparsed, but only
 * when its line is plain: printable ASCII, our writer's member names, brackets that match.
 * Everything else is left to the parser by saying false.
 */
#ifndef TW_WIRE_RELAY_H
#define TW_WIRE_RELAY_H

#include "core/buffer.h"
#include "wire/json.h"

/* Appends the members of the params of a request's line to out, each led by a comma, without those
 * in left_out (ended by NULL) and without braces. The line must have been parsed. False, with out
 * as it was: no params there, a name written with an escape, or no memory; use the tree. */
bool tw_relay_params(struct tw_text line, const char *const *left_out, struct tw_buffer *out);

/* The same of the parsed params, which lose the members that are left out. False: no memory. */
bool tw_relay_tree(json_t *params, const char *const *left_out, struct tw_buffer *out);

/* Id and result of an answer, the result being an object, borrowed from line. False: parse it. */
bool tw_relay_answer(struct tw_text line, struct tw_json_limits limits, int64_t *ret_id,
                     struct tw_text *ret_result);

#endif
