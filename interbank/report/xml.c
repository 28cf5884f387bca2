/* What XML 1.0 cannot hold at all, a reader must never see: such characters, bytes that are no
 * UTF-8, and those that rearrange a line on a screen are replaced before the writer gets the text,
 * because the writer would put them out as references that no parser accepts. */
#include "report/xml.h"

#include <string.h>

#include "core/utf8.h"

#define CHARACTER_BYTES_MAX 4

struct tw_status ib_xml_begin(struct ib_xml *xml, FILE *out, struct tw_error *ret_error) {
    *xml = (struct ib_xml){.out = out};
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateFile(out, NULL);
    if (buffer == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "buffer of an XML writer");
    }
    xml->writer = xmlNewTextWriter(buffer);
    if (xml->writer == NULL) {
        (void)xmlOutputBufferClose(buffer);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "XML writer");
    }
    (void)xmlTextWriterSetIndent(xml->writer, 1);
    xml->failed = xmlTextWriterStartDocument(xml->writer, NULL, "UTF-8", NULL) < 0;
    return tw_success();
}

struct tw_status ib_xml_end(struct ib_xml *xml, struct tw_error *ret_error) {
    xml->failed = xmlTextWriterEndDocument(xml->writer) < 0 || xml->failed;
    xml->failed = xmlTextWriterFlush(xml->writer) < 0 || xml->failed;
    xmlFreeTextWriter(xml->writer);
    if (xml->failed || fflush(xml->out) != 0 || ferror(xml->out)) {
        return tw_fail(ret_error, TW_E_IO, "cannot write XML");
    }
    return tw_success();
}

void ib_xml_open(struct ib_xml *xml, const char *element) {
    xml->failed =
        xmlTextWriterStartElement(xml->writer, (const xmlChar *)element) < 0 || xml->failed;
}

void ib_xml_close(struct ib_xml *xml) {
    xml->failed = xmlTextWriterEndElement(xml->writer) < 0 || xml->failed;
}

void ib_xml_attribute(struct ib_xml *xml, const char *name, const char *value) {
    xml->failed = xmlTextWriterWriteAttribute(xml->writer, (const xmlChar *)name,
                                              (const xmlChar *)value) < 0 ||
                  xml->failed;
}

void ib_xml_leaf(struct ib_xml *xml, const char *element, const char *text) {
    xml->failed = xmlTextWriterWriteElement(xml->writer, (const xmlChar *)element,
                                            (const xmlChar *)text) < 0 ||
                  xml->failed;
}

/* Into a buffer for `most` characters. Leading blanks are left out, and trailing ones. */
static void clean(const char *text, size_t most, char *buffer) {
    const size_t length = strlen(text);
    size_t used = 0;
    size_t shown = 0;
    size_t characters = 0;
    for (size_t at = 0; at < length && characters < most;) {
        uint32_t character;
        const size_t count = tw_utf8_decode(text + at, length - at, &character);
        const bool blank = count == 0 || character == ' ' || !tw_utf8_printable(character) ||
                           character == 0xFFFE || character == 0xFFFF;
        if (!blank) {
            memcpy(buffer + used, text + at, count);
            used += count;
            shown = used;
        } else if (shown > 0) {
            buffer[used++] = ' ';
        }
        characters += used > 0;
        at += count == 0 ? 1 : count;
    }
    buffer[shown] = '\0';
}

bool ib_xml_shows(const char *text) {
    char buffer[IB_XML_TEXT_MAX * CHARACTER_BYTES_MAX + 1] = "";
    if (text != NULL) {
        clean(text, IB_XML_TEXT_MAX, buffer);
    }
    return buffer[0] != '\0';
}

void ib_xml_foreign(struct ib_xml *xml, const char *element, const char *text, size_t most) {
    char buffer[IB_XML_TEXT_MAX * CHARACTER_BYTES_MAX + 1];
    tw_assert(most <= IB_XML_TEXT_MAX);
    if (text == NULL) {
        return;
    }
    clean(text, most, buffer);
    if (buffer[0] != '\0') {
        ib_xml_leaf(xml, element, buffer);
    }
}
