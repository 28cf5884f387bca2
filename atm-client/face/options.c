/* One table of options; each says which member of the step it fills. Values of the command line are
 * written as people write them: amounts 60.00, notes 3x20,2x50, loads 1:500. */
#include "atm-client/face/options.h"

#include <stdlib.h>
#include <string.h>

#include "atm-client/device/world.h"
#include "core/date.h"
#include "core/pan.h"

#define DEFAULT_CONFIG "/etc/tellerwire/atm-client.ini"

typedef struct tw_status (*option_fn)(struct atm_options *options, const char *value,
                                      struct tw_error *ret_error);

static bool read_number(const char *text, int64_t least, int64_t most, int64_t *ret_number,
                        char **ret_rest) {
    char *rest = NULL;
    if (*text < '0' || *text > '9')
        return false;
    *ret_number = strtoll(text, &rest, 10);
    *ret_rest = rest;
    return *ret_number >= least && *ret_number <= most;
}

static struct tw_status whole_number(const char *name, const char *text, int64_t most,
                                     int64_t *ret_number, struct tw_error *ret_error) {
    char *rest = NULL;
    if (!read_number(text, 0, most, ret_number, &rest) || *rest != '\0')
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: not a number from 0 to %lld", name,
                       (long long)most);
    return tw_success();
}

static struct tw_status copy(const char *name, char *buffer, size_t size, const char *value,
                             struct tw_error *ret_error) {
    if (snprintf(buffer, size, "%s", value) >= (int)size)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: too long", name);
    return tw_success();
}

static struct tw_status set_config(struct atm_options *options, const char *value,
                                   struct tw_error *ret_error) {
    (void)ret_error;
    options->config = value;
    return tw_success();
}

static struct tw_status set_record(struct atm_options *options, const char *value,
                                   struct tw_error *ret_error) {
    (void)ret_error;
    options->record = value;
    return tw_success();
}

static struct tw_status set_pin_file(struct atm_options *options, const char *value,
                                     struct tw_error *ret_error) {
    (void)ret_error;
    options->pin_file = value;
    return tw_success();
}

static struct tw_status set_new_pin_file(struct atm_options *options, const char *value,
                                         struct tw_error *ret_error) {
    (void)ret_error;
    options->new_pin_file = value;
    return tw_success();
}

static struct tw_status set_card(struct atm_options *options, const char *value,
                                 struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_CARD;
    if (strcmp(value, "-") == 0) {
        options->ask_card = true;
        return tw_success();
    }
    if (tw_pan_suspected(value))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "--card: a card number is not taken from the command line, where others can "
                       "read it: give a name of the cards file, --card - or --card-file FILE");
    return copy("--card", options->step.card, sizeof options->step.card, value, ret_error);
}

static struct tw_status set_card_file(struct atm_options *options, const char *value,
                                      struct tw_error *ret_error) {
    (void)ret_error;
    options->step.has |= ATM_HAS_CARD;
    options->card_file = value;
    options->ask_card = true;
    return tw_success();
}

static struct tw_status set_expiry(struct atm_options *options, const char *value,
                                   struct tw_error *ret_error) {
    int64_t expiry = 0;
    options->step.has |= ATM_HAS_CARD;
    struct tw_status status = whole_number("--expiry", value, 9912, &expiry, ret_error);
    if (tw_ok(status) && (strlen(value) != 4 || expiry % 100 < 1 || expiry % 100 > 12))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--expiry: not YYMM");
    options->step.expiry = (int32_t)expiry;
    return status;
}

static struct tw_status set_account(struct atm_options *options, const char *value,
                                    struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_ACCOUNT;
    return tw_iban_parse(value, &options->step.account, ret_error);
}

static struct tw_status set_to(struct atm_options *options, const char *value,
                               struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_TO;
    return tw_iban_parse(value, &options->step.to, ret_error);
}

static struct tw_status set_amount(struct atm_options *options, const char *value,
                                   struct tw_error *ret_error) {
    (void)ret_error;
    options->step.has |= ATM_HAS_AMOUNT;
    options->amount = value;
    return tw_success();
}

static struct tw_status set_mix(struct atm_options *options, const char *value,
                                struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_MIX;
    return copy("--mix", options->step.mix, sizeof options->step.mix, value, ret_error);
}

static struct tw_status set_max_surcharge(struct atm_options *options, const char *value,
                                          struct tw_error *ret_error) {
    (void)ret_error;
    options->step.has |= ATM_HAS_MAX_SURCHARGE;
    options->max_surcharge = value;
    return tw_success();
}

