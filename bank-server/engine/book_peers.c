/*
 * The book's rows about other banks. Peers are few, so a scan finds them; a batch locks one
 * exposure of each (its lane's stripe), and all eight only for an item that found no room in that
 * one. Limits stay exact that way, because what each stripe may reach adds up to the limit, and
 * lanes wait for each other only near it.
 *
 * Rejected: one row per peer (every batch of every bank server would wait for it), and checking a
 * sum without locks (the limit would be a hope).
 */
#include <stdlib.h>
#include <string.h>

#include "core/money.h"
#include "engine/book_peers.h"

#define PEERS_PER_ITEM 2
#define IB_PEER_FACTOR INT64_C(10000000000)
/* Those of the items, and the other stripes of a whole window, which only one item may want. */
#define POSITIONS_MAX(items) ((items)*PEERS_PER_ITEM + BANK_STRIPES)

int64_t bank_interbank_account(int32_t peer, int32_t window_no, int32_t stripe) {
    return peer * IB_PEER_FACTOR + (int64_t)window_no * 100 + stripe;
}

void bank_want_peer(struct bank_book *book, const struct bank_item *item, int32_t peer,
                    int32_t window_no) {
    struct bank_wants *wants = &book->wants;
    wants->open_windows = wants->open_windows || item->open_window;
    for (size_t i = 0; i < wants->peer_count; i++) {
        if (wants->peers[i].peer == peer && wants->peers[i].window_no == window_no) {
            wants->peers[i].every_stripe = wants->peers[i].every_stripe || item->every_stripe;
            return;
        }
    }
    tw_assert(wants->peer_count < book->items_max * PEERS_PER_ITEM);
    wants->peers[wants->peer_count].peer = peer;
    wants->peers[wants->peer_count].window_no = window_no;
    wants->peers[wants->peer_count].every_stripe = item->every_stripe;
    wants->peer_count++;
}

void bank_want_whole_window(struct bank_book *book, const struct bank_item *item, int32_t peer,
                            int32_t window_no) {
    struct bank_wants *wants = &book->wants;
    tw_assert(wants->whole_window.peer == 0);
    wants->whole_window.peer = peer;
    wants->whole_window.window_no = window_no;
    bank_want_peer(book, item, peer, window_no);
    for (size_t i = 0; i < wants->peer_count; i++) {
        wants->peers[i].every_stripe = wants->peers[i].every_stripe || wants->peers[i].peer == peer;
    }
}

void bank_want_settlectl(struct bank_book *book, int32_t window_no) {
    tw_assert(book->wants.settlectl_window == 0);
    book->wants.settlectl_window = window_no;
    bank_want_account(book, bank_settlectl_account(window_no), true);
}

void bank_want_peer_terms(struct bank_book *book, int32_t peer) {
    book->wants.peer_terms.ids[book->wants.peer_terms.count++] = peer;
}

void bank_book_add_peer(struct bank_book *book, const struct bank_peer *peer,
                        const struct bank_exposure *exposure) {
    if (bank_book_peer(book, peer->code) == NULL) {
        tw_assert(book->peer_count < book->items_max * (PEERS_PER_ITEM + 1));
        book->peers[book->peer_count++] = *peer;
    }
    if (exposure == NULL) {
        return;
    }
    tw_assert(book->exposure_count < book->items_max * PEERS_PER_ITEM * BANK_STRIPES);
    book->exposures[book->exposure_count++] = *exposure;
}

struct bank_peer *bank_book_peer(struct bank_book *book, int32_t code) {
    for (size_t i = 0; i < book->peer_count; i++) {
        if (book->peers[i].code == code) {
            return &book->peers[i];
        }
    }
    return NULL;
}

void bank_book_add_position(struct bank_book *book, const struct bank_position *position) {
    int64_t account_id =
        bank_interbank_account(position->peer, position->window_no, position->stripe);
    if (bank_book_position(book, account_id) == NULL) {
        tw_assert(book->position_count < POSITIONS_MAX(book->items_max));
        book->positions[book->position_count++] = *position;
    }
}

struct bank_position *bank_book_position(struct bank_book *book, int64_t account_id) {
    for (size_t i = 0; i < book->position_count; i++) {
        const struct bank_position *position = &book->positions[i];
        if (bank_interbank_account(position->peer, position->window_no, position->stripe) ==
            account_id) {
            return &book->positions[i];
        }
    }
    return NULL;
}

static struct bank_exposure *exposure_of(struct bank_book *book, int32_t peer, int16_t stripe) {
    for (size_t i = 0; i < book->exposure_count; i++) {
        if (book->exposures[i].peer == peer && book->exposures[i].stripe == stripe) {
            return &book->exposures[i];
        }
    }
    return NULL;
}

