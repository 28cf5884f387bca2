/*
 * Rules: which messages are hurt, and how. A rule acts on messages whose link and method match its
 * patterns (fnmatch), of its way, the first `times` of them, each by chance; of several rules that
 * would act on a message the oldest does. The dice are seeded, so the same messages in the same
 * order are hurt the same. Nothing is done here to a message but changing its members.
 *
 * Echoes (rpc.ping) are never asked about. A rule that has ended is kept, for its hits.
 */
#ifndef RL_RULE_H
#define RL_RULE_H

#include <jansson.h>
#include <stdint.h>

#include "core/status.h"

enum rl_way { RL_REQUEST, RL_ANSWER };

enum rl_act { RL_LOSE, RL_DELAY, RL_DUPLICATE, RL_REORDER, RL_CHANGE };

struct rl_rule {
    int64_t number; /* from 1 */
    char *link, *method;
    enum rl_way way;
    enum rl_act act;
    int64_t left; /* times that it may still act; -1: no limit */
    int64_t chance_permille;
    int64_t ms;     /* DELAY: how long; REORDER: at most; DUPLICATE: between copies */
    int64_t copies; /* DUPLICATE: more than the one */
    json_t *set;    /* CHANGE */
    int64_t hits;
    bool ended;
    bool holds; /* REORDER: a message waits for the next one */
    struct rl_rule *next;
};

struct rl_rules {
    struct rl_rule *first, *last; /* oldest first */
    int64_t count;
    uint64_t dice;
};

void rl_rules_init(struct rl_rules *rules, int64_t seed);
void rl_rules_free(struct rl_rules *rules);

/* From a command's members. CONFIG with the reason, or NO_MEMORY; nothing was added then. */
struct tw_status rl_rules_add(struct rl_rules *rules, json_t *command, struct rl_rule **ret_rule,
                              struct tw_error *ret_error);
struct rl_rule *rl_rules_find(const struct rl_rules *rules, int64_t number); /* or NULL */

/* The rule that acts on this message, which counts as a hit; NULL: it passes. */
struct rl_rule *rl_rules_pick(struct rl_rules *rules, const char *link, enum rl_way way,
                              const char *method);
/* Link, way and method are those of the rule, whatever its times and chance. */
bool rl_rule_matches(const struct rl_rule *rule, const char *link, enum rl_way way,
                     const char *method);

/* Changes members of a message's params or result by rule->set: null removes, the rest replaces.
 * New reference: what the changed members were. NULL: it has no such object, or no memory. */
json_t *rl_rule_change(const struct rl_rule *rule, enum rl_way way, json_t *content);

#endif
