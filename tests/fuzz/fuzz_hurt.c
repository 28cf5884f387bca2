/*
 * What message-relay reads: its configuration, a rule, and the messages that pass. A line is one of
 * them each; a rule that was read acts on every later line. The trace of whatever passes is valid
 * and holds no card number.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/trace.h"

static const struct tw_json_limits limits = {.bytes = 8192, .depth = 16, .values = 2048};

static void read_config(const char *line, size_t length) {
    struct rl_config config;
    if (tw_ok(rl_config_read(line, length, "/net", &config, NULL))) {
        tw_assert(config.link_count > 0 && config.links[0].to_count > 0);
        rl_config_free(&config);
    }
}

static void read_rule(struct rl_rules *rules, const char *line, size_t length) {
    TW_JSON_OWNED json_t *command = NULL;
    struct rl_rule *rule = NULL;
    if (tw_ok(tw_json_parse(line, length, limits, &command, NULL)) &&
        tw_ok(rl_rules_add(rules, command, &rule, NULL))) {
        tw_assert(rl_rules_find(rules, rule->number) == rule);
    }
}

/* Thirteen digits in a row in a text of the brief. */
static bool could_be_a_card(json_t *members) {
    const char *name;
    json_t *value;
    json_object_foreach(members, name, value) {
        size_t digits = 0;
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        for (; *text != '\0' && digits < 13; text++) {
            digits = *text >= '0' && *text <= '9' ? digits + 1 : 0;
        }
        if (digits >= 13) {
            return true;
        }
    }
    return false;
}

static void pass(struct rl_rules *rules, enum rl_way way, const char *line, size_t length) {
    struct rl_message *message = rl_message_new(way, line, length);
    tw_assert(message != NULL && message->line[message->length - 1] == '\n');
    const struct rl_rule *rule = rl_rules_pick(rules, "a>b", way, message->method);
    if (rule != NULL && rule->act == RL_CHANGE) {
        message->was = rl_rule_change(rule, way, message->content);
        message->fate = RL_CHANGED;
        tw_assert(message->was == NULL || rl_message_rewrite(message));
    }
    json_t *entry = rl_trace_entry(0, "a>b", message);
    tw_assert(entry != NULL && !could_be_a_card(json_object_get(entry, "brief")) &&
              !could_be_a_card(json_object_get(entry, "was")));
    json_decref(entry);
    rl_message_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rl_rules rules;
    const char *at = (const char *)data;
    const char *end = at + size;
    rl_rules_init(&rules, 1);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line_end != NULL ? line_end : end) - at);
        read_config(at, length);
        read_rule(&rules, at, length);
        pass(&rules, RL_REQUEST, at, length);
        pass(&rules, RL_ANSWER, at, length);
        at += length + 1;
    }
    rl_rules_free(&rules);
    return 0;
}
