/* libinih calls back per line; the list grows as new section names appear. */
#include "atm-client/face/cards.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "core/pan.h"

struct reading {
    struct atm_cards *cards;
    char problem[96];
};

static struct atm_named_card *open_card(struct atm_cards *cards, const char *name) {
    for (size_t i = 0; i < cards->count; i++)
        if (strcmp(cards->cards[i].name, name) == 0)
            return &cards->cards[i];
    if (cards->count == ATM_CARDS_MAX || name[0] == '\0' || strlen(name) >= ATM_CARD_NAME_MAX)
        return NULL;
    struct atm_named_card *card = &cards->cards[cards->count++];
    *card = (struct atm_named_card){0};
    (void)snprintf(card->name, sizeof card->name, "%s", name);
    return card;
}

static bool read_expiry(const char *text, int32_t *ret_expiry) {
    if (strlen(text) != 4 || strspn(text, "0123456789") != 4)
        return false;
    int32_t month = (text[2] - '0') * 10 + (text[3] - '0');
    *ret_expiry = ((text[0] - '0') * 10 + (text[1] - '0')) * 100 + month;
    return month >= 1 && month <= 12;
}

static int read_line(void *context, const char *section, const char *name, const char *value) {
    struct reading *reading = context;
    struct atm_named_card *card = open_card(reading->cards, section);
    const char *problem = NULL;
    if (card == NULL)
        problem = "a card without a name, or too many cards";
    else if (strcmp(name, "pan") == 0 && !tw_pan_valid(value))
        problem = "pan is not a card number";
    else if (strcmp(name, "pan") == 0)
        (void)snprintf(card->card.pan, sizeof card->card.pan, "%s", value);
    else if (strcmp(name, "expiry") == 0 && !read_expiry(value, &card->card.expiry))
        problem = "expiry is not YYMM";
    else if (strcmp(name, "note") == 0)
        (void)snprintf(card->note, sizeof card->note, "%s", value);
    else if (strcmp(name, "expiry") != 0)
        problem = "unknown key: only pan, expiry and note";
    if (problem != NULL && reading->problem[0] == '\0')
        (void)snprintf(reading->problem, sizeof reading->problem, "%s", problem);
    return problem == NULL;
}

struct tw_status atm_cards_load(const char *file, struct atm_cards *ret_cards,
                                struct tw_error *ret_error) {
    *ret_cards = (struct atm_cards){0};
    FILE *in = fopen(file, "re");
    if (in == NULL && errno == ENOENT)
        return tw_success();
    if (in == NULL)
        return tw_fail(ret_error, TW_E_CONFIG, "cannot open %s: %s", file, strerror(errno));
    struct reading reading = {.cards = ret_cards};
    int line = ini_parse_file(in, read_line, &reading);
    (void)fclose(in);
    if (line != 0)
        return tw_fail(ret_error, TW_E_CONFIG, "%s:%d: %s", file, line,
                       reading.problem[0] != '\0' ? reading.problem : "not INI");
    for (size_t i = 0; i < ret_cards->count; i++)
        if (ret_cards->cards[i].card.pan[0] == '\0' || ret_cards->cards[i].card.expiry == 0)
            return tw_fail(ret_error, TW_E_CONFIG, "%s: card %s lacks pan or expiry", file,
                           ret_cards->cards[i].name);
    return tw_success();
}

const struct atm_named_card *atm_cards_find(const struct atm_cards *cards, const char *name) {
    for (size_t i = 0; i < cards->count; i++)
        if (strcmp(cards->cards[i].name, name) == 0)
            return &cards->cards[i];
    return NULL;
}
