/* A bank server tells in its metrics how many addresses of each peer it has a link to. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenario/network.h"

#define METRICS_PORT 9100 /* interbank/network/layout.sh */

static char *metrics_of(const struct scn_bank *bank, int server) {
    static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)(METRICS_PORT + server))};
    struct timeval patience = {.tv_sec = 2};
    char *text = NULL;
    char bytes[8192];
    ssize_t got = 0;
    (void)inet_pton(AF_INET, bank->address, &address.sin_addr);
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (handle < 0)
        return NULL;
    (void)setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(handle, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(handle, request, sizeof request - 1) == (ssize_t)sizeof request - 1)
        while ((got = read(handle, bytes, sizeof bytes)) > 0)
            scn_append(&text, "%.*s", (int)got, bytes);
    (void)close(handle);
    return text;
}

static bool reaches(const struct scn_bank *bank, int server, const struct scn_bank *peer) {
    SCN_OWNED text = metrics_of(bank, server);
    SCN_OWNED name = scn_format("\ntellerwire_peer_servers_up{peer=\"%" PRId64 "\"} ", peer->code);
    const char *found = text != NULL ? strstr(text, name) : NULL;
    return found != NULL && strtoll(found + strlen(name), NULL, 10) > 0;
}

char *scn_await_peers(struct scn_run *run, int64_t seconds) {
    int64_t deadline_us = scn_now_us() + seconds * 1000000;
    for (size_t i = 0; i < run->bank_count; i++) {
        for (size_t j = 0; j < run->bank_count; j++) {
            for (int server = 1; i != j && server <= (int)run->banks[i].servers; server++) {
                while (!reaches(&run->banks[i], server, &run->banks[j])) {
                    if (scn_now_us() > deadline_us || scn_interrupted)
                        return scn_format("%s/bank-server-%d does not reach %s", run->banks[i].name,
                                          server, run->banks[j].name);
                    scn_sleep_us(20000);
                }
            }
        }
    }
    return NULL;
}
