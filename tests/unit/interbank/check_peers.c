/*
 * interbank/peer: banks as peers, each played by a scripted server with its own certificate. What a
 * single pool does is check_pool's; here it is one bank among others, and sets that change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer/peers.h"
#include "support/bed.h"
#include "support/callee.h"
#include "support/suite.h"

enum { OWN = 90000001, FIRST = 90000002, BANKS = 3, UNKNOWN = 90000099, CALLS_MAX = 16 };

static struct test_bed bed;
static struct tw_tls *own_tls, *bank_tls[BANKS];
static struct test_callee banks[BANKS]; /* codes FIRST.. */
static char texts[BANKS][32];
static const char *addresses[BANKS][2]; /* the second one is for tests that give a bank two */
static struct ib_peer_address_list set[BANKS];
static struct ib_peers_options options;
static struct ib_peers *peers;

static struct outcome {
    size_t ends;
    enum tw_code code;
    char result[32];
    int rpc_code;
    bool nothing_sent;
} outcomes[CALLS_MAX];
static size_t ended;
static size_t late, ups[BANKS];
static char late_text[128];

static int code_of(size_t bank) {
    return FIRST + (int)bank;
}

static void on_answer(void *context, const struct tw_answer *answer) {
    struct outcome *outcome = context;
    outcome->ends++;
    ended++;
    outcome->code = answer->status.code;
    outcome->nothing_sent = answer->nothing_sent;
    if (answer->result != NULL) {
        snprintf(outcome->result, sizeof outcome->result, "%s", json_string_value(answer->result));
    }
    if (answer->rpc_error != NULL) {
        outcome->rpc_code = (int)json_integer_value(json_object_get(answer->rpc_error, "code"));
    }
}

static void on_late(void *context, int32_t bank_code, const char *method, const json_t *params,
                    const struct tw_answer *answer) {
    ck_assert_ptr_eq(context, &bed);
    snprintf(late_text, sizeof late_text, "%d %s %d %s", bank_code, method,
             (int)json_integer_value(json_object_get(params, "number")),
             answer->result != NULL ? json_string_value(answer->result) : "error");
    late++;
}

/* A call may be made from here: that is what it is for. */
static void on_up(void *context, int32_t bank_code) {
    ck_assert_ptr_eq(context, &bed);
    ups[bank_code - FIRST]++;
    ck_assert_uint_gt(ib_peers_up(peers, bank_code), 0);
}

/* --- the bed -------------------------------------------------------------------------------- */

static struct tw_tls *tls_of(int code, enum tw_tls_side side) {
    char uri[64];
    snprintf(uri, sizeof uri, "tellerwire://bank/%d", code);
    return test_bed_tls(&bed, uri, side);
}

static void apply(size_t count) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_peers_set(peers, set, count, &error)), "%s", error.detail);
}

static void open_banks(void) {
    test_bed_open(&bed);
    own_tls = tls_of(OWN, TW_TLS_CLIENT);
    for (size_t i = 0; i < BANKS; i++) {
        bank_tls[i] = tls_of(code_of(i), TW_TLS_SERVER);
        test_callee_open(&banks[i], &bed, bank_tls[i]);
        test_callee_address(&banks[i], texts[i]);
        addresses[i][0] = texts[i];
        set[i] = (struct ib_peer_address_list){code_of(i), addresses[i], 1};
    }
    options = ib_peers_options_default;
    options.connections_per_address = 1;
    options.on_up = on_up;
    options.on_late = on_late;
    options.context = &bed;
}

static void open_peers(size_t count) {
    struct tw_error error = {0};
    ck_assert(tw_ok(ib_peers_new(bed.loop, own_tls, OWN, &options, &peers, &error)));
    apply(count);
}

static void live(int turns) {
    test_callees_live(banks, BANKS, turns);
}

static void await_up(size_t bank, size_t count) {
    for (int patience = 0; ib_peers_up(peers, code_of(bank)) < count; patience++) {
        ck_assert_int_lt(patience, 3000);
        live(1);
    }
}

static void set_up(size_t count) {
    open_banks();
    open_peers(count);
    for (size_t i = 0; i < count; i++) {
        await_up(i, 1);
    }
}

static void tear_down(void) {
    ib_peers_free(peers);
    for (size_t i = 0; i < BANKS; i++) {
        test_callee_close(&banks[i]);
        tw_tls_free(bank_tls[i]);
    }
    tw_tls_free(own_tls);
    test_bed_close(&bed);
}

