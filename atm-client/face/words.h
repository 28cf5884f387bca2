/* Exit codes for every verdict; what the screen says is core/words.h. */
#ifndef ATM_FACE_WORDS_H
#define ATM_FACE_WORDS_H

#include "atm-client/core/words.h"

/* Exit codes of one-shot commands and scripts; documented in --help. */
enum atm_exit {
    ATM_EXIT_APPROVED = 0,
    ATM_EXIT_DECLINED = 1,
    ATM_EXIT_USAGE = 2, /* command line, configuration, script line */
    ATM_EXIT_REFUSED = 3,
    ATM_EXIT_UNANSWERED = 4, /* pending too */
    ATM_EXIT_FAULT = 5,      /* suspect too */
    ATM_EXIT_EXPECT = 6,
    ATM_EXIT_BUSY = 7, /* another process is this terminal */
};

enum atm_exit atm_exit_of(enum atm_verdict verdict);

#endif
