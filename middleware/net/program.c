#include "net/program.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 'k'},
    {"help-config", no_argument, NULL, 'H'},  {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};

static void usage(const struct tw_program *program, FILE *out) {
    (void)fprintf(out,
                  "usage: %s --config FILE [--check-config]\n"
                  "       %s --help | --help-config | --version\n",
                  program->name, program->name);
    if (program->default_config != NULL) {
        (void)fprintf(out, "FILE is %s unless given.\n", program->default_config);
    }
    (void)fputs(
        "SIGHUP reads certificates and the revocation list again, SIGTERM finishes what is\n"
        "under way and stops.\n",
        out);
}

int tw_program_main(const struct tw_program *program, int argc, char **argv) {
    const char *config_path = program->default_config;
    bool only_check = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            config_path = optarg;
            break;
        case 'k':
            only_check = true;
            break;
        case 'H':
            program->help_config();
            return EXIT_SUCCESS;
        case 'v':
            (void)printf("%s %s\n", program->name, TW_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            usage(program, stdout);
            return EXIT_SUCCESS;
        default:
            usage(program, stderr);
            return TW_EXIT_MISUSE;
        }
    }
    if (config_path == NULL || optind != argc) {
        (void)fprintf(stderr, "%s: --config FILE is needed, and nothing else; see --help\n",
                      program->name);
        return TW_EXIT_MISUSE;
    }
    return program->run(config_path, only_check);
}