static void call(size_t number, int code, int64_t deadline_ms) {
    json_t *params = json_pack("{s:i}", "number", (int)number);
    ib_peers_call(peers, code, "withdrawal.request", params,
                  tw_loop_now_us(bed.loop) + deadline_ms * 1000, on_answer, &outcomes[number]);
    json_decref(params);
}

/* Time passes in steps of 100 ms, in which the banks live. */
static void pass(int64_t milliseconds) {
    for (int64_t i = 0; i < milliseconds; i += 100) {
        test_bed_advance(&bed, 100);
        live(2);
    }
}

static void expect_answer(size_t number, int code) {
    size_t before = ended;
    call(number, code, 10000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    ck_assert_int_eq(code_of((size_t)(seen.callee - banks)), code);
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, before + 1);
    ck_assert_str_eq(outcomes[number].result, "approved");
    ck_assert(!outcomes[number].nothing_sent);
}

/* --- calls ---------------------------------------------------------------------------------- */

START_TEST(each_bank_gets_its_own_calls) {
    set_up(BANKS);
    for (size_t i = 0; i < BANKS; i++) {
        expect_answer(i, code_of(i));
        ck_assert_uint_eq(ib_peers_counters(peers, code_of(i)).calls, 1);
        ck_assert_uint_eq(ib_peers_counters(peers, code_of(i)).answers, 1);
    }
    tear_down();
}
END_TEST

static const int unknown_codes[] = {UNKNOWN, OWN, 0};

START_TEST(unknown_bank_has_no_route) {
    open_banks();
    set[1].bank_code = OWN; /* the directory has us too */
    open_peers(2);
    call(0, unknown_codes[_i], 10000);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_NO_ROUTE);
    ck_assert(outcomes[0].nothing_sent);
    ck_assert(!ib_peers_known(peers, unknown_codes[_i]));
    ck_assert_uint_eq(ib_peers_up(peers, unknown_codes[_i]), 0);
    live(20);
    ck_assert_uint_eq(banks[1].host.accepted, 0);
    tear_down();
}
END_TEST

START_TEST(refusal_of_the_peer_is_passed_on) {
    set_up(1);
    call(0, FIRST, 10000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    test_callee_fail(&seen, -32602);
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_NONE);
    ck_assert_int_eq(outcomes[0].rpc_code, -32602);
    tear_down();
}
END_TEST

START_TEST(unreachable_bank_is_known_to_have_been_sent_nothing) {
    open_banks();
    test_callee_stop(&banks[0]);
    open_peers(2);
    await_up(1, 1);
    call(0, FIRST, 10000); /* waits for the bank to come */
    pass(3100);
    ck_assert_uint_eq(ended, 1);
    call(1, FIRST, 10000); /* is refused at once */
    ck_assert_uint_eq(ended, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(outcomes[i].code, TW_E_UNAVAILABLE);
        ck_assert(outcomes[i].nothing_sent);
    }
    ck_assert(ib_peers_known(peers, FIRST));
    expect_answer(2, code_of(1));
    tear_down();
}
END_TEST

START_TEST(bank_that_is_lost_under_a_call_may_have_been_told) {
    set_up(1);
    call(0, FIRST, 60000);
    (void)test_callees_await(banks, BANKS);
    test_callee_stop(&banks[0]);
    while (ib_peers_up(peers, FIRST) > 0) {
        live(1);
    }
    pass(3100);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_UNAVAILABLE);
    ck_assert(!outcomes[0].nothing_sent);
    tear_down();
}
END_TEST

START_TEST(surplus_calls_to_one_bank_are_busy_and_others_go_on) {
    open_banks();
    options.calls_max = 2;
    open_peers(2);
    await_up(0, 1);
    await_up(1, 1);
    for (size_t i = 0; i < 3; i++) {
        call(i, FIRST, 60000);
    }
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[2].code, TW_E_BUSY);
    ck_assert(outcomes[2].nothing_sent);
    (void)test_callees_await(banks, BANKS);
    (void)test_callees_await(banks, BANKS);
    expect_answer(3, code_of(1));
    tear_down();
}
END_TEST

/* --- bad peers ------------------------------------------------------------------------------ */

static const char *const strangers[] = {
    "tellerwire://bank/90000003",
    "tellerwire://middleware/mw1",
    "tellerwire://operator/90000002/mallory",
};

