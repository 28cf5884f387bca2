/* Built as a tree, because every text in it came from outside and Jansson escapes it. */
#include "relay/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "relay/brief.h"

struct rl_trace {
    int fd; /* -1: none */
    int64_t start_us;
    bool failed;
};

struct tw_status rl_trace_open(const char *path, int64_t start_us, struct rl_trace **ret_trace,
                               struct tw_error *ret_error) {
    struct rl_trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "trace");
    }
    trace->start_us = start_us;
    trace->fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (path != NULL && trace->fd < 0) {
        int reason = errno;
        free(trace);
        return tw_fail(ret_error, TW_E_IO, "trace: %s: %s", path, strerror(reason));
    }
    *ret_trace = trace;
    return tw_success();
}

void rl_trace_close(struct rl_trace *trace) {
    if (trace == NULL) {
        return;
    }
    if (trace->fd >= 0) {
        (void)close(trace->fd);
    }
    free(trace);
}

/* --- one line ------------------------------------------------------------------------------- */

/* A value that is NULL says nothing and is left out. Takes the reference. */
static bool put(json_t *entry, const char *name, json_t *value) {
    return value == NULL || json_object_set_new(entry, name, value) == 0;
}

static json_t *text_or_none(const char *text) {
    return text[0] != '\0' ? json_string(text) : NULL;
}

static json_t *number_or_none(int64_t number) {
    return number != 0 ? json_integer(number) : NULL;
}

static json_t *code_of(const json_t *members) {
    const char *rc = json_string_value(json_object_get(members, "rc"));
    return rc != NULL && strlen(rc) == 2 ? json_string(rc) : NULL;
}

static bool put_answer(json_t *entry, const json_t *content) {
    const json_t *code = json_object_get(json_object_get(content, "error"), "code");
    return put(entry, "rc", code_of(json_object_get(content, "result"))) &&
           (!json_is_integer(code) || put(entry, "error", json_integer(json_integer_value(code))));
}

static json_t *brief_of(const struct rl_message *message) {
    const char *name = message->way == RL_REQUEST ? "params" : "result";
    return rl_brief(json_object_get(message->content, name));
}

json_t *rl_trace_entry(int64_t start_us, const char *link, const struct rl_message *message) {
    const bool is_answer = message->way == RL_ANSWER;
    const int64_t passed_us = message->passed_us;
    json_t *entry = json_object();
    bool whole =
        entry != NULL && put(entry, "at_us", json_integer(message->at_us - start_us)) &&
        put(entry, "passed_us", passed_us != 0 ? json_integer(passed_us - start_us) : NULL) &&
        put(entry, "link", json_string(link)) && put(entry, "call", json_integer(message->call)) &&
        put(entry, "way", json_string(is_answer ? "answer" : "request")) &&
        put(entry, "method", json_string(message->method)) &&
        put(entry, "txid", text_or_none(message->txid)) &&
        (!is_answer || put_answer(entry, message->content)) &&
        put(entry, "fate", json_string(rl_fate_name(message->fate))) &&
        put(entry, "rule", number_or_none(message->rule)) &&
        put(entry, "copies",
            message->fate == RL_DUPLICATED ? json_integer(message->lines - 1) : NULL) &&
        put(entry, "brief", brief_of(message)) &&
        put(entry, "was", message->was != NULL ? rl_brief(message->was) : NULL);
    if (!whole) {
        json_decref(entry);
        return NULL;
    }
    return entry;
}

static bool write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

void rl_trace_write(struct rl_trace *trace, const char *link, const struct rl_message *message) {
    if (trace->fd < 0) {
        return;
    }
    TW_JSON_OWNED json_t *entry = rl_trace_entry(trace->start_us, link, message);
    char *line = NULL;
    size_t length = 0;
    bool written = entry != NULL && tw_ok(tw_json_line(entry, &line, &length, NULL)) &&
                   write_all(trace->fd, line, length);
    free(line);
    if (!written && !trace->failed) {
        trace->failed = true;
        tw_log(TW_LOG_ERROR, "trace has a gap", TW_STR("reason", strerror(errno)));
    }
}
