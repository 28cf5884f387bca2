/* atm-client.ini: every key is documented in config.c, which --help-config prints. */
#ifndef ATM_FACE_CONFIG_H
#define ATM_FACE_CONFIG_H

#include "atm-client/core/terminal.h"
#include "atm-client/text/message.h"
#include "core/config.h"
#include "core/log.h"

struct atm_config_cassette {
    int32_t number;
    int64_t denomination_minor;
    struct tw_currency currency;
};

struct atm_config {
    /* as read */
    int64_t id;
    int64_t acquirer;
    char *location;
    char *language;
    char *journal;
    int64_t keep_days;
    struct tw_config_list middleware;
    char *certificate, *key, *root, *crl;
    struct tw_config_list cassette;
    char *mix;
    char *cards_file;
    char *device_file;
    char *receipts_file;
    char *journal_paper;
    struct atm_limits limits;
    char *log_level;
    char *log_file;
    /* as understood */
    size_t cassette_count;
    struct atm_config_cassette cassettes[ATM_CASSETTES_MAX];
    enum atm_mix_strategy strategy;
    enum tw_log_level level;
    enum atm_language spoken;
};

struct tw_status atm_config_load(const char *file, struct atm_config *ret_config,
                                 struct tw_error *ret_error);
void atm_config_free(struct atm_config *config);
void atm_config_help(FILE *out);

#endif
