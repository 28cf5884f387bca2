/*
 * fleet.ini: which terminals a fleet has, where they keep their journals, whose cards their
 * customers carry. One terminal's configuration stands for all; the others differ in number,
 * certificate and files (fleet_config_member). Every key is documented in config.c, which `fleet
 * --help-config` prints. Owns what it has read.
 */
#ifndef ATM_FLEET_CONFIG_H
#define ATM_FLEET_CONFIG_H

#include "atm-client/face/config.h"

#define FLEET_TERMINALS_MAX 9999
#define FLEET_PATH_SIZE     1024

struct fleet_config {
    char *terminal_file;
    char *folder;
    char *pki;
    struct tw_config_list card_files;
    struct atm_config terminal; /* the first one */
};

struct tw_status fleet_config_load(const char *file, struct fleet_config *ret_config,
                                   struct tw_error *ret_error);
void fleet_config_free(struct fleet_config *config);
void fleet_config_help(FILE *out);

/* What the configuration of one terminal names, while it is opened. */
struct fleet_names {
    char location[64];
    char nowhere[1]; /* "": receipts and the printed journal */
    char journal[FLEET_PATH_SIZE];
    char world[FLEET_PATH_SIZE];
    char certificate[FLEET_PATH_SIZE];
    char key[FLEET_PATH_SIZE];
};
/* The configuration of one terminal: that of the first with other names, which it borrows. It owns
 * nothing. */
struct tw_status fleet_config_member(const struct fleet_config *config, int64_t number,
                                     struct fleet_names *names, struct atm_config *ret_terminal,
                                     struct tw_error *ret_error);

#endif
