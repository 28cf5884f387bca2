/* Reading is all or nothing: who gets a scenario need not ask again what it is made of. */
#include "scenario/scenario.h"

#include <string.h>

static char *name_of(const char *file) {
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    return scn_format("%.*s", dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name),
                      name);
}

static bool checked(struct scn_scenario *scenario, const char *file,
                    struct scn_problems *problems) {
    scenario->name = name_of(file);
    scenario->tree = scenario->source.tree;
    if (scenario->tree != NULL)
        scn_check(&scenario->source, problems);
    return problems->count == 0;
}

bool scn_scenario_load(struct scn_scenario *scenario, const char *file,
                       struct scn_problems *problems) {
    scn_source_load(&scenario->source, file, problems);
    return checked(scenario, file, problems);
}

bool scn_scenario_read(struct scn_scenario *scenario, const char *file, char *text, size_t length,
                       struct scn_problems *problems) {
    scn_source_init(&scenario->source, file, text, length, problems);
    return checked(scenario, file, problems);
}

void scn_scenario_clear(struct scn_scenario *scenario) {
    scn_source_clear(&scenario->source);
    scn_drop(&scenario->name);
    scenario->name = NULL;
    scenario->tree = NULL;
}
