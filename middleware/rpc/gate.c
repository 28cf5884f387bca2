/*
 * When thousands of terminals come back at once, answering each hello as it comes makes all
 * handshakes equally slow, until every client has given up and begun anew, and none is ever done.
 * So only so many are under way at a time, in the order of their hellos: the first are done soon,
 * and what a client waits for is its turn. Who is silent has no place, and who begins and falls
 * silent loses it after PLACE_US, though not the connection, so that strangers cannot keep
 * terminals waiting for longer than the signatures cost that they ask for anyway.
 */
#include "rpc/server_parts.h"

/* Enough for a thousand handshakes a second with terminals 60 ms away. */
enum { SHAKING_MAX = 64, PLACE_US = 1000000 };

static void shake(struct tw_connection *connection) {
    struct tw_server *server = connection->server;
    connection->shaking_us = tw_loop_now_us(server->loop);
    tw_roster_enter(&server->roster.shaking, connection);
}

static void watch(struct tw_server *server) {
    const struct tw_connection *first = server->roster.shaking.first;
    if (first != NULL && server->roster.waiting.first != NULL && !server->gate_timer.set) {
        tw_loop_timer_set(server->loop, &server->gate_timer, first->shaking_us + PLACE_US);
    }
}

static void let_in(void *context) {
    struct tw_server *server = context;
    struct tw_roster *roster = &server->roster;
    while (roster->waiting.first != NULL && roster->shaking.count < SHAKING_MAX) {
        struct tw_connection *connection = roster->waiting.first;
        shake(connection);
        tw_stream_shake(connection->stream);
    }
    watch(server);
}

static void on_timer(void *context) {
    struct tw_server *server = context;
    struct tw_roster *roster = &server->roster;
    int64_t latest_us = tw_loop_now_us(server->loop) - PLACE_US;
    while (roster->shaking.first != NULL && roster->shaking.first->shaking_us <= latest_us) {
        tw_roster_enter(&roster->strangers, roster->shaking.first);
    }
    let_in(server);
}

void tw_gate_start(struct tw_server *server) {
    server->gate_task = (struct tw_task){.run = let_in, .context = server};
    server->gate_timer = (struct tw_timer){.run = on_timer, .context = server};
}

void tw_gate_stop(struct tw_server *server) {
    tw_loop_undefer(server->loop, &server->gate_task);
    tw_loop_timer_clear(server->loop, &server->gate_timer);
}

bool tw_gate_hello(struct tw_connection *connection) {
    struct tw_server *server = connection->server;
    struct tw_roster *roster = &server->roster;
    if (roster->waiting.first == NULL && roster->shaking.count < SHAKING_MAX) {
        shake(connection);
        return true;
    }
    tw_roster_enter(&roster->waiting, connection);
    watch(server);
    return false;
}

void tw_gate_next(struct tw_server *server) {
    if (server->roster.waiting.first != NULL) {
        tw_loop_defer(server->loop, &server->gate_task);
    }
}
