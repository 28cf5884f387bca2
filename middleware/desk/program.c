/*
 * The global options first, then the command. Results go to stdout, everything else to stderr.
 */
#include "desk/program.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"

struct invocation {
    const struct ctl_program *program;
    const char *config;
    bool json, csv;
    bool check_config;
    int argc;    /* what follows the global options, without --json and --csv */
    char **argv; /* in the array main was given */
};

static void print_usage(const struct ctl_program *program, FILE *out, const char *group) {
    fprintf(out,
            "usage: %s [--config FILE] [--json | --csv] COMMAND [ARGUMENTS]\n"
            "       %s help [COMMAND] | help config | --check-config | --version\n"
            "--config is %s unless given. Amounts are written 1234.56.\n"
            "Exit code: 0 done; 1 refused, not found or violated; 2 could not run.\n\n",
            program->name, program->name, program->config);
    ctl_command_help(program->commands, program->command_count, out, group);
}

/* Takes a flag out of the arguments wherever it stands; such a value of an option is lost, and no
 * option has one. */
static bool take_flag(const char *flag, int *argc, char **argv) {
    int kept = 0;
    bool found = false;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], flag) == 0) {
            found = true;
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    return found;
}

static int print_help(const struct ctl_program *program, int argc, char **argv) {
    if (argc > 0 && strcmp(argv[0], "config") == 0) {
        program->settings_help(stdout);
    } else {
        print_usage(program, stdout, argc > 0 ? argv[0] : NULL);
    }
    return CTL_EXIT_OK;
}

/* True when the program is done (the exit code is in *ret_exit). */
static bool read_invocation(const struct ctl_program *program, int argc, char **argv,
                            struct invocation *ret_invocation, int *ret_exit) {
    *ret_invocation = (struct invocation){.program = program, .config = program->config};
    ret_invocation->json = take_flag("--json", &argc, argv);
    ret_invocation->csv = take_flag("--csv", &argc, argv);
    if (ret_invocation->json && ret_invocation->csv) {
        fprintf(stderr, "%s: --json or --csv, not both\n", program->name);
        *ret_exit = CTL_EXIT_FAILED;
        return true;
    }
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--config") == 0 && at + 1 < argc) {
            ret_invocation->config = argv[++at];
        } else if (strcmp(argv[at], "--check-config") == 0) {
            ret_invocation->check_config = true;
        } else if (strcmp(argv[at], "--version") == 0) {
            printf("%s %s\n", program->name, TW_VERSION);
            *ret_exit = CTL_EXIT_OK;
            return true;
        } else if (strcmp(argv[at], "--help") == 0) {
            *ret_exit = print_help(program, 0, NULL);
            return true;
        } else {
            fprintf(stderr, "%s: unknown or incomplete option %s\n", program->name, argv[at]);
            *ret_exit = CTL_EXIT_FAILED;
            return true;
        }
    }
    ret_invocation->argc = argc - at;
    ret_invocation->argv = argv + at;
    if (ret_invocation->argc > 0 && strcmp(argv[at], "help") == 0) {
        *ret_exit = print_help(program, ret_invocation->argc - 1, ret_invocation->argv + 1);
        return true;
    }
    if (ret_invocation->argc == 0 && !ret_invocation->check_config) {
        print_usage(program, stderr, NULL);
        *ret_exit = CTL_EXIT_FAILED;
        return true;
    }
    return false;
}

static struct tw_status run_command(const struct invocation *invocation,
                                    struct tw_error *ret_error) {
    int words = 0;
    const struct ctl_program *program = invocation->program;
    const struct ctl_command *command = ctl_command_find(
        program->commands, program->command_count, invocation->argc, invocation->argv, &words);
    if (command == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no such command: %s (see %s help)",
                       invocation->argv[0], program->name);
    }
    struct ctl_arguments arguments;
    struct tw_status status = ctl_arguments_parse(command->synopsis, invocation->argc - words,
                                                  invocation->argv + words, &arguments, ret_error);
    if (!tw_ok(status)) {
        fprintf(stderr, "usage: %s %s %s\n", program->name, command->name, command->synopsis);
        return status;
    }
    struct ctl ctl = {
        .program = program,
        .settings = program->settings,
        .clock = tw_clock_system(),
        .random = tw_random_system(),
        .out = stdout,
        .json = invocation->json,
        .csv = invocation->csv,
        .command = command->name,
    };
    return command->run(&ctl, &arguments, ret_error);
}

static struct tw_status run(const struct invocation *invocation, struct tw_error *ret_error) {
    const struct ctl_program *program = invocation->program;
    struct tw_status status =
        program->settings_load(invocation->config, program->settings, ret_error);
    if (tw_ok(status) && !invocation->check_config) {
        status = run_command(invocation, ret_error);
    }
    program->settings_free(program->settings);
    return status;
}

static void report_error(const struct invocation *invocation, const struct tw_error *error) {
    if (!invocation->json) {
        fprintf(stderr, "%s: %s\n", invocation->program->name, error->detail);
        return;
    }
    json_t *object = json_pack("{s:{s:s,s:s}}", "error", "code", tw_code_name(error->code),
                               "reason", error->detail);
    tw_assert(object != NULL);
    (void)json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

int ctl_program_main(const struct ctl_program *program, int argc, char **argv) {
    struct invocation invocation;
    int exit_code = CTL_EXIT_OK;
    if (read_invocation(program, argc, argv, &invocation, &exit_code)) {
        return exit_code;
    }
    tw_log_start(program->name, TW_LOG_WARN);
    struct tw_error error = {0};
    struct tw_status status = run(&invocation, &error);
    if (!tw_ok(status)) {
        report_error(&invocation, &error);
    }
    if (fflush(stdout) != 0) {
        fprintf(stderr, "%s: cannot write the result\n", program->name);
        return CTL_EXIT_FAILED;
    }
    return (int)ctl_exit_code(status.code);
}
