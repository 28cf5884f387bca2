/*
 * The engineer's panel: the latest messages between terminal and host, masked by the link
 * (link/link.h), in the rows below the machine's screen, or over its lower half where there are
 * none. A ring of fixed size.
 */
#ifndef ATM_TUI_TRACE_H
#define ATM_TUI_TRACE_H

#include "atm-client/link/link.h"

#define TUI_TRACE_LINES 32
#define TUI_TRACE_WIDTH 400

struct tui_trace {
    size_t count; /* ever */
    char lines[TUI_TRACE_LINES][TUI_TRACE_WIDTH];
};

void tui_trace_add(struct tui_trace *trace, const struct atm_message_seen *seen);
void tui_trace_phase(struct tui_trace *trace, const char *from, const char *to);
void tui_trace_draw(const struct tui_trace *trace);

#endif
