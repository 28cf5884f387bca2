/*
 * What a trace may tell of a message: members of an allow list, each a number, a truth value or a
 * short text that cannot be a card number. Everything else stays out: PANs, PIN blocks, session
 * tokens, certificates, names of people, accounts.
 */
#ifndef RL_BRIEF_H
#define RL_BRIEF_H

#include <jansson.h>

/* New reference, possibly empty; NULL without memory. members may be NULL or no object. */
json_t *rl_brief(const json_t *members);

#endif
