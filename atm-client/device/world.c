/*
 * One field table reads and writes the file; replacing is write-to-temporary and rename, so that a
 * kill leaves the old world or the new one. A binary layout was rejected: testers edit this file.
 */
#include "atm-client/device/world.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/json.h"

#define WORLD_BYTES_MAX 65536
#define PAGE_BYTES      4096

/* clang-format off */
#define COUNT(type, member, about_)                                                                \
    {.name = #member, .kind = TW_FIELD_INT, .optional = true,                                      \
     .offset = offsetof(struct type, member), .max = INT64_C(1000000000), .about = (about_)}
#define LIST(member, counter, element_, size_, max_, about_)                                       \
    {.name = #member, .kind = TW_FIELD_LIST, .optional = true,                                     \
     .offset = offsetof(struct atm_world, member),                                                 \
     .count_offset = offsetof(struct atm_world, counter),                                          \
     .element = (element_), .size = (size_), .list_max = (max_), .about = (about_)}
/* clang-format on */

static const struct tw_field cassette_fields[] = {
    COUNT(atm_world_cassette, number, "cassette number"),
    COUNT(atm_world_cassette, denomination, "minor units of one note"),
    COUNT(atm_world_cassette, notes, "notes in the cassette"),
    COUNT(atm_world_cassette, reject_bin, "its notes in the reject bin"),
    COUNT(atm_world_cassette, retract_bin, "its notes in the retract bin"),
    COUNT(atm_world_cassette, taken, "its notes that customers took"),
    {0},
};

static const struct tw_field unit_fields[] = {
    COUNT(atm_world_unit, number, "cassette number"),
    COUNT(atm_world_unit, denomination, "minor units of one note"),
    COUNT(atm_world_unit, stacked, "picked and good"),
    COUNT(atm_world_unit, taken, "gone with the customer"),
    COUNT(atm_world_unit, rejected, "in the reject bin"),
    COUNT(atm_world_unit, retracted, "in the retract bin"),
    {0},
};

static const struct tw_field notes_fields[] = {
    COUNT(tw_notes, denomination, "minor units of one note"),
    COUNT(tw_notes, count, "notes"),
    {0},
};

static const struct tw_field fault_fields[] = {
    {.name = "name",
     .kind = TW_FIELD_STRING,
     .offset = offsetof(struct atm_world_fault, name),
     .size = sizeof((struct atm_world_fault *)NULL)->name,
     .about = "fault"},
    COUNT(atm_world_fault, value, "its parameter"),
    {.name = "at",
     .kind = TW_FIELD_STRING,
     .optional = true,
     .offset = offsetof(struct atm_world_fault, at),
     .size = sizeof((struct atm_world_fault *)NULL)->at,
     .about = "where the power goes"},
    {0},
};

const struct tw_field atm_world_fields[] = {
    LIST(cassettes, cassette_count, cassette_fields, sizeof(struct atm_world_cassette),
         ATM_CASSETTES_MAX, "cassettes"),
    {.name = "dispense",
     .kind = TW_FIELD_UUID,
     .optional = true,
     .offset = offsetof(struct atm_world, dispense),
     .about = "reference of the last dispense"},
    COUNT(atm_world, dispense_state, "enum atm_cash_state"),
    {.name = "dispense_complete",
     .kind = TW_FIELD_BOOL,
     .optional = true,
     .offset = offsetof(struct atm_world, dispense_complete),
     .about = "every note was stacked"},
    LIST(units, unit_count, unit_fields, sizeof(struct atm_world_unit), ATM_CASSETTES_MAX,
         "notes of the last dispense"),
    {.name = "deposit",
     .kind = TW_FIELD_UUID,
     .optional = true,
     .offset = offsetof(struct atm_world, deposit),
     .about = "reference of the last deposit"},
    COUNT(atm_world, deposit_state, "enum atm_escrow_state"),
    LIST(escrow, escrow_count, notes_fields, sizeof(struct tw_notes), TW_NOTES_MAX,
         "notes of the last deposit"),
    LIST(inserted, inserted_count, notes_fields, sizeof(struct tw_notes), TW_NOTES_MAX,
         "notes the customer is about to put in"),
    LIST(stowed, stowed_count, notes_fields, sizeof(struct tw_notes), TW_NOTES_MAX,
         "the deposit cassette"),
    COUNT(atm_world, cards_retained, "cards in the capture bin"),
    {.name = "card_jammed",
     .kind = TW_FIELD_BOOL,
     .optional = true,
     .offset = offsetof(struct atm_world, card_jammed),
     .about = "a card is stuck in the reader"},
    LIST(faults, fault_count, fault_fields, sizeof(struct atm_world_fault), ATM_FAULTS_MAX,
         "armed faults"),
    {0},
};

static const struct {
    const char *name;
    const char *about;
} fault_names[] = {
#define ATM_FAULT_NAME(id, name, about) {name, about},
    ATM_FAULTS(ATM_FAULT_NAME)
#undef ATM_FAULT_NAME
};

static void close_file(FILE **file) {
    if (*file != NULL)
        (void)fclose(*file);
}

