/* Options by one table. What they say of the profile replaces what its file says. */
#include "atm-client/fleet/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atm-client/face/words.h"
#include "atm-client/fleet/chart.h"
#include "atm-client/fleet/report.h"
#include "core/log.h"
#include "wire/json.h"

#define DEFAULT_CONFIG "/etc/tellerwire/fleet.ini"

enum { EXIT_GOOD = 0, EXIT_WRONG = 1 };

enum what { RUN, CHECK_PROFILE, HELP, HELP_CONFIG, HELP_PROFILE };

struct given {
    enum what what;
    const char *config, *profile, *json, *html;
    int64_t terminals, seed, duration_s; /* -1: not given */
    bool quiet;
};

static const struct {
    const char *name, *value, *about;
    size_t text;   /* where the value goes, */
    size_t number; /* or the number; 0: nowhere */
    int64_t least, most;
} table[] = {
    {"--config", "FILE", "the fleet, default " DEFAULT_CONFIG, offsetof(struct given, config), 0, 0,
     0},
    {"--terminals", "N", "how many (default 100)", 0, offsetof(struct given, terminals), 1,
     FLEET_TERMINALS_MAX},
    {"--profile", "FILE", "what customers do; default: see --help-profile",
     offsetof(struct given, profile), 0, 0, 0},
    {"--duration", "SECONDS", "instead of the profile's", 0, offsetof(struct given, duration_s), 1,
     86400},
    {"--seed", "N", "instead of the profile's", 0, offsetof(struct given, seed), 0, INT32_MAX},
    {"--json", "FILE", "the report for programs; - is standard output",
     offsetof(struct given, json), 0, 0, 0},
    {"--html", "FILE", "the report as a page with plots (needs gnuplot)",
     offsetof(struct given, html), 0, 0, 0},
};

#define OPTION_COUNT (sizeof table / sizeof table[0])

static int complain(const char *reason, int code) {
    (void)fprintf(stderr, "atm-client fleet: %s\n", reason);
    return code;
}

static void print_help(void) {
    (void)puts(
        "usage: atm-client fleet [OPTIONS]\n"
        "       atm-client fleet --check-profile --profile FILE\n"
        "       atm-client fleet --help | --help-config | --help-profile\n\n"
        "Many terminals in one process, with simulated customers, staff and device faults.\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        (void)printf("  %-12s %-8s %s\n", table[i].name, table[i].value, table[i].about);
    (void)puts(
        "  --quiet               no progress on standard error\n\n"
        "SIGINT ends it politely, a second one at once. Exit code: 0 every operation ended as\n"
        "it should and nothing is left open (but pending transfers); 1 not so; 2 usage,\n"
        "configuration or profile; 7 another process is one of the terminals.");
}

static bool set_flag(struct given *given, const char *word) {
    if (strcmp(word, "--quiet") == 0)
        given->quiet = true;
    else if (strcmp(word, "--check-profile") == 0)
        given->what = CHECK_PROFILE;
    else if (strcmp(word, "--help") == 0)
        given->what = HELP;
    else if (strcmp(word, "--help-config") == 0)
        given->what = HELP_CONFIG;
    else if (strcmp(word, "--help-profile") == 0)
        given->what = HELP_PROFILE;
    else
        return false;
    return true;
}

static struct tw_status set_option(struct given *given, const char *name, const char *value,
                                   struct tw_error *ret_error) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        if (value == NULL)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: value is missing", name);
        if (table[i].number == 0) {
            memcpy((char *)given + table[i].text, &value, sizeof value);
            return tw_success();
        }
        char *rest = NULL;
        errno = 0;
        int64_t number = strtoll(value, &rest, 10);
        if (*value < '0' || *value > '9' || *rest != '\0' || errno != 0 ||
            number < table[i].least || number > table[i].most)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: not a number from %lld to %lld",
                           name, (long long)table[i].least, (long long)table[i].most);
        memcpy((char *)given + table[i].number, &number, sizeof number);
        return tw_success();
    }
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "no such option; see --help");
}

static struct tw_status read_options(int argc, char **argv, struct given *ret_given,
                                     struct tw_error *ret_error) {
    *ret_given =
        (struct given){.config = DEFAULT_CONFIG, .terminals = 100, .seed = -1, .duration_s = -1};
    for (int i = 1; i < argc; i++) {
        if (set_flag(ret_given, argv[i]))
            continue;
        struct tw_status status =
            set_option(ret_given, argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret_error);
        if (!tw_ok(status))
            return status;
        i++;
    }
    return tw_success();
}

static struct tw_status load_profile(const struct given *given, struct fleet_profile *ret_profile,
                                     struct tw_error *ret_error) {
    struct tw_status status = fleet_profile_load(given->profile, ret_profile, ret_error);
    if (!tw_ok(status))
        return status;
    if (given->seed >= 0)
        ret_profile->seed = given->seed;
    if (given->duration_s > 0)
        ret_profile->duration_s = given->duration_s;
    return status;
}

