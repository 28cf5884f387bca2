/*
 * Both secrets are short lines of digits and take the same way; they differ in what makes them
 * valid. A file is read unbuffered, so that no copy stays behind in a buffer nobody wipes.
 */
#include "ctl/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/value.h"

#define LINE_SIZE (TW_PAN_TEXT_SIZE + 2) /* the longest secret and a line end */

/* One line of at most size - 1 characters; false when it is longer or missing. */
static bool read_line(FILE *in, char *line, size_t size) {
    if (fgets(line, (int)size, in) == NULL) {
        return false;
    }
    size_t length = strcspn(line, "\r\n");
    bool complete = line[length] != '\0' || feof(in);
    line[length] = '\0';
    return complete;
}

static bool read_line_silently(const char *prompt, char *line, size_t size) {
    struct termios before;
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fprintf(stderr, "%s: ", prompt);
    }
    bool read = read_line(stdin, line, size);
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return read;
}

/* An unreadable file is a failure; a line that is missing or too long reads as an empty one. */
static struct tw_status read_secret(const char *file, const char *prompt, char line[LINE_SIZE],
                                    struct tw_error *ret_error) {
    bool read = false;
    if (file == NULL) {
        read = read_line_silently(prompt, line, LINE_SIZE);
    } else {
        FILE *in = fopen(file, "re");
        if (in == NULL) {
            return tw_fail(ret_error, TW_E_IO, "%s: %s", file, strerror(errno));
        }
        setvbuf(in, NULL, _IONBF, 0);
        read = read_line(in, line, LINE_SIZE);
        (void)fclose(in);
    }
    if (!read) {
        tw_wipe(line, LINE_SIZE);
        line[0] = '\0';
    }
    return tw_success();
}

struct tw_status ctl_pin_read(const char *file, char ret_pin[TW_PIN_TEXT_SIZE],
                              struct tw_error *ret_error) {
    char line[LINE_SIZE];
    struct tw_status status = read_secret(file, "PIN", line, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    bool valid = ctl_pin_valid(line);
    if (valid) {
        memcpy(ret_pin, line, strlen(line) + 1);
    }
    tw_wipe(line, sizeof line);
    return valid ? status : tw_fail(ret_error, TW_E_INVALID_PARAMS, "a PIN has 4 to 12 digits");
}

struct tw_status ctl_pan_read(const char *file, char ret_pan[TW_PAN_TEXT_SIZE],
                              struct tw_error *ret_error) {
    char line[LINE_SIZE];
    struct tw_status status = read_secret(file, "Card number", line, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    bool valid = tw_pan_valid(line);
    if (valid) {
        memcpy(ret_pan, line, strlen(line) + 1);
    }
    tw_wipe(line, sizeof line);
    return valid ? status
                 : tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "the card number's length or check digit is wrong");
}

struct tw_status ctl_option_pin(const struct ctl_arguments *arguments,
                                char ret_pin[TW_PIN_TEXT_SIZE], struct tw_error *ret_error) {
    const char *file = ctl_option(arguments, "pin-file");
    if ((file != NULL) == ctl_flag(arguments, "pin-stdin")) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "give either --pin-file or --pin-stdin");
    }
    return ctl_pin_read(file, ret_pin, ret_error);
}

struct tw_status ctl_option_pan(const struct ctl_arguments *arguments,
                                char ret_pan[TW_PAN_TEXT_SIZE], struct tw_error *ret_error) {
    const char *file = ctl_option(arguments, "pan-file");
    bool from_stdin = ctl_flag(arguments, "pan-stdin");
    ret_pan[0] = '\0';
    if (file != NULL && from_stdin) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "give either --pan-file or --pan-stdin");
    }
    return file != NULL || from_stdin ? ctl_pan_read(file, ret_pan, ret_error) : tw_success();
}
