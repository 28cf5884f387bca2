/*
 * The screen of a cash machine in 80 by 24 characters, on ncurses: a title bar, a heading, eight
 * side keys, a line of hints. Larger terminals show it in the middle; the rows below it belong to a
 * panel (panel.h). Nothing here knows of banking or waits for a key.
 *
 * Colours are blue, yellow and white, which people tell apart who cannot tell red from green; what
 * they say is said by bold and reverse too, and without colours nothing is lost (NO_COLOR, or a
 * terminal that has none). Text is UTF-8. One screen per process, because ncurses has one.
 * Rows and columns count from the frame's upper left corner.
 */
#ifndef ATM_TUI_SCREEN_H
#define ATM_TUI_SCREEN_H

#include <stdbool.h>

#include "core/status.h"

#define TUI_COLUMNS    80
#define TUI_ROWS       24
#define TUI_SIDE_KEYS  8
#define TUI_PAGE_LINES 17 /* of text between heading and hints */

enum tui_style { TUI_PLAIN, TUI_BOLD, TUI_DIM, TUI_CHOSEN, TUI_BAR, TUI_NOTICE };

/* UNAVAILABLE when the terminal cannot be drawn on: another face must do. */
struct tw_status tui_screen_open(struct tw_error *ret_error);
void tui_screen_close(void); /* no-op when closed */
/* The window has another size now. */
void tui_screen_resized(void);
/* False: too small to draw on; the screen says so by itself. */
bool tui_screen_fits(void);

/* Clears and draws bar, heading and hints; then the rest is drawn, and shown by tui_show. */
void tui_frame(const char *left, const char *middle, const char *right);
void tui_heading(const char *heading, const char *below); /* below may be NULL */
void tui_hints(const char *text);
void tui_show(void);

void tui_text(int row, int column, enum tui_style style, const char *text);
void tui_centre(int row, enum tui_style style, const char *text);
/* Breaks at blanks, each line centred; returns the row after the last. */
int tui_paragraph(int row, enum tui_style style, const char *text);
void tui_fact(int row, const char *label, const char *value); /* aligned in the middle */
/* place 0..3: left from above, 4..7: right. */
void tui_side_key(int place, enum tui_style style, const char *label);
/* A row below the frame, over the whole width; false when the terminal ends above it. */
bool tui_below(int row, enum tui_style style, const char *text);
int tui_rows_below(void);
/* Columns that a UTF-8 text takes. */
int tui_width(const char *text);

#endif
