/*
 * A walk over an object's members: name, colon, value, comma. Strings are left at their first quote
 * that no backslash escapes, which memchr finds; values that are arrays or objects at the bracket
 * that closes them, with the kinds of the open brackets in the bits of a word.
 */
#include "wire/relay.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX     64
#define ID_DIGITS_MAX 18 /* below 2^63 */

struct member {
    struct tw_text name; /* between its quotes */
    struct tw_text value;
    const char *begin; /* of the name's quote */
};

struct walk {
    const char *at, *end;
    bool begun;
};

enum step { STEP_MEMBER, STEP_END, STEP_BROKEN };

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && is_blank(*at)) {
        at++;
    }
    return at;
}

/* From the opening bracket to after the one that closes it; NULL when brackets do not match. */
static const char *skip_brackets(const char *at, const char *end) {
    uint64_t braces = 0; /* a bit per open bracket: is it a brace */
    unsigned depth = 0;
    while (at < end) {
        const char byte = *at++;
        if (byte == '"') {
            at = tw_json_string_end(at, end);
            if (at == NULL) {
                return NULL;
            }
        } else if (byte == '{' || byte == '[') {
            if (++depth > DEPTH_MAX) {
                return NULL;
            }
            braces = (braces << 1) | (byte == '{');
        } else if (byte == '}' || byte == ']') {
            if ((braces & 1) != (byte == '}')) {
                return NULL;
            }
            braces >>= 1;
            if (--depth == 0) {
                return at;
            }
        }
    }
    return NULL;
}

static const char *skip_value(const char *at, const char *end) {
    if (at < end && *at == '"') {
        return tw_json_string_end(at + 1, end);
    }
    if (at < end && (*at == '{' || *at == '[')) {
        return skip_brackets(at, end);
    }
    const char *begin = at;
    while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_blank(*at)) {
        at++;
    }
    return at > begin ? at : NULL;
}

static struct tw_text between(const char *begin, const char *end) {
    return (struct tw_text){begin, (size_t)(end - begin)};
}

static struct walk walk_of(struct tw_text object) {
    return (struct walk){.at = object.bytes, .end = object.bytes + object.length};
}

/* To where the next member's name begins; STEP_END when the object closes and nothing follows. */
static enum step step_to_name(struct walk *walk) {
    const char *at = skip_blanks(walk->at, walk->end);
    if (at == walk->end) {
        return STEP_BROKEN;
    }
    const bool closes = *at == '}' && walk->begun;
    if (!closes && *at != (walk->begun ? ',' : '{')) {
        return STEP_BROKEN;
    }
    const char *next = skip_blanks(at + 1, walk->end);
    if (closes) {
        return next == walk->end ? STEP_END : STEP_BROKEN;
    }
    if (!walk->begun && next < walk->end && *next == '}') {
        next = skip_blanks(next + 1, walk->end);
        return next == walk->end ? STEP_END : STEP_BROKEN;
    }
    walk->begun = true;
    walk->at = next;
    return next < walk->end && *next == '"' ? STEP_MEMBER : STEP_BROKEN;
}

static enum step step(struct walk *walk, struct member *ret_member) {
    const enum step to_name = step_to_name(walk);
    if (to_name != STEP_MEMBER) {
        return to_name;
    }
    const char *name = walk->at + 1;
    const char *name_end = tw_json_string_end(name, walk->end);
    if (name_end == NULL) {
        return STEP_BROKEN;
    }
    const char *colon = skip_blanks(name_end, walk->end);
    if (colon == walk->end || *colon != ':') {
        return STEP_BROKEN;
    }
    const char *value = skip_blanks(colon + 1, walk->end);
    const char *value_end = skip_value(value, walk->end);
    if (value_end == NULL) {
        return STEP_BROKEN;
    }
    *ret_member = (struct member){
        .name = between(name, name_end - 1), .value = between(value, value_end), .begin = walk->at};
    walk->at = value_end;
    return STEP_MEMBER;
}

