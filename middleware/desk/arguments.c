/*
 * The synopsis is walked term by term each time something must be known about an option: it is one
 * line, so no table is built of it. getopt_long was rejected: it needs the same facts a second
 * time, in a second form, and permutes argv.
 */
#include "desk/arguments.h"

#include <stdio.h>
#include <string.h>

#include "core/pan.h"

enum term_kind { TERM_WORD, TERM_FLAG, TERM_OPTION };

struct term {
    enum term_kind kind;
    bool optional;
    const char *name; /* without dashes and brackets */
    size_t length;
};

static size_t term_end(const char *text) {
    return strcspn(text, " ]");
}

/* Moves *cursor over one term; false at the end of the synopsis. */
static bool next_term(const char **cursor, struct term *ret_term) {
    const char *at = *cursor + strspn(*cursor, " ");
    if (*at == '\0') {
        return false;
    }
    *ret_term = (struct term){.optional = *at == '['};
    at += ret_term->optional;
    if (strncmp(at, "--", 2) != 0) {
        ret_term->kind = TERM_WORD;
        ret_term->name = at;
        ret_term->length = term_end(at);
        at += ret_term->length;
    } else {
        ret_term->name = at + 2;
        ret_term->length = term_end(at + 2);
        at += 2 + ret_term->length;
        ret_term->kind = *at == ']' ? TERM_FLAG : TERM_OPTION;
        if (ret_term->kind == TERM_OPTION) {
            at += strspn(at, " ");
            at += term_end(at);
        }
    }
    *cursor = at + (*at == ']');
    return true;
}

static bool term_named(const struct term *term, const char *name) {
    return term->kind != TERM_WORD && strlen(name) == term->length &&
           strncmp(term->name, name, term->length) == 0;
}

static bool find_term(const char *synopsis, const char *name, struct term *ret_term) {
    const char *cursor = synopsis;
    while (next_term(&cursor, ret_term)) {
        if (term_named(ret_term, name)) {
            return true;
        }
    }
    return false;
}

static const struct ctl_option_value *find_value(const struct ctl_arguments *arguments,
                                                 const char *name, size_t length) {
    for (size_t i = 0; i < arguments->option_count; i++) {
        const struct ctl_option_value *option = &arguments->options[i];
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Where --NAME-file is an option, --NAME would be a secret that others can read in the list of
 * processes. Of "--name=value" only the name is told. */
static struct tw_status refuse_option(const char *synopsis, const char *name,
                                      struct tw_error *ret_error) {
    char from_file[32];
    struct term term;
    int length = (int)strcspn(name, "=");
    int written = snprintf(from_file, sizeof from_file, "%.*s-file", length, name);
    if ((size_t)written < sizeof from_file && find_term(synopsis, from_file, &term)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "--%.*s is not taken from the command line, where others can read it: give "
                       "--%.*s-file FILE or --%.*s-stdin",
                       length, name, length, name, length, name);
    }
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "unknown option --%.*s", length, name);
}

/* Takes the option at argv[*index], and its value, moving *index to the last one taken. */
static struct tw_status take_option(struct ctl_arguments *arguments, int argc, char *const *argv,
                                    int *index, struct tw_error *ret_error) {
    const char *name = argv[*index] + 2;
    struct term term;
    if (!find_term(arguments->synopsis, name, &term)) {
        return refuse_option(arguments->synopsis, name, ret_error);
    }
    if (find_value(arguments, name, strlen(name)) != NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "option --%s is given twice", name);
    }
    struct ctl_option_value *option = &arguments->options[arguments->option_count];
    *option = (struct ctl_option_value){.name = name};
    if (term.kind == TERM_OPTION) {
        if (*index + 1 >= argc) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "option --%s needs a value", name);
        }
        option->value = argv[++*index];
    }
    arguments->option_count++;
    return tw_success();
}

static size_t words_allowed(const char *synopsis) {
    struct term term;
    size_t count = 0;
    while (next_term(&synopsis, &term)) {
        count += term.kind == TERM_WORD;
    }
    return count;
}

static struct tw_status require_all(const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    const char *cursor = arguments->synopsis;
    struct term term;
    size_t words = 0;
    while (next_term(&cursor, &term)) {
        bool given = term.kind == TERM_WORD ? words++ < arguments->word_count
                                            : find_value(arguments, term.name, term.length) != NULL;
        if (!given && !term.optional) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s%.*s is missing",
                           term.kind == TERM_WORD ? "" : "--", (int)term.length, term.name);
        }
    }
    return tw_success();
}

struct tw_status ctl_arguments_parse(const char *synopsis, int argc, char *const *argv,
                                     struct ctl_arguments *ret_arguments,
                                     struct tw_error *ret_error) {
    *ret_arguments = (struct ctl_arguments){.synopsis = synopsis};
    size_t words = words_allowed(synopsis);
    tw_assert(words <= CTL_WORDS_MAX);
    bool options_ended = false;
    for (int i = 0; i < argc; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (!options_ended && strncmp(argv[i], "--", 2) == 0) {
            tw_assert(ret_arguments->option_count < CTL_OPTIONS_MAX);
            struct tw_status status = take_option(ret_arguments, argc, argv, &i, ret_error);
            if (!tw_ok(status)) {
                return status;
            }
        } else if (ret_arguments->word_count < words) {
            ret_arguments->words[ret_arguments->word_count++] = argv[i];
        } else {
            char masked[TW_PAN_TEXT_SIZE];
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "unexpected argument '%s'",
                           tw_pan_suspected(argv[i]) ? tw_pan_mask(argv[i], masked) : argv[i]);
        }
    }
    return require_all(ret_arguments, ret_error);
}

const char *ctl_option(const struct ctl_arguments *arguments, const char *name) {
    struct term term;
    tw_assert(find_term(arguments->synopsis, name, &term) && term.kind == TERM_OPTION);
    const struct ctl_option_value *option = find_value(arguments, name, strlen(name));
    return option != NULL ? option->value : NULL;
}

bool ctl_flag(const struct ctl_arguments *arguments, const char *name) {
    struct term term;
    tw_assert(find_term(arguments->synopsis, name, &term) && term.kind == TERM_FLAG);
    return find_value(arguments, name, strlen(name)) != NULL;
}

const char *ctl_word(const struct ctl_arguments *arguments, size_t index) {
    return index < arguments->word_count ? arguments->words[index] : NULL;
}
