/*
 * Keys come through the loop: standard input and the size of the window are events that wake it
 * up. While an operation is under way its keys go to wait.c, which drops most of them; typing
 * ahead does not reach the next screen.
 */
#include <curses.h>
#include <signal.h>
#include <unistd.h>

#include "atm-client/tui/internal.h"

enum {
    CONTROL_C = 3,
    BACKSPACE = 8,
    NEWLINE = 10,
    RETURN = 13,
    CONTROL_O = 15,
    CONTROL_T = 20,
    ESCAPE = 27,
    DELETE = 127,
};

static void wake(evutil_socket_t fd, short what, void *context) {
    struct tui *tui = context;
    (void)fd;
    (void)what;
    tui->woken = true;
}

static void on_input(evutil_socket_t fd, short what, void *context) {
    struct tui *tui = context;
    if (tui->doing != NULL) {
        tui_wait_key(tui);
    } else {
        wake(fd, what, tui);
    }
}

static void on_resized(evutil_socket_t fd, short what, void *context) {
    struct tui *tui = context;
    tui->has_resized = true;
    wake(fd, what, tui);
}

static void on_ended(evutil_socket_t fd, short what, void *context) {
    struct tui *tui = context;
    tui->leaving = true;
    wake(fd, what, tui);
}

struct tw_status tui_keys_open(struct tui *tui, struct tw_error *ret_error) {
    struct event_base *base = tw_loop_base(tui->machine->loop);
    tui->input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, tui);
    tui->resized = evsignal_new(base, SIGWINCH, on_resized, tui);
    tui->ended = evsignal_new(base, SIGTERM, on_ended, tui);
    if (tui->input == NULL || tui->resized == NULL || tui->ended == NULL ||
        event_add(tui->resized, NULL) != 0 || event_add(tui->ended, NULL) != 0) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the keyboard");
    }
    return tw_success();
}

void tui_keys_close(struct tui *tui) {
    struct event *events[] = {tui->input, tui->resized, tui->ended};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    tui->input = tui->resized = tui->ended = NULL;
}

/* The plug is pulled: nothing is said, nothing is saved that was not. */
static void lose_power(void) {
    tui_screen_close();
    (void)kill(getpid(), SIGKILL);
}

static int meaning_of(struct tui *tui, int key) {
    switch (key) {
    case CONTROL_C:
        tui->leaving = true;
        return TUI_KEY_CANCEL;
    case KEY_F(12):
        lose_power();
        return TUI_KEY_CANCEL;
    case CONTROL_T:
    case KEY_F(9):
        tui->trace_shown = !tui->trace_shown;
        return TUI_KEY_DRAW;
    case CONTROL_O:
    case KEY_F(10):
        return TUI_KEY_STAFF;
    case NEWLINE:
    case RETURN:
    case KEY_ENTER:
        return TUI_KEY_OK;
    case ESCAPE:
        return TUI_KEY_CANCEL;
    case BACKSPACE:
    case DELETE:
    case KEY_BACKSPACE:
        return TUI_KEY_BACK;
    case KEY_UP:
        return TUI_KEY_UP;
    case KEY_DOWN:
        return TUI_KEY_DOWN;
    case KEY_LEFT:
        return TUI_KEY_LEFT;
    case KEY_RIGHT:
        return TUI_KEY_RIGHT;
    default:
        if (key >= KEY_F(1) && key <= KEY_F(TUI_SIDE_KEYS)) {
            return TUI_KEY_SIDE + key - KEY_F(1);
        }
        return key < KEY_MIN ? key : TUI_KEY_DRAW;
    }
}

int tui_read_key(struct tui *tui) {
    int key = getch();
    if (key != ERR) {
        return meaning_of(tui, key);
    }
    return TUI_KEY_TIMEOUT;
}

void tui_begin(struct tui *tui, int64_t timeout_ms) {
    int key = ERR;
    while ((key = getch()) != ERR) {
        if (key == CONTROL_C || key == KEY_F(12)) { /* these never wait for a screen */
            (void)meaning_of(tui, key);
        }
    }
    (void)flushinp();
    tui->until_us = tw_loop_now_us(tui->machine->loop) + timeout_ms * 1000;
}

int64_t tui_left_ms(const struct tui *tui) {
    int64_t left_us = tui->until_us - tw_loop_now_us(tui->machine->loop);
    return left_us > 0 ? left_us / 1000 + 1 : 0;
}

/* Waits until a key is there, the window changes, or a part of a second for countdowns. */
static void await(struct tui *tui) {
    int64_t left_ms = tui_left_ms(tui);
    int64_t wait_ms = left_ms < 1000 ? left_ms : 1000;
    tui->woken = false;
    bool readable = event_add(tui->input, NULL) == 0;
    (void)atm_machine_run(tui->machine, &tui->woken, wait_ms);
    if (readable) {
        (void)event_del(tui->input);
    }
}

static bool has_hung_up(const struct tui *tui) {
    return tui->woken && !tui->has_resized && !isatty(STDIN_FILENO);
}

int tui_key(struct tui *tui, int64_t timeout_ms) {
    if (tui->leaving) {
        return TUI_KEY_CANCEL;
    }
    int key = tui_read_key(tui);
    if (key == TUI_KEY_TIMEOUT) {
        await(tui);
        key = tui_read_key(tui);
    }
    if (tui->has_resized) {
        tui->has_resized = false;
        tui_screen_resized();
        return TUI_KEY_DRAW;
    }
    if (tui->leaving || (key == TUI_KEY_TIMEOUT && has_hung_up(tui))) {
        tui->leaving = true;
        return TUI_KEY_CANCEL;
    }
    if (key != TUI_KEY_TIMEOUT) {
        tui->until_us = tw_loop_now_us(tui->machine->loop) + timeout_ms * 1000;
        return key;
    }
    return tw_loop_now_us(tui->machine->loop) >= tui->until_us ? TUI_KEY_TIMEOUT : TUI_KEY_DRAW;
}
