/* Where a PIN or a card number comes from: a file, a terminal without echo, or one line of standard
 * input. Never the command line or the environment, which other users of the machine can read. */
#ifndef ATM_FACE_SECRET_ENTRY_H
#define ATM_FACE_SECRET_ENTRY_H

#include "core/status.h"

struct atm_secret_source {
    const char *file; /* or NULL; mode must not let others read it */
    size_t line;      /* which of its lines, from 0; when there are fewer, the last */
    bool masked;      /* show a star per digit on a terminal */
    /* Called before each key on a terminal, to do something else until it comes; may be NULL. */
    void (*await)(void *context, int fd);
    void *context;
};

/* False when there was none. The buffer is wiped then. */
TW_MUST_USE bool atm_secret_ask(const struct atm_secret_source *source, const char *prompt,
                                char *secret, size_t size);

#endif
