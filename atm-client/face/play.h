/*
 * Playing steps on a machine, one after the other, each to its end. A session stays open between
 * steps that use the same card. The report of a step is a JSON object (face/report.h).
 */
#ifndef ATM_FACE_PLAY_H
#define ATM_FACE_PLAY_H

#include "atm-client/face/cards.h"
#include "atm-client/face/machine.h"
#include "atm-client/face/record.h"
#include "atm-client/face/step.h"

#define ATM_SCRIPT_TRANSFERS_MAX 64

struct atm_player {
    struct atm_machine *machine;
    const struct atm_cards *cards;
    char card[ATM_TEXT_SIZE]; /* the one inside; "" when none */
    char pin[16];             /* of the open session, for pin-change; wiped at its end */
    /* Asks the customer for a PIN when a step has a card but no pin; false: gave up. NULL: no one
     * can be asked. */
    bool (*ask_pin)(void *context, const char *prompt, char *pin, size_t size);
    /* The same for the number of a card that a step calls "-". */
    bool (*ask_card)(void *context, const char *prompt, char *number, size_t size);
    /* Tells the customer what this machine charges, before the request; false: the customer does
     * not want to pay it. NULL: nobody is there; the report tells it. */
    bool (*accept_surcharge)(struct atm_player *player, int64_t surcharge_minor,
                             struct tw_currency currency);
    void *context;
    bool keeps_card; /* after a wrong PIN the card stays, for another `open` of it or a `close` */
    struct atm_recorder *recorder; /* borrowed; NULL: nothing is recorded */
    size_t transfer_count;         /* of this script, whose ids are asked for as $1, $2 ... */
    char transfers[ATM_SCRIPT_TRANSFERS_MAX][TW_UUID_TEXT_SIZE];
    int64_t recovered; /* operations that power-up found unfinished; told with the next report */
};

/* Plays one step; the report is owned by the caller. The first verb that is more than a look, or
 * the hand of a person, powers the machine up, which settles what a power loss left open. */
enum atm_verdict atm_play(struct atm_player *player, const struct atm_step *step,
                          json_t **ret_report);
/* Gives back a card that is still inside and lets advices go out. */
void atm_player_finish(struct atm_player *player);

#endif
