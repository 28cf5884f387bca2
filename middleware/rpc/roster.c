/*
 * Whose handshake is not done stands in lists of their own, oldest first, so that a flood is turned
 * away without looking at terminals. The others stand in a list and, by their identity, in a table
 * of chains with a place per connection allowed: with ten thousand terminals a walk over all of
 * them, for every one that signs on, was most of what signing on cost. The table never grows, so
 * nothing here fails once the server stands. Identities come from certificates that the network's
 * root has signed, so nobody can choose them to collide.
 */
#include <stdlib.h>
#include <string.h>

#include "rpc/server_parts.h"

enum { PLACES_MIN = 16 };

static void enter(struct tw_connection_list *list, struct tw_connection *connection) {
    connection->list = list;
    connection->next = NULL;
    connection->previous = list->last;
    if (list->last != NULL) {
        list->last->next = connection;
    } else {
        list->first = connection;
    }
    list->last = connection;
    list->count++;
}

static void take_out(struct tw_connection *connection) {
    struct tw_connection_list *list = connection->list;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        list->first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    } else {
        list->last = connection->previous;
    }
    list->count--;
}

/* FNV-1a. */
static struct tw_connection **place_of(const struct tw_roster *roster, const char *identity) {
    uint32_t hash = UINT32_C(2166136261);
    for (const char *c = identity; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT32_C(16777619);
    }
    return &roster->places[hash & (roster->place_count - 1)];
}

bool tw_roster_new(struct tw_roster *roster, size_t connections) {
    roster->place_count = PLACES_MIN;
    while (roster->place_count < connections) {
        roster->place_count *= 2;
    }
    roster->places = calloc(roster->place_count, sizeof(struct tw_connection *));
    return roster->places != NULL;
}

void tw_roster_free(struct tw_roster *roster) {
    free(roster->places);
    roster->places = NULL;
}

void tw_roster_enter(struct tw_connection_list *list, struct tw_connection *connection) {
    if (connection->list != NULL) {
        take_out(connection);
    }
    enter(list, connection);
}

void tw_roster_admit(struct tw_roster *roster, struct tw_connection *connection) {
    struct tw_connection **place = place_of(roster, connection->peer.text);
    tw_roster_enter(&roster->known, connection);
    connection->same_place = *place;
    *place = connection;
}

void tw_roster_leave(struct tw_roster *roster, struct tw_connection *connection) {
    if (connection->list == &roster->known) {
        struct tw_connection **link = place_of(roster, connection->peer.text);
        while (*link != connection) {
            tw_assert(*link != NULL);
            link = &(*link)->same_place;
        }
        *link = connection->same_place;
    }
    take_out(connection);
}

size_t tw_roster_count(const struct tw_roster *roster, const char *identity) {
    size_t count = 0;
    for (const struct tw_connection *other = *place_of(roster, identity); other != NULL;
         other = other->same_place) {
        if (other->phase != TW_CONNECTION_CLOSING && strcmp(other->peer.text, identity) == 0) {
            count++;
        }
    }
    return count;
}