static struct tw_status set_notes(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    (void)ret_error;
    options->step.has |= ATM_HAS_NOTES;
    options->notes = value;
    return tw_success();
}

static struct tw_status set_load(struct atm_options *options, const char *value,
                                 struct tw_error *ret_error) {
    struct atm_step *step = &options->step;
    char *rest = NULL;
    struct atm_step_load load = {0};
    step->has |= ATM_HAS_LOADS;
    if (step->load_count == ATM_CASSETTES_MAX ||
        !read_number(value, 1, 99, &load.cassette, &rest) || *rest != ':' ||
        !read_number(rest + 1, 1, TW_NOTE_COUNT_MAX, &load.notes, &rest) || *rest != '\0')
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--load: not CASSETTE:NOTES, as in 1:500");
    step->loads[step->load_count++] = load;
    return tw_success();
}

static struct tw_status set_txid(struct atm_options *options, const char *value,
                                 struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_TXID;
    return tw_uuid_parse(value, &options->step.txid)
               ? tw_success()
               : tw_fail(ret_error, TW_E_INVALID_PARAMS, "--txid: not a UUID");
}

static struct tw_status set_remittance(struct atm_options *options, const char *value,
                                       struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_REMITTANCE;
    return copy("--remittance", options->step.remittance, sizeof options->step.remittance, value,
                ret_error);
}

static struct tw_status set_count(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_COUNT;
    return whole_number("--count", value, 1000, &options->step.count, ret_error);
}

static struct tw_status set_fault(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_FAULT;
    return copy("--fault", options->step.fault, sizeof options->step.fault, value, ret_error);
}

static struct tw_status set_value(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_VALUE;
    return whole_number("--value", value, ATM_FAULT_VALUE_MAX, &options->step.value, ret_error);
}

static struct tw_status set_at(struct atm_options *options, const char *value,
                               struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_AT;
    return copy("--at", options->step.at, sizeof options->step.at, value, ret_error);
}

static struct tw_status read_date(const char *name, const char *value, int32_t *ret_date,
                                  struct tw_error *ret_error) {
    return tw_date_parse(value, ret_date)
               ? tw_success()
               : tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: not a date as in 2026-11-20", name);
}

static struct tw_status set_from(struct atm_options *options, const char *value,
                                 struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_FROM;
    return read_date("--from", value, &options->step.from, ret_error);
}

static struct tw_status set_until(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_UNTIL;
    return read_date("--until", value, &options->step.until, ret_error);
}

static struct tw_status set_event(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_EVENT;
    return copy("--event", options->step.event, sizeof options->step.event, value, ret_error);
}

static struct tw_status set_stan(struct atm_options *options, const char *value,
                                 struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_STAN;
    return whole_number("--stan", value, ATM_STAN_MAX, &options->step.stan, ret_error);
}

static struct tw_status set_order(struct atm_options *options, const char *value,
                                  struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_ORDER;
    return copy("--order", options->step.order, sizeof options->step.order, value, ret_error);
}

static struct tw_status set_export(struct atm_options *options, const char *value,
                                   struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_EXPORT;
    return copy("--export", options->step.export, sizeof options->step.export, value, ret_error);
}

static struct tw_status set_language(struct atm_options *options, const char *value,
                                     struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_LANGUAGE;
    return copy("--language", options->step.language, sizeof options->step.language, value,
                ret_error);
}

static struct tw_status set_ms(struct atm_options *options, const char *value,
                               struct tw_error *ret_error) {
    options->step.has |= ATM_HAS_MS;
    return whole_number("--ms", value, 600000, &options->step.ms, ret_error);
}

