/*
 * A queue of values, each with what it must be and where it stands, in place of recursion: how deep
 * a file is does not matter. Everything that is wrong is found in one go. Steps are taken in the
 * order of the file, so that a name is known when "as" stood before.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/names.h"
#include "scenario/scenario.h"

struct task {
    const json_t *value;
    struct scn_member member; /* what it must be */
    char *pointer;
    bool step; /* an object with a verb */
    bool in_step;
};

struct checking {
    const struct scn_source *source;
    struct scn_problems *problems;
    struct scn_names names;
    struct task *tasks; /* a stack: the next one is the last */
    size_t count, room;
    char **spent; /* pointers of tasks that are done: all freed at the end */
    size_t spent_count;
};

#define COMPLAIN(checking, task, ...)                                                              \
    scn_complain((checking)->problems, (checking)->source, (task)->pointer, __VA_ARGS__)

static void push(struct checking *checking, struct task task) {
    if (checking->count == checking->room) {
        checking->room = checking->room * 2 + 64;
        checking->tasks = realloc(checking->tasks, checking->room * sizeof *checking->tasks);
        tw_assert(checking->tasks != NULL);
    }
    checking->tasks[checking->count++] = task;
}

/* --- leaves --------------------------------------------------------------------------------- */

static bool is_name(const char *text) {
    size_t length = strlen(text);
    return length >= 1 && length <= 24 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               length &&
           strchr("0123456789-_", text[0]) == NULL;
}

static bool is_choice(const char *choices, const char *text) {
    size_t length = strlen(text);
    for (const char *at = choices; at != NULL && length > 0; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, length) == 0 && (at[length] == '|' || at[length] == '\0'))
            return true;
    }
    return false;
}

static void check_reference(struct checking *checking, const struct task *task, const char *text) {
    /* "$point" of a sweep and the like are looked at when they are used */
    bool later = text[0] == '$' && task->member.ref != SCN_REF_VARIABLE;
    SCN_OWNED problem =
        scn_names_refuse(&checking->names, later ? SCN_REF_VARIABLE : task->member.ref, text);
    if (problem != NULL)
        COMPLAIN(checking, task, "%s", problem);
}

static void check_text(struct checking *checking, const struct task *task, const char *text) {
    const struct scn_member *member = &task->member;
    int64_t number = 0;
    size_t length = strlen(text);
    switch ((int)member->kind) {
    case SCN_TEXT:
        if (task->in_step && text[0] == '$') {
            SCN_OWNED problem = scn_names_refuse(&checking->names, SCN_REF_VARIABLE, text);
            if (problem != NULL)
                COMPLAIN(checking, task, "%s", problem);
        }
        break;
    case SCN_NAME:
        if (!is_name(text))
            COMPLAIN(checking, task,
                     "not a name: 1 to 24 letters, digits, '-' or '_', the first a letter");
        break;
    case SCN_REF:
        check_reference(checking, task, text);
        break;
    case SCN_MONEY:
    case SCN_SIGNED:
        if (!scn_money_parse(text, &number))
            COMPLAIN(checking, task, "not an amount: \"60.00\" is one");
        else if (number < 0 && member->kind == SCN_MONEY)
            COMPLAIN(checking, task, "an amount below zero cannot be meant here");
        break;
    case SCN_DURATION:
        if (!scn_duration_parse(text, &number))
            COMPLAIN(checking, task, "not a time: \"200ms\", \"10s\", \"5m\" and \"1h\" are some");
        break;
    case SCN_DIGITS:
        if (length < (size_t)member->min || length > (size_t)member->max ||
            strspn(text, "0123456789") != length)
            COMPLAIN(checking, task,
                     member->min == member->max ? "not %" PRId64 " digits"
                                                : "not %" PRId64 " to %" PRId64 " digits",
                     member->min, member->max);
        break;
    case SCN_CHOICE:
        if (!is_choice(member->choices, text))
            COMPLAIN(checking, task, "\"%.40s\" is none of %s", text, member->choices);
        break;
    default:
        break;
    }
}

static void check_number(struct checking *checking, const struct task *task) {
    const struct scn_member *member = &task->member;
    int64_t number = json_integer_value(task->value);
    if ((member->min != 0 || member->max != 0) && (number < member->min || number > member->max))
        COMPLAIN(checking, task, "%" PRId64 " is not between %" PRId64 " and %" PRId64, number,
                 member->min, member->max);
}

