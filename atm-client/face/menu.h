/* A line menu for people: insert a card, type the PIN, choose, read the receipt. */
#ifndef ATM_FACE_MENU_H
#define ATM_FACE_MENU_H

#include "atm-client/face/play.h"
#include "atm-client/face/words.h"

/* Until the user leaves, or input ends. */
enum atm_exit atm_menu_run(struct atm_player *player);
/* For the dispenser: waits for the customer to take the cash. */
bool atm_menu_takes_cash(void *context);

#endif