static const struct {
    const char *name;
    const char *value;
    option_fn set;
    const char *about;
} table[] = {
    {"--config", "FILE", set_config, "configuration, default " DEFAULT_CONFIG},
    {"--record", "FILE", set_record,
     "what is done is written as a script into a new file, without PINs and card numbers"},
    {"--card", "NAME|-", set_card,
     "a card of the cards file; -: its number is asked, or one line of input"},
    {"--card-file", "FILE", set_card_file, "the card's number in a file of mode 0600"},
    {"--expiry", "YYMM", set_expiry, "of a card given by number"},
    {"--pin-file", "FILE", set_pin_file,
     "PIN in a file of mode 0600, a line for each that is asked; else asked, or read as input"},
    {"--new-pin-file", "FILE", set_new_pin_file, "the new PIN for pin-change"},
    {"--account", "IBAN", set_account, "one of the card's accounts, default its first"},
    {"--amount", "AMOUNT", set_amount, "as in 60.00"},
    {"--mix", "NOTES", set_mix, "which notes of a withdrawal: fewest, equal or small"},
    {"--max-surcharge", "AMOUNT", set_max_surcharge,
     "withdraw, transfer: refuse if this machine charges more; default: say it and go on"},
    {"--to", "IBAN", set_to, "payee of a transfer"},
    {"--remittance", "TEXT", set_remittance, "what the transfer is for"},
    {"--notes", "LIST", set_notes, "notes put in or counted, as in 3x20,2x50"},
    {"--load", "CASSETTE:NOTES", set_load, "for replenish; may stand several times"},
    {"--txid", "UUID", set_txid, "the transfer to ask about; journal, receipt: of this operation"},
    {"--count", "N", set_count, "how many lines"},
    {"--from", "DATE", set_from, "journal: from this business date on"},
    {"--until", "DATE", set_until, "journal: up to this one"},
    {"--event", "NAME", set_event, "journal: of this kind, as in \"card retained\""},
    {"--stan", "N", set_stan, "journal, receipt: of this STAN"},
    {"--order", "newest|oldest", set_order, "journal: which come first"},
    {"--export", "FILE", set_export, "journal: into a new file, .jsonl or .csv"},
    {"--fault", "NAME", set_fault, "see the list below"},
    {"--value", "N", set_value, "the fault's parameter"},
    {"--at", "POINT", set_at, "power_loss: where, as in atm.presented"},
    {"--language", "CODE", set_language, "open: what the customer reads: en, de"},
    {"--ms", "N", set_ms, "how long to wait"},
};

#define OPTION_COUNT (sizeof table / sizeof table[0])

void atm_options_help(FILE *out) {
    (void)fputs(
        "usage: atm-client --config FILE [COMMAND] [OPTIONS] [--json]\n"
        "       atm-client --config FILE script [FILE|-]     JSON lines in, JSON lines out\n"
        "       atm-client --config FILE screen              the machine, full screen: the "
        "default\n"
        "       atm-client --config FILE menu                the same as lines of text\n"
        "       atm-client --config FILE --check-config\n"
        "       atm-client fleet --help                      many terminals at once\n"
        "       atm-client --help | --help-config | --version\n\ncommands:\n",
        out);
    for (int i = 0; i < ATM_VERB_COUNT; i++)
        (void)fprintf(out, "  %-16s %s\n", atm_verb_name((enum atm_verb)i),
                      atm_verb_about((enum atm_verb)i));
    (void)fputs("\noptions:\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        (void)fprintf(out, "  %-15s %-15s %s\n", table[i].name, table[i].value, table[i].about);
    (void)fputs(
        "  --json                          one JSON object instead of text\n"
        "  --verify                        journal: is every entry there and as it was written\n"
        "\nfaults of the simulated devices (fault --fault NAME [--value N]):\n",
        out);
    for (int i = 0; i < ATM_FAULT_COUNT; i++)
        (void)fprintf(out, "  %-19s %s\n", atm_fault_name((enum atm_fault)i),
                      atm_fault_about((enum atm_fault)i));
    (void)fputs(
        "\nexit code: 0 approved; 1 declined by the host; 2 wrong usage or configuration;\n"
        "3 refused here, nothing was asked; 4 no answer, or pending; 5 a device failed or the\n"
        "dispense is suspect; 6 a script's expectation was not met; 7 another process is this\n"
        "terminal. PINs and card numbers are never taken from the command line or the "
        "environment;\n"
        "with both on standard input, the number stands before the PIN.\n",
        out);
}

static struct tw_status set_option(struct atm_options *options, const char *name, const char *value,
                                   struct tw_error *ret_error) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        if (value == NULL)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: value is missing", name);
        return table[i].set(options, value, ret_error);
    }
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no such option; see --help");
}

static void set_verify(struct atm_options *options) {
    options->step.has |= ATM_HAS_VERIFY;
    options->step.verify = true;
}

