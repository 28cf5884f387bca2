/*
 * A scenario that was read and found good: its text, its tree, and who is declared in it. Whoever
 * holds one may rely on every type, range and name in it.
 */
#ifndef SCN_SCENARIO_H
#define SCN_SCENARIO_H

#include "scenario/source.h"

struct scn_scenario {
    struct scn_source source;
    const json_t *tree;
    char *name; /* file name without folder and ending */
};

/* False with problems; then only scn_scenario_clear may be called. */
TW_MUST_USE bool scn_scenario_load(struct scn_scenario *scenario, const char *file,
                                   struct scn_problems *problems);
/* The same from text, which is taken over; file is for messages. */
TW_MUST_USE bool scn_scenario_read(struct scn_scenario *scenario, const char *file, char *text,
                                   size_t length, struct scn_problems *problems);
void scn_scenario_clear(struct scn_scenario *scenario);

/* check.c: types, ranges and names against the tables. */
void scn_check(const struct scn_source *source, struct scn_problems *problems);
/* The same of a file of another shape. */
struct scn_shape;
void scn_check_shape(const struct scn_source *source, const struct scn_shape *shape,
                     struct scn_problems *problems);

#endif
