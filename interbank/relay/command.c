/*
 * A table of commands; each fills the answer or says why not. Answers are written at once and
 * blocking: whoever gives commands reads their answers. A wait is looked at every few milliseconds,
 * which spares the rules from knowing who waits for them.
 */
#include "relay/command.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/log.h"
#include "relay/member.h"
#include "wire/json.h"

enum { LINE_BYTES_MAX = 65536, READ_BYTES = 65536, LOOK_US = 5000, WAIT_MS_MAX = 3600000 };

struct rl_desk {
    struct tw_loop *loop;
    struct rl_relay *relay;
    int out;
    void (*on_end)(void *context);
    void *context;
    struct event *event;
    struct tw_buffer input;
    bool ended;
    struct tw_timer look; /* set: a wait is open */
    const struct rl_rule *awaited;
    int64_t awaited_hits, awaited_until_us;
};

/* --- answers -------------------------------------------------------------------------------- */

static void write_answer(struct rl_desk *desk, json_t *answer) {
    char *line = NULL;
    size_t length = 0;
    if (answer == NULL || !tw_ok(tw_json_line(answer, &line, &length, NULL))) {
        tw_log(TW_LOG_ERROR, "no memory for an answer");
    }
    for (size_t done = 0; done < length;) {
        ssize_t written = write(desk->out, line + done, length - done);
        if (written < 0 && errno != EINTR) {
            break; /* nobody reads: the end of the input comes next */
        }
        done += written > 0 ? (size_t)written : 0;
    }
    free(line);
    json_decref(answer);
}

static void write_error(struct rl_desk *desk, const struct tw_error *error) {
    write_answer(desk, json_pack("{s:s}", "error", error->detail));
}

static json_t *plain_answer(const struct rl_desk *desk, bool good) {
    return json_pack("{s:b,s:I}", "ok", good, "at_us", (json_int_t)rl_relay_now_us(desk->relay));
}

/* --- commands ------------------------------------------------------------------------------- */

static struct tw_status read_pattern(const struct rl_desk *desk, const json_t *command,
                                     const char **ret_pattern, struct tw_error *ret_error) {
    *ret_pattern = "*";
    struct tw_status status = rl_member_text(command, "link", 128, ret_pattern, ret_error);
    if (tw_ok(status) && rl_relay_matches(desk->relay, *ret_pattern) == 0) {
        status = tw_fail(ret_error, TW_E_CONFIG, "link: no link matches '%s'", *ret_pattern);
    }
    return status;
}

static struct tw_status set_cut(struct rl_desk *desk, const json_t *command, enum rl_cut cut,
                                struct tw_error *ret_error) {
    const char *pattern;
    struct tw_status status = read_pattern(desk, command, &pattern, ret_error);
    if (tw_ok(status)) {
        (void)rl_relay_cut(desk->relay, pattern, cut);
    }
    return status;
}

static struct tw_status do_cut(struct rl_desk *desk, json_t *command, json_t *answer,
                               struct tw_error *ret_error) {
    (void)answer;
    static const char *const names[] = {"do", "link", "how", NULL};
    static const char *const words[] = {"close", "silent", NULL};
    static const enum rl_cut cuts[] = {RL_CLOSED, RL_SILENT};
    int how = 0;
    struct tw_status status = rl_member_only(command, names, ret_error);
    if (tw_ok(status)) {
        status = rl_member_word(command, "how", words, &how, ret_error);
    }
    return tw_ok(status) ? set_cut(desk, command, cuts[how], ret_error) : status;
}

static struct tw_status do_heal(struct rl_desk *desk, json_t *command, json_t *answer,
                                struct tw_error *ret_error) {
    (void)answer;
    static const char *const names[] = {"do", "link", NULL};
    struct tw_status status = rl_member_only(command, names, ret_error);
    return tw_ok(status) ? set_cut(desk, command, RL_OPEN, ret_error) : status;
}

static struct tw_status do_rule(struct rl_desk *desk, json_t *command, json_t *answer,
                                struct tw_error *ret_error) {
    const char *pattern;
    struct rl_rule *rule = NULL;
    struct tw_status status = read_pattern(desk, command, &pattern, ret_error);
    if (tw_ok(status)) {
        status = rl_rules_add(rl_relay_rules(desk->relay), command, &rule, ret_error);
    }
    if (tw_ok(status)) {
        (void)json_object_set_new(answer, "rule", json_integer(rule->number));
    }
    return status;
}