/* Words that stand alone. */
static bool set_flag(struct atm_options *options, const char *word) {
    if (strcmp(word, "--json") == 0)
        options->json = true;
    else if (strcmp(word, "--verify") == 0)
        set_verify(options);
    else if (strcmp(word, "--check-config") == 0)
        options->command = ATM_COMMAND_CHECK_CONFIG;
    else if (strcmp(word, "--help") == 0)
        options->command = ATM_COMMAND_HELP;
    else if (strcmp(word, "--help-config") == 0)
        options->command = ATM_COMMAND_HELP_CONFIG;
    else if (strcmp(word, "--version") == 0)
        options->command = ATM_COMMAND_VERSION;
    else
        return false;
    return true;
}

static struct tw_status set_word(struct atm_options *options, const char *word, bool *found,
                                 struct tw_error *ret_error) {
    if (*found && options->command == ATM_COMMAND_SCRIPT && options->script == NULL) {
        options->script = word;
        return tw_success();
    }
    if (*found)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "one command at a time; see --help");
    *found = true;
    if (strcmp(word, "script") == 0)
        options->command = ATM_COMMAND_SCRIPT;
    else if (strcmp(word, "screen") == 0)
        options->command = ATM_COMMAND_SCREEN;
    else if (strcmp(word, "menu") == 0)
        options->command = ATM_COMMAND_MENU;
    else if (atm_verb_find(word, &options->step.verb))
        options->command = ATM_COMMAND_STEP;
    else
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no such command; see --help");
    return tw_success();
}

struct tw_status atm_options_read(int argc, char **argv, bool interactive,
                                  struct atm_options *ret_options, struct tw_error *ret_error) {
    *ret_options = (struct atm_options){.config = DEFAULT_CONFIG, .command = ATM_COMMAND_SCREEN};
    bool found = false;
    for (int i = 1; i < argc; i++) {
        struct tw_status status = tw_success();
        if (set_flag(ret_options, argv[i])) {
            if (ret_options->command >= ATM_COMMAND_CHECK_CONFIG)
                found = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            status = set_option(ret_options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret_error);
            i++;
        } else {
            status = set_word(ret_options, argv[i], &found, ret_error);
        }
        if (!tw_ok(status))
            return status;
    }
    if (!found && !interactive)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no command; see --help");
    if (ret_options->command == ATM_COMMAND_STEP) {
        if (ret_options->ask_card && ret_options->step.card[0] != '\0')
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "one card at a time: name or number");
        if (ret_options->ask_card && ret_options->step.expiry == 0)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "--expiry: missing, of a card given by number");
        if (ret_options->step.verb == ATM_VERB_PIN_CHANGE) /* asked for, or from a file */
            ret_options->step.has |= ATM_HAS_NEW_PIN;
        return atm_step_check(&ret_options->step, ret_error);
    }
    return tw_success();
}

/* "3x20,2x50.00" */
static struct tw_status read_notes(struct atm_step *step, const char *text,
                                   struct tw_currency currency, struct tw_error *ret_error) {
    while (*text != '\0') {
        struct tw_notes notes = {0};
        char amount[TW_MONEY_TEXT_SIZE];
        char *rest = NULL;
        if (!read_number(text, 1, TW_NOTE_COUNT_MAX, &notes.count, &rest) || *rest != 'x')
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--notes: not as in 3x20,2x50");
        size_t length = strcspn(rest + 1, ",");
        (void)snprintf(amount, sizeof amount, "%.*s",
                       (int)(length < sizeof amount ? length : sizeof amount - 1), rest + 1);
        struct tw_status status = tw_money_parse(amount, currency, &notes.denomination, ret_error);
        if (!tw_ok(status))
            return status;
        if (step->note_count == TW_NOTES_MAX || notes.denomination > TW_DENOMINATION_MAX)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--notes: too many");
        step->notes[step->note_count++] = notes;
        text = rest + 1 + length;
        text += *text == ',';
    }
    return tw_success();
}

struct tw_status atm_options_money(struct atm_options *options, struct tw_currency currency,
                                   struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    if (options->amount != NULL) {
        status = tw_money_parse(options->amount, currency, &options->step.amount, ret_error);
        if (!tw_ok(status) && ret_error != NULL)
            return tw_wrap(ret_error, "--amount");
        if (options->step.amount == 0)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--amount: zero");
    }
    if (tw_ok(status) && options->max_surcharge != NULL) {
        status = tw_money_parse(options->max_surcharge, currency, &options->step.max_surcharge,
                                ret_error);
        if (!tw_ok(status) && ret_error != NULL)
            return tw_wrap(ret_error, "--max-surcharge");
    }
    if (tw_ok(status) && options->notes != NULL)
        status = read_notes(&options->step, options->notes, currency, ret_error);
    return status;
}
