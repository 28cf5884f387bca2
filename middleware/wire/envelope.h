/*
 * JSON-RPC 2.0 envelopes: one request, one notification, a batch of them; answers.
 *
 * Strict where it protects (version, id a string, an integer or null; params an object; unknown
 * envelope members refused), lenient where clients differ (any member order, blank lines, \r\n).
 * A notification (no id) is executed and never answered. Positional params are refused (-32602);
 * absent params and [] are {}. An id of text has at most TW_ID_TEXT_MAX bytes.
 * An error whose number is that of INTERNAL is sent as INTERNAL without a reason: the log has it.
 */
#ifndef TW_WIRE_ENVELOPE_H
#define TW_WIRE_ENVELOPE_H

#include "core/buffer.h"
#include "wire/json.h"

#define TW_METHOD_NAME_MAX 64
#define TW_ID_TEXT_MAX     128
#define TW_BATCH_MAX       32

struct tw_envelope {
    json_t *id;         /* borrowed from the document; NULL for a notification */
    const char *method; /* borrowed */
    json_t *params;     /* borrowed; an object, never NULL */
};

/* Checks one element of a document. On failure *ret_envelope's id is set when it could be read. */
struct tw_status tw_envelope_read(json_t *document, struct tw_envelope *ret_envelope,
                                  struct tw_error *ret_error);

/* Answers, appended without a line end. False: memory ran out, and a part of it was appended. id
 * may be NULL (-> null). content is JSON text: a result, or an error of another hop. */
TW_MUST_USE bool tw_envelope_write_answer(struct tw_buffer *out, const json_t *id, bool is_error,
                                          struct tw_text content);
/* reason and trace_id are left out when "" or NULL. */
TW_MUST_USE bool tw_envelope_write_error(struct tw_buffer *out, const json_t *id,
                                         const struct tw_error *error, const char *trace_id);

/* A request, appended likewise; id is ours. params is the text of an object without deadline_ms,
 * which is put in, and without blanks between its braces when it is empty. */
TW_MUST_USE bool tw_envelope_write_request(struct tw_buffer *out, int64_t id, const char *method,
                                           int64_t deadline_ms, struct tw_text params);
/* A request without params. */
TW_MUST_USE bool tw_envelope_write_echo(struct tw_buffer *out, int64_t id, const char *method);

/* Reads an answer to one of our requests: exactly one of *ret_result and *ret_rpc_error is set
 * (borrowed). PEER when it is neither. */
struct tw_status tw_envelope_answer(json_t *document, int64_t *ret_id, json_t **ret_result,
                                    json_t **ret_rpc_error, struct tw_error *ret_error);

#endif
