/* A line menu for people: insert a card, type the PIN, choose, read the receipt. */
#ifndef ATM_FACE_MENU_H
#define ATM_FACE_MENU_H

#include "atm-client/face/play.h"
#include "atm-client/face/words.h"

/* Until the user leaves, or input ends. */
enum atm_exit atm_menu_run(struct atm_player *player);
/* Of atm_machine_watch: waits for the customer to take the cash. */
void atm_menu_presented(void *context, struct atm_sim *sim, int64_t timeout_ms);

#endif
