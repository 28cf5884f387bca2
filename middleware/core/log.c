/*
 * A line is built in one buffer on the stack and leaves in one write(2), so that lines of several
 * processes on one descriptor do not mix. Each string is escaped as it is copied: whatever a
 * stranger sent, a line stays one JSON object. A field that does not fit is left out, and the line
 * says "truncated"; a long value is cut at VALUE_MAX. No stdio, no allocation, no lock.
 */
#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/utf8.h"

#define LINE_MAX_BYTES 4096
#define VALUE_MAX      1024
#define TAIL           ",\"truncated\":true}\n"

static const char *process_name = "";
static enum tw_log_level least_level = TW_LOG_INFO;
static int log_fd = STDERR_FILENO;

struct line {
    size_t length;
    bool full;
    char bytes[LINE_MAX_BYTES];
};

void tw_log_start(const char *process, enum tw_log_level least) {
    process_name = process;
    least_level = least;
}

void tw_log_descriptor(int fd) {
    log_fd = fd;
}

bool tw_log_enabled(enum tw_log_level level) {
    return level >= least_level;
}

/* Space is kept for the tail, so that a full line can always be closed. */
static void put(struct line *line, const char *bytes, size_t length) {
    if (length > sizeof line->bytes - sizeof TAIL - line->length) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
}

static void put_text(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

static void put_character(struct line *line, uint32_t character, const char *bytes, size_t length) {
    if (character == '"' || character == '\\') {
        put(line, "\\", 1);
        put(line, bytes, 1);
    } else if (tw_utf8_printable(character)) {
        put(line, bytes, length);
    } else {
        char escaped[16];
        (void)snprintf(escaped, sizeof escaped, "\\u%04" PRIx32, character);
        put_text(line, escaped);
    }
}

static void put_string(struct line *line, const char *text) {
    if (!text) {
        put_text(line, "null");
        return;
    }
    const size_t length = strnlen(text, VALUE_MAX);
    put_text(line, "\"");
    for (size_t at = 0; at < length;) {
        uint32_t character;
        const size_t count = tw_utf8_decode(text + at, length - at, &character);
        if (count == 0) {
            put_text(line, "\\ufffd");
            at += 1;
        } else {
            put_character(line, character, text + at, count);
            at += count;
        }
    }
    put_text(line, "\"");
}

static void put_integer(struct line *line, int64_t value) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    put_text(line, digits);
}

/* A member that does not fit whole is taken back. */
static void put_field(struct line *line, const struct tw_log_field *field) {
    if (line->full) {
        return;
    }
    const size_t start = line->length;
    put_text(line, ",");
    put_string(line, field->name);
    put_text(line, ":");
    if (field->kind == TW_LOG_INT) {
        put_integer(line, field->integer);
    } else {
        put_string(line, field->string);
    }
    if (line->full) {
        line->length = start;
    }
}

static void put_time(struct line *line, int64_t wall_ms) {
    char date[TW_DATE_TEXT_SIZE];
    const int64_t day_ms = INT64_C(86400000);
    const int64_t in_day = wall_ms % day_ms;
    char text[64];
    (void)snprintf(text, sizeof text, "{\"time\":\"%sT%02d:%02d:%02d.%03dZ\"",
                   tw_date_text((int32_t)(wall_ms / day_ms), date), (int)(in_day / 3600000),
                   (int)(in_day / 60000 % 60), (int)(in_day / 1000 % 60), (int)(in_day % 1000));
    put_text(line, text);
}

static void write_out(const char *bytes, size_t length) {
    while (length > 0) {
        const ssize_t written = write(log_fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return; /* nowhere left to complain */
        }
        bytes += written;
        length -= (size_t)written;
    }
}

void tw_log_write(enum tw_log_level level, const char *message, const struct tw_log_field *fields,
                  size_t count) {
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    struct line line;
    line.length = 0;
    line.full = false;
    put_time(&line, tw_wall_ms(tw_clock_system()));
    put_field(&line, &TW_STR("level", levels[level]));
    put_field(&line, &TW_STR("process", process_name));
    put_field(&line, &TW_STR("message", message));
    for (size_t i = 0; i < count; i++) {
        put_field(&line, &fields[i]);
    }
    const char *tail = line.full ? TAIL : "}\n";
    const size_t tail_length = strlen(tail);
    memcpy(line.bytes + line.length, tail, tail_length);
    write_out(line.bytes, line.length + tail_length);
}
