/*
 * Everything is drawn anew for every key: ncurses sends only what differs. Widths are counted in
 * columns, not bytes, for the languages that need more than ASCII.
 */
#include "atm-client/tui/screen.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define FIRST_KEY_ROW 7
#define KEY_ROW_STEP  3
#define HEADING_ROW   3
#define HINT_ROW      (TUI_ROWS - 1)
#define LINE_WIDTH    70
#define FACT_COLUMN   22
#define FACT_WIDTH    36

enum { PAIR_BAR = 1, PAIR_CHOSEN, PAIR_NOTICE };

static SCREEN *terminal;
static int top, left_edge;
static bool coloured;

/* A terminal that speaks no UTF-8 would show rubbish for umlauts; hardly one is left, but scripts
 * and containers often forget to say that theirs does. */
static void choose_locale(void) {
    (void)setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    }
}

static void choose_colours(void) {
    const char *none = getenv("NO_COLOR");
    coloured = (none == NULL || none[0] == '\0') && has_colors() && start_color() == OK;
    if (coloured) {
        (void)use_default_colors();
        (void)init_pair(PAIR_BAR, COLOR_WHITE, COLOR_BLUE);
        (void)init_pair(PAIR_CHOSEN, COLOR_BLACK, COLOR_YELLOW);
        (void)init_pair(PAIR_NOTICE, COLOR_YELLOW, -1);
    }
}

static void place_frame(void) {
    left_edge = COLS > TUI_COLUMNS ? (COLS - TUI_COLUMNS) / 2 : 0;
    top = 0;
}

struct tw_status tui_screen_open(struct tw_error *ret_error) {
    choose_locale();
    terminal = newterm(NULL, stdout, stdin);
    if (terminal == NULL) {
        return tw_fail(ret_error, TW_E_UNAVAILABLE, "this terminal (TERM) cannot show a screen");
    }
    (void)set_term(terminal);
    (void)raw(); /* no key ends the program behind the machine's back */
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)set_escdelay(50);
    (void)curs_set(0);
    choose_colours();
    place_frame();
    return tw_success();
}

void tui_screen_close(void) {
    if (terminal != NULL) {
        (void)endwin();
        delscreen(terminal);
        terminal = NULL;
    }
}

void tui_screen_resized(void) {
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        (void)resizeterm(size.ws_row, size.ws_col);
    }
    (void)clearok(stdscr, TRUE);
    place_frame();
}

bool tui_screen_fits(void) {
    return LINES >= TUI_ROWS && COLS >= TUI_COLUMNS;
}

int tui_width(const char *text) {
    int width = 0;
    mbstate_t state = {0};
    while (*text != '\0') {
        wchar_t character = 0;
        size_t length = mbrtowc(&character, text, MB_CUR_MAX, &state);
        if (length == 0 || length > MB_CUR_MAX) { /* not UTF-8: a column per byte */
            length = 1;
            state = (mbstate_t){0};
        }
        int columns = wcwidth(character);
        width += columns > 0 ? columns : 1;
        text += length;
    }
    return width;
}

static attr_t attributes(enum tui_style style) {
    switch (style) {
    case TUI_PLAIN:
        break;
    case TUI_BOLD:
        return A_BOLD;
    case TUI_DIM:
        return A_DIM;
    case TUI_CHOSEN:
        return coloured ? COLOR_PAIR(PAIR_CHOSEN) : A_REVERSE;
    case TUI_BAR:
        return coloured ? COLOR_PAIR(PAIR_BAR) | A_BOLD : A_REVERSE;
    case TUI_NOTICE:
        return coloured ? COLOR_PAIR(PAIR_NOTICE) | A_BOLD : A_BOLD;
    }
    return A_NORMAL;
}

static void put(int row, int column, enum tui_style style, const char *text) {
    (void)attrset((int)attributes(style));
    (void)mvaddstr(row, column, text);
    (void)attrset(A_NORMAL);
}

