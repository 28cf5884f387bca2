/* Where a request goes: by account, by card number, by token; at home when nothing says otherwise.
 */
#include "flow/route.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define HOME  90000001
#define BIRCH 90000002
#define CEDAR 90000003

static struct bank_services services = {.bank_code = HOME};
static struct bank_flows flows = {.services = &services};
static struct ib_directory *directory;

static const char payload[] =
    "{\"serial\":1,\"issued\":\"2026-11-20T09:00:00Z\",\"banks\":["
    "{\"bank_code\":\"90000001\",\"name\":\"Alder\",\"currency\":\"EUR\",\"iins\":[\"92760001\"],"
    "\"addresses\":[\"127.0.0.1:1\"]},"
    "{\"bank_code\":\"90000002\",\"name\":\"Birch\",\"currency\":\"EUR\",\"iins\":[\"927600\"],"
    "\"addresses\":[\"127.0.0.1:2\"]},"
    "{\"bank_code\":\"90000003\",\"name\":\"Cedar\",\"currency\":\"EUR\",\"iins\":[\"92760003\"],"
    "\"addresses\":[\"127.0.0.1:3\"]}]}";

static void setup(void) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_directory_read(payload, sizeof payload - 1, &directory, &error)), "%s",
                  error.detail);
    flows.directory = directory;
}

static void teardown(void) {
    ib_directory_free(directory);
}

static int32_t card_goes_to(const char *pan) {
    struct bank_item item = {.op = &bank_op_session_open};
    (void)snprintf(item.request.session_open.pan, TW_PAN_TEXT_SIZE, "%s", pan);
    return bank_route(&flows, &item);
}

START_TEST(card_goes_to_the_longest_prefix) {
    ck_assert_int_eq(card_goes_to("9276000112345674"), HOME);
    ck_assert_int_eq(card_goes_to("9276000312345672"), CEDAR);
    ck_assert_int_eq(card_goes_to("9276009912345678"), BIRCH);
}
END_TEST

START_TEST(unknown_card_stays_here_to_be_declined) {
    ck_assert_int_eq(card_goes_to("9999999912345678"), HOME);
    flows.directory = NULL;
    ck_assert_int_eq(card_goes_to("9276000312345672"), HOME);
}
END_TEST

START_TEST(account_goes_to_its_bank) {
    struct bank_item item = {.op = &bank_op_withdraw};
    item.request.cash.account = (struct tw_iban){BIRCH, 1000000001};
    ck_assert_int_eq(bank_route(&flows, &item), BIRCH);
    item = (struct bank_item){.op = &bank_op_transfer};
    item.request.transfer.from_account = (struct tw_iban){HOME, 1000000001};
    item.request.transfer.to_account = (struct tw_iban){BIRCH, 1000000001};
    ck_assert_int_eq(bank_route(&flows, &item), HOME); /* the payer's bank orders */
}
END_TEST

START_TEST(token_goes_to_its_issuer) {
    struct bank_item item = {.op = &bank_op_session_close};
    (void)snprintf(item.request.session.session, TW_SESSION_TEXT_SIZE, "90000003.abc");
    ck_assert_int_eq(bank_route(&flows, &item), CEDAR);
    (void)snprintf(item.request.session.session, TW_SESSION_TEXT_SIZE, "abc");
    ck_assert_int_eq(bank_route(&flows, &item), HOME);
}
END_TEST

START_TEST(advices_stay_with_the_acquirer) {
    struct bank_item item = {.op = &bank_op_withdraw_reverse};
    item.request.reverse.account = (struct tw_iban){BIRCH, 1000000001};
    ck_assert_int_eq(bank_route(&flows, &item), HOME);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = card_goes_to_the_longest_prefix}, {.test = unknown_card_stays_here_to_be_declined},
        {.test = account_goes_to_its_bank},        {.test = token_goes_to_its_issuer},
        {.test = advices_stay_with_the_acquirer},
    };
    return test_main_with("route", tests, COUNT_OF(tests), setup, teardown);
}
