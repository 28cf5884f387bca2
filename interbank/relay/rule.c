/* A list in the order of age; tests have a handful of rules. The dice are SplitMix64 (Steele, Lea,
 * Flood 2014): any seed will do, and a run can be repeated. */
#include "relay/rule.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "relay/member.h"

enum {
    PATTERN_BYTES_MAX = 128,
    TIMES_MAX = 1000000000,
    MS_MAX = 3600000,
    COPIES_MAX = 16,
    REORDER_MS = 1000,
    RULES_MAX = 10000,
};

void rl_rules_init(struct rl_rules *rules, int64_t seed) {
    *rules = (struct rl_rules){.dice = (uint64_t)seed};
}

static void free_rule(struct rl_rule *rule) {
    free(rule->link);
    free(rule->method);
    json_decref(rule->set);
    free(rule);
}

void rl_rules_free(struct rl_rules *rules) {
    while (rules->first != NULL) {
        struct rl_rule *rule = rules->first;
        rules->first = rule->next;
        free_rule(rule);
    }
    rules->last = NULL;
}

/* --- adding --------------------------------------------------------------------------------- */

static struct tw_status read_which(json_t *command, struct rl_rule *rule,
                                   struct tw_error *ret_error) {
    static const char *const ways[] = {"request", "answer", NULL};
    static const char *const acts[] = {"lose", "delay", "duplicate", "reorder", "change", NULL};
    const char *link = "*";
    const char *method = "*";
    int way = 0;
    int act = -1;
    struct tw_status status = rl_member_text(command, "link", PATTERN_BYTES_MAX, &link, ret_error);
    if (tw_ok(status)) {
        status = rl_member_text(command, "method", PATTERN_BYTES_MAX, &method, ret_error);
    }
    if (tw_ok(status)) {
        status = rl_member_word(command, "which", ways, &way, ret_error);
    }
    if (tw_ok(status)) {
        status = rl_member_word(command, "what", acts, &act, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    rule->way = (enum rl_way)way;
    rule->act = (enum rl_act)act;
    rule->link = strdup(link);
    rule->method = strdup(method);
    bool copied = rule->link != NULL && rule->method != NULL;
    return copied ? status : tw_fail(ret_error, TW_E_NO_MEMORY, "rule");
}

static struct tw_status read_how(const json_t *command, struct rl_rule *rule,
                                 struct tw_error *ret_error) {
    const struct {
        const char *name;
        int64_t *place;
        int64_t preset, least, most;
    } numbers[] = {
        {"times", &rule->left, -1, 1, TIMES_MAX},
        {"chance_permille", &rule->chance_permille, 1000, 0, 1000},
        {"ms", &rule->ms, rule->act == RL_REORDER ? REORDER_MS : 0, 1, MS_MAX},
        {"copies", &rule->copies, 1, 1, COPIES_MAX},
    };
    struct tw_status status = tw_success();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && tw_ok(status); i++) {
        *numbers[i].place = numbers[i].preset;
        if (rule->act == RL_DELAY && numbers[i].place == &rule->ms) {
            *numbers[i].place = INT64_MIN; /* must be there */
        }
        status = rl_member_number(command, numbers[i].name, numbers[i].least, numbers[i].most,
                                  numbers[i].place, ret_error);
    }
    return status;
}

/* Members that mean nothing for what the rule does are a mistake of whoever wrote it. */
static struct tw_status check_use(const json_t *command, struct rl_rule *rule,
                                  struct tw_error *ret_error) {
    json_t *set = json_object_get(command, "set");
    bool with_ms = json_object_get(command, "ms") != NULL;
    bool with_copies = json_object_get(command, "copies") != NULL;
    if (with_copies && rule->act != RL_DUPLICATE) {
        return tw_fail(ret_error, TW_E_CONFIG, "copies: only for duplicate");
    }
    if (with_ms && (rule->act == RL_LOSE || rule->act == RL_CHANGE)) {
        return tw_fail(ret_error, TW_E_CONFIG, "ms: only for delay, duplicate and reorder");
    }
    if ((set != NULL) != (rule->act == RL_CHANGE)) {
        return tw_fail(ret_error, TW_E_CONFIG,
                       set != NULL ? "set: only for change" : "set: missing");
    }
    if (set != NULL && json_object_size(set) == 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "set: not an object with members");
    }
    rule->set = json_incref(set);
    return tw_success();
}

