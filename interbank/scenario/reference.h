/*
 * The format of scenario files, printed from the tables that check it: for people, and as JSON
 * Schema.
 */
#ifndef SCN_REFERENCE_H
#define SCN_REFERENCE_H

#include <stdio.h>

void scn_reference_steps(FILE *out);  /* Markdown: every object, every step */
void scn_reference_schema(FILE *out); /* JSON Schema, draft 2020-12 */

#endif
