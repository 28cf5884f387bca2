/*
 * Store-and-forward: messages for peers that were stored with what they tell of (table saf), sent
 * until they are acknowledged. Every bank server of the bank takes what is due; a row that is taken
 * is due again later, so nobody waits for a server that died. Messages are independent: none waits
 * behind another.
 *
 *   row: stored -> taken (again and again, with back-off) -> acknowledged: gone with that booking
 *
 *   phase 0  transfer     its fate is inquired    acknowledged by ACCEPTED or REJECTED
 *   phase 2  reversal     repeated                00, 25 or 94 of the issuer
 *   phase 6  return       repeated                00
 *   phase 7  fee          the transfer's status   COMPLETED, REJECTED or RETURNED
 */
#ifndef BANK_FLOW_DELIVERY_H
#define BANK_FLOW_DELIVERY_H

#include "flow/flows.h"

struct bank_delivery;

struct tw_status bank_delivery_new(struct bank_flows *flows, const char *conninfo,
                                   const char *server_name, struct bank_delivery **ret_delivery,
                                   struct tw_error *ret_error);
void bank_delivery_free(struct bank_delivery *delivery);

/* The first attempt, right after the commit that stored it; no-op without a message. */
void bank_delivery_send(struct bank_delivery *delivery, const struct bank_message *message,
                        const struct tw_uuid *txid);
/* A peer can be reached again: all that waits for it is due. */
void bank_delivery_wake(struct bank_delivery *delivery, int32_t peer);

struct bank_delivery_counters {
    uint64_t sent, acknowledged, failed;
    size_t in_flight;
};
struct bank_delivery_counters bank_delivery_counters(const struct bank_delivery *delivery);

#endif
