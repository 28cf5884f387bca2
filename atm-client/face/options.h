/* The command line: global options, a command, its options; the same members as a script line. */
#ifndef ATM_FACE_OPTIONS_H
#define ATM_FACE_OPTIONS_H

#include <stdio.h>

#include "atm-client/face/step.h"

enum atm_command {
    ATM_COMMAND_STEP,
    ATM_COMMAND_SCRIPT,
    ATM_COMMAND_MENU,
    ATM_COMMAND_SCREEN,
    ATM_COMMAND_CHECK_CONFIG,
    ATM_COMMAND_HELP,
    ATM_COMMAND_HELP_CONFIG,
    ATM_COMMAND_VERSION,
};

struct atm_options {
    enum atm_command command;
    const char *config;
    const char *pin_file;
    const char *new_pin_file;
    const char *card_file;
    bool ask_card;      /* for its number, which comes from card_file if there is one */
    const char *record; /* a file that is not there yet; NULL: nothing is recorded */
    const char *script; /* "-" or a file */
    bool json;
    struct atm_step step;
    const char *amount; /* text, until the currency is known */
    const char *max_surcharge;
    const char *notes;
};

/* INVALID_PARAMS with a reason for the user. Strings point into argv. */
struct tw_status atm_options_read(int argc, char **argv, bool interactive,
                                  struct atm_options *ret_options, struct tw_error *ret_error);
/* Amount and notes, which need the currency. */
struct tw_status atm_options_money(struct atm_options *options, struct tw_currency currency,
                                   struct tw_error *ret_error);
void atm_options_help(FILE *out);

#endif
