/*
 * Elements and text of an XML document on a stream, by libxml2's writer. Every text goes through
 * the writer, which escapes it; nothing is concatenated. Failures are remembered, so that a
 * document can be written without a check after each element; ib_xml_end tells. Internal to
 * report/.
 */
#ifndef IB_REPORT_XML_H
#define IB_REPORT_XML_H

#include <libxml/xmlwriter.h>
#include <stdio.h>

#include "core/status.h"

struct ib_xml {
    xmlTextWriterPtr writer;
    FILE *out;
    bool failed;
};

/* Characters of the longest text that any element here may have. */
#define IB_XML_TEXT_MAX 140

struct tw_status ib_xml_begin(struct ib_xml *xml, FILE *out, struct tw_error *ret_error);
/* Frees the writer, whatever happened before. */
struct tw_status ib_xml_end(struct ib_xml *xml, struct tw_error *ret_error);

void ib_xml_open(struct ib_xml *xml, const char *element);
void ib_xml_close(struct ib_xml *xml);
void ib_xml_attribute(struct ib_xml *xml, const char *name, const char *value);
/* An element with text alone; ours, or checked before. */
void ib_xml_leaf(struct ib_xml *xml, const char *element, const char *text);
/* The same with a stranger's text: at most `most` characters, odd ones as blanks; no element when
 * text is NULL or has nothing to show. */
void ib_xml_foreign(struct ib_xml *xml, const char *element, const char *text, size_t most);
/* Whether there would be an element. */
bool ib_xml_shows(const char *text);

#endif