static struct tw_status read_rule(struct rl_desk *desk, json_t *command, const char *const *names,
                                  struct rl_rule **ret_rule, struct tw_error *ret_error) {
    int64_t number = INT64_MIN;
    struct tw_status status = rl_member_only(command, names, ret_error);
    if (tw_ok(status)) {
        status = rl_member_number(command, "rule", 1, INT64_MAX, &number, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    *ret_rule = rl_rules_find(rl_relay_rules(desk->relay), number);
    return *ret_rule != NULL ? status : tw_fail(ret_error, TW_E_CONFIG, "rule: there is none");
}

static struct tw_status do_end(struct rl_desk *desk, json_t *command, json_t *answer,
                               struct tw_error *ret_error) {
    (void)answer;
    static const char *const names[] = {"do", "rule", NULL};
    struct rl_rule *rule = NULL;
    struct tw_status status = rl_member_only(command, names, ret_error);
    if (tw_ok(status) && json_object_get(command, "rule") != NULL) {
        status = read_rule(desk, command, names, &rule, ret_error);
        if (tw_ok(status)) {
            rl_relay_end_rule(desk->relay, rule);
        }
        return status;
    }
    for (rule = rl_relay_rules(desk->relay)->first; tw_ok(status) && rule != NULL;
         rule = rule->next) {
        rl_relay_end_rule(desk->relay, rule);
    }
    return status;
}

static struct tw_status do_hits(struct rl_desk *desk, json_t *command, json_t *answer,
                                struct tw_error *ret_error) {
    static const char *const names[] = {"do", "rule", NULL};
    struct rl_rule *rule = NULL;
    struct tw_status status = read_rule(desk, command, names, &rule, ret_error);
    if (tw_ok(status)) {
        (void)json_object_set_new(answer, "hits", json_integer(rule->hits));
    }
    return status;
}

/* Its answer comes later: `awaited` says so. */
static struct tw_status do_wait(struct rl_desk *desk, json_t *command, json_t *answer,
                                struct tw_error *ret_error) {
    (void)answer;
    static const char *const names[] = {"do", "rule", "hits", "ms", NULL};
    struct rl_rule *rule = NULL;
    int64_t hits = 1;
    int64_t ms = INT64_MIN;
    struct tw_status status = read_rule(desk, command, names, &rule, ret_error);
    if (tw_ok(status)) {
        status = rl_member_number(command, "hits", 1, INT64_MAX, &hits, ret_error);
    }
    if (tw_ok(status)) {
        status = rl_member_number(command, "ms", 0, WAIT_MS_MAX, &ms, ret_error);
    }
    if (tw_ok(status)) {
        desk->awaited = rule;
        desk->awaited_hits = hits;
        desk->awaited_until_us = tw_loop_now_us(desk->loop) + ms * 1000;
    }
    return status;
}

static struct tw_status do_links(struct rl_desk *desk, json_t *command, json_t *answer,
                                 struct tw_error *ret_error) {
    static const char *const names[] = {"do", NULL};
    struct tw_status status = rl_member_only(command, names, ret_error);
    if (tw_ok(status)) {
        (void)json_object_set_new(answer, "links", rl_relay_links(desk->relay));
    }
    return status;
}

static struct tw_status do_now(struct rl_desk *desk, json_t *command, json_t *answer,
                               struct tw_error *ret_error) {
    (void)desk;
    (void)answer;
    static const char *const names[] = {"do", NULL};
    return rl_member_only(command, names, ret_error);
}

static struct tw_status do_reload(struct rl_desk *desk, json_t *command, json_t *answer,
                                  struct tw_error *ret_error) {
    struct tw_status status = do_now(desk, command, answer, ret_error);
    return tw_ok(status) ? rl_relay_reload(desk->relay, ret_error) : status;
}

static const struct command {
    const char *name;
    struct tw_status (*run)(struct rl_desk *desk, json_t *command, json_t *answer,
                            struct tw_error *ret_error);
} commands[] = {
    {"cut", do_cut},     {"heal", do_heal}, {"rule", do_rule},
    {"end", do_end},     {"hits", do_hits}, {"wait", do_wait},
    {"links", do_links}, {"now", do_now},   {"reload", do_reload},
};

static const struct command *find_command(const json_t *document) {
    const char *name = json_string_value(json_object_get(document, "do"));
    for (size_t i = 0; name != NULL && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* --- the input ------------------------------------------------------------------------------ */

static void look(void *context);

static void run(struct rl_desk *desk, const char *line, size_t length) {
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_error error = {0};
    struct tw_status status =
        tw_json_parse(line, length, TW_JSON_LIMITS_DEFAULT, &document, &error);
    const struct command *command = find_command(document);
    if (tw_ok(status) && command == NULL) {
        status = tw_fail(&error, TW_E_CONFIG, "do: no such command");
    }
    json_t *answer = json_object();
    if (tw_ok(status) && command != NULL) {
        status = command->run(desk, document, answer, &error);
    }
    if (!tw_ok(status)) {
        write_error(desk, &error);
    } else if (desk->awaited == NULL) {
        json_t *whole = plain_answer(desk, true);
        (void)json_object_update(whole, answer);
        write_answer(desk, whole);
    }
    json_decref(answer);
}

/* The next line that is there, unless a wait is open. */
static bool run_next(struct rl_desk *desk) {
    size_t waiting = tw_buffer_length(&desk->input);
    const char *line = waiting > 0 ? tw_buffer_head(&desk->input) : NULL;
    const char *end = line != NULL ? memchr(line, '\n', waiting) : NULL;
    if (desk->awaited != NULL || end == NULL) {
        return false;
    }
    size_t length = (size_t)(end - line);
    run(desk, line, length);
    tw_buffer_consume(&desk->input, length + 1);
    return true;
}

static void finish(struct rl_desk *desk) {
    if (!desk->ended) {
        desk->ended = true;
        (void)event_del(desk->event);
        desk->on_end(desk->context);
    }
}

static void work(struct rl_desk *desk) {
    while (run_next(desk)) {
    }
    if (desk->awaited != NULL) {
        tw_loop_timer_set(desk->loop, &desk->look, tw_loop_now_us(desk->loop) + LOOK_US);
    } else if (tw_buffer_length(&desk->input) > LINE_BYTES_MAX) {
        write_error(desk, &(struct tw_error){.detail = "a command is too long"});
        finish(desk);
    }
}

static void look(void *context) {
    struct rl_desk *desk = context;
    bool reached = desk->awaited->hits >= desk->awaited_hits;
    if (reached || tw_loop_now_us(desk->loop) >= desk->awaited_until_us) {
        json_t *answer = plain_answer(desk, reached);
        (void)json_object_set_new(answer, "hits", json_integer(desk->awaited->hits));
        desk->awaited = NULL;
        write_answer(desk, answer);
    }
    work(desk);
}

static void on_readable(evutil_socket_t in, short what, void *context) {
    (void)what;
    struct rl_desk *desk = context;
    if (!tw_buffer_reserve(&desk->input, READ_BYTES)) {
        finish(desk);
        return;
    }
    ssize_t got = read(in, desk->input.bytes + desk->input.end, READ_BYTES);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (got <= 0) {
        finish(desk);
        return;
    }
    desk->input.end += (size_t)got;
    if (desk->awaited == NULL) {
        work(desk);
    }
}

struct tw_status rl_desk_new(struct tw_loop *loop, struct rl_relay *relay, int in, int out,
                             void (*on_end)(void *context), void *context,
                             struct rl_desk **ret_desk, struct tw_error *ret_error) {
    struct rl_desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "commands");
    }
    *desk = (struct rl_desk){
        .loop = loop, .relay = relay, .out = out, .on_end = on_end, .context = context};
    desk->look = (struct tw_timer){.run = look, .context = desk};
    desk->event = event_new(tw_loop_base(loop), in, EV_READ | EV_PERSIST, on_readable, desk);
    if (desk->event == NULL || event_add(desk->event, NULL) != 0) {
        rl_desk_free(desk);
        return tw_fail(ret_error, TW_E_IO, "commands must come through a pipe or a socket");
    }
    *ret_desk = desk;
    return tw_success();
}

void rl_desk_free(struct rl_desk *desk) {
    if (desk == NULL) {
        return;
    }
    if (desk->event != NULL) {
        event_free(desk->event);
    }
    tw_loop_timer_clear(desk->loop, &desk->look);
    tw_buffer_free(&desk->input);
    free(desk);
}
