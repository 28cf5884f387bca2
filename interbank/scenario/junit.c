/* libxml2's writer takes care of escapes and of what XML cannot say. */
#include "scenario/junit.h"

#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>

static void attribute(xmlTextWriterPtr out, const char *name, const char *value) {
    (void)xmlTextWriterWriteAttribute(out, (const xmlChar *)name, (const xmlChar *)value);
}

static void seconds(xmlTextWriterPtr out, int64_t ms) {
    (void)xmlTextWriterWriteFormatAttribute(out, (const xmlChar *)"time", "%" PRId64 ".%03" PRId64,
                                            ms / 1000, ms % 1000);
}

static void write_case(xmlTextWriterPtr out, const char *group, const char *name, int64_t ms,
                       const char *reason) {
    (void)xmlTextWriterStartElement(out, (const xmlChar *)"testcase");
    attribute(out, "classname", group);
    attribute(out, "name", name);
    seconds(out, ms);
    if (reason != NULL && reason[0] != '\0') {
        (void)xmlTextWriterStartElement(out, (const xmlChar *)"failure");
        attribute(out, "message", reason);
        (void)xmlTextWriterEndElement(out);
    }
    (void)xmlTextWriterEndElement(out);
}

static size_t count_failed(const json_t *list) {
    size_t failed = 0;
    size_t index;
    const json_t *one;
    json_array_foreach(list, index, one) failed += scn_text_or(one, "reason", "")[0] != '\0';
    return failed;
}

static void write_cases(xmlTextWriterPtr out, const json_t *result) {
    const char *name = scn_text_or(result, "name", "");
    size_t index;
    const json_t *one;
    json_array_foreach(json_object_get(result, "steps"), index, one) {
        SCN_OWNED group = scn_format("%s.steps", name);
        SCN_OWNED text = scn_format("line %" PRId64 ": %s", scn_number(one, "line", 0),
                                    scn_text_or(one, "text", ""));
        write_case(out, group, text, scn_number(one, "took_ms", 0), scn_text(one, "reason"));
    }
    json_array_foreach(json_object_get(result, "expectations"), index, one) {
        SCN_OWNED group = scn_format("%s.expectations", name);
        write_case(out, group, scn_text_or(one, "text", ""), 0, scn_text(one, "reason"));
    }
    json_array_foreach(json_object_get(result, "invariants"), index, one) {
        SCN_OWNED group = scn_format("%s.invariants", name);
        SCN_OWNED text = scn_format("%s %s: %s", scn_text_or(one, "id", ""),
                                    scn_text_or(one, "scope", ""), scn_text_or(one, "title", ""));
        write_case(out, group, text, 0, scn_text(one, "reason"));
    }
    json_array_foreach(json_object_get(result, "problems"), index, one)
        write_case(out, name, "can be played", 0, json_string_value(one));
}

static void write_suite(xmlTextWriterPtr out, const json_t *result) {
    static const char *const lists[] = {"steps", "expectations", "invariants"};
    size_t cases = json_array_size(json_object_get(result, "problems"));
    size_t failed = cases;
    for (size_t i = 0; i < 3; i++) {
        cases += json_array_size(json_object_get(result, lists[i]));
        failed += count_failed(json_object_get(result, lists[i]));
    }
    (void)xmlTextWriterStartElement(out, (const xmlChar *)"testsuite");
    attribute(out, "name", scn_text_or(result, "name", ""));
    (void)xmlTextWriterWriteFormatAttribute(out, (const xmlChar *)"tests", "%zu", cases);
    (void)xmlTextWriterWriteFormatAttribute(out, (const xmlChar *)"failures", "%zu", failed);
    seconds(out, scn_number(result, "took_ms", 0));
    (void)xmlTextWriterStartElement(out, (const xmlChar *)"properties");
    (void)xmlTextWriterStartElement(out, (const xmlChar *)"property");
    attribute(out, "name", "seed");
    (void)xmlTextWriterWriteFormatAttribute(out, (const xmlChar *)"value", "%" PRId64,
                                            scn_number(result, "seed", 0));
    (void)xmlTextWriterEndElement(out);
    (void)xmlTextWriterEndElement(out);
    write_cases(out, result);
    (void)xmlTextWriterEndElement(out);
}

struct tw_status scn_junit_write(const json_t *results, const char *file,
                                 struct tw_error *ret_error) {
    xmlTextWriterPtr out = xmlNewTextWriterFilename(file, 0);
    size_t index;
    const json_t *result;
    if (out == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s", file);
    (void)xmlTextWriterSetIndent(out, 1);
    (void)xmlTextWriterStartDocument(out, NULL, "UTF-8", NULL);
    (void)xmlTextWriterStartElement(out, (const xmlChar *)"testsuites");
    json_array_foreach(results, index, result) write_suite(out, result);
    int written = xmlTextWriterEndDocument(out);
    xmlFreeTextWriter(out);
    return written >= 0 ? tw_success() : tw_fail(ret_error, TW_E_IO, "cannot write %s", file);
}
