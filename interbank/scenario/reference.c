/* Shapes refer to each other by name, so neither form needs to nest. */
#include "scenario/reference.h"

#include <inttypes.h>
#include <string.h>

#include "scenario/schema.h"

static const char *const kind_words[] = {
    [SCN_TEXT] = "text",          [SCN_NAME] = "new name",       [SCN_REF] = "name",
    [SCN_INT] = "number",         [SCN_BOOL] = "true/false",     [SCN_MONEY] = "amount",
    [SCN_SIGNED] = "amount",      [SCN_DURATION] = "time",       [SCN_DIGITS] = "digits",
    [SCN_CHOICE] = "one of",      [SCN_NOTES] = "notes",         [SCN_TEXTS] = "list of texts",
    [SCN_REFS] = "list of names", [SCN_OBJECT] = "object",       [SCN_LIST] = "list of objects",
    [SCN_MAP] = "object",         [SCN_STEPS] = "list of steps", [SCN_FREE] = "object",
};

static const char *const ref_words[] = {
    [SCN_REF_NONE] = "",
    [SCN_REF_BANK] = "bank",
    [SCN_REF_TERMINAL] = "terminal",
    [SCN_REF_CARD] = "card",
    [SCN_REF_ACCOUNT] = "account",
    [SCN_REF_PROCESS] = "process",
    [SCN_REF_LINK] = "link",
    [SCN_REF_VARIABLE] = "$name",
    [SCN_REF_POINT] = "crash point",
    [SCN_REF_FAULT] = "device fault",
};

static char *kind_text(const struct scn_member *member) {
    if (member->kind == SCN_CHOICE)
        return scn_copy(member->choices);
    if (member->kind == SCN_REF)
        return scn_copy(ref_words[member->ref]);
    if (member->kind == SCN_REFS)
        return scn_format("list of %ss", ref_words[member->ref]);
    if (member->kind == SCN_OBJECT)
        return scn_copy(member->shape->name);
    if (member->kind == SCN_LIST)
        return scn_format("list of %s", member->shape->name);
    if (member->kind == SCN_MAP)
        return scn_format("{%s: %s}", ref_words[member->ref], kind_words[member->of]);
    if (member->kind == SCN_INT && (member->min != 0 || member->max != 0))
        return scn_format("%" PRId64 " to %" PRId64, member->min, member->max);
    return scn_copy(kind_words[member->kind]);
}

static void print_cell(FILE *out, const char *text) {
    for (const char *at = text; *at != '\0'; at++)
        (void)fprintf(out, *at == '|' ? "\\|" : "%c", *at);
}

static void print_members(FILE *out, const struct scn_member *members) {
    if (members->name == NULL)
        return;
    (void)fprintf(out, "\n| member | is | |\n| --- | --- | --- |\n");
    for (; members->name != NULL; members++) {
        SCN_OWNED kind = kind_text(members);
        (void)fprintf(out, "| `%s`%s | ", members->name, members->required ? " (needed)" : "");
        print_cell(out, kind);
        (void)fprintf(out, " | ");
        print_cell(out, members->about);
        (void)fprintf(out, " |\n");
    }
}

static void print_shape(FILE *out, const struct scn_shape *shape) {
    (void)fprintf(out, "\n#### %s\n\n%s\n", shape->name, shape->about);
    print_members(out, shape->members);
}

/* The shapes, each once, beginning with the document: a list that grows while it is read. */
static size_t collect(const struct scn_shape *list[], size_t room) {
    size_t count = 0;
    list[count++] = &scn_scenario_shape;
    list[count++] = &scn_answer_shape;
    for (size_t i = 0; i < count; i++) {
        for (const struct scn_member *member = list[i]->members; member->name != NULL; member++) {
            bool known = member->shape == NULL;
            for (size_t k = 0; k < count && !known; k++)
                known = list[k] == member->shape;
            if (!known && count < room)
                list[count++] = member->shape;
        }
    }
    return count;
}

void scn_reference_steps(FILE *out) {
    const struct scn_shape *shapes[64];
    size_t count = collect(shapes, 64);
    const char *family = "";
    (void)fprintf(out, "### Objects\n");
    for (size_t i = 0; i < count; i++)
        print_shape(out, shapes[i]);
    (void)fprintf(out, "\n### Steps\n\nEvery step may have:\n");
    print_members(out, scn_step_members);
    for (size_t i = 0; scn_verb_at(i) != NULL; i++) {
        const struct scn_verb *verb = scn_verb_at(i);
        if (strcmp(family, verb->family) != 0)
            (void)fprintf(out, "\n### Steps: %s\n", verb->family);
        family = verb->family;
        print_shape(out, &verb->shape);
    }
}

