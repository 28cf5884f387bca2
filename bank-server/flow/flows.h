/*
 * Flows: what takes more than one step. An item of the engine is one transaction of this bank; a
 * flow strings items and calls to peer banks together, and holds no truth of its own: what it
 * forgets when the process dies is in the database, and store-and-forward goes on with it.
 *
 *   acquire    a foreign card at our terminal: check, ask the issuer, book the mirror (acquire.h)
 *   remit      a transfer to another bank: ask the beneficiary's bank, book the outcome (remit.h)
 *   delivery   stored messages, until they are acknowledged (delivery.h)
 *   bulletin   the network's directory: who the peers are and where (bulletin.h)
 *   windows    cut-over of settlement windows (window.h)
 *   clearing   closed windows: reconciled, submitted, settled (clearing.h)
 *
 * Single-threaded, on the loop.
 */
#ifndef BANK_FLOW_FLOWS_H
#define BANK_FLOW_FLOWS_H

#include "db/connection.h"
#include "directory/directory.h"
#include "engine/engine.h"
#include "peer/peers.h"

struct bank_delivery;
struct bank_bulletin;
struct bank_windows;
struct bank_clearing;

/* What the flows share. Owned by the daemon; directory belongs to bulletin and may be NULL. */
struct bank_flows {
    struct tw_loop *loop;
    struct bank_services *services;
    struct bank_engine *engine;
    struct ib_peers *peers;
    struct bank_delivery *delivery;
    struct bank_bulletin *bulletin;
    struct bank_windows *windows;
    struct bank_clearing *clearing;
    const struct ib_directory *directory;
    int64_t issuer_wait_us, beneficiary_wait_us;
    bool informed; /* the stored directory was read, if there is one: routes are known */
    void (*on_informed)(void *context); /* once */
    void *on_informed_context;
    bool stopping;           /* nothing is begun any more */
    uint64_t late_approvals; /* answers 68: the reversal was on its way already */
};

/* What a booking may take, whatever time the caller has left: it must not be lost half-way. */
#define BANK_BOOKING_US INT64_C(30000000)

/* A connection of a flow's own, with the bank's statements. */
struct tw_status bank_flows_connect(const struct bank_flows *flows, const char *conninfo,
                                    const char *name, void (*on_ready)(void *context),
                                    void (*on_lost)(void *context), void *context,
                                    struct bank_db **ret_db, struct tw_error *ret_error);

#endif
