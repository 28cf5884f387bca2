/* A line that is not one JSON object is a message too: it passes as it is, with no name. */
#include "relay/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tw_json_limits json_limits = {
    .bytes = RL_LINE_MAX, .depth = 32, .values = 100000};

static void read_txid(struct rl_message *message) {
    const json_t *params = json_object_get(message->content, "params");
    const char *txid = json_string_value(json_object_get(params, "txid"));
    if (txid != NULL) {
        (void)snprintf(message->txid, sizeof message->txid, "%s", txid);
    }
}

struct rl_message *rl_message_new(enum rl_way way, const char *bytes, size_t length) {
    struct rl_message *message = calloc(1, sizeof *message);
    char *line = malloc(length + 1);
    if (message == NULL || line == NULL) {
        free(message);
        free(line);
        return NULL;
    }
    memcpy(line, bytes, length);
    line[length] = '\n';
    message->way = way;
    message->line = line;
    message->length = length + 1;
    message->lines = 1;
    if (tw_ok(tw_json_parse(bytes, length, json_limits, &message->content, NULL)) &&
        !json_is_object(message->content)) {
        json_decref(message->content);
        message->content = NULL;
    }
    (void)snprintf(message->method, sizeof message->method, "%s", rl_message_asks(message));
    read_txid(message);
    return message;
}

void rl_message_free(struct rl_message *message) {
    json_decref(message->content);
    json_decref(message->was);
    free(message->line);
    free(message);
}

const char *rl_message_asks(const struct rl_message *message) {
    const char *method = json_string_value(json_object_get(message->content, "method"));
    return method != NULL && method[0] != '\0' ? method : RL_UNKNOWN_NAME;
}

char *rl_message_id(const struct rl_message *message) {
    const json_t *id = json_object_get(message->content, "id");
    return id == NULL || json_is_null(id) ? NULL : json_dumps(id, JSON_COMPACT | JSON_ENCODE_ANY);
}

bool rl_message_rewrite(struct rl_message *message) {
    char *line = NULL;
    size_t length = 0;
    if (!tw_ok(tw_json_line(message->content, &line, &length, NULL))) {
        return false;
    }
    free(message->line);
    message->line = line;
    message->length = length;
    return true;
}

const char *rl_fate_name(enum rl_fate fate) {
    static const char *const names[] = {[RL_DELIVERED] = "delivered",
                                        [RL_LOST] = "lost",
                                        [RL_DELAYED] = "delayed",
                                        [RL_DUPLICATED] = "duplicated",
                                        [RL_REORDERED] = "reordered",
                                        [RL_CHANGED] = "changed",
                                        [RL_CUT] = "cut",
                                        [RL_DROPPED] = "dropped"};
    return names[fate];
}