START_TEST(bank_with_another_ones_certificate_gets_no_calls) {
    open_banks();
    struct tw_tls *stranger = test_bed_tls(&bed, strangers[_i], TW_TLS_SERVER);
    banks[0].host.tls = stranger;
    open_peers(2);
    await_up(1, 1);
    call(0, FIRST, 10000);
    test_bed_await_count(&bed, &banks[0].host.accepted, 1);
    live(30);
    ck_assert_uint_eq(ib_peers_up(peers, FIRST), 0);
    ck_assert_uint_eq(banks[0].links[0].lines_heard, 0);
    expect_answer(1, code_of(1));
    pass(3100);
    ck_assert_uint_eq(outcomes[0].ends, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_UNAVAILABLE);
    ck_assert(outcomes[0].nothing_sent);
    ck_assert_uint_eq(ups[0], 0);
    tear_down();
    tw_tls_free(stranger);
}
END_TEST

START_TEST(silent_bank_is_noticed_and_others_go_on) {
    set_up(2);
    call(0, FIRST, 60000);
    (void)test_callees_await(banks, BANKS);
    for (int i = 0; i < 31; i++) { /* bank 0 is not let live */
        test_bed_advance(&bed, 100);
        test_callees_live(banks + 1, 1, 2);
    }
    ck_assert_uint_eq(ib_peers_up(peers, FIRST), 0);
    ck_assert_uint_eq(ib_peers_up(peers, code_of(1)), 1);
    for (int i = 0; i < 31; i++) {
        test_bed_advance(&bed, 100);
        test_callees_live(banks + 1, 1, 2);
    }
    ck_assert_uint_eq(outcomes[0].ends, 1);
    ck_assert_int_eq(outcomes[0].code, TW_E_UNAVAILABLE);
    ck_assert(!outcomes[0].nothing_sent);
    tear_down();
}
END_TEST

START_TEST(answer_nobody_asked_for_is_counted_and_harms_nothing) {
    set_up(1);
    call(0, FIRST, 10000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    struct test_seen other = seen;
    for (int64_t id = 1; id <= 3; id++) {
        other.id = seen.id + id;
        test_callee_answer(&other, "invented");
    }
    live(20);
    ck_assert_uint_eq(ended, 0);
    ck_assert_uint_eq(ib_peers_up(peers, FIRST), 1);
    ck_assert_uint_eq(ib_peers_counters(peers, FIRST).late, 3);
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "approved");
    ck_assert_uint_eq(late, 0);
    tear_down();
}
END_TEST

START_TEST(bank_cannot_answer_another_ones_call) {
    set_up(2);
    call(0, FIRST, 10000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    struct test_seen forged = {.link = &banks[1].links[0], .id = seen.id};
    test_callee_answer(&forged, "forged");
    live(20);
    ck_assert_uint_eq(ended, 0);
    ck_assert_uint_eq(ib_peers_counters(peers, code_of(1)).late, 1);
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "approved");
    tear_down();
}
END_TEST

/* --- deadlines ------------------------------------------------------------------------------ */

START_TEST(approval_after_the_deadline_is_told_with_its_call) {
    set_up(1);
    call(7, FIRST, 1000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    pass(1100);
    ck_assert_uint_eq(ended, 1);
    ck_assert_int_eq(outcomes[7].code, TW_E_DEADLINE);
    ck_assert(!outcomes[7].nothing_sent);
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &late, 1);
    ck_assert_str_eq(late_text, "90000002 withdrawal.request 7 approved");
    ck_assert_uint_eq(outcomes[7].ends, 1);
    struct ib_peer_counters counters = ib_peers_counters(peers, FIRST);
    ck_assert_uint_eq(counters.expired, 1);
    ck_assert_uint_eq(counters.late, 1);
    ck_assert_uint_eq(counters.answers, 0);
    ck_assert_uint_eq(counters.open, 0);
    tear_down();
}
END_TEST

/* --- outages -------------------------------------------------------------------------------- */

START_TEST(bank_that_comes_back_is_told_once) {
    set_up(2);
    live(5);
    ck_assert_uint_eq(ups[0], 1);
    ck_assert_uint_eq(ups[1], 1);
    tw_stream_close(banks[0].links[0].stream, NULL);
    while (ib_peers_up(peers, FIRST) > 0) {
        live(1);
    }
    pass(300);
    await_up(0, 1);
    live(5);
    ck_assert_uint_eq(ups[0], 2);
    ck_assert_uint_eq(ups[1], 1);
    expect_answer(0, FIRST);
    tear_down();
}
END_TEST

