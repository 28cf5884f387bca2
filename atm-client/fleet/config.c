/* The fleet's own few keys; all others are those of a terminal. Names that are made must fit, and
 * are only used while a terminal is opened. */
#include "atm-client/fleet/config.h"

#include <stdarg.h>
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

static bool TW_PRINTF(3, 4) name(char *buffer, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < size;
}

struct tw_status fleet_config_member(const struct fleet_config *config, int64_t number,
                                     struct fleet_member_config *ret_member,
                                     struct tw_error *ret_error) {
    struct fleet_member_config *member = ret_member;
    struct atm_config *terminal = &member->terminal;
    const char *folder = config->folder;
    int id = (int)number;
    int bank = (int)config->terminal.acquirer;
    *terminal = config->terminal;
    if (number > 99999999 ||
        !name(member->location, sizeof member->location, "Terminal %08d", id) ||
        !name(member->journal, sizeof member->journal, "%s/%08d.db", folder, id) ||
        !name(member->world, sizeof member->world, "%s/%08d.db.world", folder, id) ||
        !name(member->certificate, sizeof member->certificate, "%s/terminal-%08d-%08d/cert.pem",
              config->pki, bank, id) ||
        !name(member->key, sizeof member->key, "%s/terminal-%08d-%08d/key.pem", config->pki, bank,
              id))
        return tw_fail(ret_error, TW_E_CONFIG, "names of terminal %lld: too long",
                       (long long)number);
    terminal->id = number;
    terminal->location = member->location;
    terminal->journal = member->journal;
    terminal->device_file = member->world;
    terminal->certificate = member->certificate;
    terminal->key = member->key;
    terminal->receipts_file = member->location + sizeof member->location - 1; /* "" */
    member->location[sizeof member->location - 1] = '\0';
    return tw_success();
}
