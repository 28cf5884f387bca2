/* The table of keys, and what is checked beyond it: cassettes, words, file names by default. */
#include "atm-client/face/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct atm_config, member)
#define HOUR_MS    3600000

static const struct tw_config_key keys[] = {
    {"terminal", "id", TW_CONFIG_INT, AT(id), NULL, 1, 99999999,
     "the terminal's number, as in its certificate"},
    {"terminal", "acquirer", TW_CONFIG_INT, AT(acquirer), NULL, 90000000, 99999999,
     "bank code of the bank that owns the terminal"},
    {"terminal", "location", TW_CONFIG_STRING, AT(location), NULL, 0, 0,
     "where it stands; printed on receipts"},
    {"terminal", "language", TW_CONFIG_STRING, AT(language), "en", 0, 0,
     "what it says to customers: en (English) or de (German)"},
    {"terminal", "journal", TW_CONFIG_PATH, AT(journal), NULL, 0, 0,
     "the journal, an SQLite file; never copy it to another terminal"},
    {"terminal", "keep_days", TW_CONFIG_INT, AT(keep_days), "35", 1, 36500,
     "business days that finished operations stay in the journal"},
    {"network", "middleware", TW_CONFIG_LIST, AT(middleware), NULL, 0, 0,
     "host:port of a middleware; several lines for several"},
    {"tls", "certificate", TW_CONFIG_PATH, AT(certificate), NULL, 0, 0,
     "the terminal's certificate, PEM"},
    {"tls", "key", TW_CONFIG_PATH, AT(key), NULL, 0, 0, "its private key, PEM, mode 0600"},
    {"tls", "root", TW_CONFIG_PATH, AT(root), NULL, 0, 0, "the network's root certificate, PEM"},
    {"tls", "crl", TW_CONFIG_PATH, AT(crl), NULL, 0, 0, "revoked certificates, PEM"},
    {"cassettes", "cassette", TW_CONFIG_LIST, AT(cassette), NULL, 0, 0,
     "number, denomination in minor units, currency: 1 5000 EUR; several lines for several"},
    {"cassettes", "mix", TW_CONFIG_STRING, AT(mix), "fewest", 0, 0,
     "how notes are chosen: fewest (notes), equal (emptying of the cassettes), or small (notes)"},
    {"cards", "file", TW_CONFIG_PATH, AT(cards_file), "cards.ini", 0, 0,
     "demo cards: sections with pan and expiry, for --card NAME; may be missing"},
    {"device", "file", TW_CONFIG_PATH, AT(device_file), "", 0, 0,
     "state of the simulated devices; default: the journal's name and .world"},
    {"device", "receipts", TW_CONFIG_PATH, AT(receipts_file), "", 0, 0,
     "printed receipts are appended here, a page each; default: nowhere"},
    {"device", "journal_paper", TW_CONFIG_PATH, AT(journal_paper), "", 0, 0,
     "the journal printer's lines are appended here; default: nowhere"},
    {"limits", "answer_ms", TW_CONFIG_INT, AT(limits.answer_ms), "30000", 100, HOUR_MS,
     "how long the terminal waits for an answer"},
    {"limits", "advice_ms", TW_CONFIG_INT, AT(limits.advice_ms), "10000", 100, HOUR_MS,
     "how long it waits for the acknowledgement of an advice before it repeats it"},
    {"limits", "deposit_ms", TW_CONFIG_INT, AT(limits.deposit_ms), "90000", 100, HOUR_MS,
     "how long a deposit is repeated before the notes are returned"},
    {"limits", "transfer_ms", TW_CONFIG_INT, AT(limits.transfer_ms), "10000", 100, HOUR_MS,
     "after this the customer hears that the transfer is pending"},
    {"limits", "taken_ms", TW_CONFIG_INT, AT(limits.taken_ms), "30000", 100, HOUR_MS,
     "how long presented cash, or the card, waits before it is taken back"},
    {"log", "level", TW_CONFIG_STRING, AT(log_level), "info", 0, 0, "debug, info, warn or error"},
    {"log", "file", TW_CONFIG_PATH, AT(log_file), "", 0, 0,
     "JSON log; default: the journal's name and .log, so that the screen stays clean"},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

void atm_config_help(FILE *out) {
    tw_config_help(out, keys, KEY_COUNT);
}

void atm_config_free(struct atm_config *config) {
    tw_config_free(keys, KEY_COUNT, config);
}

/* "1 5000 EUR". strtoll leaves what it could not read, which must then be the rest we expect. */
static struct tw_status read_cassette(const char *text, struct atm_config_cassette *ret_cassette,
                                      struct tw_error *ret_error) {
    char *rest = NULL;
    long long number = strtoll(text, &rest, 10);
    long long denomination = strtoll(rest, &rest, 10);
    rest += strspn(rest, " \t");
    if (number < 1 || number > 99 || denomination < 1 || denomination > TW_DENOMINATION_MAX ||
        !tw_ok(tw_currency_parse(rest, &ret_cassette->currency, NULL, NULL)))
        return tw_fail(ret_error, TW_E_CONFIG,
                       "cassette: not a number, a denomination and a currency, as in 1 5000 EUR");
    ret_cassette->number = (int32_t)number;
    ret_cassette->denomination_minor = denomination;
    return tw_success();
}

static struct tw_status read_cassettes(struct atm_config *config, struct tw_error *ret_error) {
    if (config->cassette.count > ATM_CASSETTES_MAX)
        return tw_fail(ret_error, TW_E_CONFIG, "cassette: more than %d", ATM_CASSETTES_MAX);
    for (size_t i = 0; i < config->cassette.count; i++) {
        struct atm_config_cassette *cassette = &config->cassettes[i];
        struct tw_status status = read_cassette(config->cassette.items[i], cassette, ret_error);
        if (!tw_ok(status))
            return status;
        for (size_t j = 0; j < i; j++)
            if (config->cassettes[j].number == cassette->number)
                return tw_fail(ret_error, TW_E_CONFIG, "cassette: number %d stands twice",
                               (int)cassette->number);
        if (!tw_currency_equal(config->cassettes[0].currency, cassette->currency))
            return tw_fail(ret_error, TW_E_CONFIG, "cassette: one currency per terminal");
        config->cassette_count++;
    }
    return tw_success();
}

static struct tw_status read_words(struct atm_config *config, struct tw_error *ret_error) {
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    if (!atm_mix_strategy_find(config->mix, &config->strategy))
        return tw_fail(ret_error, TW_E_CONFIG, "mix: none of fewest, equal, small");
    if (!atm_language_parse(config->language, &config->spoken))
        return tw_fail(ret_error, TW_E_CONFIG, "language: neither en nor de");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(config->log_level, levels[i]) == 0) {
            config->level = (enum tw_log_level)i;
            return tw_success();
        }
    }
    return tw_fail(ret_error, TW_E_CONFIG, "level: none of debug, info, warn, error");
}

/* A file name left empty is the journal's with an ending of its own. */
static struct tw_status name_beside_journal(char **name, const struct atm_config *config,
                                            const char *ending, struct tw_error *ret_error) {
    if ((*name)[0] != '\0')
        return tw_success();
    char *made = NULL;
    if (asprintf(&made, "%s%s", config->journal, ending) < 0)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the configuration");
    free(*name);
    *name = made;
    return tw_success();
}

struct tw_status atm_config_load(const char *file, struct atm_config *ret_config,
                                 struct tw_error *ret_error) {
    *ret_config = (struct atm_config){0};
    struct tw_status status = tw_config_load(file, keys, KEY_COUNT, ret_config, ret_error);
    if (!tw_ok(status))
        return status;
    status = read_cassettes(ret_config, ret_error);
    if (tw_ok(status))
        status = read_words(ret_config, ret_error);
    if (tw_ok(status))
        status = name_beside_journal(&ret_config->device_file, ret_config, ".world", ret_error);
    if (tw_ok(status))
        status = name_beside_journal(&ret_config->log_file, ret_config, ".log", ret_error);
    if (!tw_ok(status))
        atm_config_free(ret_config);
    return status;
}
