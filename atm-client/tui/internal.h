/* What the screens share; for the tui folder only. */
#ifndef ATM_TUI_INTERNAL_H
#define ATM_TUI_INTERNAL_H

#include <event2/event.h>

#include "atm-client/text/message.h"
#include "atm-client/tui/screen.h"
#include "atm-client/tui/trace.h"
#include "atm-client/tui/tui.h"

#define TUI_TEXT_SIZE   512
#define TUI_ANSWER_MS   45000 /* a customer who does nothing is asked */
#define TUI_MORE_MS     20000 /* and then leaves */
#define TUI_RESULT_MS   30000 /* results and receipts */
#define TUI_FOREVER_MS  (INT64_C(86400) * 1000)
#define TUI_AMOUNT_SIZE 16

/* What a key can be, beside characters (below 256). */
enum tui_key {
    TUI_KEY_TIMEOUT = 0x1000,
    TUI_KEY_DRAW, /* size or panel changed, or a second has passed: draw again */
    TUI_KEY_OK,
    TUI_KEY_CANCEL,
    TUI_KEY_BACK, /* one character back */
    TUI_KEY_UP,
    TUI_KEY_DOWN,
    TUI_KEY_LEFT,
    TUI_KEY_RIGHT,
    TUI_KEY_STAFF,
    TUI_KEY_SIDE, /* + 0..7: function keys F1 to F8 */
};

struct tui {
    struct atm_player *player;
    struct atm_machine *machine;
    enum atm_language language;
    struct tui_trace trace;
    bool trace_shown;
    bool leaving; /* somebody wants the program to end */
    /* keys.c */
    struct event *input, *resized, *ended;
    bool woken;
    bool has_resized;
    int64_t until_us; /* of the screen: when it times out */
    /* wait.c: an operation is under way */
    const char *doing;          /* what the customer reads meanwhile; NULL: none is */
    struct atm_sim *presenting; /* waits for the customer's hand */
    enum tui_thing { TUI_CASH, TUI_CARD } presented;
    int64_t taken_until_us;
    struct tw_timer second;
};

static inline const char *tui_say(const struct tui *tui, enum atm_message message) {
    return atm_message(tui->language, message);
}

/* With its place filled. */
static inline const char *tui_say_with(const struct tui *tui, enum atm_message message,
                                       const char *value, char text[TUI_TEXT_SIZE]) {
    return atm_message_with(tui->language, message, value, text, TUI_TEXT_SIZE);
}

/* --- keys.c --- */
struct tw_status tui_keys_open(struct tui *tui, struct tw_error *ret_error);
void tui_keys_close(struct tui *tui);
/* A screen begins: keys typed before are dropped, timeout_ms counts from here and from every key.
 */
void tui_begin(struct tui *tui, int64_t timeout_ms);
/* The next key, or what happened instead; see enum tui_key. Once somebody is leaving it is CANCEL
 * for ever. */
int tui_key(struct tui *tui, int64_t timeout_ms);
/* Reads one key that is there already; TUI_KEY_TIMEOUT when none is. */
int tui_read_key(struct tui *tui);
/* Until the screen times out. */
int64_t tui_left_ms(const struct tui *tui);

/* --- parts.c: what most screens are made of --- */
void tui_title(const struct tui *tui); /* frame with the bank's name, place and number */
void tui_finish_drawing(const struct tui *tui);
enum { TUI_CANCELLED = -1, TUI_TIMED_OUT = -2 };
/* One of the labels, by side keys, arrows or digits; pages when there are more than eight. Index,
 * or one of the two above. labels[i] NULL: not there. */
int tui_choose(struct tui *tui, const char *heading, const char *below, const char *const *labels,
               size_t count);
/* Shows words until a key is pressed or `timeout_ms` have passed. */
void tui_notice(struct tui *tui, const char *heading, const char *text, int64_t timeout_ms);
/* True for OK, false for cancel or no answer. facts: label, value, ... NULL. */
bool tui_confirm(struct tui *tui, const char *heading, const char *const *facts, const char *below);
/* Text that may be longer than the screen; with a countdown when timeout_ms is short of forever. */
void tui_page(struct tui *tui, const char *heading, const char *text, int64_t timeout_ms);

/* --- entry.c: what is typed --- */
/* A PIN or number that nobody sees; false when given up. */
bool tui_ask_secret(struct tui *tui, const char *heading, const char *below, char *secret,
                    size_t size);
bool tui_ask_text(struct tui *tui, const char *heading, const char *below, const char *allowed,
                  char *text, size_t size);
bool tui_ask_amount(struct tui *tui, const char *heading, const char *below, int64_t *ret_minor);

/* --- wait.c --- */
/* Plays a step while the screen says what is going on; the report is owned by the caller. */
enum atm_verdict tui_play(struct tui *tui, struct atm_step *step, json_t **ret_report);
/* Waits for an operation that nobody asked for; who presses a key meanwhile is told to wait. */
void tui_wait(struct tui *tui, struct atm_waiting *waiting);
void tui_wait_key(struct tui *tui); /* one was pressed meanwhile */
void tui_on_presented(void *context, struct atm_sim *sim, int64_t timeout_ms);
void tui_on_ejected(void *context, struct atm_sim *sim, int64_t timeout_ms);
void tui_on_phase(void *context, enum atm_phase from, enum atm_phase to);

/* --- customer.c and the screens behind its menu --- */
void tui_welcome(struct tui *tui);
/* What came of a step, in the customer's words, then the receipt if one was printed. */
void tui_show_result(struct tui *tui, enum atm_verdict verdict, const json_t *report);
/* The account to use, asked for when the card has several; false when given up. */
bool tui_choose_account(struct tui *tui, const char *heading, struct tw_iban *ret_account);
const char *tui_money(int64_t amount_minor, struct tw_currency currency,
                      char text[TUI_TEXT_SIZE]); /* "60.00 EUR" */
const char *tui_string(const json_t *report, const char *member);
int64_t tui_number(const json_t *report, const char *member);

/* Whether the notes inside make the amount, as the terminal chooses them. */
bool tui_can_pay(struct tui *tui, int64_t amount_minor);
void tui_cash(struct tui *tui, int64_t amount_minor); /* 0: asked for */
void tui_deposit(struct tui *tui);
void tui_balance(struct tui *tui);
void tui_statement(struct tui *tui);
void tui_transfer(struct tui *tui);
void tui_pending(struct tui *tui);
void tui_pin_change(struct tui *tui);

/* --- staff.c --- */
void tui_staff(struct tui *tui);

#endif