static void check_notes(struct checking *checking, const struct task *task) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)task->value, key, value) {
        int64_t minor = 0;
        SCN_OWNED place = scn_format("%s/%s", task->pointer, key);
        if (!scn_money_parse(key, &minor) || minor <= 0)
            scn_complain(checking->problems, checking->source, place,
                         "\"%s\" is not a denomination: {\"20.00\": 3} are three of 20.00", key);
        else if (!json_is_integer(value) || json_integer_value(value) < 0 ||
                 json_integer_value(value) > 10000)
            scn_complain(checking->problems, checking->source, place,
                         "not a number of notes, 0 to 10000");
    }
}

/* --- what holds other values ---------------------------------------------------------------- */

static void push_list(struct checking *checking, const struct task *task, enum scn_kind of,
                      bool step) {
    for (size_t i = 0; i < json_array_size(task->value); i++) {
        struct scn_member element = task->member;
        element.kind = of;
        push(checking, (struct task){.value = json_array_get(task->value, i),
                                     .member = element,
                                     .pointer = scn_format("%s/%zu", task->pointer, i),
                                     .step = step,
                                     .in_step = task->in_step || step});
    }
}

static void push_map(struct checking *checking, const struct task *task) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)task->value, key, value) {
        char *place = scn_format("%s/%s", task->pointer, key);
        SCN_OWNED at_key = scn_format("%s#", place);
        SCN_OWNED problem = scn_names_refuse(&checking->names, task->member.ref, key);
        if (problem != NULL)
            scn_complain(checking->problems, checking->source, at_key, "%s", problem);
        push(checking, (struct task){.value = value,
                                     .member = {.name = key, .kind = task->member.of},
                                     .pointer = place,
                                     .in_step = task->in_step});
    }
}

static const struct scn_member *member_of(const struct scn_shape *shape, const char *name,
                                          bool step) {
    const struct scn_member *member = scn_member_find(shape, name);
    for (const struct scn_member *more = scn_step_members; step && more->name != NULL; more++)
        if (strcmp(more->name, name) == 0)
            member = more;
    return member;
}

static char *members_text(const struct scn_shape *shape) {
    char *text = scn_copy("");
    for (const struct scn_member *member = shape->members; member->name != NULL; member++)
        scn_append(&text, "%s%s", member == shape->members ? "" : ", ", member->name);
    return text;
}

static void check_object(struct checking *checking, const struct task *task,
                         const struct scn_shape *shape) {
    const char *key;
    json_t *value;
    for (const struct scn_member *member = shape->members; member->name != NULL; member++)
        if (member->required && json_object_get(task->value, member->name) == NULL)
            COMPLAIN(checking, task, "%s: \"%s\" is missing: %s", shape->name, member->name,
                     member->about);
    json_object_foreach((json_t *)(uintptr_t)task->value, key, value) {
        char *place = scn_format("%s/%s", task->pointer, key);
        const struct scn_member *member = member_of(shape, key, task->step);
        if (member == NULL) {
            SCN_OWNED at_key = scn_format("%s#", place);
            SCN_OWNED known = members_text(shape);
            scn_complain(checking->problems, checking->source, at_key,
                         "%s has no \"%s\"; it may have: %s", shape->name, key, known);
            free(place);
            continue;
        }
        push(checking,
             (struct task){
                 .value = value, .member = *member, .pointer = place, .in_step = task->in_step});
    }
}

static void check_step(struct checking *checking, const struct task *task) {
    const char *name = scn_text(task->value, "do");
    const struct scn_verb *verb = name != NULL ? scn_verb_find(name) : NULL;
    if (name == NULL) {
        COMPLAIN(checking, task, "a step needs \"do\": what is done");
        return;
    }
    if (verb == NULL) {
        SCN_OWNED place = scn_format("%s/do", task->pointer);
        scn_complain(checking->problems, checking->source, place,
                     "there is no step \"%.40s\"; ./run scenario --steps lists all", name);
        return;
    }
    const char *as = scn_text(task->value, "as");
    if (as != NULL)
        (void)json_object_set_new(checking->names.variables, as, json_true());
    check_object(checking, task, &verb->shape);
}

/* --- one value ------------------------------------------------------------------------------ */

static const char *wanted(enum scn_kind kind) {
    switch (kind) {
    case SCN_INT:
        return "a whole number";
    case SCN_BOOL:
        return "true or false";
    case SCN_TEXTS:
    case SCN_REFS:
        return "a list of texts";
    case SCN_LIST:
        return "a list of objects";
    case SCN_STEPS:
        return "a list of steps";
    case SCN_OBJECT:
    case SCN_MAP:
    case SCN_FREE:
        return "an object";
    case SCN_NOTES:
        return "notes, such as {\"20.00\": 3}";
    case SCN_MONEY:
    case SCN_SIGNED:
        return "an amount as text, such as \"60.00\"";
    case SCN_DURATION:
        return "a time as text, such as \"10s\"";
    case SCN_TEXT:
    case SCN_NAME:
    case SCN_REF:
    case SCN_DIGITS:
    case SCN_CHOICE:
        break;
    }
    return "a text";
}

