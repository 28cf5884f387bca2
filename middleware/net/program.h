/*
 * The command line of a daemon, the same for all of them: --config, --check-config, --help-config,
 * --version, --help. Threading: main() calls it once.
 */
#ifndef TW_NET_PROGRAM_H
#define TW_NET_PROGRAM_H

#include <stdbool.h>

#define TW_EXIT_MISUSE 2 /* command line or configuration */

struct tw_program {
    const char *name;           /* "bank-server" */
    const char *default_config; /* NULL: --config is needed */
    void (*help_config)(void);  /* every key, on standard output */
    /* Until it is told to stop; with only_check until it is known whether it could. The exit code.
     */
    int (*run)(const char *config_path, bool only_check);
};

/* The exit code. */
int tw_program_main(const struct tw_program *program, int argc, char **argv);

#endif