/* --- JSON Schema ---------------------------------------------------------------------------- */

static json_t *reference_to(const struct scn_shape *shape) {
    SCN_OWNED text = scn_format("#/$defs/%s", shape->name);
    return json_pack("{s:s}", "$ref", text);
}

static json_t *value_schema(enum scn_kind kind, const struct scn_member *member);

static json_t *choice_schema(const char *choices) {
    json_t *list = json_array();
    for (const char *at = choices; *at != '\0';) {
        size_t length = strcspn(at, "|");
        (void)json_array_append_new(list, json_stringn(at, length));
        at += length + (at[length] == '|');
    }
    return json_pack("{s:o}", "enum", list);
}

static json_t *pattern_schema(const char *pattern) {
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *leaf_schema(enum scn_kind kind, const struct scn_member *member) {
    switch ((int)kind) {
    case SCN_INT:
        return member->min != 0 || member->max != 0
                   ? json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
                               (json_int_t)member->min, "maximum", (json_int_t)member->max)
                   : json_pack("{s:s}", "type", "integer");
    case SCN_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case SCN_MONEY:
        return pattern_schema("^[0-9]+(\\.[0-9]{2})?$");
    case SCN_SIGNED:
        return pattern_schema("^-?[0-9]+(\\.[0-9]{2})?$");
    case SCN_DURATION:
        return pattern_schema("^[0-9]+(ms|s|m|h)$");
    case SCN_DIGITS:
        return pattern_schema("^[0-9]+$");
    case SCN_NAME:
        return pattern_schema("^[A-Za-z][A-Za-z0-9_-]{0,23}$");
    case SCN_CHOICE:
        return choice_schema(member->choices);
    default:
        return json_pack("{s:s}", "type", "string");
    }
}

static json_t *steps_schema(void) {
    return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "$ref", "#/$defs/step");
}

static json_t *value_schema(enum scn_kind kind, const struct scn_member *member) {
    switch ((int)kind) {
    case SCN_OBJECT:
        return reference_to(member->shape);
    case SCN_LIST:
        return json_pack("{s:s, s:o}", "type", "array", "items", reference_to(member->shape));
    case SCN_STEPS:
        return steps_schema();
    case SCN_TEXTS:
    case SCN_REFS:
        return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string");
    case SCN_NOTES:
        return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type",
                         "integer");
    case SCN_MAP:
        return member->of == SCN_TEXTS || member->of == SCN_NOTES || member->of == SCN_FREE
                   ? json_pack("{s:s}", "type", "object")
                   : json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                               leaf_schema(member->of, member));
    case SCN_FREE:
        return json_pack("{s:s}", "type", "object");
    default:
        return leaf_schema(kind, member);
    }
}

static void add_members(json_t *properties, json_t *required, const struct scn_member *members) {
    for (; members->name != NULL; members++) {
        json_t *schema = value_schema(members->kind, members);
        scn_set(schema, "description", json_string(members->about));
        scn_set(properties, members->name, schema);
        if (members->required)
            (void)json_array_append_new(required, json_string(members->name));
    }
}

static json_t *shape_schema(const struct scn_shape *shape, const char *verb) {
    json_t *properties = json_object();
    json_t *required = json_array();
    if (verb != NULL)
        add_members(properties, required, scn_step_members);
    add_members(properties, required, shape->members);
    if (verb != NULL)
        scn_set(properties, "do", json_pack("{s:s}", "const", verb));
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object", "description", shape->about,
                     "properties", properties, "required", required, "additionalProperties", 0);
}

void scn_reference_schema(FILE *out) {
    const struct scn_shape *shapes[64];
    size_t count = collect(shapes, 64);
    json_t *definitions = json_object();
    json_t *steps = json_array();
    for (size_t i = 0; i < count; i++)
        scn_set(definitions, shapes[i]->name, shape_schema(shapes[i], NULL));
    for (size_t i = 0; scn_verb_at(i) != NULL; i++)
        (void)json_array_append_new(steps,
                                    shape_schema(&scn_verb_at(i)->shape, scn_verb_at(i)->name));
    scn_set(definitions, "step", json_pack("{s:o}", "oneOf", steps));
    TW_JSON_OWNED json_t *schema =
        json_pack("{s:s, s:s, s:s, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                  "title", "Tellerwire scenario", "$ref", "#/$defs/scenario", "$defs", definitions);
    (void)json_dumpf(schema, out, JSON_INDENT(2));
    (void)fputc('\n', out);
}