void tui_text(int row, int column, enum tui_style style, const char *text) {
    put(top + row, left_edge + column, style, text);
}

void tui_centre(int row, enum tui_style style, const char *text) {
    int width = tui_width(text);
    tui_text(row, width < TUI_COLUMNS ? (TUI_COLUMNS - width) / 2 : 0, style, text);
}

static void say_too_small(void) {
    (void)mvprintw(0, 0, "80 x 24?");
    (void)mvprintw(1, 0, "%d x %d", COLS, LINES);
}

void tui_frame(const char *left, const char *middle, const char *right) {
    (void)erase();
    if (!tui_screen_fits()) {
        return;
    }
    (void)attrset((int)attributes(TUI_BAR));
    (void)mvhline(top, left_edge, ' ', TUI_COLUMNS);
    (void)attrset(A_NORMAL);
    tui_text(0, 1, TUI_BAR, left);
    tui_centre(0, TUI_BAR, middle);
    tui_text(0, TUI_COLUMNS - 1 - tui_width(right), TUI_BAR, right);
    (void)mvhline(top + HINT_ROW - 1, left_edge, ACS_HLINE, TUI_COLUMNS);
}

void tui_heading(const char *heading, const char *below) {
    tui_centre(HEADING_ROW, TUI_BOLD, heading);
    if (below != NULL) {
        (void)tui_paragraph(HEADING_ROW + 1, TUI_PLAIN, below);
    }
}

void tui_hints(const char *text) {
    tui_text(HINT_ROW, 1, TUI_PLAIN, text);
}

void tui_show(void) {
    if (!tui_screen_fits()) {
        (void)erase();
        say_too_small();
    }
    (void)refresh();
}

int tui_paragraph(int row, enum tui_style style, const char *text) {
    char line[LINE_WIDTH * 4 + 1];
    while (*text != '\0') {
        size_t length = 0; /* of what fits, up to the last blank before the edge */
        size_t look = 0;
        int width = 0;
        while (text[look] != '\0' && text[look] != '\n' && width <= LINE_WIDTH &&
               look < sizeof line - 1) {
            width += ((unsigned char)text[look] & 0xc0) != 0x80; /* not a following byte */
            if (text[look] == ' ') {
                length = look;
            }
            look++;
        }
        bool all = text[look] == '\0' || text[look] == '\n';
        length = all && width <= LINE_WIDTH ? look : length > 0 ? length : look;
        (void)snprintf(line, sizeof line, "%.*s", (int)length, text);
        tui_centre(row++, style, line);
        text += length;
        text += *text == ' ' || *text == '\n';
    }
    return row;
}

void tui_fact(int row, const char *label, const char *value) {
    tui_text(row, FACT_COLUMN, TUI_PLAIN, label);
    tui_text(row, FACT_COLUMN + FACT_WIDTH - tui_width(value), TUI_BOLD, value);
}

void tui_side_key(int place, enum tui_style style, const char *label) {
    bool right = place >= TUI_SIDE_KEYS / 2;
    int row = FIRST_KEY_ROW + place % (TUI_SIDE_KEYS / 2) * KEY_ROW_STEP;
    char text[TUI_COLUMNS * 4];
    if (right) {
        (void)snprintf(text, sizeof text, " %s  [%d] ", label, place + 1);
    } else {
        (void)snprintf(text, sizeof text, " [%d]  %s ", place + 1, label);
    }
    tui_text(row, right ? TUI_COLUMNS - 1 - tui_width(text) : 1, style, text);
}

int tui_rows_below(void) {
    return LINES > TUI_ROWS ? LINES - TUI_ROWS : 0;
}

bool tui_below(int row, enum tui_style style, const char *text) {
    if (!tui_screen_fits() || TUI_ROWS + row >= LINES) {
        return false;
    }
    (void)move(TUI_ROWS + row, 0);
    (void)clrtoeol();
    (void)attrset((int)attributes(style));
    (void)addnstr(text, COLS - 1);
    (void)attrset(A_NORMAL);
    return true;
}
