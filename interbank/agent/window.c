/* At most 128 members: every question is a walk over them. */
#include "agent/window.h"

#include <stdlib.h>
#include <string.h>

void agent_window_clear(struct agent_window *window) {
    free(window->claims);
    *window = (struct agent_window){0};
}

size_t agent_window_member(const struct agent_window *window, int32_t bank_code) {
    for (size_t i = 0; i < window->member_count; i++) {
        if (window->members[i].bank_code == bank_code) {
            return i;
        }
    }
    return SIZE_MAX;
}

struct agent_claim *agent_window_claim(const struct agent_window *window, size_t member,
                                       size_t other) {
    tw_assert(member < window->member_count && other < window->member_count);
    return &window->claims[member * window->member_count + other];
}

bool agent_window_is(const struct agent_window *window, const char *state) {
    return strcmp(window->state, state) == 0;
}

bool agent_window_final(const struct agent_window *window) {
    return agent_window_is(window, "SETTLED") || agent_window_is(window, "FAILED");
}

bool agent_member_defaulted(const struct agent_member *member) {
    return strcmp(member->status, "DEFAULTED") == 0;
}

static bool same_currency(const struct agent_window *window, size_t member, size_t other) {
    return tw_currency_equal(window->members[member].currency, window->members[other].currency);
}

bool agent_window_pair(const struct agent_window *window, size_t member, size_t other) {
    return member != other && same_currency(window, member, other) &&
           !agent_member_defaulted(&window->members[member]) &&
           !agent_member_defaulted(&window->members[other]);
}

bool agent_window_missing(const struct agent_window *window, size_t member) {
    return window->members[member].revision == 0 &&
           !agent_member_defaulted(&window->members[member]);
}

/* Of one's debits by the other's credits. */
static bool mirrors(const struct agent_claim *one, const struct agent_claim *other) {
    return one->debit_count == other->credit_count && one->debit_minor == other->credit_minor;
}

bool agent_window_disputed(const struct agent_window *window, size_t member, size_t other) {
    if (!agent_window_pair(window, member, other) || window->members[member].revision == 0 ||
        window->members[other].revision == 0) {
        return false;
    }
    const struct agent_claim *ours = agent_window_claim(window, member, other);
    const struct agent_claim *theirs = agent_window_claim(window, other, member);
    return !mirrors(ours, theirs) || !mirrors(theirs, ours);
}

bool agent_window_complete(const struct agent_window *window) {
    for (size_t i = 0; i < window->member_count; i++) {
        if (agent_window_missing(window, i)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (agent_window_disputed(window, i, j)) {
                return false;
            }
        }
    }
    return true;
}

int64_t agent_window_net(const struct agent_window *window, size_t member) {
    int64_t net = 0;
    for (size_t other = 0; other < window->member_count; other++) {
        if (agent_window_pair(window, member, other)) {
            const struct agent_claim *claim = agent_window_claim(window, member, other);
            net += claim->debit_minor - claim->credit_minor;
        }
    }
    return net;
}

size_t agent_window_obligations_max(const struct agent_window *window) {
    return window->member_count * window->member_count;
}

size_t agent_window_obligations(const struct agent_window *window, struct tw_currency currency,
                                struct ib_obligation *ret_obligations) {
    size_t count = 0;
    for (size_t payee = 0; payee < window->member_count; payee++) {
        for (size_t payer = 0; payer < window->member_count; payer++) {
            if (!agent_window_pair(window, payee, payer) ||
                !tw_currency_equal(window->members[payee].currency, currency)) {
                continue;
            }
            const struct agent_claim *claim = agent_window_claim(window, payee, payer);
            ret_obligations[count++] =
                (struct ib_obligation){.payer = window->members[payer].bank_code,
                                       .payee = window->members[payee].bank_code,
                                       .amount_minor = claim->debit_minor};
        }
    }
    return count;
}

size_t agent_window_payers(const struct agent_window *window, struct tw_currency currency,
                           struct ib_participant *ret_participants) {
    size_t count = 0;
    for (size_t i = 0; i < window->member_count; i++) {
        const struct agent_member *member = &window->members[i];
        if (!agent_member_defaulted(member) && tw_currency_equal(member->currency, currency)) {
            ret_participants[count++] =
                (struct ib_participant){.bank_code = member->bank_code,
                                        .reserve_minor = member->reserve_minor,
                                        .prefunding_minor = member->prefunding_minor};
        }
    }
    return count;
}

size_t agent_window_currencies(const struct agent_window *window,
                               struct tw_currency ret_currencies[TW_PARTICIPANTS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < window->member_count; i++) {
        size_t found = 0;
        while (found < count &&
               !tw_currency_equal(ret_currencies[found], window->members[i].currency)) {
            found++;
        }
        if (found == count) {
            ret_currencies[count++] = window->members[i].currency;
        }
    }
    return count;
}

const char *agent_window_unbalanced(const struct agent_window *window) {
    for (size_t i = 0; i < window->member_count; i++) {
        int64_t sum = 0;
        for (size_t j = 0; j < window->member_count; j++) {
            if (same_currency(window, i, j)) {
                sum += agent_window_net(window, j);
            }
        }
        if (sum != 0) {
            return window->members[i].currency.code;
        }
    }
    return NULL;
}
