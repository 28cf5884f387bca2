/* One field table reads the members of every verb; which of them were there is seen from the
 * object itself, and checked against the verb's bits. */
#include "atm-client/face/step.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "atm-client/device/world.h"

static const struct {
    const char *name;
    unsigned takes;
    unsigned needs;
    const char *about;
} verbs[] = {
#define ATM_VERB_ROW(id, name, takes, needs, about) {name, takes, needs, about},
    ATM_VERBS(ATM_VERB_ROW)
#undef ATM_VERB_ROW
};

#define FIELD(member, kind_, ...)                                                                  \
    {                                                                                              \
        .name = #member, .kind = TW_FIELD_##kind_, .optional = true,                               \
        .offset = offsetof(struct atm_step, member), .about = #member, __VA_ARGS__                 \
    }
#define TEXT(member) FIELD(member, STRING, .size = sizeof((struct atm_step *)NULL)->member)

static const struct tw_field note_fields[] = {
    {.name = "denomination",
     .kind = TW_FIELD_INT,
     .offset = offsetof(struct tw_notes, denomination),
     .min = 1,
     .max = TW_DENOMINATION_MAX},
    {.name = "count",
     .kind = TW_FIELD_INT,
     .offset = offsetof(struct tw_notes, count),
     .min = 1,
     .max = TW_NOTE_COUNT_MAX},
    {0},
};

static const struct tw_field load_fields[] = {
    {.name = "cassette",
     .kind = TW_FIELD_INT,
     .offset = offsetof(struct atm_step_load, cassette),
     .min = 1,
     .max = 99},
    {.name = "notes",
     .kind = TW_FIELD_INT,
     .offset = offsetof(struct atm_step_load, notes),
     .min = 1,
     .max = TW_NOTE_COUNT_MAX},
    {0},
};

static const struct tw_field step_fields[] = {
    TEXT(card),
    FIELD(expiry, EXPIRY, .size = 0),
    TEXT(pin),
    TEXT(new_pin),
    FIELD(account, IBAN, .size = 0),
    FIELD(to, IBAN, .size = 0),
    FIELD(amount, AMOUNT, .min = 1),
    FIELD(max_surcharge, AMOUNT, .min = 0),
    TEXT(remittance),
    FIELD(txid, UUID, .size = 0),
    FIELD(count, INT, .min = 1, .max = 1000),
    FIELD(value, INT, .min = 0, .max = ATM_FAULT_VALUE_MAX),
    FIELD(ms, INT, .min = 0, .max = 600000),
    TEXT(fault),
    FIELD(from, DATE, .size = 0),
    FIELD(until, DATE, .size = 0),
    FIELD(stan, INT, .min = 1, .max = ATM_STAN_MAX),
    TEXT(event),
    TEXT(order),
    TEXT(export),
    FIELD(verify, BOOL, .size = 0),
    TEXT(at),
    TEXT(language),
    TEXT(mix),
    FIELD(notes, LIST, .size = sizeof(struct tw_notes), .element = note_fields,
          .count_offset = offsetof(struct atm_step, note_count), .list_max = TW_NOTES_MAX),
    FIELD(loads, LIST, .size = sizeof(struct atm_step_load), .element = load_fields,
          .count_offset = offsetof(struct atm_step, load_count), .list_max = ATM_CASSETTES_MAX),
    {0},
};

static const struct {
    const char *member;
    unsigned bit;
} members[] = {
    {"card", ATM_HAS_CARD},
    {"expiry", ATM_HAS_CARD},
    {"pin", ATM_HAS_CARD},
    {"account", ATM_HAS_ACCOUNT},
    {"to", ATM_HAS_TO},
    {"amount", ATM_HAS_AMOUNT},
    {"notes", ATM_HAS_NOTES},
    {"loads", ATM_HAS_LOADS},
    {"txid", ATM_HAS_TXID},
    {"count", ATM_HAS_COUNT},
    {"new_pin", ATM_HAS_NEW_PIN},
    {"remittance", ATM_HAS_REMITTANCE},
    {"from", ATM_HAS_FROM},
    {"until", ATM_HAS_UNTIL},
    {"event", ATM_HAS_EVENT},
    {"stan", ATM_HAS_STAN},
    {"order", ATM_HAS_ORDER},
    {"export", ATM_HAS_EXPORT},
    {"verify", ATM_HAS_VERIFY},
    {"at", ATM_HAS_AT},
    {"language", ATM_HAS_LANGUAGE},

    {"fault", ATM_HAS_FAULT},
    {"value", ATM_HAS_VALUE},
    {"ms", ATM_HAS_MS},
    {"max_surcharge", ATM_HAS_MAX_SURCHARGE},
    {"mix", ATM_HAS_MIX},
};

const char *atm_verb_name(enum atm_verb verb) {
    return verbs[verb].name;
}

const char *atm_verb_about(enum atm_verb verb) {
    return verbs[verb].about;
}

unsigned atm_verb_takes(enum atm_verb verb) {
    return verbs[verb].takes;
}

bool atm_verb_find(const char *name, enum atm_verb *ret_verb) {
    for (int i = 0; i < ATM_VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            *ret_verb = (enum atm_verb)i;
            return true;
        }
    }
    return false;
}

static const char *member_of(unsigned bits) {
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if ((members[i].bit & bits) != 0)
            return members[i].member;
    return "member";
}

struct tw_status atm_step_check(const struct atm_step *step, struct tw_error *ret_error) {
    const char *name = verbs[step->verb].name;
    unsigned surplus = step->has & ~verbs[step->verb].takes;
    unsigned missing = verbs[step->verb].needs & ~step->has;
    if (surplus != 0)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: takes no %s", name, member_of(surplus));
    if (missing != 0)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: %s is missing", name,
                       member_of(missing));
    enum atm_mix_strategy strategy;
    if ((step->has & ATM_HAS_MIX) != 0 && !atm_mix_strategy_find(step->mix, &strategy))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "mix: none of fewest, equal, small");
    return tw_success();
}

struct tw_status atm_step_read(const json_t *object, struct atm_step *ret_step,
                               struct tw_error *ret_error) {
    *ret_step = (struct atm_step){0};
    const char *verb = json_string_value(json_object_get(object, "do"));
    if (verb == NULL)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "do: missing, or not a string");
    if (!atm_verb_find(verb, &ret_step->verb))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "do: no such thing to do");
    enum atm_verb found = ret_step->verb;
    TW_JSON_OWNED json_t *rest = json_copy((json_t *)(uintptr_t)object);
    if (rest == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a step");
    (void)json_object_del(rest, "do");
    struct tw_status status = tw_fields_read(rest, step_fields, ret_step, ret_error);
    if (!tw_ok(status))
        return status;
    ret_step->verb = found;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_object_get(rest, members[i].member) != NULL)
            ret_step->has |= members[i].bit;
    return atm_step_check(ret_step, ret_error);
}

json_t *atm_step_write(const struct atm_step *step) {
    json_t *object = json_pack("{s:s}", "do", verbs[step->verb].name);
    TW_JSON_OWNED json_t *written = tw_fields_write(step_fields, step);
    tw_assert(object != NULL && written != NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *value = json_object_get(written, members[i].member);
        if ((step->has & members[i].bit) != 0 && value != NULL)
            (void)json_object_set(object, members[i].member, value);
    }
    return object;
}
