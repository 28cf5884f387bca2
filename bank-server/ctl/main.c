/*
 * bankctl: what operators of one bank do. Global options first, then the command; --json may also
 * stand behind it. Results go to stdout, everything else to stderr.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "ctl/command.h"

#define DEFAULT_CONFIG "/etc/tellerwire/bankctl.ini"

struct invocation {
    const char *config;
    bool json;
    bool check_config;
    int argc;    /* what follows the global options, without --json */
    char **argv; /* in the array main was given */
};

static void print_usage(FILE *out, const char *group) {
    fputs("usage: bankctl [--config FILE] [--json] COMMAND [ARGUMENTS]\n"
          "       bankctl help [COMMAND] | help config | --check-config | --version\n"
          "--config is " DEFAULT_CONFIG " unless given. Amounts are written 1234.56.\n"
          "Exit code: 0 done; 1 refused, not found or violated; 2 could not run.\n\n",
          out);
    ctl_command_help(out, group);
}

/* Takes --json out of the arguments wherever it stands; a value "--json" of an option is lost, and
 * no option has such a value. */
static bool take_json(int *argc, char **argv) {
    int kept = 0;
    bool found = false;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            found = true;
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    return found;
}

static int print_help(int argc, char **argv) {
    if (argc > 0 && strcmp(argv[0], "config") == 0) {
        ctl_settings_help(stdout);
    } else {
        print_usage(stdout, argc > 0 ? argv[0] : NULL);
    }
    return CTL_EXIT_OK;
}

/* True when the program is done (the exit code is in *ret_exit). */
static bool read_invocation(int argc, char **argv, struct invocation *ret_invocation,
                            int *ret_exit) {
    *ret_invocation = (struct invocation){.config = DEFAULT_CONFIG};
    ret_invocation->json = take_json(&argc, argv);
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--config") == 0 && at + 1 < argc) {
            ret_invocation->config = argv[++at];
        } else if (strcmp(argv[at], "--check-config") == 0) {
            ret_invocation->check_config = true;
        } else if (strcmp(argv[at], "--version") == 0) {
            puts("bankctl " TW_VERSION);
            *ret_exit = CTL_EXIT_OK;
            return true;
        } else if (strcmp(argv[at], "--help") == 0) {
            *ret_exit = print_help(0, NULL);
            return true;
        } else {
            fprintf(stderr, "bankctl: unknown or incomplete option %s\n", argv[at]);
            *ret_exit = CTL_EXIT_FAILED;
            return true;
        }
    }
    ret_invocation->argc = argc - at;
    ret_invocation->argv = argv + at;
    if (ret_invocation->argc > 0 && strcmp(argv[at], "help") == 0) {
        *ret_exit = print_help(ret_invocation->argc - 1, ret_invocation->argv + 1);
        return true;
    }
    if (ret_invocation->argc == 0 && !ret_invocation->check_config) {
        print_usage(stderr, NULL);
        *ret_exit = CTL_EXIT_FAILED;
        return true;
    }
    return false;
}

static struct tw_status run_command(const struct invocation *invocation,
                                    const struct ctl_settings *settings,
                                    struct tw_error *ret_error) {
    int words = 0;
    const struct ctl_command *command =
        ctl_command_find(invocation->argc, invocation->argv, &words);
    if (command == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no such command: %s (see bankctl help)",
                       invocation->argv[0]);
    }
    struct ctl_arguments arguments;
    struct tw_status status = ctl_arguments_parse(command->synopsis, invocation->argc - words,
                                                  invocation->argv + words, &arguments, ret_error);
    if (!tw_ok(status)) {
        fprintf(stderr, "usage: bankctl %s %s\n", command->name, command->synopsis);
        return status;
    }
    struct ctl ctl = {
        .settings = settings,
        .clock = tw_clock_system(),
        .random = tw_random_system(),
        .out = stdout,
        .json = invocation->json,
        .command = command->name,
    };
    return command->run(&ctl, &arguments, ret_error);
}

static struct tw_status run(const struct invocation *invocation, struct tw_error *ret_error) {
    struct ctl_settings settings = {0};
    struct tw_status status = ctl_settings_load(invocation->config, &settings, ret_error);
    if (tw_ok(status) && !invocation->check_config) {
        status = run_command(invocation, &settings, ret_error);
    }
    ctl_settings_free(&settings);
    return status;
}

static void report_error(bool json, const struct tw_error *error) {
    if (!json) {
        fprintf(stderr, "bankctl: %s\n", error->detail);
        return;
    }
    json_t *object = json_pack("{s:{s:s,s:s}}", "error", "code", tw_code_name(error->code),
                               "reason", error->detail);
    tw_assert(object != NULL);
    (void)json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

int main(int argc, char **argv) {
    struct invocation invocation;
    int exit_code = CTL_EXIT_OK;
    if (read_invocation(argc, argv, &invocation, &exit_code)) {
        return exit_code;
    }
    tw_log_start("bankctl", TW_LOG_WARN);
    struct tw_error error = {0};
    struct tw_status status = run(&invocation, &error);
    if (!tw_ok(status)) {
        report_error(invocation.json, &error);
    }
    if (fflush(stdout) != 0) {
        fputs("bankctl: cannot write the result\n", stderr);
        return CTL_EXIT_FAILED;
    }
    return (int)ctl_exit_code(status.code);
}
