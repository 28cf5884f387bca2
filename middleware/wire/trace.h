/* W3C Trace Context: one trace id per customer operation, a span id per hop.
 * traceparent = "00-<32 hex trace id>-<16 hex span id>-<2 hex flags>". */
#ifndef TW_WIRE_TRACE_H
#define TW_WIRE_TRACE_H

#include "core/clock.h"
#include "core/status.h"

#define TW_TRACE_ID_SIZE 33

struct tw_trace {
    char trace_id[TW_TRACE_ID_SIZE]; /* lower-case hex */
    char span_id[17];
};

/* False when text is not a valid traceparent (all-zero ids are not). */
TW_MUST_USE bool tw_trace_parse(const char *text, struct tw_trace *ret_trace);
struct tw_trace tw_trace_new(const struct tw_random *random);
struct tw_trace tw_trace_child(const struct tw_trace *parent, const struct tw_random *random);
const char *tw_trace_text(const struct tw_trace *trace, char buffer[56]);

#endif
