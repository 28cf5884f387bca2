/* Scenario files: whatever is read, there is a scenario or at least one complaint, and every
 * complaint has a place inside the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct scn_problems problems = {0};
    struct scn_scenario scenario;
    char *text = malloc(size + 1);
    tw_assert(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    bool good = scn_scenario_read(&scenario, "fuzz", text, size, &problems);
    tw_assert(good == (problems.count == 0));
    for (size_t i = 0; i < problems.count; i++)
        tw_assert(problems.list[i].spot.line >= 1 && problems.list[i].spot.column >= 1 &&
                  problems.list[i].spot.line <= size + 1);
    scn_scenario_clear(&scenario);
    scn_problems_clear(&problems);
    return 0;
}
