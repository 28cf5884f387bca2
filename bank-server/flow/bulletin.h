/*
 * The network's directory as this bank has it (table directory): read again every two seconds, so
 * that an operator's import needs no restart, and asked for at peers when one comes up and once a
 * minute. What a peer offers counts only when the network's root has signed it and its serial is
 * higher; then it is stored, and all bank servers of the bank take it over.
 */
#ifndef BANK_FLOW_BULLETIN_H
#define BANK_FLOW_BULLETIN_H

#include "flow/flows.h"

struct bank_bulletin;

/* root_file: PEM certificate of the network's root. Fills flows->directory when there is one. */
struct tw_status bank_bulletin_new(struct bank_flows *flows, const char *conninfo,
                                   const char *server_name, const char *root_file,
                                   struct bank_bulletin **ret_bulletin, struct tw_error *ret_error);
void bank_bulletin_free(struct bank_bulletin *bulletin);

/* A peer can be reached: it may know more. */
void bank_bulletin_ask(struct bank_bulletin *bulletin, int32_t peer);

#endif
