/*
 * Everything is put through one function that takes a text and a width in columns, because bytes
 * and columns differ in UTF-8. Every character of Latin-1 is one column wide and at most two bytes
 * long; libunistring was rejected for that.
 */
#include "atm-client/core/paper.h"

#include <stdio.h>
#include <string.h>

/* The length in bytes of the character at `text` if it may be printed, else 0. */
static size_t printable(const char *text) {
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] >= 0x20 && byte[0] < 0x7f)
        return 1;
    bool latin = (byte[0] == 0xc2 && byte[1] >= 0xa0 && byte[1] < 0xc0) ||
                 (byte[0] == 0xc3 && byte[1] >= 0x80 && byte[1] < 0xc0);
    return latin ? 2 : 0;
}

static size_t skip(const char *text) {
    size_t length = printable(text);
    if (length > 0)
        return length;
    length = 1;
    while (((unsigned char)text[length] & 0xc0) == 0x80) /* the rest of a character */
        length++;
    return length;
}

static int columns(const char *text) {
    int count = 0;
    for (; *text != '\0'; text += skip(text))
        count++;
    return count;
}

static void put_bytes(struct atm_paper *paper, const char *bytes, size_t length) {
    if (paper->used + length >= ATM_RECEIPT_SIZE)
        return;
    memcpy(paper->text + paper->used, bytes, length);
    paper->used += length;
    paper->text[paper->used] = '\0';
}

static void put_blanks(struct atm_paper *paper, int count) {
    for (int i = 0; i < count; i++)
        put_bytes(paper, " ", 1);
}

/* At most `width` columns; returns how many it took. */
static int put_text(struct atm_paper *paper, const char *text, int width) {
    int taken = 0;
    for (; *text != '\0' && taken < width; text += skip(text), taken++) {
        size_t length = printable(text);
        put_bytes(paper, length > 0 ? text : "?", length > 0 ? length : 1);
    }
    return taken;
}

static void end_line(struct atm_paper *paper) {
    put_bytes(paper, "\n", 1);
}

void atm_paper_centred(struct atm_paper *paper, const char *text) {
    int width = columns(text);
    put_blanks(paper, (ATM_PAPER_WIDTH - width) / 2);
    (void)put_text(paper, text, ATM_PAPER_WIDTH);
    end_line(paper);
}

void atm_paper_rule(struct atm_paper *paper) {
    for (int i = 0; i < ATM_PAPER_WIDTH; i++)
        put_bytes(paper, "-", 1);
    end_line(paper);
}

void atm_paper_fact(struct atm_paper *paper, const char *label, const char *value) {
    int used = put_text(paper, label, ATM_PAPER_WIDTH - 1);
    int room = ATM_PAPER_WIDTH - used - 1;
    if (value[0] != '\0')
        put_blanks(paper, 1 + (columns(value) < room ? room - columns(value) : 0));
    (void)put_text(paper, value, room);
    end_line(paper);
}

void atm_paper_say(struct atm_paper *paper, enum atm_message label, const char *value) {
    atm_paper_fact(paper, atm_message(paper->language, label), value);
}

void atm_paper_right(struct atm_paper *paper, const char *value) {
    put_blanks(paper, ATM_PAPER_WIDTH - columns(value));
    (void)put_text(paper, value, ATM_PAPER_WIDTH);
    end_line(paper);
}

void atm_paper_row(struct atm_paper *paper, const char *date, const char *text, const char *value) {
    enum { DATE = 10, TEXT = 15 };
    int used = put_text(paper, date, DATE);
    put_blanks(paper, DATE - used + 1);
    used = put_text(paper, text, TEXT);
    int room = ATM_PAPER_WIDTH - DATE - TEXT - 2;
    put_blanks(paper, TEXT - used + 1 + (columns(value) < room ? room - columns(value) : 0));
    (void)put_text(paper, value, room);
    end_line(paper);
}

/* How much of a text fits on a line, in bytes: up to the last blank; a longer word is cut. */
static size_t fitting(const char *text) {
    size_t used = 0;
    size_t blank = 0;
    int width = 0;
    for (; text[used] != '\0' && width < ATM_PAPER_WIDTH; used += skip(text + used), width++)
        if (text[used] == ' ')
            blank = used;
    bool whole = text[used] == '\0' || text[used] == ' ';
    return whole || blank == 0 ? used : blank;
}

void atm_paper_wrapped(struct atm_paper *paper, const char *text) {
    char line[4 * ATM_PAPER_WIDTH + 1];
    while (*text != '\0') {
        size_t length = fitting(text);
        (void)snprintf(line, sizeof line, "%.*s", (int)length, text);
        atm_paper_centred(paper, line);
        text += length;
        text += strspn(text, " ");
    }
}

const char *atm_paper_amount(const struct atm_paper *paper, int64_t amount_minor,
                             struct tw_currency currency, char buffer[TW_MONEY_TEXT_SIZE]) {
    (void)tw_money_text(amount_minor, currency, buffer);
    char *point = strchr(buffer, '.');
    if (point != NULL && paper->language == ATM_GERMAN)
        *point = ',';
    return buffer;
}

void atm_paper_money(struct atm_paper *paper, enum atm_message label, int64_t amount_minor,
                     struct tw_currency currency) {
    char text[TW_MONEY_TEXT_SIZE];
    char value[TW_MONEY_TEXT_SIZE + 8];
    (void)snprintf(value, sizeof value, "%s %s",
                   atm_paper_amount(paper, amount_minor, currency, text), currency.code);
    atm_paper_say(paper, label, value);
}