START_TEST(one_of_two_addresses_is_enough) {
    open_banks();
    struct tw_tls *same = tls_of(FIRST, TW_TLS_SERVER);
    banks[1].host.tls = same; /* another server of the first bank */
    addresses[0][1] = texts[1];
    set[0].address_count = 2;
    open_peers(1);
    await_up(0, 2);
    call(0, FIRST, 10000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    test_callee_stop(seen.callee);
    struct test_seen again = test_callees_await(banks, BANKS);
    ck_assert_ptr_ne(again.callee, seen.callee);
    test_callee_answer(&again, "approved");
    test_bed_await_count(&bed, &ended, 1);
    ck_assert_str_eq(outcomes[0].result, "approved");
    ck_assert_uint_eq(ib_peers_up(peers, FIRST), 1);
    ck_assert_uint_eq(ups[0], 1);
    tear_down();
    tw_tls_free(same);
}
END_TEST

/* --- sets that change ----------------------------------------------------------------------- */

START_TEST(same_set_keeps_the_connections) {
    set_up(2);
    apply(2);
    struct ib_peer_address_list first = set[0];
    set[0] = set[1];
    set[1] = first;
    apply(2);
    pass(2000);
    ck_assert_uint_eq(banks[0].host.accepted, 1);
    ck_assert_uint_eq(banks[1].host.accepted, 1);
    ck_assert_uint_eq(ups[0], 1);
    tear_down();
}
END_TEST

START_TEST(removed_bank_still_answers_the_calls_it_has) {
    set_up(2);
    call(0, code_of(1), 20000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    apply(1);
    ck_assert(!ib_peers_known(peers, code_of(1)));
    call(1, code_of(1), 20000);
    ck_assert_int_eq(outcomes[1].code, TW_E_NO_ROUTE);
    pass(5000);
    ck_assert(!banks[1].links[0].ended);
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert_str_eq(outcomes[0].result, "approved");
    pass(1100);
    ck_assert(banks[1].links[0].ended);
    expect_answer(2, FIRST);
    tear_down();
}
END_TEST

START_TEST(moved_bank_gets_new_calls_at_its_new_address) {
    set_up(1);
    call(0, FIRST, 20000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    struct tw_tls *same = tls_of(FIRST, TW_TLS_SERVER);
    banks[1].host.tls = same;
    addresses[0][0] = texts[1];
    apply(1);
    await_up(0, 1);
    call(1, FIRST, 20000);
    struct test_seen moved = test_callees_await(banks, BANKS);
    ck_assert_ptr_eq(moved.callee, &banks[1]);
    test_callee_answer(&moved, "moved");
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert_str_eq(outcomes[0].result, "approved");
    ck_assert_str_eq(outcomes[1].result, "moved");
    pass(1100);
    ck_assert(banks[0].links[0].ended);
    struct ib_peer_counters counters = ib_peers_counters(peers, FIRST);
    ck_assert_uint_eq(counters.calls, 2);
    ck_assert_uint_eq(counters.answers, 2);
    tear_down();
    tw_tls_free(same);
}
END_TEST

START_TEST(bank_may_go_and_come_again_with_calls_in_flight) {
    set_up(2);
    call(0, code_of(1), 20000);
    struct test_seen seen = test_callees_await(banks, BANKS);
    apply(1);
    apply(2);
    await_up(1, 1);
    expect_answer(1, code_of(1));
    test_callee_answer(&seen, "approved");
    test_bed_await_count(&bed, &ended, 2);
    ck_assert_str_eq(outcomes[0].result, "approved");
    ck_assert_uint_eq(ib_peers_counters(peers, code_of(1)).answers, 2);
    tear_down();
}
END_TEST

static const char *const unusable[] = {"", "nonsense", "127.0.0.1:0x", "127.0.0.1:70000"};

START_TEST(unusable_address_does_not_spoil_the_others) {
    open_banks();
    addresses[0][0] = unusable[_i];
    addresses[0][1] = texts[0];
    addresses[1][0] = unusable[_i];
    set[0].address_count = 2;
    open_peers(3);
    await_up(0, 1);
    await_up(2, 1);
    expect_answer(0, FIRST);
    call(1, code_of(1), 10000);
    ck_assert_int_eq(outcomes[1].code, TW_E_UNAVAILABLE);
    ck_assert(outcomes[1].nothing_sent);
    ck_assert(ib_peers_known(peers, code_of(1)));
    tear_down();
}
END_TEST

START_TEST(no_bank_is_left_by_an_empty_set) {
    set_up(BANKS);
    apply(0);
    pass(1100);
    for (size_t i = 0; i < BANKS; i++) {
        ck_assert(!ib_peers_known(peers, code_of(i)));
        ck_assert(banks[i].links[0].ended);
    }
    tear_down();
}
END_TEST

/* --- the end -------------------------------------------------------------------------------- */

static void call_again(void *context, const struct tw_answer *answer) {
    on_answer(context, answer);
    call(1, code_of(1), 10000);
}

START_TEST(freeing_ends_all_calls_and_refuses_what_they_lead_to) {
    set_up(2);
    json_t *params = json_object();
    ib_peers_call(peers, FIRST, "withdrawal.request", params,
                  tw_loop_now_us(bed.loop) + INT64_C(10000000), call_again, &outcomes[0]);
    json_decref(params);
    (void)test_callees_await(banks, BANKS);
    tear_down();
    ck_assert_int_eq(outcomes[0].code, TW_E_SHUTTING_DOWN);
    ck_assert(!outcomes[0].nothing_sent);
    ck_assert_int_eq(outcomes[1].code, TW_E_SHUTTING_DOWN);
    ck_assert(outcomes[1].nothing_sent);
}
END_TEST

START_TEST(revoked_bank_is_left_at_a_recheck) {
    open_banks();
    const struct test_wish wish = {.names = "URI:tellerwire://bank/90000002",
                                   .key_usage = "critical,digitalSignature",
                                   .extended_key_usage = "clientAuth,serverAuth"};
    struct tw_tls *condemned = test_bed_tls_wish(&bed, &wish, &bed.root, TW_TLS_SERVER);
    banks[0].host.tls = condemned;
    open_peers(2);
    await_up(0, 1);
    await_up(1, 1);
    SSL *session = tw_tls_session(condemned);
    test_bed_revoke(&bed, SSL_get_certificate(session), TEST_NOW_S + TEST_DAY_S);
    SSL_free(session);
    ck_assert(tw_ok(tw_tls_reload(own_tls, NULL)));
    ib_peers_recheck(peers);
    test_bed_await(&bed, &banks[0].links[0].ended);
    ck_assert_uint_eq(ib_peers_up(peers, FIRST), 0);
    ck_assert_uint_eq(ib_peers_up(peers, code_of(1)), 1);
    tear_down();
    tw_tls_free(condemned);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = each_bank_gets_its_own_calls},
        {.test = unknown_bank_has_no_route, .rows = COUNT_OF(unknown_codes)},
        {.test = refusal_of_the_peer_is_passed_on},
        {.test = unreachable_bank_is_known_to_have_been_sent_nothing},
        {.test = bank_that_is_lost_under_a_call_may_have_been_told},
        {.test = surplus_calls_to_one_bank_are_busy_and_others_go_on},
        {.test = bank_with_another_ones_certificate_gets_no_calls, .rows = COUNT_OF(strangers)},
        {.test = silent_bank_is_noticed_and_others_go_on},
        {.test = answer_nobody_asked_for_is_counted_and_harms_nothing},
        {.test = bank_cannot_answer_another_ones_call},
        {.test = approval_after_the_deadline_is_told_with_its_call},
        {.test = bank_that_comes_back_is_told_once},
        {.test = one_of_two_addresses_is_enough},
        {.test = same_set_keeps_the_connections},
        {.test = removed_bank_still_answers_the_calls_it_has},
        {.test = moved_bank_gets_new_calls_at_its_new_address},
        {.test = bank_may_go_and_come_again_with_calls_in_flight},
        {.test = unusable_address_does_not_spoil_the_others, .rows = COUNT_OF(unusable)},
        {.test = no_bank_is_left_by_an_empty_set},
        {.test = freeing_ends_all_calls_and_refuses_what_they_lead_to},
        {.test = revoked_bank_is_left_at_a_recheck},
    };
    return test_main("peers", tests, COUNT_OF(tests));
}