/* The folder, and the log in it: what terminals say about single operations would fill the screen.
 */
static struct tw_status open_folder(const struct fleet_config *config, struct tw_error *ret_error) {
    char name[FLEET_PATH_SIZE];
    if (mkdir(config->folder, S_IRWXU) != 0 && errno != EEXIST)
        return tw_fail(ret_error, TW_E_CONFIG, "cannot make the folder %s: %s", config->folder,
                       strerror(errno));
    if (snprintf(name, sizeof name, "%s/fleet.log", config->folder) >= (int)sizeof name)
        return tw_fail(ret_error, TW_E_CONFIG, "folder: name is too long");
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return tw_fail(ret_error, TW_E_CONFIG, "cannot open log %s: %s", name, strerror(errno));
    enum tw_log_level level = config->terminal.level;
    tw_log_start("fleet", level > TW_LOG_INFO ? level : TW_LOG_WARN);
    tw_log_descriptor(fd);
    return tw_success();
}

static struct tw_status write_json(const char *file, const struct fleet_report *report,
                                   struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *json = fleet_report_json(report);
    bool standard = strcmp(file, "-") == 0;
    FILE *out = standard ? stdout : fopen(file, "we");
    bool written = out != NULL && json_dumpf(json, out, JSON_COMPACT) == 0 &&
                   fputc('\n', out) != EOF && fflush(out) == 0;
    if (out != NULL && !standard && fclose(out) != 0)
        written = false;
    return written ? tw_success()
                   : tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
}

static int tell(const struct given *given, const struct fleet_report *report) {
    struct tw_error error = {0};
    int code = fleet_result_good(report->tally, report->result) ? EXIT_GOOD : EXIT_WRONG;
    if (given->json == NULL || strcmp(given->json, "-") != 0)
        fleet_report_print(stdout, report);
    if (given->json != NULL && !tw_ok(write_json(given->json, report, &error)))
        code = complain(error.detail, EXIT_WRONG);
    if (given->html != NULL && !tw_ok(fleet_report_html(given->html, report, &error)))
        code = complain(error.detail, EXIT_WRONG);
    return code;
}

static int run(const struct given *given, const struct fleet_config *config,
               const struct fleet_profile *profile) {
    const struct fleet_options options = {
        .config = config, .profile = profile, .terminals = given->terminals, .quiet = given->quiet};
    struct fleet_tally *tally = NULL;
    struct fleet_result result;
    struct tw_error error = {0};
    int64_t began_ms = tw_wall_ms(tw_clock_system());
    struct tw_status status = fleet_run(&options, &tally, &result, &error);
    const struct fleet_report report = {
        .options = &options, .tally = tally, .result = &result, .began_ms = began_ms};
    int code = EXIT_WRONG;
    if (tally != NULL && result.terminals > 0)
        code = tell(given, &report);
    fleet_tally_free(tally);
    if (tw_ok(status))
        return code;
    return complain(error.detail, status.code == TW_E_CONFLICT ? (int)ATM_EXIT_BUSY
                                  : status.code == TW_E_CONFIG ? (int)ATM_EXIT_USAGE
                                                               : EXIT_WRONG);
}

static int run_configured(const struct given *given, const struct fleet_profile *profile) {
    struct fleet_config config;
    struct tw_error error = {0};
    if (given->html != NULL && !tw_ok(fleet_chart_available(&error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    if (!tw_ok(fleet_config_load(given->config, &config, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    int code = tw_ok(open_folder(&config, &error)) ? run(given, &config, profile)
                                                   : complain(error.detail, ATM_EXIT_USAGE);
    fleet_config_free(&config);
    return code;
}

int fleet_main(int argc, char **argv) {
    struct given given;
    struct fleet_profile profile;
    struct tw_error error = {0};
    if (!tw_ok(read_options(argc, argv, &given, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    switch (given.what) {
    case HELP:
        print_help();
        return EXIT_GOOD;
    case HELP_CONFIG:
        fleet_config_help(stdout);
        return EXIT_GOOD;
    case HELP_PROFILE:
        fleet_profile_help(stdout);
        return EXIT_GOOD;
    case RUN:
    case CHECK_PROFILE:
        break;
    }
    if (!tw_ok(load_profile(&given, &profile, &error)))
        return complain(error.detail, ATM_EXIT_USAGE);
    int code = EXIT_GOOD;
    if (given.what == CHECK_PROFILE)
        (void)printf("%s: ok\n", given.profile != NULL ? given.profile : "defaults");
    else
        code = run_configured(&given, &profile);
    fleet_profile_free(&profile);
    return code;
}
