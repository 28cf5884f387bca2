/* Read line by line into an array that doubles; the fields' widths bound what a line may hold. */
#include "pin/card_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024

/* Takes the text up to `end` (or the line's end) out of *line. */
static bool take_field(char **line, char end, char *ret_field, size_t size) {
    size_t length = strcspn(*line, (const char[]){end, '\0'});
    if (length == 0 || length >= size || (*line)[length] != end) {
        return false;
    }
    memcpy(ret_field, *line, length);
    ret_field[length] = '\0';
    *line += length + 1;
    return true;
}

static bool read_card(char *line, struct tw_listed_card *ret_card) {
    return take_field(&line, ',', ret_card->pan, sizeof ret_card->pan) &&
           take_field(&line, ',', ret_card->expiry, sizeof ret_card->expiry) &&
           take_field(&line, ',', ret_card->iban, sizeof ret_card->iban) &&
           take_field(&line, '\n', ret_card->pin, sizeof ret_card->pin);
}

static bool make_room(struct tw_card_list *cards, size_t *capacity) {
    if (cards->count < *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    struct tw_listed_card *grown = realloc(cards->cards, wanted * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    cards->cards = grown;
    *capacity = wanted;
    return true;
}

static struct tw_status read_all(FILE *file, struct tw_card_list *cards,
                                 struct tw_error *ret_error) {
    char line[128];
    size_t capacity = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (!make_room(cards, &capacity)) {
            return tw_fail(ret_error, TW_E_NO_MEMORY, "cards");
        }
        if (!read_card(line, &cards->cards[cards->count])) {
            return tw_fail(ret_error, TW_E_CONFIG, "line %zu is not pan,expiry,iban,pin",
                           cards->count + 1);
        }
        cards->count++;
    }
    tw_wipe(line, sizeof line);
    return ferror(file) == 0 ? tw_success() : tw_fail(ret_error, TW_E_IO, "cannot be read");
}

struct tw_status tw_card_list_load(const char *path, struct tw_card_list *ret_cards,
                                   struct tw_error *ret_error) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return tw_fail(ret_error, TW_E_IO, "%s: %s", path, strerror(errno));
    }
    struct tw_card_list cards = {0};
    struct tw_error reason = {0};
    struct tw_status status = read_all(file, &cards, &reason);
    (void)fclose(file);
    if (!tw_ok(status)) {
        tw_card_list_free(&cards);
        return tw_fail(ret_error, status.code, "%s: %s", path, reason.detail);
    }
    *ret_cards = cards;
    return status;
}

void tw_card_list_free(struct tw_card_list *cards) {
    if (cards->cards != NULL) {
        tw_wipe(cards->cards, cards->count * sizeof *cards->cards);
    }
    free(cards->cards);
    *cards = (struct tw_card_list){0};
}