struct tw_status atm_world_load(const char *file, struct atm_world *ret_world,
                                struct tw_error *ret_error) {
    *ret_world = (struct atm_world){0};
    __attribute__((cleanup(close_file))) FILE *in = fopen(file, "re");
    if (in == NULL && errno == ENOENT)
        return tw_success();
    if (in == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot open %s: %s", file, strerror(errno));
    char bytes[WORLD_BYTES_MAX];
    size_t length = fread(bytes, 1, sizeof bytes, in);
    while (length > 0 && strchr("\n\r ", bytes[length - 1]) != NULL)
        length--;
    TW_JSON_OWNED json_t *json = NULL;
    struct tw_status status =
        tw_json_parse(bytes, length, TW_JSON_LIMITS_DEFAULT, &json, ret_error);
    if (tw_ok(status))
        status = tw_fields_read(json, atm_world_fields, ret_world, ret_error);
    if (!tw_ok(status) && ret_error != NULL)
        return tw_wrap(ret_error, "%s", file);
    return status;
}

/* One write within a page: the kernel does not give up in its middle, so a kill leaves the old
 * world or the new one here too. Blanks cover what was longer before. */
static struct tw_status save_in_place(const char *file, const char *line, size_t length,
                                      struct tw_error *ret_error) {
    char page[PAGE_BYTES];
    memset(page, ' ', sizeof page);
    memcpy(page, line, length);
    page[sizeof page - 1] = '\n';
    int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool written = fd >= 0 && pwrite(fd, page, sizeof page, 0) == (ssize_t)sizeof page;
    if (fd >= 0 && close(fd) != 0)
        written = false;
    return written ? tw_success()
                   : tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
}

struct tw_status atm_world_save(const char *file, const struct atm_world *world,
                                struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *json = tw_fields_write(atm_world_fields, world);
    char *line =
        json != NULL ? json_dumps(json, world->in_place ? JSON_COMPACT : JSON_INDENT(1)) : NULL;
    if (line == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the device state");
    size_t length = strlen(line);
    if (world->in_place && length < PAGE_BYTES) {
        struct tw_status status = save_in_place(file, line, length, ret_error);
        free(line);
        return status;
    }
    char temporary[4096];
    (void)snprintf(temporary, sizeof temporary, "%s.new", file);
    FILE *out = fopen(temporary, "we");
    bool written = out != NULL && fputs(line, out) >= 0 && fputc('\n', out) != EOF;
    if (out != NULL && fclose(out) != 0)
        written = false;
    free(line);
    if (!written || rename(temporary, file) != 0)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
    return tw_success();
}

struct atm_world_cassette *atm_world_cassette(struct atm_world *world, int32_t number) {
    for (size_t i = 0; i < world->cassette_count; i++)
        if (world->cassettes[i].number == number)
            return &world->cassettes[i];
    return NULL;
}

bool atm_fault_parse(const char *name, enum atm_fault *ret_fault) {
    for (int i = 0; i < ATM_FAULT_COUNT; i++) {
        if (strcmp(fault_names[i].name, name) == 0) {
            *ret_fault = (enum atm_fault)i;
            return true;
        }
    }
    return false;
}

const char *atm_fault_name(enum atm_fault fault) {
    return fault_names[fault].name;
}

const char *atm_fault_about(enum atm_fault fault) {
    return fault_names[fault].about;
}

struct tw_status atm_world_arm(struct atm_world *world, enum atm_fault fault, int64_t value,
                               const char *at, struct tw_error *ret_error) {
    if (world->fault_count == ATM_FAULTS_MAX)
        return tw_fail(ret_error, TW_E_TOO_LARGE, "%d faults are armed already", ATM_FAULTS_MAX);
    struct atm_world_fault *armed = &world->faults[world->fault_count++];
    *armed = (struct atm_world_fault){.value = value};
    (void)snprintf(armed->name, sizeof armed->name, "%s", fault_names[fault].name);
    (void)snprintf(armed->at, sizeof armed->at, "%s", at != NULL ? at : "");
    return tw_success();
}

/* The armed fault of this kind, of any value or of one; fault_count when there is none. */
static size_t find_fault(const struct atm_world *world, enum atm_fault fault,
                         const int64_t *value) {
    size_t i = 0;
    while (i < world->fault_count && (strcmp(world->faults[i].name, fault_names[fault].name) != 0 ||
                                      (value != NULL && world->faults[i].value != *value)))
        i++;
    return i;
}

static bool take_fault(struct atm_world *world, size_t place) {
    if (place == world->fault_count)
        return false;
    world->fault_count--;
    memmove(&world->faults[place], &world->faults[place + 1],
            (world->fault_count - place) * sizeof world->faults[0]);
    return true;
}

bool atm_world_strike(struct atm_world *world, enum atm_fault fault, int64_t *ret_value) {
    size_t place = find_fault(world, fault, NULL);
    if (place < world->fault_count && ret_value != NULL)
        *ret_value = world->faults[place].value;
    return take_fault(world, place);
}

bool atm_world_strike_at(struct atm_world *world, enum atm_fault fault, int64_t value) {
    return take_fault(world, find_fault(world, fault, &value));
}

bool atm_fault_lasts(enum atm_fault fault) {
    static const bool lasting[ATM_FAULT_COUNT] = {
        [ATM_FAULT_CASSETTE_FAULT] = true, [ATM_FAULT_CASSETTE_MISSING] = true,
        [ATM_FAULT_ACCEPTOR_FAULT] = true, [ATM_FAULT_READER_FAULT] = true,
        [ATM_FAULT_PIN_PAD_FAULT] = true,  [ATM_FAULT_PAPER_LOW] = true,
        [ATM_FAULT_PAPER_OUT] = true,      [ATM_FAULT_JOURNAL_PRINTER_FAULT] = true,
    };
    return lasting[fault];
}

bool atm_world_lasts(const struct atm_world *world, enum atm_fault fault) {
    return find_fault(world, fault, NULL) < world->fault_count;
}

bool atm_world_lasts_at(const struct atm_world *world, enum atm_fault fault, int64_t value) {
    return find_fault(world, fault, &value) < world->fault_count;
}

const char *atm_world_power_loss(const struct atm_world *world) {
    size_t place = find_fault(world, ATM_FAULT_POWER_LOSS, NULL);
    return place < world->fault_count ? world->faults[place].at : NULL;
}
