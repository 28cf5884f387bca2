#include "atm-client/text/message.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/status.h"

static const char *const messages[ATM_MESSAGE_COUNT][ATM_LANGUAGE_COUNT] = {
#define ATM_MESSAGE(id, english, german)                                                           \
    [ATM_MESSAGE_##id] = {[ATM_ENGLISH] = (english), [ATM_GERMAN] = (german)},
#include "atm-client/text/messages.def"
#undef ATM_MESSAGE
};

static const struct {
    const char *code, *name;
} languages[ATM_LANGUAGE_COUNT] = {
    [ATM_ENGLISH] = {"en", "English"},
    [ATM_GERMAN] = {"de", "Deutsch"},
};

const char *atm_message(enum atm_language language, enum atm_message message) {
    return messages[message][language];
}

const char *atm_message_with(enum atm_language language, enum atm_message message,
                             const char *value, char *buffer, size_t size) {
    const char *text = atm_message(language, message);
    const char *place = strstr(text, "%s");
    tw_assert(place != NULL);
    (void)snprintf(buffer, size, "%.*s%s%s", (int)(place - text), text, value, place + 2);
    return buffer;
}

const char *atm_translated(enum atm_language language, const char *english) {
    for (size_t i = 0; i < ATM_MESSAGE_COUNT; i++) {
        const char *text = messages[i][ATM_ENGLISH];
        const size_t length = strlen(text);
        if (strncmp(english, text, length) == 0 &&
            (english[length] == '\0' || (english[length] == ':' && english[length + 1] == ' ')))
            return messages[i][language];
    }
    return english;
}

bool atm_language_parse(const char *code, enum atm_language *ret_language) {
    for (size_t i = 0; i < ATM_LANGUAGE_COUNT; i++) {
        if (strcmp(code, languages[i].code) == 0) {
            *ret_language = (enum atm_language)i;
            return true;
        }
    }
    return false;
}

const char *atm_language_name(enum atm_language language) {
    return languages[language].name;
}
