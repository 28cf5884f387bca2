/* relay/rule: which rule acts on which message, and what a changed message is. */
#include <string.h>

#include "relay/rule.h"
#include "support/suite.h"

static struct rl_rule *add(struct rl_rules *rules, const char *command) {
    json_t *document = json_loads(command, 0, NULL);
    struct rl_rule *rule = NULL;
    struct tw_error error = {0};
    ck_assert_ptr_nonnull(document);
    ck_assert_msg(tw_ok(rl_rules_add(rules, document, &rule, &error)), "%s", error.detail);
    json_decref(document);
    return rule;
}

START_TEST(patterns_and_way_choose) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    const struct rl_rule *rule =
        add(&rules, "{\"do\":\"rule\",\"link\":\"a>*\",\"method\":\"transfer.*\",\"which\":"
                    "\"answer\",\"what\":\"lose\"}");
    ck_assert_ptr_null(rl_rules_pick(&rules, "b>a", RL_ANSWER, "transfer.credit"));
    ck_assert_ptr_null(rl_rules_pick(&rules, "a>b", RL_REQUEST, "transfer.credit"));
    ck_assert_ptr_null(rl_rules_pick(&rules, "a>b", RL_ANSWER, "network.echo"));
    ck_assert_ptr_eq(rl_rules_pick(&rules, "a>b", RL_ANSWER, "transfer.credit"), rule);
    ck_assert_int_eq(rule->hits, 1);
    rl_rules_free(&rules);
}
END_TEST

START_TEST(rule_without_times_acts_for_ever) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    const struct rl_rule *rule = add(&rules, "{\"what\":\"lose\"}");
    for (int i = 0; i < 100; i++) {
        ck_assert_ptr_eq(rl_rules_pick(&rules, "l", RL_REQUEST, "m"), rule);
    }
    rl_rules_free(&rules);
}
END_TEST

START_TEST(oldest_rule_that_may_act_does) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    struct rl_rule *first = add(&rules, "{\"what\":\"lose\",\"times\":2}");
    struct rl_rule *second = add(&rules, "{\"what\":\"delay\",\"ms\":5}");
    ck_assert_ptr_eq(rl_rules_pick(&rules, "l", RL_REQUEST, "m"), first);
    ck_assert_ptr_eq(rl_rules_pick(&rules, "l", RL_REQUEST, "m"), first);
    ck_assert_ptr_eq(rl_rules_pick(&rules, "l", RL_REQUEST, "m"), second);
    second->ended = true;
    ck_assert_ptr_null(rl_rules_pick(&rules, "l", RL_REQUEST, "m"));
    ck_assert_ptr_eq(rl_rules_find(&rules, 2), second);
    ck_assert_ptr_null(rl_rules_find(&rules, 3));
    rl_rules_free(&rules);
}
END_TEST

START_TEST(rule_that_holds_a_message_takes_no_other) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    struct rl_rule *rule = add(&rules, "{\"what\":\"reorder\"}");
    ck_assert_int_eq(rule->ms, 1000);
    rule->holds = true;
    ck_assert_ptr_null(rl_rules_pick(&rules, "l", RL_REQUEST, "m"));
    ck_assert(rl_rule_matches(rule, "l", RL_REQUEST, "m"));
    rl_rules_free(&rules);
}
END_TEST

static int64_t hits_of(int64_t seed, const char *command, int messages) {
    struct rl_rules rules;
    rl_rules_init(&rules, seed);
    struct rl_rule *rule = add(&rules, command);
    for (int i = 0; i < messages; i++) {
        (void)rl_rules_pick(&rules, "l", RL_REQUEST, "m");
    }
    int64_t hits = rule->hits;
    rl_rules_free(&rules);
    return hits;
}

START_TEST(chance_is_kept_and_repeats_with_the_seed) {
    static const char tenth[] = "{\"what\":\"lose\",\"chance_permille\":100}";
    const int64_t hits = hits_of(7, tenth, 10000);
    ck_assert_int_ge(hits, 850);
    ck_assert_int_le(hits, 1150);
    ck_assert_int_eq(hits, hits_of(7, tenth, 10000));
    ck_assert_int_ne(hits, hits_of(8, tenth, 10000));
    ck_assert_int_eq(hits_of(7, "{\"what\":\"lose\",\"chance_permille\":0}", 1000), 0);
    ck_assert_int_eq(hits_of(7, "{\"what\":\"lose\"}", 1000), 1000);
}
END_TEST

