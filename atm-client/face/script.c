/* Lines are read whole, one at a time, so that a script can be a conversation over a pipe: the
 * answer to a line is flushed before the next one is read. */
#include "atm-client/face/script.h"

#include <stdlib.h>
#include <string.h>

#include "pin/pin_block.h"
#include "wire/json.h"

/* "$2" is the id of the script's second transfer. */
static struct tw_status name_transfer(const struct atm_player *player, json_t *object,
                                      struct tw_error *ret_error) {
    const char *name = json_string_value(json_object_get(object, "txid"));
    if (name == NULL || name[0] != '$')
        return tw_success();
    char *end = NULL;
    long number = strtol(name + 1, &end, 10);
    if (player == NULL || *end != '\0' || number < 1 || (size_t)number > player->transfer_count)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "txid: no such transfer in this script");
    (void)json_object_set_new(object, "txid", json_string(player->transfers[number - 1]));
    return tw_success();
}

static void remember_transfer(struct atm_player *player, const json_t *report) {
    const char *verb = json_string_value(json_object_get(report, "do"));
    const char *txid = json_string_value(json_object_get(report, "txid"));
    if (verb != NULL && txid != NULL && strcmp(verb, atm_verb_name(ATM_VERB_TRANSFER)) == 0 &&
        player->transfer_count < ATM_SCRIPT_TRANSFERS_MAX)
        (void)snprintf(player->transfers[player->transfer_count++], TW_UUID_TEXT_SIZE, "%s", txid);
}

static struct tw_status read_line(const struct atm_player *player, const char *line, size_t length,
                                  struct atm_step *ret_step, json_t **ret_expect,
                                  struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *object = NULL;
    *ret_expect = NULL;
    struct tw_status status =
        tw_json_parse(line, length, TW_JSON_LIMITS_DEFAULT, &object, ret_error);
    if (!tw_ok(status))
        return status;
    if (!json_is_object(object))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not a JSON object");
    TW_JSON_OWNED json_t *expect = json_incref(json_object_get(object, "expect"));
    if (expect != NULL && !json_is_object(expect))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "expect: not an object");
    (void)json_object_del(object, "expect");
    status = name_transfer(player, object, ret_error);
    if (tw_ok(status))
        status = atm_step_read(object, ret_step, ret_error);
    if (tw_ok(status))
        *ret_expect = json_incref(expect);
    return status;
}

struct tw_status atm_script_line(const char *line, size_t length, struct atm_step *ret_step,
                                 json_t **ret_expect, struct tw_error *ret_error) {
    return read_line(NULL, line, length, ret_step, ret_expect, ret_error);
}

bool atm_script_meets(const json_t *report, const json_t *expect, struct tw_error *ret_error) {
    const char *member;
    json_t *wanted;
    json_object_foreach((json_t *)(uintptr_t)expect, member, wanted) {
        const json_t *found = json_object_get(report, member);
        if (json_equal(found, wanted))
            continue;
        char *have = found != NULL ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        char *want = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
        bool failed =
            !tw_ok(tw_fail(ret_error, TW_E_CONFLICT, "expected %.40s = %.80s, got %.80s", member,
                           want != NULL ? want : "?", have != NULL ? have : "nothing"));
        free(have);
        free(want);
        return !failed;
    }
    return true;
}

static enum atm_exit complain(FILE *err, size_t number, const struct tw_error *error,
                              enum atm_exit code) {
    (void)fprintf(err, "script line %zu: %s\n", number, error->detail);
    return code;
}

static enum atm_exit play_line(struct atm_player *player, const char *line, size_t length,
                               size_t number, FILE *out, FILE *err) {
    struct atm_step step;
    struct tw_error error = {0};
    TW_JSON_OWNED json_t *expect = NULL;
    TW_JSON_OWNED json_t *report = NULL;
    if (!tw_ok(read_line(player, line, length, &step, &expect, &error))) {
        tw_wipe(&step, sizeof step);
        return complain(err, number, &error, ATM_EXIT_USAGE);
    }
    (void)atm_play(player, &step, &report);
    tw_wipe(&step, sizeof step);
    remember_transfer(player, report);
    (void)json_object_set_new(report, "line", json_integer((json_int_t)number));
    (void)json_dumpf(report, out, JSON_COMPACT);
    (void)fputc('\n', out);
    (void)fflush(out);
    if (expect != NULL && !atm_script_meets(report, expect, &error))
        return complain(err, number, &error, ATM_EXIT_EXPECT);
    return ATM_EXIT_APPROVED;
}

enum atm_exit atm_script_run(struct atm_player *player, FILE *in, FILE *out, FILE *err) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    enum atm_exit code = ATM_EXIT_APPROVED;
    for (size_t number = 1; code == ATM_EXIT_APPROVED && (length = getline(&line, &room, in)) >= 0;
         number++) {
        struct tw_error error = {0};
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        if (length == 0 || line[0] == '#')
            continue;
        if (length > ATM_SCRIPT_LINE_MAX) {
            (void)!tw_ok(tw_fail(&error, TW_E_TOO_LARGE, "line is too long"));
            code = complain(err, number, &error, ATM_EXIT_USAGE);
        } else {
            code = play_line(player, line, (size_t)length, number, out, err);
        }
    }
    if (line != NULL)
        tw_wipe(line, room);
    free(line);
    return code;
}
