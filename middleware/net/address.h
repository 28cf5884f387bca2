/*
 * Addresses as text, "127.0.0.1:7001", "[::1]:7001", "bank1.example:7101", and as the kernel wants
 * them. Names are resolved once, at start (the resolver blocks); numbers never ask a resolver.
 */
#ifndef TW_NET_ADDRESS_H
#define TW_NET_ADDRESS_H

#include <sys/socket.h>

#include "core/status.h"

#define TW_ADDRESS_TEXT_SIZE 80

struct tw_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

struct tw_status tw_address_parse(const char *text, struct tw_address *ret_address,
                                  struct tw_error *ret_error);
/* Looks like host:port (port 1 to 65535, host of letters, digits, '.', '-', or IPv6 in brackets);
 * resolves nothing: for addresses that come from elsewhere and are dialled later. */
TW_MUST_USE bool tw_address_plausible(const char *text);
/* Numeric, with port: "127.0.0.1:7001". */
const char *tw_address_text(const struct tw_address *address, char buffer[TW_ADDRESS_TEXT_SIZE]);
bool tw_address_is_loopback(const struct tw_address *address);
int tw_address_port(const struct tw_address *address);

#endif
