/*
 * Messages for customers in the languages that the terminal speaks, from messages.def. A catalogue
 * that is compiled in and not gettext's: every message is there in every language or nothing
 * compiles, a customer's language changes from card to card in one process with thousands of
 * terminals, and nothing depends on the locales of the machine. Texts are UTF-8 and static.
 */
#ifndef ATM_TEXT_MESSAGE_H
#define ATM_TEXT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

enum atm_language { ATM_ENGLISH, ATM_GERMAN, ATM_LANGUAGE_COUNT };

enum atm_message {
#define ATM_MESSAGE(id, english, german) ATM_MESSAGE_##id,
#include "atm-client/text/messages.def"
#undef ATM_MESSAGE
    ATM_MESSAGE_COUNT
};

const char *atm_message(enum atm_language language, enum atm_message message);
/* One with a place for a value, %s, written with it; cut when it does not fit. Returns buffer. */
const char *atm_message_with(enum atm_language language, enum atm_message message,
                             const char *value, char *buffer, size_t size);
/* The English of a SAY_ message: what a program finds as text. */
#define ATM_SAY(id) atm_message(ATM_ENGLISH, ATM_MESSAGE_SAY_##id)
/* A text that is an English message, or one with ": " and a detail for programs behind it, in this
 * language and without the detail; another text stays as it is. */
const char *atm_translated(enum atm_language language, const char *english);
/* "en", "de" (ISO 639-1); false: the terminal does not speak it. */
bool atm_language_parse(const char *code, enum atm_language *ret_language);
/* "English", "Deutsch": as its speakers call it. */
const char *atm_language_name(enum atm_language language);

#endif
