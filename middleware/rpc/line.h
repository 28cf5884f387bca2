/* A message as one line, straight into a stream's output: no copy in between. Internal to rpc/. */
#ifndef TW_RPC_LINE_H
#define TW_RPC_LINE_H

#include <jansson.h>

#include "net/buffer.h"

/* False when memory ran out; output is then as it was. */
TW_MUST_USE bool tw_line_append(struct tw_buffer *output, const json_t *message);

#endif