struct tw_status rl_rules_add(struct rl_rules *rules, json_t *command, struct rl_rule **ret_rule,
                              struct tw_error *ret_error) {
    static const char *const names[] = {"do",     "link", "method",          "which", "what", "ms",
                                        "copies", "set",  "chance_permille", "times", NULL};
    struct tw_status status = rl_member_only(command, names, ret_error);
    if (tw_ok(status) && rules->count >= RULES_MAX) {
        status = tw_fail(ret_error, TW_E_CONFIG, "more than %d rules", RULES_MAX);
    }
    if (!tw_ok(status)) {
        return status;
    }
    struct rl_rule *rule = calloc(1, sizeof *rule);
    if (rule == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "rule");
    }
    status = read_which(command, rule, ret_error);
    if (tw_ok(status)) {
        status = read_how(command, rule, ret_error);
    }
    if (tw_ok(status)) {
        status = check_use(command, rule, ret_error);
    }
    if (!tw_ok(status)) {
        free_rule(rule);
        return status;
    }
    rule->number = ++rules->count;
    *(rules->last != NULL ? &rules->last->next : &rules->first) = rule;
    rules->last = rule;
    *ret_rule = rule;
    return status;
}

struct rl_rule *rl_rules_find(const struct rl_rules *rules, int64_t number) {
    struct rl_rule *rule = rules->first;
    while (rule != NULL && rule->number != number) {
        rule = rule->next;
    }
    return rule;
}

/* --- choosing ------------------------------------------------------------------------------- */

static uint64_t roll(struct rl_rules *rules) {
    rules->dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = rules->dice;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

bool rl_rule_matches(const struct rl_rule *rule, const char *link, enum rl_way way,
                     const char *method) {
    return rule->way == way && fnmatch(rule->link, link, 0) == 0 &&
           fnmatch(rule->method, method, 0) == 0;
}

/* Dice are only rolled when they decide, so that a rule without chance does not change what one
 * with chance does. */
static bool takes(struct rl_rules *rules, const struct rl_rule *rule, const char *link,
                  enum rl_way way, const char *method) {
    if (rule->ended || rule->holds || rule->left == 0 ||
        !rl_rule_matches(rule, link, way, method)) {
        return false;
    }
    return rule->chance_permille >= 1000 || (int64_t)(roll(rules) % 1000) < rule->chance_permille;
}

struct rl_rule *rl_rules_pick(struct rl_rules *rules, const char *link, enum rl_way way,
                              const char *method) {
    for (struct rl_rule *rule = rules->first; rule != NULL; rule = rule->next) {
        if (!takes(rules, rule, link, way, method)) {
            continue;
        }
        rule->left -= rule->left > 0;
        rule->hits++;
        return rule;
    }
    return NULL;
}

json_t *rl_rule_change(const struct rl_rule *rule, enum rl_way way, json_t *content) {
    json_t *members = json_object_get(content, way == RL_REQUEST ? "params" : "result");
    json_t *was = json_is_object(members) ? json_object() : NULL;
    const char *name;
    json_t *value;
    json_object_foreach(rule->set, name, value) {
        json_t *before = json_object_get(members, name);
        bool done = was != NULL && (before == NULL || json_object_set(was, name, before) == 0);
        if (done && json_is_null(value)) {
            (void)json_object_del(members, name);
        } else if (done) {
            done = json_object_set(members, name, value) == 0;
        }
        if (!done) {
            json_decref(was);
            return NULL;
        }
    }
    return was;
}
