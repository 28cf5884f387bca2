/* The parts that most screens are made of. Each draws itself again for every key. */
#include <stdio.h>
#include <string.h>

#include "atm-client/tui/internal.h"

#define CHOICES_MAX 32

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

static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (; *text != '\0'; lines++) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return lines;
}

static size_t widest_line(const char *text) {
    size_t widest = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        widest = length > widest ? length : widest;
        text += length;
        text += *text == '\n';
    }
    return widest < TUI_COLUMNS ? widest : TUI_COLUMNS;
}

static void draw_lines(const char *text, size_t first) {
    int column = (int)(TUI_COLUMNS - widest_line(text)) / 2;
    for (size_t line = 0; *text != '\0' && line < first + TUI_PAGE_LINES; line++) {
        char copy[TUI_COLUMNS * 4 + 1];
        size_t length = strcspn(text, "\n");
        if (line >= first) {
            (void)snprintf(copy, sizeof copy, "%.*s", (int)length, text);
            tui_text(4 + (int)(line - first), column, TUI_PLAIN, copy);
        }
        text += length;
        text += *text == '\n';
    }
}

void tui_page(struct tui *tui, const char *heading, const char *text, int64_t timeout_ms) {
    size_t lines = count_lines(text);
    size_t last = lines > TUI_PAGE_LINES ? lines - TUI_PAGE_LINES : 0;
    size_t first = 0;
    tui_begin(tui, timeout_ms);
    for (;;) {
        tui_title(tui);
        tui_centre(2, TUI_BOLD, heading);
        draw_lines(text, first);
        tui_hints(tui_say(tui, last > 0 ? ATM_MESSAGE_HINT_SCROLL : ATM_MESSAGE_HINT_ANY_KEY));
        tui_finish_drawing(tui);
        int key = tui_key(tui, timeout_ms);
        if (key == TUI_KEY_DOWN || key == ' ') {
            size_t step = key == ' ' ? TUI_PAGE_LINES : 1;
            first = first + step < last ? first + step : last;
        } else if (key == TUI_KEY_UP) {
            first -= first > 0 ? 1 : 0;
        } else if (key != TUI_KEY_DRAW && (last == 0 || key == TUI_KEY_OK ||
                                           key == TUI_KEY_CANCEL || key == TUI_KEY_TIMEOUT)) {
            return;
        }
    }
}
