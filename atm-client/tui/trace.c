/* Newest last, as logs are read. */
#include "atm-client/tui/trace.h"

#include <stdio.h>

#include "atm-client/tui/screen.h"

#define OVERLAY_ROWS  9
#define OVERLAY_FIRST (TUI_ROWS - 2 - OVERLAY_ROWS)

static char *next_line(struct tui_trace *trace) {
    return trace->lines[trace->count++ % TUI_TRACE_LINES];
}

void tui_trace_add(struct tui_trace *trace, const struct atm_message_seen *seen) {
    char *line = next_line(trace);
    if (seen->sent) {
        (void)snprintf(line, TUI_TRACE_WIDTH, "> %s %s", seen->method, seen->text);
    } else {
        (void)snprintf(line, TUI_TRACE_WIDTH, "< %lld.%03lld ms %s",
                       (long long)(seen->took_us / 1000), (long long)(seen->took_us % 1000),
                       seen->text);
    }
}

void tui_trace_phase(struct tui_trace *trace, const char *from, const char *to) {
    (void)snprintf(next_line(trace), TUI_TRACE_WIDTH, "  %s -> %s", from, to);
}

static void draw_over(int row, const char *line) {
    char text[TUI_COLUMNS + 1];
    (void)snprintf(text, sizeof text, "%-*.*s", TUI_COLUMNS, TUI_COLUMNS, line);
    tui_text(OVERLAY_FIRST + row, 0, TUI_PLAIN, text);
}

void tui_trace_draw(const struct tui_trace *trace) {
    bool over = tui_rows_below() < 4;
    size_t rows = over ? OVERLAY_ROWS : (size_t)tui_rows_below();
    size_t lines = rows - 1 < TUI_TRACE_LINES ? rows - 1 : TUI_TRACE_LINES;
    size_t shown = trace->count < lines ? trace->count : lines;
    static const char title[] = "-- messages (^T hides them) ";
    if (over) {
        draw_over(0, title);
    } else {
        (void)tui_below(0, TUI_BAR, title);
    }
    for (size_t i = 0; i < lines; i++) {
        const char *line =
            i < shown ? trace->lines[(trace->count - shown + i) % TUI_TRACE_LINES] : "";
        if (over) {
            draw_over((int)i + 1, line);
        } else {
            (void)tui_below((int)i + 1, TUI_PLAIN, line);
        }
    }
}
