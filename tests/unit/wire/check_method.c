/* wire/method: names find their method, and the OpenRPC document describes all of them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/scarce.h"
#include "support/suite.h"
#include "wire/json.h"
#include "wire/method.h"

START_TEST(each_name_finds_its_own_method) {
    enum tw_method_id id = TW_METHOD_COUNT;
    ck_assert(tw_method_find(tw_method((enum tw_method_id)_i)->name, &id));
    ck_assert_int_eq((int)id, _i);
}
END_TEST

START_TEST(other_names_find_nothing) {
    static const char *const names[] = {"",
                                        "balance",
                                        "balance.inquiry ",
                                        "rpc.ping",
                                        "Network.Echo",
                                        "network.echo.",
                                        "network_echo"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        enum tw_method_id id;
        ck_assert_msg(!tw_method_find(names[i], &id), "%s", names[i]);
    }
}
END_TEST

START_TEST(names_keep_the_limits_of_the_envelope) {
    const char *name = tw_method((enum tw_method_id)_i)->name;
    ck_assert_uint_le(strlen(name), 64);
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_."), strlen(name));
    ck_assert_uint_gt(strlen(tw_method((enum tw_method_id)_i)->summary), 0);
}
END_TEST

START_TEST(number_outside_the_catalogue_aborts) {
    (void)tw_method(TW_METHOD_COUNT);
}
END_TEST

/* Follows "#/components/<folder>/<name>"; the descriptor itself when it is no reference. */
static const json_t *resolve(const json_t *document, const json_t *value) {
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    if (!reference) {
        return value;
    }
    char folder[64];
    char name[64];
    ck_assert_int_eq(sscanf(reference, "#/components/%63[^/]/%63s", folder, name), 2);
    const json_t *components = json_object_get(document, "components");
    const json_t *found = json_object_get(json_object_get(components, folder), name);
    ck_assert_msg(found != NULL, "%s", reference);
    return found;
}

static const json_t *find_method(const json_t *document, const char *name) {
    size_t i;
    const json_t *method;
    json_array_foreach(json_object_get(document, "methods"), i, method) {
        if (strcmp(json_string_value(json_object_get(method, "name")), name) == 0) {
            return method;
        }
    }
    return NULL;
}

START_TEST(openrpc_describes_each_method_member_by_member) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    TW_JSON_OWNED json_t *document = tw_method_openrpc();
    const json_t *described = find_method(document, method->name);
    ck_assert_ptr_nonnull(described);
    ck_assert_str_eq(json_string_value(json_object_get(described, "paramStructure")), "by-name");
    const json_t *params = json_object_get(described, "params");
    size_t count = 0;
    for (const struct tw_field *field = method->request; field->name; field++, count++) {
        const json_t *param = resolve(document, json_array_get(params, count));
        ck_assert_str_eq(json_string_value(json_object_get(param, "name")), field->name);
        ck_assert_int_eq(json_is_true(json_object_get(param, "required")), !field->optional);
        ck_assert(json_is_string(json_object_get(json_object_get(param, "schema"), "type")));
    }
    ck_assert_uint_eq(json_array_size(params), count);
    const json_t *result = json_object_get(json_object_get(described, "result"), "schema");
    const json_t *properties = json_object_get(resolve(document, result), "properties");
    for (const struct tw_field *field = method->result; field->name; field++) {
        ck_assert_ptr_nonnull(json_object_get(properties, field->name));
    }
}
END_TEST

START_TEST(openrpc_document_fits_into_one_line) {
    TW_JSON_OWNED json_t *document = tw_method_openrpc();
    ck_assert_uint_eq(json_array_size(json_object_get(document, "methods")), TW_METHOD_COUNT + 1);
    ck_assert_ptr_nonnull(find_method(document, "rpc.ping"));
    char *line = NULL;
    size_t length = 0;
    ck_assert(tw_ok(tw_json_line(document, &line, &length, NULL)));
    TW_JSON_OWNED json_t *back = NULL;
    struct tw_error error = {0};
    const struct tw_json_limits limits = TW_JSON_LIMITS_DEFAULT;
    ck_assert_uint_lt(length, limits.bytes / 10 * 9);
    ck_assert_msg(tw_ok(tw_json_parse(line, length, limits, &back, &error)), "%s", error.detail);
    ck_assert(json_equal(document, back));
    free(line);
}
END_TEST

START_TEST(openrpc_without_memory_is_null_and_leaks_nothing) {
    bool done = false;
    for (size_t allowed = 0; !done; allowed += 1 + allowed / 50) {
        scarce_begin(allowed);
        json_t *document = tw_method_openrpc();
        done = document != NULL;
        json_decref(document);
        const size_t left = scarce_end();
        ck_assert_msg(left == 0, "%zu blocks left after %zu", left, allowed);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = each_name_finds_its_own_method, .rows = TW_METHOD_COUNT},
        {.test = other_names_find_nothing},
        {.test = names_keep_the_limits_of_the_envelope, .rows = TW_METHOD_COUNT},
        {.test = number_outside_the_catalogue_aborts, .signal = SIGABRT},
        {.test = openrpc_describes_each_method_member_by_member, .rows = TW_METHOD_COUNT},
        {.test = openrpc_document_fits_into_one_line},
        {.test = openrpc_without_memory_is_null_and_leaks_nothing},
    };
    return test_main("method", tests, COUNT_OF(tests));
}
