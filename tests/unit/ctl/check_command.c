/* ctl/command: the table of commands is consistent, and finds what was typed. */
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "support/suite.h"

static const struct {
    const char *name;
    const char *synopsis;
    const char *description;
} commands[] = {
#define CTL_COMMAND(name, function, synopsis, description) {name, synopsis, description},
#include "ctl/command.def"
#undef CTL_COMMAND
};

/* Finds a command whose one or two words are given as one text. */
static const struct ctl_command *find(const char *text, int *ret_words) {
    char first[64];
    char *argv[2] = {first, NULL};
    int argc = 1;
    snprintf(first, sizeof first, "%s", text);
    char *blank = strchr(first, ' ');
    if (blank != NULL) {
        *blank = '\0';
        argv[argc++] = blank + 1;
    }
    return ctl_command_find(bankctl_commands, bankctl_command_count, argc, argv, ret_words);
}

START_TEST(every_command_is_found_by_its_name) {
    int words = 0;
    const struct ctl_command *command = find(commands[_i].name, &words);
    ck_assert_ptr_nonnull(command);
    ck_assert_str_eq(command->name, commands[_i].name);
    ck_assert_int_eq(words, strchr(commands[_i].name, ' ') != NULL ? 2 : 1);
}
END_TEST

START_TEST(every_name_is_there_once) {
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        for (size_t j = i + 1; j < COUNT_OF(commands); j++) {
            ck_assert_str_ne(commands[i].name, commands[j].name);
        }
    }
}
END_TEST

/* Missing arguments are told, not tripped over: the synopsis can be read to its end. */
START_TEST(every_synopsis_can_be_parsed) {
    struct ctl_arguments arguments;
    struct tw_error error = {0};
    char *argv[] = {NULL};
    struct tw_status status =
        ctl_arguments_parse(commands[_i].synopsis, 0, argv, &arguments, &error);
    bool needs = commands[_i].synopsis[0] != '\0' && commands[_i].synopsis[0] != '[';
    ck_assert_int_eq(tw_ok(status), !needs);
    ck_assert_uint_gt(strlen(commands[_i].description), 0);
}
END_TEST

START_TEST(other_words_are_no_command) {
    static const char *const wrong[] = {"",         "bank",     "accounts list", "account",
                                        "List",     "migrate2", "account lists", " migrate",
                                        "terminal "};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int words = 0;
        ck_assert_ptr_null(find(wrong[i], &words));
    }
}
END_TEST

static char *help_of(const char *group) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ctl_command_help(bankctl_commands, bankctl_command_count, out, group);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(help_shows_all_or_one_group) {
    char *all = help_of(NULL);
    char *cards = help_of("card");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        ck_assert_ptr_nonnull(strstr(all, commands[i].description));
        bool shown = strstr(cards, commands[i].description) != NULL;
        ck_assert_int_eq(shown, strncmp(commands[i].name, "card ", 5) == 0);
    }
    free(all);
    free(cards);
}
END_TEST

START_TEST(exit_codes_tell_refused_from_failed) {
    ck_assert_int_eq(ctl_exit_code(TW_E_NONE), 0);
    ck_assert_int_eq(ctl_exit_code(TW_E_CONFLICT), 1);
    ck_assert_int_eq(ctl_exit_code(TW_E_NOT_FOUND), 1);
    ck_assert_int_eq(ctl_exit_code(TW_E_INVALID_PARAMS), 2);
    ck_assert_int_eq(ctl_exit_code(TW_E_DATABASE), 2);
    ck_assert_int_eq(ctl_exit_code(TW_E_DEADLINE), 2);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_command_is_found_by_its_name, .rows = COUNT_OF(commands)},
        {.test = every_name_is_there_once},
        {.test = every_synopsis_can_be_parsed, .rows = COUNT_OF(commands)},
        {.test = other_words_are_no_command},
        {.test = help_shows_all_or_one_group},
        {.test = exit_codes_tell_refused_from_failed},
    };
    return test_main("command", tests, COUNT_OF(tests));
}
