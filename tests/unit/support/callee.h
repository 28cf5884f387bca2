/*
 * A scripted server for tests of the calling side: answers echoes while it is let live, and gives
 * every other request to the test, which answers it, late, twice or never. A server that is not
 * let live is one that is stopped (SIGSTOP): its connections stay and it says nothing.
 */
#ifndef TEST_SUPPORT_CALLEE_H
#define TEST_SUPPORT_CALLEE_H

#include <jansson.h>

#include "support/peer.h"

#define TEST_CALLEE_LINKS 16

struct test_callee {
    struct test_host host;
    struct test_peer links[TEST_CALLEE_LINKS];
    size_t seen[TEST_CALLEE_LINKS]; /* lines of each link that were looked at */
};

/* A request that arrived. */
struct test_seen {
    struct test_callee *callee;
    struct test_peer *link;
    int64_t id;
    int64_t number;      /* params.number */
    int64_t deadline_ms; /* params.deadline_ms */
};

void test_callee_open(struct test_callee *callee, struct test_bed *bed, struct tw_tls *tls);
void test_callee_close(struct test_callee *callee);
/* Ends its connections and listens no more. */
void test_callee_stop(struct test_callee *callee);
void test_callee_address(const struct test_callee *callee, char text[32]);

/* Lets them live until one has a call; fails the test after three seconds. */
struct test_seen test_callees_await(struct test_callee *callees, size_t count);
/* Lets them live for so many milliseconds, in which none may be called. */
void test_callees_live(struct test_callee *callees, size_t count, int turns);

void test_callee_say(struct test_peer *link, json_t *message); /* stolen */
void test_callee_answer(const struct test_seen *call, const char *result);
void test_callee_fail(const struct test_seen *call, int code);

#endif
