/* A bank server tells in its metrics how many addresses of each peer it has a link to. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scenario/network.h"

#define METRICS_PORT    9100 /* interbank/network/layout.sh */
#define MIDDLEWARE_PORT 9000

static char *metrics_at(const struct scn_bank *bank, int port) {
    static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
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
    SCN_OWNED text = metrics_at(bank, METRICS_PORT + server);
    SCN_OWNED name = scn_format("\ntellerwire_peer_servers_up{peer=\"%" PRId64 "\"} ", peer->code);
    const char *found = text != NULL ? strstr(text, name) : NULL;
    return found != NULL && strtoll(found + strlen(name), NULL, 10) > 0;
}

/* Bank servers that one of the bank's middlewares has a link to; -1: it does not run. */
static int64_t servers_of(const struct scn_bank *bank, int middleware) {
    SCN_OWNED text = metrics_at(bank, MIDDLEWARE_PORT + middleware);
    const char *found = text != NULL ? strstr(text, "\ntellerwire_bank_servers_up{") : NULL;
    const char *value = found != NULL ? strstr(found, "} ") : NULL;
    return value != NULL ? strtoll(value + 2, NULL, 10) : -1;
}

static int64_t running(const struct scn_bank *bank) {
    int64_t count = 0;
    for (int i = 1; i <= (int)bank->servers; i++) {
        SCN_OWNED file = scn_format("%s/run/bank-server-%d.pid", bank->folder, i);
        count += scn_pid_of_file(file) > 0;
    }
    return count;
}

/* Each bank server that runs here has a link to that bank. */
static bool all_reach(const struct scn_bank *bank, const struct scn_bank *peer) {
    for (int i = 1; i <= (int)bank->servers; i++) {
        SCN_OWNED file = scn_format("%s/run/bank-server-%d.pid", bank->folder, i);
        if (scn_pid_of_file(file) > 0 && !reaches(bank, i, peer))
            return false;
    }
    return true;
}

static bool found_each_other(struct scn_run *run, const struct scn_bank *bank, int server) {
    for (int i = 1; i <= (int)bank->middlewares; i++) {
        int64_t up = servers_of(bank, i);
        if (up >= 0 && up < running(bank))
            return false;
    }
    for (size_t i = 0; i < run->bank_count; i++)
        if (&run->banks[i] != bank && running(&run->banks[i]) > 0 &&
            (!reaches(bank, server, &run->banks[i]) || !all_reach(&run->banks[i], bank)))
            return false;
    return true;
}

char *scn_await_server(struct scn_run *run, struct scn_bank *bank, const char *process,
                       bool mortal) {
    int server = (int)strtol(strrchr(process, '-') + 1, NULL, 10);
    int64_t deadline_us = scn_now_us() + 15000000;
    SCN_OWNED file = scn_format("%s/run/%s.pid", bank->folder, process);
    while (scn_now_us() < deadline_us && !scn_interrupted) {
        if (found_each_other(run, bank, server) || (mortal && scn_pid_of_file(file) == 0))
            return NULL;
        scn_sleep_us(20000);
    }
    return NULL; /* links may be cut: who needs them will notice */
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

/* [[bank, server, peer]] */
json_t *scn_links_up(struct scn_run *run) {
    json_t *links = json_array();
    for (size_t i = 0; i < run->bank_count; i++)
        for (size_t j = 0; j < run->bank_count; j++)
            for (int server = 1; i != j && server <= (int)run->banks[i].servers; server++)
                if (reaches(&run->banks[i], server, &run->banks[j]))
                    (void)json_array_append_new(
                        links, json_pack("[I, i, I]", (json_int_t)i, server, (json_int_t)j));
    return links;
}

void scn_links_await(struct scn_run *run, const json_t *links) {
    int64_t deadline_us = scn_now_us() + 10000000;
    size_t index;
    const json_t *link;
    json_array_foreach(links, index, link) {
        const struct scn_bank *bank = &run->banks[json_integer_value(json_array_get(link, 0))];
        const struct scn_bank *peer = &run->banks[json_integer_value(json_array_get(link, 2))];
        int server = (int)json_integer_value(json_array_get(link, 1));
        while (!reaches(bank, server, peer) && scn_now_us() < deadline_us && !scn_interrupted)
            scn_sleep_us(20000);
    }
}