static bool of_type(const struct task *task) {
    switch (task->member.kind) {
    case SCN_INT:
        return json_is_integer(task->value);
    case SCN_BOOL:
        return json_is_boolean(task->value);
    case SCN_TEXTS:
    case SCN_REFS:
    case SCN_LIST:
    case SCN_STEPS:
        return json_is_array(task->value);
    case SCN_OBJECT:
    case SCN_MAP:
    case SCN_FREE:
    case SCN_NOTES:
        return json_is_object(task->value);
    case SCN_TEXT:
    case SCN_NAME:
    case SCN_REF:
    case SCN_MONEY:
    case SCN_SIGNED:
    case SCN_DURATION:
    case SCN_DIGITS:
    case SCN_CHOICE:
        break;
    }
    return json_is_string(task->value);
}

static void check_value(struct checking *checking, const struct task *task) {
    if (!of_type(task)) {
        COMPLAIN(checking, task, "%s must be %s", task->member.name, wanted(task->member.kind));
        return;
    }
    switch (task->member.kind) {
    case SCN_INT:
        check_number(checking, task);
        break;
    case SCN_TEXTS:
        push_list(checking, task, SCN_TEXT, false);
        break;
    case SCN_REFS:
        push_list(checking, task, SCN_REF, false);
        break;
    case SCN_LIST:
        push_list(checking, task, SCN_OBJECT, false);
        break;
    case SCN_STEPS:
        push_list(checking, task, SCN_OBJECT, true);
        break;
    case SCN_OBJECT:
        if (task->step)
            check_step(checking, task);
        else
            check_object(checking, task, task->member.shape);
        break;
    case SCN_MAP:
        push_map(checking, task);
        break;
    case SCN_NOTES:
        check_notes(checking, task);
        break;
    case SCN_BOOL:
    case SCN_FREE:
        break;
    case SCN_TEXT:
    case SCN_NAME:
    case SCN_REF:
    case SCN_MONEY:
    case SCN_SIGNED:
    case SCN_DURATION:
    case SCN_DIGITS:
    case SCN_CHOICE:
        check_text(checking, task, json_string_value(task->value));
        break;
    }
}

static void check_counts(struct checking *checking) {
    static const struct {
        const char *list;
        size_t min, max;
    } counts[] = {
        {"banks", 1, 16}, {"customers", 0, 200}, {"strangers", 0, 50}, {"terminals", 0, 64}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const json_t *list = json_object_get(checking->source->tree, counts[i].list);
        size_t size = json_array_size(list);
        SCN_OWNED pointer = scn_format("/%s", counts[i].list);
        if (json_is_array(list) && (size < counts[i].min || size > counts[i].max))
            scn_complain(checking->problems, checking->source, pointer, "%zu %s; %zu to %zu can be",
                         size, counts[i].list, counts[i].min, counts[i].max);
    }
}

static void spend(struct checking *checking, char *pointer) {
    if (checking->spent_count % 256 == 0)
        checking->spent =
            realloc(checking->spent, (checking->spent_count + 256) * sizeof *checking->spent);
    tw_assert(checking->spent != NULL);
    checking->spent[checking->spent_count++] = pointer;
}

static void reverse(struct checking *checking, size_t from) {
    for (size_t to = checking->count; from + 1 < to; from++) {
        struct task kept = checking->tasks[from];
        checking->tasks[from] = checking->tasks[--to];
        checking->tasks[to] = kept;
    }
}

void scn_check(const struct scn_source *source, struct scn_problems *problems) {
    scn_check_shape(source, &scn_scenario_shape, problems);
}

void scn_check_shape(const struct scn_source *source, const struct scn_shape *shape,
                     struct scn_problems *problems) {
    struct checking checking = {.source = source, .problems = problems};
    scn_names_init(&checking.names, source, problems);
    if (shape == &scn_scenario_shape)
        check_counts(&checking);
    push(&checking,
         (struct task){.value = source->tree,
                       .member = {.name = "the file", .kind = SCN_OBJECT, .shape = shape},
                       .pointer = scn_copy("")});
    while (checking.count > 0) {
        struct task task = checking.tasks[--checking.count];
        size_t from = checking.count;
        check_value(&checking, &task);
        reverse(&checking, from); /* so that they are taken in the order of the file */
        spend(&checking, task.pointer);
    }
    for (size_t i = 0; i < checking.spent_count; i++)
        free(checking.spent[i]);
    free(checking.spent);
    free(checking.tasks);
    scn_names_clear(&checking.names);
}
