/* Splits at the last colon, or after the bracket of an IPv6 literal; getaddrinfo does the rest. */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies the host part; false when the text has no host:port shape. */
static bool split(const char *text, char *host, size_t size, const char **ret_port) {
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == '\0') {
        return false;
    }
    const char *start = text;
    size_t length = (size_t)(colon - text);
    if (*text == '[') {
        if (length < 2 || text[length - 1] != ']') {
            return false;
        }
        start++;
        length -= 2;
    } else if (memchr(text, ':', length) != NULL) {
        return false;
    }
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(host, start, length);
    host[length] = '\0';
    *ret_port = colon + 1;
    return true;
}

/* getaddrinfo would take 70000 and cut it down. */
static bool is_port(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtol(text, NULL, 10) <= 65535;
}

struct tw_status tw_address_parse(const char *text, struct tw_address *ret_address,
                                  struct tw_error *ret_error) {
    char host[256];
    const char *port;
    if (!split(text, host, sizeof host, &port) || !is_port(port)) {
        return tw_fail(ret_error, TW_E_CONFIG, "address %s is not host:port", text);
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "address %s: %s", text, gai_strerror(failure));
    }
    *ret_address = (struct tw_address){.length = found->ai_addrlen};
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return tw_success();
}

bool tw_address_plausible(const char *text) {
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    char host[256];
    const char *port;
    if (!split(text, host, sizeof host, &port) || !is_port(port) || strtol(port, NULL, 10) == 0) {
        return false;
    }
    struct in6_addr ipv6;
    return *text == '[' ? inet_pton(AF_INET6, host, &ipv6) == 1 : host[strspn(host, name)] == '\0';
}

/* The two families, without breaking the aliasing rules that sockaddr invites to break. */
static struct sockaddr_in as_ipv4(const struct tw_address *address) {
    struct sockaddr_in ipv4;
    memcpy(&ipv4, &address->storage, sizeof ipv4);
    return ipv4;
}

static struct sockaddr_in6 as_ipv6(const struct tw_address *address) {
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, &address->storage, sizeof ipv6);
    return ipv6;
}

const char *tw_address_text(const struct tw_address *address, char buffer[TW_ADDRESS_TEXT_SIZE]) {
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->storage.ss_family == AF_INET6) {
        struct sockaddr_in6 ipv6 = as_ipv6(address);
        inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof host);
        snprintf(buffer, TW_ADDRESS_TEXT_SIZE, "[%s]:%d", host, ntohs(ipv6.sin6_port));
    } else {
        struct sockaddr_in ipv4 = as_ipv4(address);
        inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof host);
        snprintf(buffer, TW_ADDRESS_TEXT_SIZE, "%s:%d", host, ntohs(ipv4.sin_port));
    }
    return buffer;
}

bool tw_address_is_loopback(const struct tw_address *address) {
    if (address->storage.ss_family == AF_INET6) {
        struct sockaddr_in6 ipv6 = as_ipv6(address);
        return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr);
    }
    return (ntohl(as_ipv4(address).sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
}

int tw_address_port(const struct tw_address *address) {
    if (address->storage.ss_family == AF_INET6) {
        return ntohs(as_ipv6(address).sin6_port);
    }
    return ntohs(as_ipv4(address).sin_port);
}
