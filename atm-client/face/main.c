/*
 * atm-client: one terminal on the command line. What the screen shows goes to stdout; complaints go
 * to stderr; the JSON log goes to a file of its own, so that neither is disturbed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "atm-client/face/menu.h"
#include "atm-client/face/options.h"
#include "atm-client/face/report.h"
#include "atm-client/face/script.h"
#include "atm-client/face/secret_entry.h"
#include "atm-client/fleet/command.h"
#include "atm-client/tui/tui.h"
#include "pin/pin_block.h"

struct secret_files {
    struct atm_secret_source card;
    struct atm_secret_source pin;
    struct atm_secret_source new_pin;
};

static enum atm_exit complain(const char *reason, enum atm_exit code) {
    (void)fprintf(stderr, "atm-client: %s\n", reason);
    return code;
}

static void await_key(void *context, int fd) {
    atm_machine_await(context, fd);
}

/* One command was explicit: the notice is for people, beside what they asked for. */
static bool tell_surcharge(struct atm_player *player, int64_t surcharge_minor,
                           struct tw_currency currency) {
    char text[TW_MONEY_TEXT_SIZE];
    (void)player;
    (void)fprintf(stderr, "atm-client: this machine charges %s %s on top of the amount\n",
                  tw_money_text(surcharge_minor, currency, text), currency.code);
    return true;
}

/* A file has a line for each time that something is asked. */
static bool ask_next(struct atm_secret_source *source, const char *prompt, char *secret,
                     size_t size) {
    bool found = atm_secret_ask(source, prompt, secret, size);
    source->line++;
    return found;
}

static bool ask_pin(void *context, const char *prompt, char *pin, size_t size) {
    struct secret_files *files = context;
    bool new_pin = strcmp(prompt, "New PIN") == 0 && files->new_pin.file != NULL;
    return ask_next(new_pin ? &files->new_pin : &files->pin, prompt, pin, size);
}

static bool ask_card(void *context, const char *prompt, char *number, size_t size) {
    struct secret_files *files = context;
    return ask_next(&files->card, prompt, number, size);
}

/* Both PINs before anything is asked of the host. */
static bool ask_new_pin(struct atm_step *step, const struct secret_files *files) {
    return atm_secret_ask(&files->pin, "PIN", step->pin, sizeof step->pin) &&
           atm_secret_ask(&files->new_pin, "New PIN", step->new_pin, sizeof step->new_pin);
}