static bool is_text(struct tw_text text, const char *expected) {
    return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

static bool is_one_of(struct tw_text name, const char *const *names) {
    for (; *names != NULL; names++) {
        if (is_text(name, *names)) {
            return true;
        }
    }
    return false;
}

static bool relay_members(struct tw_text object, const char *const *left_out,
                          struct tw_buffer *out) {
    const size_t length_before = tw_buffer_length(out);
    struct walk walk = walk_of(object);
    struct member member;
    enum step found = step(&walk, &member);
    bool good = tw_buffer_reserve(out, object.length);
    for (; good && found == STEP_MEMBER; found = step(&walk, &member)) {
        good = memchr(member.name.bytes, '\\', member.name.length) == NULL;
        if (good && !is_one_of(member.name, left_out)) {
            good = tw_buffer_append(out, ",", 1) &&
                   tw_buffer_append(out, member.begin, (size_t)(walk.at - member.begin));
        }
    }
    if (!good || found != STEP_END) {
        out->end = out->start + length_before;
        return false;
    }
    return true;
}

bool tw_relay_params(struct tw_text line, const char *const *left_out, struct tw_buffer *out) {
    struct walk walk = walk_of(line);
    struct member member;
    while (step(&walk, &member) == STEP_MEMBER) {
        if (is_text(member.name, "params")) {
            return member.value.bytes[0] == '{' && relay_members(member.value, left_out, out);
        }
    }
    return false;
}

bool tw_relay_tree(json_t *params, const char *const *left_out, struct tw_buffer *out) {
    for (; *left_out != NULL; left_out++) {
        (void)json_object_del(params, *left_out);
    }
    if (json_object_size(params) == 0) {
        return true;
    }
    char *text = json_dumps(params, JSON_COMPACT);
    const bool made = text != NULL && tw_buffer_append(out, ",", 1) &&
                      tw_buffer_append(out, text + 1, strlen(text) - 2);
    free(text);
    return made;
}

/* --- answers -------------------------------------------------------------------------------- */

/* Eight bytes at once: any below 0x20 borrows into its highest bit, any above 0x7f has it set. */
static bool is_plain(struct tw_text line) {
    const uint64_t spaces = UINT64_C(0x2020202020202020);
    const uint64_t highest = UINT64_C(0x8080808080808080);
    uint64_t strange = 0;
    size_t at = 0;
    for (; at + 8 <= line.length; at += 8) {
        uint64_t word;
        memcpy(&word, line.bytes + at, sizeof word);
        strange |= word | (word - spaces);
    }
    uint64_t rest = spaces;
    memcpy(&rest, line.bytes + at, line.length - at);
    strange |= rest | (rest - spaces);
    return (strange & highest) == 0;
}

static bool read_id(struct tw_text text, int64_t *ret_id) {
    const bool padded = text.length > 1 && text.bytes[0] == '0';
    int64_t id = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.length > ID_DIGITS_MAX || text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        id = id * 10 + (text.bytes[i] - '0');
    }
    *ret_id = id;
    return text.length > 0 && !padded;
}

bool tw_relay_answer(struct tw_text line, struct tw_json_limits limits, int64_t *ret_id,
                     struct tw_text *ret_result) {
    struct walk walk = walk_of(line);
    struct member member;
    unsigned versions = 0;
    unsigned ids = 0;
    unsigned results = 0;
    enum step found = STEP_BROKEN;
    if (!is_plain(line) || !tw_ok(tw_json_check_limits(line, limits, NULL))) {
        return false;
    }
    while ((found = step(&walk, &member)) == STEP_MEMBER) {
        if (is_text(member.name, "jsonrpc") && is_text(member.value, "\"2.0\"")) {
            versions++;
        } else if (is_text(member.name, "id") && read_id(member.value, ret_id)) {
            ids++;
        } else if (is_text(member.name, "result") && member.value.bytes[0] == '{') {
            *ret_result = member.value;
            results++;
        } else {
            return false;
        }
    }
    return found == STEP_END && versions == 1 && ids == 1 && results == 1;
}
