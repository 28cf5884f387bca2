/*
 * Script lines of the terminal: any bytes are refused with a reason that repeats no secret, or are
 * a step that has what its verb needs and nothing else. The same bytes as a world file are
 * refused, or written back as they were read.
 */
#include <stdint.h>
#include <string.h>

#include "atm-client/device/world.h"
#include "atm-client/face/script.h"

static void read_line(const char *line, size_t length) {
    struct atm_step step;
    struct tw_error error = {0};
    TW_JSON_OWNED json_t *expect = NULL;
    if (!tw_ok(atm_script_line(line, length, &step, &expect, &error))) {
        tw_assert(error.detail[0] != '\0' && expect == NULL);
        return;
    }
    tw_assert(tw_ok(atm_step_check(&step, NULL)));
    tw_assert(step.amount >= 0 && step.amount <= TW_AMOUNT_MAX_MINOR);
    tw_assert(step.note_count <= TW_NOTES_MAX && step.load_count <= ATM_CASSETTES_MAX);
    tw_assert(memchr(step.pin, '\0', sizeof step.pin) != NULL);
    if (expect != NULL)
        tw_assert(atm_script_meets(expect, expect, &error));
}

static void read_world(const char *bytes, size_t length) {
    struct atm_world world = {0};
    TW_JSON_OWNED json_t *json = NULL;
    if (!tw_ok(tw_json_parse(bytes, length, TW_JSON_LIMITS_DEFAULT, &json, NULL)) ||
        !tw_ok(tw_fields_read(json, atm_world_fields, &world, NULL)))
        return;
    tw_assert(world.cassette_count <= ATM_CASSETTES_MAX && world.fault_count <= ATM_FAULTS_MAX);
    TW_JSON_OWNED json_t *written = tw_fields_write(atm_world_fields, &world);
    struct atm_world again = {0};
    tw_assert(tw_ok(tw_fields_read(written, atm_world_fields, &again, NULL)));
    tw_assert(memcmp(&world, &again, sizeof world) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_line((const char *)data, size);
    read_world((const char *)data, size);
    return 0;
}
