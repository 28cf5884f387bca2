/* The parts that most screens are made of. Each draws itself again for every key. */
#include <stdio.h>
#include <string.h>

#include "atm-client/tui/internal.h"

#define CHOICES_MAX 32
#define PAN_COLUMNS 20 /* a step to the side in a wide text */

void tui_title(const struct tui *tui) {
    char number[32];
    (void)snprintf(number, sizeof number, "%08d", (int)tui->machine->config->id);
    tui_frame("Tellerwire", tui->machine->config->location, number);
}

void tui_finish_drawing(const struct tui *tui) {
    if (tui->trace_shown && tui_screen_fits()) {
        tui_trace_draw(&tui->trace);
    }
    tui_show();
}

/* The labels that are there, and which page of them is shown. */
struct choice {
    size_t count;
    size_t index[CHOICES_MAX];
    const char *labels[CHOICES_MAX];
    size_t page, pages;
    size_t marked; /* place on the page */
};

static size_t per_page(const struct choice *choice) {
    return choice->pages > 1 ? TUI_SIDE_KEYS - 1 : TUI_SIDE_KEYS;
}

/* How many places of the page are used, the one that turns it included. */
static size_t places(const struct choice *choice) {
    size_t first = choice->page * per_page(choice);
    size_t left = choice->count - first;
    size_t used = left < per_page(choice) ? left : per_page(choice);
    return used + (choice->pages > 1 ? 1 : 0);
}

static bool turns_page(const struct choice *choice, size_t place) {
    return choice->pages > 1 && place == places(choice) - 1;
}

static void draw_choice(const struct tui *tui, const char *heading, const char *below,
                        const struct choice *choice) {
    tui_title(tui);
    tui_heading(heading, below);
    for (size_t place = 0; place < places(choice); place++) {
        const char *label = turns_page(choice, place)
                                ? tui_say(tui, ATM_MESSAGE_MORE)
                                : choice->labels[choice->page * per_page(choice) + place];
        tui_side_key((int)place, place == choice->marked ? TUI_CHOSEN : TUI_PLAIN, label);
    }
    tui_hints(tui_say(tui, ATM_MESSAGE_HINT_CHOOSE));
    tui_finish_drawing(tui);
}

/* True when the place was chosen; arrows move the mark, which is in two columns of four. */
static bool take_key(struct choice *choice, int key, size_t *ret_place) {
    size_t count = places(choice);
    tw_assert(count > 0); /* tui_choose shows nothing empty */
    size_t half = TUI_SIDE_KEYS / 2;
    if (key == TUI_KEY_UP) {
        choice->marked = (choice->marked + count - 1) % count;
    } else if (key == TUI_KEY_DOWN) {
        choice->marked = (choice->marked + 1) % count;
    } else if (key == TUI_KEY_RIGHT && choice->marked + half < count) {
        choice->marked += half;
    } else if (key == TUI_KEY_LEFT && choice->marked >= half) {
        choice->marked -= half;
    } else if (key == TUI_KEY_OK) {
        *ret_place = choice->marked;
        return true;
    } else if (key >= '1' && key < '1' + (int)count) {
        *ret_place = (size_t)(key - '1');
        return true;
    } else if (key >= TUI_KEY_SIDE && key < TUI_KEY_SIDE + (int)count) {
        *ret_place = (size_t)(key - TUI_KEY_SIDE);
        return true;
    }
    return false;
}

static struct choice gather(const char *const *labels, size_t count) {
    struct choice choice = {0};
    for (size_t i = 0; i < count && choice.count < CHOICES_MAX; i++) {
        if (labels[i] != NULL) {
            choice.index[choice.count] = i;
            choice.labels[choice.count++] = labels[i];
        }
    }
    choice.pages =
        choice.count > TUI_SIDE_KEYS ? (choice.count + TUI_SIDE_KEYS - 2) / (TUI_SIDE_KEYS - 1) : 1;
    return choice;
}

int tui_choose(struct tui *tui, const char *heading, const char *below, const char *const *labels,
               size_t count) {
    struct choice choice = gather(labels, count);
    tui_begin(tui, TUI_ANSWER_MS);
    while (choice.count > 0) {
        size_t place = 0;
        draw_choice(tui, heading, below, &choice);
        int key = tui_key(tui, TUI_ANSWER_MS);
        if (key == TUI_KEY_CANCEL || key == TUI_KEY_BACK) {
            return TUI_CANCELLED;
        }
        if (key == TUI_KEY_TIMEOUT) {
            return TUI_TIMED_OUT;
        }
        if (!take_key(&choice, key, &place)) {
            continue;
        }
        if (!turns_page(&choice, place)) {
            return (int)choice.index[choice.page * per_page(&choice) + place];
        }
        choice.page = (choice.page + 1) % choice.pages;
        choice.marked = 0;
    }
    return TUI_CANCELLED;
}