struct bank_account *bank_book_interbank(struct bank_book *book, struct bank_item *item,
                                         int32_t peer, int32_t window_no) {
    int32_t window = window_no == 0 ? book->window_no : window_no;
    struct bank_account *account =
        bank_book_account(book, bank_interbank_account(peer, window, book->stripe));
    if (account == NULL || !account->locked) {
        item->open_window = true;
        book->retry = true;
        return NULL;
    }
    return account;
}

void bank_book_exposed(struct bank_book *book, const struct bank_account *account,
                       int64_t amount_minor) {
    struct bank_exposure *exposure =
        exposure_of(book, (int32_t)(account->id / IB_PEER_FACTOR), (int16_t)(account->id % 100));
    tw_assert(exposure != NULL);
    bool fits = tw_money_add(exposure->owed_minor, amount_minor, &exposure->owed_minor);
    tw_assert(fits);
    exposure->changed = true;
}

static int64_t room_of(const struct bank_exposure *exposure) {
    return exposure->share_minor - exposure->owed_minor;
}

/* All the peer's stripes are locked: takes from the others what this one lacks, and as much again
 * as leaves every stripe an equal part of what is free. */
static bool gather_room(struct bank_book *book, struct bank_exposure *own, int64_t amount_minor) {
    int64_t total = 0;
    for (size_t i = 0; i < book->exposure_count; i++) {
        if (book->exposures[i].peer == own->peer) {
            total += room_of(&book->exposures[i]);
        }
    }
    if (total < amount_minor) {
        return false;
    }
    int64_t part = (total - amount_minor) / BANK_STRIPES;
    int64_t rest = total;
    for (size_t i = 0; i < book->exposure_count; i++) {
        struct bank_exposure *exposure = &book->exposures[i];
        if (exposure->peer == own->peer && exposure != own) {
            exposure->share_minor = exposure->owed_minor + part;
            exposure->changed = true;
            rest -= part;
        }
    }
    own->share_minor = own->owed_minor + rest;
    own->changed = true;
    return true;
}

bool bank_book_room(struct bank_book *book, struct bank_item *item, int32_t peer,
                    int64_t amount_minor) {
    struct bank_exposure *own = exposure_of(book, peer, book->stripe);
    if (own == NULL) {
        return false;
    }
    if (room_of(own) >= amount_minor) {
        return true;
    }
    int16_t other = book->stripe == 0 ? 1 : 0;
    if (exposure_of(book, peer, other) == NULL) {
        item->every_stripe = true;
        book->retry = true;
        return false;
    }
    return gather_room(book, own, amount_minor);
}

static struct bank_saf *add_saf(struct bank_book *book) {
    tw_assert(book->saf_count < book->items_max * PEERS_PER_ITEM);
    return &book->saf[book->saf_count++];
}

void bank_book_send(struct bank_book *book, struct bank_item *item, int32_t peer,
                    enum bank_phase phase, const char *method, json_t *params) {
    tw_assert(params != NULL && item->message.params == NULL);
    item->message =
        (struct bank_message){.peer = peer, .phase = phase, .method = method, .params = params};
    struct bank_saf *saf = add_saf(book);
    *saf = (struct bank_saf){.peer = peer,
                             .txid = item->decision.txid,
                             .phase = phase,
                             .method = method,
                             .params = json_dumps(params, JSON_COMPACT)};
    tw_assert(saf->params != NULL);
}

void bank_book_answered(struct bank_book *book, int32_t peer, const struct tw_uuid *txid,
                        enum bank_phase phase) {
    *add_saf(book) = (struct bank_saf){.peer = peer, .txid = *txid, .phase = phase};
}

bool bank_book_peers_new(struct bank_book *book) {
    size_t peers = book->items_max * PEERS_PER_ITEM;
    book->wants.peers = calloc(peers, sizeof *book->wants.peers);
    book->wants.peer_terms.ids = calloc(book->items_max, sizeof(int64_t));
    book->peers = calloc(peers + book->items_max, sizeof *book->peers);
    book->exposures = calloc(peers * BANK_STRIPES, sizeof *book->exposures);
    book->positions = calloc(POSITIONS_MAX(book->items_max), sizeof *book->positions);
    book->saf = calloc(peers, sizeof *book->saf);
    return book->wants.peers != NULL && book->wants.peer_terms.ids != NULL && book->peers != NULL &&
           book->exposures != NULL && book->positions != NULL && book->saf != NULL;
}

void bank_book_peers_clear(struct bank_book *book) {
    for (size_t i = 0; i < book->saf_count; i++) {
        free(book->saf[i].params);
    }
    book->wants.peer_count = book->peer_count = book->exposure_count = book->saf_count = 0;
    book->position_count = 0;
    book->wants.peer_terms.count = 0;
    book->wants.whole_window.peer = 0;
    book->wants.settlectl_window = 0;
    book->wants.open_windows = false;
}

void bank_book_peers_free(struct bank_book *book) {
    bank_book_peers_clear(book);
    free(book->wants.peers);
    free(book->wants.peer_terms.ids);
    free(book->peers);
    free(book->exposures);
    free(book->positions);
    free(book->saf);
}
