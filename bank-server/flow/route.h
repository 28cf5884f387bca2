/* Which bank a terminal's request is for: the issuer of its card. */
#ifndef BANK_FLOW_ROUTE_H
#define BANK_FLOW_ROUTE_H

#include "flow/flows.h"

/* The issuer's bank code; our own when nothing in the request names another. */
int32_t bank_route(const struct bank_flows *flows, const struct bank_item *item);

#endif
