/*
 * Opening and closing, and what the machine tells. The machine is opened before there is a screen
 * (its journal's lock says whether this process may be the terminal at all), so what it tells goes
 * through one pointer, which is NULL until then. A process has one keyboard and one screen.
 */
#include "atm-client/tui/tui.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/tui/internal.h"

static struct tui *shown;

static void on_message(void *context, const struct atm_message_seen *seen) {
    struct tui *tui = *(struct tui **)context;
    if (tui != NULL) {
        tui_trace_add(&tui->trace, seen);
    }
}

const struct atm_machine_watch *tui_watch(void) {
    static const struct atm_machine_watch watch = {.on_presented = tui_on_presented,
                                                   .on_ejected = tui_on_ejected,
                                                   .on_phase = tui_on_phase,
                                                   .on_message = on_message,
                                                   .context = &shown};
    return &watch;
}

bool tui_possible(void) {
    const char *kind = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind != NULL && kind[0] != '\0' &&
           strcmp(kind, "dumb") != 0;
}

/* Cards of other banks: withdrawals and transfers cost something here. */
static bool accept_surcharge(struct atm_player *player, int64_t surcharge_minor,
                             struct tw_currency currency) {
    struct tui *tui = shown;
    char amount[TUI_TEXT_SIZE];
    char text[TUI_TEXT_SIZE];
    (void)player;
    (void)tui_say_with(tui, ATM_MESSAGE_SURCHARGE, tui_money(surcharge_minor, currency, amount),
                       text);
    const char *labels[] = {tui_say(tui, ATM_MESSAGE_YES), tui_say(tui, ATM_MESSAGE_NO)};
    const char *doing = tui->doing;
    tui->doing = NULL; /* keys are the screen's */
    bool accepted =
        tui_choose(tui, tui_say(tui, ATM_MESSAGE_SURCHARGE_ACCEPT), text, labels, 2) == 0;
    tui->doing = doing;
    (void)event_add(tui->input, NULL); /* back to tui_play */
    return accepted;
}

static void sign_on(struct tui *tui) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_SIGN_ON};
    (void)tui_play(tui, &step, &report);
}

struct tw_status tui_run(struct atm_player *player, enum atm_exit *ret_exit,
                         struct tw_error *ret_error) {
    struct tui tui = {.player = player, .machine = player->machine};
    tui.language = player->machine->config->spoken;
    struct tw_status status = tui_keys_open(&tui, ret_error);
    if (tw_ok(status)) {
        status = tui_screen_open(ret_error);
    }
    if (tw_ok(status)) {
        shown = &tui;
        player->accept_surcharge = accept_surcharge;
        player->keeps_card = true;
        sign_on(&tui);
        tui_welcome(&tui);
        shown = NULL;
        tui_screen_close();
        atm_player_finish(player);
        *ret_exit = ATM_EXIT_APPROVED;
    }
    tui_keys_close(&tui);
    return status;
}
