/*
 * Private to peers.c, line.c and counters.c. A peer is a bank code; a line is one pool to one list
 * of its addresses.
 */
#ifndef IB_PEER_PEERS_PARTS_H
#define IB_PEER_PEERS_PARTS_H

#include "peer/peers.h"

struct ib_line {
    struct ib_peer *peer;
    char **addresses; /* as the directory has them */
    size_t address_count;
    const char **usable;  /* some of them, what the pool was given */
    struct tw_pool *pool; /* NULL: none is usable */
    struct ib_line *next; /* retired before this one */
};

struct ib_peer {
    struct ib_peers *peers;
    int32_t code;
    bool wanted;                    /* seen in the set that is being applied */
    struct ib_line *line;           /* NULL: not in the set any more */
    struct ib_line *retired;        /* with calls that have not ended */
    struct ib_peer_counters before; /* of pools that were freed */
    struct tw_task up;
    struct ib_peer *next;
};

struct ib_peers {
    struct tw_loop *loop;
    struct tw_tls *tls;
    int32_t own_code;
    struct ib_peers_options options;
    struct ib_peer *first;
    struct tw_timer reap;
    bool closing;
};

/* peers.c */
struct ib_peer *ib_peers_find(const struct ib_peers *peers, int32_t code);

/* line.c */
struct tw_status ib_line_new(struct ib_peer *peer, const struct ib_peer_address_list *bank,
                             struct ib_line **ret_line, struct tw_error *ret_error);
void ib_line_free(struct ib_line *line);
bool ib_line_has(const struct ib_line *line, const struct ib_peer_address_list *bank);

/* counters.c */
void ib_line_count(struct ib_peer_counters *sum, const struct ib_line *line);

#endif
