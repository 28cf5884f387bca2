/* What customers type: a line in the middle of the screen. Keys that do not fit are not taken. */
#include <stdio.h>
#include <string.h>

#include "atm-client/tui/internal.h"
#include "core/money.h"
#include "pin/pin_block.h"

#define ENTRY_ROW 11

struct entry {
    const char *heading, *below;
    const char *allowed; /* NULL: everything printable */
    bool secret;
    char *text;
    size_t size;
};

static void draw_entry(const struct tui *tui, const struct entry *entry) {
    char shown[TUI_COLUMNS];
    size_t length = strlen(entry->text);
    tui_title(tui);
    tui_heading(entry->heading, entry->below);
    if (entry->secret) {
        size_t stars = length < sizeof shown - 2 ? length : sizeof shown - 2;
        memset(shown, '*', stars);
        shown[stars] = '\0';
    } else {
        size_t skip = length > 60 ? length - 60 : 0; /* its end, when it is long */
        (void)snprintf(shown, sizeof shown, "%s", entry->text + skip);
    }
    size_t end = strlen(shown);
    (void)snprintf(shown + end, sizeof shown - end, "_");
    tui_centre(ENTRY_ROW, TUI_BOLD, shown);
    tui_hints(tui_say(tui, ATM_MESSAGE_HINT_TYPE));
    tui_finish_drawing(tui);
}

static bool fits(const struct entry *entry, int key, size_t length) {
    return key >= ' ' && key < 127 && length + 1 < entry->size &&
           (entry->allowed == NULL || strchr(entry->allowed, key) != NULL);
}

static bool type(struct tui *tui, const struct entry *entry) {
    entry->text[0] = '\0';
    tui_begin(tui, TUI_ANSWER_MS);
    for (;;) {
        draw_entry(tui, entry);
        size_t length = strlen(entry->text);
        int key = tui_key(tui, TUI_ANSWER_MS);
        if (key == TUI_KEY_OK && length > 0) {
            return true;
        }
        if (key == TUI_KEY_CANCEL || key == TUI_KEY_TIMEOUT) {
            tw_wipe(entry->text, entry->size);
            return false;
        }
        if (key == TUI_KEY_BACK && length > 0) {
            entry->text[length - 1] = '\0';
        } else if (fits(entry, key, length)) {
            entry->text[length] = (char)key;
            entry->text[length + 1] = '\0';
        }
    }
}

bool tui_ask_secret(struct tui *tui, const char *heading, const char *below, char *secret,
                    size_t size) {
    const struct entry entry = {.heading = heading,
                                .below = below,
                                .allowed = "0123456789",
                                .secret = true,
                                .text = secret,
                                .size = size};
    return type(tui, &entry);
}

bool tui_ask_text(struct tui *tui, const char *heading, const char *below, const char *allowed,
                  char *text, size_t size) {
    const struct entry entry = {
        .heading = heading, .below = below, .allowed = allowed, .text = text, .size = size};
    return type(tui, &entry);
}

bool tui_ask_amount(struct tui *tui, const char *heading, const char *below, int64_t *ret_minor) {
    char text[TUI_AMOUNT_SIZE];
    struct tw_error error = {0};
    struct tw_currency currency = atm_terminal_currency(tui->machine->terminal);
    while (tui_ask_text(tui, heading, below, "0123456789.,", text, sizeof text)) {
        char *comma = strchr(text, ',');
        if (comma != NULL) {
            *comma = '.';
        }
        if (tw_ok(tw_money_parse(text, currency, ret_minor, &error)) && *ret_minor > 0) {
            return true;
        }
        below = tui_say(tui, ATM_MESSAGE_NO_AMOUNT);
    }
    return false;
}
