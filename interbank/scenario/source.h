/*
 * A scenario file as text: read once, kept, and asked afterwards in which line and column a value
 * stands, so that every complaint has a place. Also the list of complaints.
 *
 * A place in the document is named by a JSON Pointer (RFC 6901, without escapes: our member names
 * need none): "/steps/3/expect/rc"; a trailing "#" means the member's name and not its value. The
 * text was accepted by Jansson before anything is located in it.
 */
#ifndef SCN_SOURCE_H
#define SCN_SOURCE_H

#include "scenario/base.h"

#define SCN_SOURCE_MAX ((size_t)1 << 20)
#define SCN_DEPTH_MAX  24

struct scn_source {
    char *file; /* as given */
    char *text;
    size_t length;
    json_t *tree;
};

struct scn_spot {
    size_t line, column; /* from 1; columns count characters */
};

struct scn_problem {
    struct scn_spot spot;
    char *text;
};

struct scn_problems {
    size_t count;
    struct scn_problem *list;
};

/* Takes text over. A text that is no JSON leaves a problem and no tree. */
void scn_source_init(struct scn_source *source, const char *file, char *text, size_t length,
                     struct scn_problems *problems);
/* Reads the file; unreadable: a problem in line 0. */
void scn_source_load(struct scn_source *source, const char *file, struct scn_problems *problems);
void scn_source_clear(struct scn_source *source);

struct scn_spot scn_source_find(const struct scn_source *source, const char *pointer);

void scn_complain(struct scn_problems *problems, const struct scn_source *source,
                  const char *pointer, const char *format, ...) TW_PRINTF(4, 5);
/* In the order of the text: "file:line:column: reason". */
void scn_problems_print(struct scn_problems *problems, const char *file, FILE *out);
void scn_problems_clear(struct scn_problems *problems);

#endif
