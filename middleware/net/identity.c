/*
 * Names are parsed by hand and strictly: one spelling per party, because the text is also the key
 * of per-identity limits and appears in logs. A general URI parser was rejected: it would accept
 * percent escapes, upper case, ports and queries, that is, several spellings of one identity.
 *
 * A certificate may carry other URIs (a deployment's own inventory), but exactly one that begins
 * with tellerwire: in any case of letters, so that nobody hides a second identity from this parser.
 */
#include "net/identity.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEME           "tellerwire:"
#define EIGHT_DIGITS     8
#define BANK_CODE_MIN    90000000
#define IIN_DIGITS_MIN   6
#define MEMBER_COUNT(of) (sizeof(of) / sizeof(of)[0])

/* What follows "tellerwire://<kind>/", in this order, separated by a slash. */
struct shape {
    const char *kind_name;
    enum tw_identity_kind kind;
    bool has_bank, has_terminal, has_name, has_iins;
};

static const struct shape shapes[] = {
    {"terminal", TW_ID_TERMINAL, true, true, false, false},
    {"bank", TW_ID_BANK, true, false, false, false},
    {"middleware", TW_ID_MIDDLEWARE, false, false, true, false},
    {"agent", TW_ID_AGENT, false, false, true, false},
    {"operator", TW_ID_OPERATOR, true, false, true, false},
    {"pin", TW_ID_PIN, true, false, false, true},
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_name_character(char c) {
    return is_name_start(c) || c == '-' || c == '.' || c == '_';
}

/* The take_ functions move *cursor behind what they read, or return false. */
static bool take_text(const char **cursor, const char *expected) {
    size_t length = strlen(expected);
    if (strncmp(*cursor, expected, length) != 0) {
        return false;
    }
    *cursor += length;
    return true;
}

static bool take_eight_digits(const char **cursor, int32_t least, int32_t *ret_number) {
    int32_t number = 0;
    for (int i = 0; i < EIGHT_DIGITS; i++) {
        if (!is_digit((*cursor)[i])) {
            return false;
        }
        number = number * 10 + ((*cursor)[i] - '0');
    }
    *cursor += EIGHT_DIGITS;
    *ret_number = number;
    return number >= least;
}

static bool take_name(const char **cursor, char *ret_name, size_t size) {
    size_t length = 0;
    if (!is_name_start(**cursor)) {
        return false;
    }
    while (is_name_character((*cursor)[length])) {
        length++;
    }
    if (length >= size) {
        return false;
    }
    memcpy(ret_name, *cursor, length);
    ret_name[length] = '\0';
    *cursor += length;
    return true;
}

/* "/92760001/927602": at least one, to the end of the text. */
static bool take_iins(const char **cursor, struct tw_identity *identity) {
    while (identity->iin_count < TW_IDENTITY_IINS_MAX && take_text(cursor, "/9")) {
        size_t length = 1;
        while (length < TW_IIN_TEXT_SIZE && is_digit((*cursor)[length - 1])) {
            length++;
        }
        if (length < IIN_DIGITS_MIN || length >= TW_IIN_TEXT_SIZE) {
            return false;
        }
        memcpy(identity->iins[identity->iin_count], *cursor - 1, length);
        identity->iin_count++;
        *cursor += length - 1;
    }
    return identity->iin_count > 0;
}

static bool take_shape(const char *cursor, const struct shape *shape,
                       struct tw_identity *identity) {
    if (shape->has_bank && !take_eight_digits(&cursor, BANK_CODE_MIN, &identity->bank_code)) {
        return false;
    }
    if (shape->has_bank && (shape->has_terminal || shape->has_name) && !take_text(&cursor, "/")) {
        return false;
    }
    if (shape->has_terminal && !take_eight_digits(&cursor, 1, &identity->terminal_id)) {
        return false;
    }
    if (shape->has_name && !take_name(&cursor, identity->name, sizeof identity->name)) {
        return false;
    }
    if (shape->has_iins && !take_iins(&cursor, identity)) {
        return false;
    }
    identity->kind = shape->kind;
    return *cursor == '\0';
}

static bool parse(const char *uri, struct tw_identity *identity) {
    if (strlen(uri) >= sizeof identity->text || !take_text(&uri, SCHEME "//")) {
        return false;
    }
    for (size_t i = 0; i < MEMBER_COUNT(shapes); i++) {
        const char *cursor = uri;
        if (take_text(&cursor, shapes[i].kind_name) && take_text(&cursor, "/")) {
            return take_shape(cursor, &shapes[i], identity);
        }
    }
    return false;
}

struct tw_status tw_identity_parse(const char *uri, struct tw_identity *ret_identity,
                                   struct tw_error *ret_error) {
    struct tw_identity identity = {.kind = TW_ID_NONE};
    *ret_identity = identity;
    if (!parse(uri, &identity)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "not the name of a party of this network");
    }
    memcpy(identity.text, uri, strlen(uri) + 1);
    *ret_identity = identity;
    return tw_success();
}

static void drop_names(GENERAL_NAMES **names) {
    GENERAL_NAMES_free(*names);
}

/* The URI of a general name when it claims our scheme, else NULL. A NUL inside never matches a
 * name, because the length is compared as well. */
static const ASN1_IA5STRING *claimed_uri(const GENERAL_NAME *name) {
    int type = 0;
    const ASN1_IA5STRING *uri = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_URI || ASN1_STRING_length(uri) < (int)strlen(SCHEME)) {
        return NULL;
    }
    const char *text = (const char *)ASN1_STRING_get0_data(uri);
    return strncasecmp(text, SCHEME, strlen(SCHEME)) == 0 ? uri : NULL;
}

struct tw_status tw_identity_of(X509 *certificate, struct tw_identity *ret_identity,
                                struct tw_error *ret_error) {
    __attribute__((cleanup(drop_names))) GENERAL_NAMES *names = NULL;
    const ASN1_IA5STRING *found = NULL;

    *ret_identity = (struct tw_identity){.kind = TW_ID_NONE};
    ERR_clear_error();
    names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    ERR_clear_error(); /* a missing extension is reported below, not by the next TLS call */
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_IA5STRING *uri = claimed_uri(sk_GENERAL_NAME_value(names, i));
        if (uri != NULL && found != NULL) {
            return tw_fail(ret_error, TW_E_IDENTITY, "certificate names more than one party");
        }
        found = uri != NULL ? uri : found;
    }
    if (found == NULL) {
        return tw_fail(ret_error, TW_E_IDENTITY, "certificate names no party of this network");
    }
    const char *text = (const char *)ASN1_STRING_get0_data(found);
    if (strlen(text) != (size_t)ASN1_STRING_length(found)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "certificate has a NUL byte in its name");
    }
    return tw_identity_parse(text, ret_identity, ret_error);
}

bool tw_identity_covers(const struct tw_identity *identity, const char *digits) {
    for (size_t i = 0; i < identity->iin_count; i++) {
        if (strncmp(digits, identity->iins[i], strlen(identity->iins[i])) == 0) {
            return true;
        }
    }
    return false;
}
