/* On a terminal the keys are read one by one with echo off, so that stars can be shown and the
 * digits are never on the screen; the old mode comes back even when the customer gives up. */
#include "atm-client/face/secret_entry.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/log.h"
#include "pin/pin_block.h"
#include "pin/secret_file.h"

static bool read_line(FILE *in, char *secret, size_t size) {
    if (fgets(secret, (int)size, in) == NULL)
        return false;
    size_t length = strcspn(secret, "\r\n");
    bool complete = secret[length] != '\0' || feof(in);
    secret[length] = '\0';
    return complete && length > 0;
}

static bool read_file(const char *name, size_t line, char *secret, size_t size) {
    struct tw_error error = {0};
    if (!tw_ok(tw_secret_file_check(name, &error))) {
        (void)fprintf(stderr, "atm-client: %s\n", error.detail);
        return false;
    }
    FILE *in = fopen(name, "re");
    if (in == NULL)
        return false;
    (void)setvbuf(in, NULL, _IONBF, 0); /* no second copy in a buffer */
    bool found = read_line(in, secret, size);
    for (size_t i = 0; found && i < line; i++) {
        char next[256];
        bool more = size <= sizeof next && read_line(in, next, size);
        if (more)
            memcpy(secret, next, size);
        tw_wipe(next, sizeof next);
        if (!more)
            break;
    }
    (void)fclose(in);
    return found;
}

enum { KEY_END = 4, KEY_BACKSPACE = 8, KEY_KILL = 21, KEY_ESCAPE = 27, KEY_DELETE = 127 };

static bool read_key(const struct atm_secret_source *source, unsigned char *ret_key) {
    if (source->await != NULL)
        source->await(source->context, STDIN_FILENO);
    return read(STDIN_FILENO, ret_key, 1) == 1;
}

static bool read_keys(const struct atm_secret_source *source, char *secret, size_t size) {
    bool masked = source->masked;
    size_t length = 0;
    unsigned char key = 0;
    while (read_key(source, &key)) {
        if (key == '\n' || key == '\r')
            break;
        if (key == KEY_END || key == KEY_ESCAPE) {
            length = 0;
            break;
        }
        if ((key == KEY_BACKSPACE || key == KEY_DELETE) && length > 0) {
            length--;
            (void)!write(STDOUT_FILENO, masked ? "\b \b" : "", masked ? 3 : 0);
        } else if (key >= '0' && key <= '9' && length < size - 1) {
            secret[length++] = (char)key;
            (void)!write(STDOUT_FILENO, "*", masked ? 1 : 0);
        }
    }
    secret[length] = '\0';
    (void)!write(STDOUT_FILENO, "\n", 1);
    return length > 0;
}

static bool read_terminal(const struct atm_secret_source *source, const char *prompt, char *secret,
                          size_t size) {
    struct termios before;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    struct termios silent = before;
    silent.c_lflag &= (tcflag_t) ~(ECHO | ICANON);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) /* before anyone is asked to type */
        return false;
    (void)fprintf(stdout, "%s: ", prompt);
    (void)fflush(stdout);
    bool typed = read_keys(source, secret, size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return typed;
}

bool atm_secret_ask(const struct atm_secret_source *source, const char *prompt, char *secret,
                    size_t size) {
    bool found = source->file != NULL   ? read_file(source->file, source->line, secret, size)
                 : isatty(STDIN_FILENO) ? read_terminal(source, prompt, secret, size)
                                        : read_line(stdin, secret, size);
    if (!found)
        tw_wipe(secret, size);
    return found;
}
