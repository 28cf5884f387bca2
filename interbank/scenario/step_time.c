/* Time, looking, and words. */
#include <stdlib.h>
#include <string.h>

#include "scenario/network.h"
#include "scenario/play.h"
#include "scenario/state.h"

void scn_step_say(struct scn_run *run, const json_t *step, struct scn_played *played) {
    (void)run;
    (void)step;
    (void)played;
}

void scn_step_wait(struct scn_run *run, const json_t *step, struct scn_played *played) {
    (void)played;
    TW_JSON_OWNED json_t *links = scn_links_up(run);
    scn_clock_pass(&run->clock, scn_duration_us(step, "for", 0), NULL, NULL);
    scn_links_await(run, links);
}

static bool drained(void *context) {
    struct scn_run *run = context;
    return scn_messages_waiting(run) == 0;
}

void scn_step_drain(struct scn_run *run, const json_t *step, struct scn_played *played) {
    int64_t most_us = scn_duration_us(step, "for", INT64_C(3600000000));
    int64_t deadline_us = scn_now_us() + SCN_ANSWER_US;
    for (int64_t passed = 0; passed < most_us && !drained(run) && !scn_interrupted;
         passed += 1000000) {
        scn_messages_hurry(run);
        scn_clock_pass(&run->clock, 1000000, drained, run);
        scn_sleep_us(50000);
        if (scn_now_us() > deadline_us)
            break;
    }
    if (!drained(run))
        played->problem = scn_copy("banks still have messages for each other");
}

void scn_step_expect(struct scn_run *run, const json_t *step, struct scn_played *played) {
    const json_t *that = json_object_get(step, "that");
    played->problem = scn_expect_state(run, that, false);
}