void tui_notice(struct tui *tui, const char *heading, const char *text, int64_t timeout_ms) {
    tui_begin(tui, timeout_ms);
    int key = TUI_KEY_DRAW;
    while (key == TUI_KEY_DRAW) {
        tui_title(tui);
        tui_heading(heading, NULL);
        (void)tui_paragraph(8, TUI_PLAIN, text);
        tui_hints(tui_say(tui, ATM_MESSAGE_HINT_ANY_KEY));
        tui_finish_drawing(tui);
        key = tui_key(tui, timeout_ms);
    }
}

bool tui_confirm(struct tui *tui, const char *heading, const char *const *facts,
                 const char *below) {
    tui_begin(tui, TUI_ANSWER_MS);
    for (;;) {
        int row = 7;
        tui_title(tui);
        tui_heading(heading, NULL);
        for (const char *const *fact = facts; *fact != NULL; fact += 2) {
            tui_fact(row++, fact[0], fact[1]);
        }
        if (below != NULL) {
            (void)tui_paragraph(row + 1, TUI_NOTICE, below);
        }
        tui_hints(tui_say(tui, ATM_MESSAGE_HINT_CONFIRM));
        tui_finish_drawing(tui);
        int key = tui_key(tui, TUI_ANSWER_MS);
        if (key == TUI_KEY_OK) {
            return true;
        }
        if (key == TUI_KEY_CANCEL || key == TUI_KEY_TIMEOUT) {
            return false;
        }
    }
}

/* What a page shows of its text. */
struct view {
    const char *text;
    size_t lines, width;
    size_t first, last; /* line at the top, and the furthest it can be */
    size_t shift, most; /* columns to the right, likewise */
};

/* Characters of a line; those of which only following bytes are left do not count. */
static size_t columns_of(const char *line, size_t length) {
    size_t columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return columns;
}

static struct view view_of(const char *text) {
    struct view view = {.text = text};
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t columns = columns_of(text, length);
        view.width = columns > view.width ? columns : view.width;
        view.lines++;
        text += length;
        text += *text == '\n';
    }
    view.last = view.lines > TUI_PAGE_LINES ? view.lines - TUI_PAGE_LINES : 0;
    view.most = view.width > TUI_COLUMNS ? view.width - TUI_COLUMNS : 0;
    return view;
}

/* The part of a line that is in sight. */
static void draw_line(const struct view *view, size_t row, const char *line, size_t length) {
    char copy[TUI_COLUMNS * 4 + 1];
    size_t used = 0;
    size_t column = 0; /* of the next character */
    for (size_t i = 0; i < length && used < sizeof copy - 1; i++) {
        column += ((unsigned char)line[i] & 0xc0) != 0x80;
        if (column > view->shift && column <= view->shift + TUI_COLUMNS) {
            copy[used++] = line[i];
        }
    }
    copy[used] = '\0';
    size_t left = view->width < TUI_COLUMNS ? (TUI_COLUMNS - view->width) / 2 : 0;
    tui_text(4 + (int)row, (int)left, TUI_PLAIN, copy);
}

static void draw_lines(const struct view *view) {
    const char *text = view->text;
    for (size_t line = 0; *text != '\0' && line < view->first + TUI_PAGE_LINES; line++) {
        size_t length = strcspn(text, "\n");
        if (line >= view->first) {
            draw_line(view, line - view->first, text, length);
        }
        text += length;
        text += *text == '\n';
    }
}

static size_t forward(size_t from, size_t step, size_t last) {
    return from + step < last ? from + step : last;
}

static size_t back(size_t from, size_t step) {
    return from > step ? from - step : 0;
}

/* False: the key is not about moving. */
static bool move_view(struct view *view, int key) {
    switch (key) {
    case TUI_KEY_DOWN:
        view->first = forward(view->first, 1, view->last);
        return true;
    case ' ':
        view->first = forward(view->first, TUI_PAGE_LINES, view->last);
        return true;
    case TUI_KEY_UP:
        view->first = back(view->first, 1);
        return true;
    case TUI_KEY_RIGHT:
        view->shift = forward(view->shift, PAN_COLUMNS, view->most);
        return true;
    case TUI_KEY_LEFT:
        view->shift = back(view->shift, PAN_COLUMNS);
        return true;
    default:
        return false;
    }
}

void tui_page(struct tui *tui, const char *heading, const char *text, int64_t timeout_ms) {
    struct view view = view_of(text);
    bool large = view.last > 0 || view.most > 0;
    tui_begin(tui, timeout_ms);
    for (;;) {
        tui_title(tui);
        tui_centre(2, TUI_BOLD, heading);
        draw_lines(&view);
        tui_hints(tui_say(tui, large ? ATM_MESSAGE_HINT_SCROLL : ATM_MESSAGE_HINT_ANY_KEY));
        tui_finish_drawing(tui);
        int key = tui_key(tui, timeout_ms);
        bool leaves = key == TUI_KEY_OK || key == TUI_KEY_CANCEL || key == TUI_KEY_TIMEOUT;
        if (!move_view(&view, key) && key != TUI_KEY_DRAW && (leaves || !large)) {
            return;
        }
    }
}
