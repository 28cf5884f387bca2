/* The fleet's own few keys; all others are those of a terminal. Names that are made must fit, and
 * are only used while a terminal is opened. */
#include "atm-client/fleet/config.h"

#include <stddef.h>
#include <stdio.h>

#define AT(member) offsetof(struct fleet_config, member)

static const struct tw_config_key keys[] = {
    {"fleet", "terminal", TW_CONFIG_PATH, AT(terminal_file), NULL, 0, 0,
     "configuration of the first terminal; the others have the numbers that follow"},
    {"fleet", "folder", TW_CONFIG_PATH, AT(folder), NULL, 0, 0,
     "journals and device states of the terminals; a fleet goes on where it was in the same "
     "folder"},
    {"fleet", "pki", TW_CONFIG_PATH, AT(pki), NULL, 0, 0,
     "folder of the certificates: terminal-BANK-NUMBER/cert.pem and key.pem in it"},
    {"cards", "file", TW_CONFIG_LIST, AT(card_files), NULL, 0, 0,
     "cards as bankctl load --cards-file lists them, of any bank; several lines for several"},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

void fleet_config_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}

void fleet_config_free(struct fleet_config *config) {
    atm_config_free(&config->terminal);
    tw_config_free(keys, KEY_COUNT, config);
}

struct tw_status fleet_config_load(const char *file, struct fleet_config *ret_config,
                                   struct tw_error *ret_error) {
    *ret_config = (struct fleet_config){0};
    struct tw_status status = tw_config_load(file, keys, KEY_COUNT, ret_config, ret_error);
    if (!tw_ok(status))
        return status;
    status = atm_config_load(ret_config->terminal_file, &ret_config->terminal, ret_error);
    if (!tw_ok(status))
        tw_config_free(keys, KEY_COUNT, ret_config);
    return status;
}

/* folder/base and an ending; false when it is too long. */
static bool join(char name[FLEET_PATH_SIZE], const char *folder, const char *base,
                 const char *ending) {
    return snprintf(name, FLEET_PATH_SIZE, "%s/%s%s", folder, base, ending) < FLEET_PATH_SIZE;
}

struct tw_status fleet_config_member(const struct fleet_config *config, int64_t number,
                                     struct fleet_names *names, struct atm_config *ret_terminal,
                                     struct tw_error *ret_error) {
    struct atm_config *terminal = ret_terminal;
    char id[16];
    char holder[48];
    *terminal = config->terminal;
    (void)snprintf(id, sizeof id, "%08d", (int)number);
    (void)snprintf(holder, sizeof holder, "terminal-%08d-%s", (int)terminal->acquirer, id);
    (void)snprintf(names->location, sizeof names->location, "Terminal %s", id);
    names->nowhere[0] = '\0';
    if (number > 99999999 || !join(names->journal, config->folder, id, ".db") ||
        !join(names->world, config->folder, id, ".db.world") ||
        !join(names->certificate, config->pki, holder, "/cert.pem") ||
        !join(names->key, config->pki, holder, "/key.pem"))
        return tw_fail(ret_error, TW_E_CONFIG,
                       "terminal %lld: there is no such number, or the folders' names are too long",
                       (long long)number);
    terminal->id = number;
    terminal->location = names->location;
    terminal->journal = names->journal;
    terminal->device_file = names->world;
    terminal->receipts_file = names->nowhere;
    terminal->journal_paper = names->nowhere;
    terminal->certificate = names->certificate;
    terminal->key = names->key;
    return tw_success();
}
