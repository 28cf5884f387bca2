/*
 * The full-screen cash machine: a player (face/play.h) with a screen. Customers and staff do steps,
 * as scripts do; what is here asks for their parts and shows what came of them.
 *
 * A screen is a function that draws, waits for a key (tui_key) and returns when it is left. Waiting
 * runs the machine's loop, so advices go out and connections come back meanwhile. While an
 * operation is under way nothing waits for keys except presented cash; keys typed meanwhile are
 * dropped, as are those typed before a screen was there: nobody pays by a paste that went astray.
 */
#ifndef ATM_TUI_TUI_H
#define ATM_TUI_TUI_H

#include "atm-client/face/play.h"
#include "atm-client/face/words.h"

/* Whether there is a terminal that can show it. */
bool tui_possible(void);
/* Until somebody leaves; the machine was opened with tui_watch. UNAVAILABLE before anything was
 * done when the terminal cannot be drawn on. */
struct tw_status tui_run(struct atm_player *player, enum atm_exit *ret_exit,
                         struct tw_error *ret_error);
/* For atm_machine_open: what the screen wants to be told. Static. */
const struct atm_machine_watch *tui_watch(void);

#endif
