/* The value that a result has before the call is its default, so that optional members need no
 * second function; a value that cannot be one stands for "must be there". */
#include "relay/member.h"

#include <inttypes.h>
#include <string.h>

#include "core/utf8.h"

static bool among(const char *name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static bool printable(const char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        uint32_t character = 0;
        size_t bytes = tw_utf8_decode(text + at, length - at, &character);
        if (bytes == 0 || !tw_utf8_printable(character)) {
            return false;
        }
        at += bytes;
    }
    return true;
}

static struct tw_status missing(const char *name, struct tw_error *ret_error) {
    return tw_fail(ret_error, TW_E_CONFIG, "%s: missing", name);
}

struct tw_status rl_member_only(json_t *value, const char *const *names,
                                struct tw_error *ret_error) {
    if (!json_is_object(value)) {
        return tw_fail(ret_error, TW_E_CONFIG, "not an object");
    }
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        if (!among(key, names)) {
            bool shown = strlen(key) <= 64 && printable(key, strlen(key));
            return tw_fail(ret_error, TW_E_CONFIG, "unknown member '%s'", shown ? key : "?");
        }
    }
    return tw_success();
}

struct tw_status rl_member_text(const json_t *object, const char *name, size_t max,
                                const char **ret_text, struct tw_error *ret_error) {
    const json_t *member = json_object_get(object, name);
    if (member == NULL) {
        return *ret_text != NULL ? tw_success() : missing(name, ret_error);
    }
    size_t length = json_string_length(member);
    if (!json_is_string(member) || length == 0 || length > max ||
        !printable(json_string_value(member), length)) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: not a printable text of 1 to %zu bytes", name,
                       max);
    }
    *ret_text = json_string_value(member);
    return tw_success();
}

struct tw_status rl_member_word(const json_t *object, const char *name, const char *const *words,
                                int *ret_index, struct tw_error *ret_error) {
    const json_t *member = json_object_get(object, name);
    if (member == NULL) {
        return *ret_index >= 0 ? tw_success() : missing(name, ret_error);
    }
    const char *text = json_string_value(member);
    for (int i = 0; text != NULL && words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return tw_success();
        }
    }
    char list[128] = "";
    for (size_t i = 0, used = 0; words[i] != NULL && used < sizeof list; i++) {
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return tw_fail(ret_error, TW_E_CONFIG, "%s: not one of %s", name, list);
}

struct tw_status rl_member_number(const json_t *object, const char *name, int64_t least,
                                  int64_t most, int64_t *ret_number, struct tw_error *ret_error) {
    const json_t *member = json_object_get(object, name);
    if (member == NULL) {
        return *ret_number != INT64_MIN ? tw_success() : missing(name, ret_error);
    }
    int64_t number = json_integer_value(member);
    if (!json_is_integer(member) || number < least || number > most) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: not an integer from %" PRId64 " to %" PRId64,
                       name, least, most);
    }
    *ret_number = number;
    return tw_success();
}