static enum atm_exit run_step(struct atm_player *player, struct atm_options *options,
                              const struct secret_files *files) {
    struct atm_step *step = &options->step;
    struct tw_error error = {0};
    player->accept_surcharge = tell_surcharge;
    if (!tw_ok(atm_options_money(options, player->machine->config->cassettes[0].currency, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    if (options->ask_card &&
        !atm_secret_ask(&files->card, "Card number", step->card, sizeof step->card))
        return complain("no card number was given", ATM_EXIT_REFUSED);
    if (step->verb == ATM_VERB_PIN_CHANGE && !ask_new_pin(step, files))
        return complain("no PIN was given", ATM_EXIT_REFUSED);
    TW_JSON_OWNED json_t *report = NULL;
    enum atm_verdict verdict = atm_play(player, step, &report);
    tw_wipe(step, sizeof *step);
    atm_player_finish(player);
    if (options->json) {
        (void)json_dumpf(report, stdout, JSON_COMPACT);
        (void)fputc('\n', stdout);
    } else {
        atm_print_report(stdout, report);
    }
    return atm_exit_of(verdict);
}

static enum atm_exit run_script(struct atm_player *player, const char *name) {
    FILE *in = stdin;
    if (name != NULL && strcmp(name, "-") != 0)
        in = fopen(name, "re");
    if (in == NULL) {
        (void)fprintf(stderr, "atm-client: cannot open %s: %s\n", name, strerror(errno));
        return ATM_EXIT_USAGE;
    }
    enum atm_exit code = atm_script_run(player, in, stdout, stderr);
    if (in != stdin)
        (void)fclose(in);
    atm_player_finish(player);
    return code;
}

static enum atm_exit run_screen(struct atm_player *player) {
    enum atm_exit code = ATM_EXIT_USAGE;
    struct tw_error error = {0};
    if (!tw_ok(tui_run(player, &code, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    return code;
}

static bool open_log(const struct atm_config *config) {
    int fd = open(config->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)fprintf(stderr, "atm-client: cannot open log %s: %s\n", config->log_file,
                      strerror(errno));
        return false;
    }
    tw_log_start("atm-client", config->level);
    tw_log_descriptor(fd);
    return true;
}

/* Looks need no lock, so they work while the terminal runs in another process. */
static bool is_look(const struct atm_options *options) {
    enum atm_verb verb = options->step.verb;
    return options->command == ATM_COMMAND_STEP &&
           (verb == ATM_VERB_STATUS || verb == ATM_VERB_JOURNAL || verb == ATM_VERB_RECEIPT ||
            verb == ATM_VERB_WORLD);
}

static struct tw_status open_machine(struct atm_machine *machine, const struct atm_options *options,
                                     const struct atm_config *config, struct tw_error *ret_error) {
    struct tw_status status = {TW_E_NOT_FOUND};
    if (is_look(options))
        status = atm_machine_look(machine, config, ret_error);
    if (status.code != TW_E_NOT_FOUND)
        return status;
    static const struct atm_machine_watch menu = {.on_presented = atm_menu_presented};
    const struct atm_machine_watch *watch = options->command == ATM_COMMAND_MENU     ? &menu
                                            : options->command == ATM_COMMAND_SCREEN ? tui_watch()
                                                                                     : NULL;
    return atm_machine_open(machine, config, watch, ret_error);
}

static enum atm_exit run_face(struct atm_player *player, struct atm_options *options,
                              const struct secret_files *files) {
    switch (options->command) {
    case ATM_COMMAND_SCREEN:
        return run_screen(player);
    case ATM_COMMAND_MENU:
        return atm_menu_run(player);
    case ATM_COMMAND_SCRIPT:
        return run_script(player, options->script);
    case ATM_COMMAND_STEP:
    case ATM_COMMAND_CHECK_CONFIG:
    case ATM_COMMAND_HELP:
    case ATM_COMMAND_HELP_CONFIG:
    case ATM_COMMAND_VERSION:
        break;
    }
    return run_step(player, options, files);
}

static enum atm_exit run_machine(struct atm_options *options, const struct atm_config *config,
                                 const struct atm_cards *cards) {
    struct atm_machine machine;
    struct tw_error error = {0};
    struct secret_files files = {
        .card = {.file = options->card_file, .masked = true},
        .pin = {.file = options->pin_file, .masked = true, .await = await_key, .context = &machine},
        .new_pin = {.file = options->new_pin_file, .masked = true},
    };
    struct atm_player player = {.machine = &machine,
                                .cards = cards,
                                .ask_pin = ask_pin,
                                .ask_card = ask_card,
                                .context = &files};
    struct tw_status status = open_machine(&machine, options, config, &error);
    if (!tw_ok(status))
        return complain(error.detail,
                        status.code == TW_E_CONFLICT ? ATM_EXIT_BUSY : ATM_EXIT_USAGE);
    if (options->record != NULL)
        status = atm_record_open(options->record, &player.recorder, &error);
    if (!tw_ok(status)) {
        atm_machine_close(&machine);
        return complain(error.detail, ATM_EXIT_USAGE);
    }
    enum atm_exit code = run_face(&player, options, &files);
    status = atm_record_close(player.recorder, &error);
    if (!tw_ok(status)) {
        (void)complain(error.detail, ATM_EXIT_USAGE);
        code = code == ATM_EXIT_APPROVED ? ATM_EXIT_USAGE : code;
    }
    atm_machine_close(&machine);
    return code;
}

static enum atm_exit run_configured(struct atm_options *options) {
    struct atm_config config;
    struct tw_error error = {0};
    if (!tw_ok(atm_config_load(options->config, &config, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    struct atm_cards cards;
    enum atm_exit code = ATM_EXIT_USAGE;
    if (!tw_ok(atm_cards_load(config.cards_file, &cards, &error))) {
        code = complain(error.detail, ATM_EXIT_USAGE);
    } else if (options->command == ATM_COMMAND_CHECK_CONFIG) {
        (void)printf("%s: ok\n", options->config);
        code = ATM_EXIT_APPROVED;
    } else if (open_log(&config)) {
        code = run_machine(options, &config, &cards);
    }
    atm_config_free(&config);
    tw_wipe(&cards, sizeof cards);
    return code;
}

int main(int argc, char **argv) {
    struct atm_options options;
    struct tw_error error = {0};
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core); /* PINs pass through this memory */
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && strcmp(argv[1], "fleet") == 0)
        return fleet_main(argc - 1, argv + 1);
    bool interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!tw_ok(atm_options_read(argc, argv, interactive, &options, &error)))
        return (int)complain(error.detail, ATM_EXIT_USAGE);
    if (options.command == ATM_COMMAND_SCREEN && !tui_possible())
        options.command = ATM_COMMAND_MENU;
    switch (options.command) {
    case ATM_COMMAND_HELP:
        atm_options_help(stdout);
        return 0;
    case ATM_COMMAND_HELP_CONFIG:
        atm_config_help(stdout);
        return 0;
    case ATM_COMMAND_VERSION:
        (void)puts("atm-client " TW_VERSION);
        return 0;
    case ATM_COMMAND_STEP:
    case ATM_COMMAND_SCRIPT:
    case ATM_COMMAND_MENU:
    case ATM_COMMAND_SCREEN:
    case ATM_COMMAND_CHECK_CONFIG:
        break;
    }
    return (int)run_configured(&options);
}
