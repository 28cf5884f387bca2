/*
 * A settlement window as the agent sees it when it decides: members, what each has submitted, and
 * what follows from that. Everything here is a function of the struct alone; snapshot.h fills it
 * from the database.
 *
 * Members are the participants that the window waits for or waited for, in the order of their
 * codes; those of other currencies have no business with each other. Who has defaulted is not
 * waited for, and its positions with the others do not settle.
 */
#ifndef AGENT_WINDOW_H
#define AGENT_WINDOW_H

#include "clearing/statement.h"
#include "netting/netting.h"

struct agent_member {
    int32_t bank_code;
    struct tw_currency currency;
    char status[12]; /* "ACTIVE", "SUSPENDED", "DEFAULTED" */
    int64_t cap_minor, reserve_minor, prefunding_minor;
    int64_t revision; /* highest submitted; 0: none */
};

/* What a member's highest revision says of another member. */
struct agent_claim {
    bool stated;
    int64_t debit_count, debit_minor; /* the other owes */
    int64_t credit_count, credit_minor;
};

struct agent_window {
    int64_t window_no;
    int64_t open_window_no;
    char state[24]; /* "": the agent has no such window */
    char model[IB_MODEL_SIZE];
    bool caps;
    int64_t attempts;
    bool due; /* may be tried (again) now */
    char reason[128];
    size_t member_count;
    struct agent_member members[TW_PARTICIPANTS_MAX];
    struct agent_claim *claims; /* [member * member_count + other] */
};

void agent_window_clear(struct agent_window *window);

/* SIZE_MAX: not a member. */
size_t agent_window_member(const struct agent_window *window, int32_t bank_code);
struct agent_claim *agent_window_claim(const struct agent_window *window, size_t member,
                                       size_t other);
bool agent_window_is(const struct agent_window *window, const char *state);
bool agent_window_final(const struct agent_window *window);
bool agent_member_defaulted(const struct agent_member *member);
/* The two settle with each other: same currency, neither defaulted. */
bool agent_window_pair(const struct agent_window *window, size_t member, size_t other);

bool agent_window_missing(const struct agent_window *window, size_t member);
/* Both have submitted, and what they say of each other is not each other's mirror. */
bool agent_window_disputed(const struct agent_window *window, size_t member, size_t other);
/* Nothing is missing or disputed. */
bool agent_window_complete(const struct agent_window *window);

/* Net of the member's positions with those it settles with; positive: it is owed. */
int64_t agent_window_net(const struct agent_window *window, size_t member);
/* What members of this currency owe each other; room for agent_window_obligations_max. */
size_t agent_window_obligations_max(const struct agent_window *window);
size_t agent_window_obligations(const struct agent_window *window, struct tw_currency currency,
                                struct ib_obligation *ret_obligations);
size_t agent_window_payers(const struct agent_window *window, struct tw_currency currency,
                           struct ib_participant *ret_participants);
/* Currencies of the members, each once. */
size_t agent_window_currencies(const struct agent_window *window,
                               struct tw_currency ret_currencies[TW_PARTICIPANTS_MAX]);
/* NULL: all members' nets add up to zero in every currency; else the currency in which not. */
const char *agent_window_unbalanced(const struct agent_window *window);

#endif
