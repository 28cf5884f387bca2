/*
 * The names that a scenario declares, for checking those it uses. Built from a tree that may still
 * be wrong anywhere: whatever is not of its type is left out, and complained about elsewhere.
 */
#ifndef SCN_NAMES_H
#define SCN_NAMES_H

#include "scenario/schema.h"
#include "scenario/source.h"

struct scn_names {
    json_t *banks;     /* name -> its declaration, borrowed trees */
    json_t *terminals; /* likewise */
    json_t *cards;
    json_t *accounts;
    json_t *variables; /* "as" of the steps */
    bool agent;
};

void scn_names_init(struct scn_names *names, const struct scn_source *source,
                    struct scn_problems *problems);
void scn_names_clear(struct scn_names *names);
/* What is wrong with this name, malloc'd, or NULL. */
char *scn_names_refuse(const struct scn_names *names, enum scn_ref ref, const char *name);

#endif