static const struct {
    const char *command, *reason;
} refused[] = {
    {"[]", "not an object"},
    {"{}", "what: missing"},
    {"{\"what\":\"explode\"}", "what: not one of lose, delay, duplicate, reorder, change"},
    {"{\"what\":\"lose\",\"colour\":1}", "unknown member 'colour'"},
    {"{\"what\":\"lose\",\"\\n\":1}", "unknown member '?'"},
    {"{\"what\":\"lose\",\"link\":\"\"}", "link: not a printable text of 1 to 128 bytes"},
    {"{\"what\":\"lose\",\"method\":7}", "method: not a printable text of 1 to 128 bytes"},
    {"{\"what\":\"delay\"}", "ms: missing"},
    {"{\"what\":\"delay\",\"ms\":1.5}", "ms: not an integer from 1 to 3600000"},
    {"{\"what\":\"delay\",\"ms\":3600001}", "ms: not an integer from 1 to 3600000"},
    {"{\"what\":\"lose\",\"chance_permille\":1001}",
     "chance_permille: not an integer from 0 to 1000"},
    {"{\"what\":\"lose\",\"copies\":1}", "copies: only for duplicate"},
    {"{\"what\":\"duplicate\",\"copies\":17}", "copies: not an integer from 1 to 16"},
    {"{\"what\":\"change\"}", "set: missing"},
    {"{\"what\":\"change\",\"set\":{}}", "set: not an object with members"},
    {"{\"what\":\"lose\",\"set\":{\"a\":1}}", "set: only for change"},
};

START_TEST(wrong_rule_is_refused_with_the_reason) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    json_t *document = json_loads(refused[_i].command, 0, NULL);
    struct rl_rule *rule = NULL;
    struct tw_error error = {0};
    ck_assert(!tw_ok(rl_rules_add(&rules, document, &rule, &error)));
    ck_assert_str_eq(error.detail, refused[_i].reason);
    ck_assert_ptr_null(rules.first);
    json_decref(document);
    rl_rules_free(&rules);
}
END_TEST

static const struct {
    enum rl_way way;
    const char *before, *after, *was;
} changes[] = {
    {RL_REQUEST, "{\"params\":{\"amount\":1,\"pan\":\"9\"}}",
     "{\"params\":{\"amount\":2,\"new\":\"x\"}}", "{\"amount\":1,\"pan\":\"9\"}"},
    {RL_ANSWER, "{\"result\":{\"rc\":\"00\"}}",
     "{\"result\":{\"rc\":\"00\",\"amount\":2,\"new\":\"x\"}}", "{}"},
    {RL_ANSWER, "{\"error\":{\"code\":-32003}}", "{\"error\":{\"code\":-32003}}", NULL},
    {RL_REQUEST, "{\"params\":[]}", "{\"params\":[]}", NULL},
};

START_TEST(members_are_replaced_removed_and_remembered) {
    struct rl_rules rules;
    rl_rules_init(&rules, 1);
    const struct rl_rule *rule =
        add(&rules, "{\"what\":\"change\",\"set\":{\"amount\":2,\"pan\":null,\"new\":\"x\"}}");
    json_t *content = json_loads(changes[_i].before, 0, NULL);
    json_t *after = json_loads(changes[_i].after, 0, NULL);
    json_t *expected = changes[_i].was != NULL ? json_loads(changes[_i].was, 0, NULL) : NULL;
    json_t *was = rl_rule_change(rule, changes[_i].way, content);
    ck_assert(json_equal(content, after));
    ck_assert(was == expected || json_equal(was, expected));
    json_decref(content);
    json_decref(after);
    json_decref(expected);
    json_decref(was);
    rl_rules_free(&rules);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = patterns_and_way_choose},
        {.test = rule_without_times_acts_for_ever},
        {.test = oldest_rule_that_may_act_does},
        {.test = rule_that_holds_a_message_takes_no_other},
        {.test = chance_is_kept_and_repeats_with_the_seed},
        {.test = wrong_rule_is_refused_with_the_reason, .rows = COUNT_OF(refused)},
        {.test = members_are_replaced_removed_and_remembered, .rows = COUNT_OF(changes)},
    };
    return test_main("rule", tests, COUNT_OF(tests));
}
