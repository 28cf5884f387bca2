/* relay/brief, relay/trace, relay/message: what a trace tells of a message, and what it never does.
 */
#include <stdlib.h>
#include <string.h>

#include "relay/brief.h"
#include "relay/trace.h"
#include "support/suite.h"

static const struct {
    const char *members, *brief;
} briefs[] = {
    {"{}", "{}"},
    {"[1]", "{}"},
    {"{\"amount\":9000,\"stan\":\"000107\",\"suspect\":true}",
     "{\"amount\":9000,\"stan\":\"000107\",\"suspect\":true}"},
    {"{\"pan\":\"9276000100000016\",\"pin_block\":\"x\",\"session\":\"x\",\"certificate\":\"x\","
     "\"pin_key\":\"x\",\"remittance\":\"x\",\"account\":1,\"directory\":\"x\"}",
     "{}"},
    /* an allowed name does not make its value harmless */
    {"{\"reason\":\"9276000100000016\"}", "{}"},
    {"{\"reason\":\"card 9276000100000 here\",\"rrn\":\"632910000001\"}",
     "{\"rrn\":\"632910000001\"}"},
    {"{\"reason\":\"0123456789 0123456789 0123456789 0123456789 0123456789\"}", "{}"},
    {"{\"amount\":{\"pan\":1},\"status\":[1],\"reason\":null,\"cap\":1.5}", "{}"},
};

START_TEST(only_harmless_members_are_told) {
    json_t *members = json_loads(briefs[_i].members, 0, NULL);
    json_t *expected = json_loads(briefs[_i].brief, 0, NULL);
    json_t *brief = rl_brief(members);
    ck_assert(json_equal(brief, expected));
    json_decref(members);
    json_decref(expected);
    json_decref(brief);
}
END_TEST

static struct rl_message *message_of(enum rl_way way, const char *line) {
    struct rl_message *message = rl_message_new(way, line, strlen(line));
    ck_assert_ptr_nonnull(message);
    message->call = 3;
    message->at_us = 1500;
    message->passed_us = 1600;
    return message;
}

static void check_entry(struct rl_message *message, const char *expected) {
    json_t *entry = rl_trace_entry(1000, "a>b", message);
    json_t *wanted = json_loads(expected, 0, NULL);
    char *text = json_dumps(entry, JSON_COMPACT);
    ck_assert_msg(json_equal(entry, wanted), "%s", text);
    free(text);
    json_decref(entry);
    json_decref(wanted);
    rl_message_free(message);
}

START_TEST(request_is_told_with_its_times_and_number) {
    check_entry(message_of(RL_REQUEST, "{\"id\":1,\"method\":\"withdrawal.request\",\"params\":"
                                       "{\"txid\":\"t-1\",\"amount\":5,\"pan\":\"9\"}}"),
                "{\"at_us\":500,\"passed_us\":600,\"link\":\"a>b\",\"call\":3,\"way\":\"request\","
                "\"method\":\"withdrawal.request\",\"txid\":\"t-1\",\"fate\":\"delivered\","
                "\"brief\":{\"amount\":5}}");
}
END_TEST

START_TEST(lost_message_was_not_passed_on) {
    struct rl_message *message = message_of(RL_REQUEST, "{\"id\":1,\"method\":\"m\"}");
    message->fate = RL_LOST;
    message->rule = 4;
    message->passed_us = 0;
    check_entry(message, "{\"at_us\":500,\"link\":\"a>b\",\"call\":3,\"way\":\"request\",\"method\""
                         ":\"m\",\"fate\":\"lost\",\"rule\":4,\"brief\":{}}");
}
END_TEST

START_TEST(answer_tells_its_code_or_the_number_of_its_error) {
    check_entry(message_of(RL_ANSWER, "{\"id\":1,\"result\":{\"rc\":\"51\"}}"),
                "{\"at_us\":500,\"passed_us\":600,\"link\":\"a>b\",\"call\":3,\"way\":\"answer\","
                "\"method\":\"?\",\"rc\":\"51\",\"fate\":\"delivered\",\"brief\":{\"rc\":\"51\"}}");
    check_entry(message_of(RL_ANSWER, "{\"id\":1,\"error\":{\"code\":-32003,\"message\":\"x\"}}"),
                "{\"at_us\":500,\"passed_us\":600,\"link\":\"a>b\",\"call\":3,\"way\":\"answer\","
                "\"method\":\"?\",\"error\":-32003,\"fate\":\"delivered\",\"brief\":{}}");
}
END_TEST

START_TEST(what_a_change_replaced_is_told_as_carefully) {
    struct rl_message *message = message_of(RL_REQUEST, "{\"id\":1,\"method\":\"m\"}");
    message->fate = RL_CHANGED;
    message->was = json_pack("{s:i,s:s}", "amount", 1, "pan", "9276000100000016");
    check_entry(message, "{\"at_us\":500,\"passed_us\":600,\"link\":\"a>b\",\"call\":3,\"way\":"
                         "\"request\",\"method\":\"m\",\"fate\":\"changed\",\"brief\":{},"
                         "\"was\":{\"amount\":1}}");
}
END_TEST

static const char *const strange[] = {"", "{", "[]", "7", "\"x\"", "{\"method\":7}", "\xff"};

START_TEST(line_that_is_no_request_is_kept_as_it_is) {
    struct rl_message *message = message_of(RL_REQUEST, strange[_i]);
    ck_assert_str_eq(message->method, "?");
    ck_assert_uint_eq(message->length, strlen(strange[_i]) + 1);
    ck_assert_mem_eq(message->line, strange[_i], strlen(strange[_i]));
    ck_assert_int_eq(message->line[message->length - 1], '\n');
    json_t *entry = rl_trace_entry(0, "a>b", message);
    ck_assert_ptr_nonnull(entry);
    json_decref(entry);
    rl_message_free(message);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = only_harmless_members_are_told, .rows = COUNT_OF(briefs)},
        {.test = request_is_told_with_its_times_and_number},
        {.test = lost_message_was_not_passed_on},
        {.test = answer_tells_its_code_or_the_number_of_its_error},
        {.test = what_a_change_replaced_is_told_as_carefully},
        {.test = line_that_is_no_request_is_kept_as_it_is, .rows = COUNT_OF(strange)},
    };
    return test_main("brief", tests, COUNT_OF(tests));
}
