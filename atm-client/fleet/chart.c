/*
 * One script with its data inside, one run of gnuplot, one SVG file per chart. gnuplot gets no
 * input but the script, whose only texts are ours. Drawing axes ourselves was rejected: ticks and
 * scales that are always legible are what a plotting program is for.
 */
#include "atm-client/fleet/chart.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME_SIZE 1100
#define CODES_MAX 6

extern char **environ;

static const struct {
    const char *name, *title, *caption;
} charts[] = {
    {"throughput", "Operations per second",
     "Customers' operations by how they ended, and terminals in service."},
    {"latency", "Latency", "What customers waited for an answer, think time excluded."},
    {"codes", "Response codes per second",
     "The most frequent codes (ISO 8583); none: nobody answered. PIN checks included."},
};

#define CHART_COUNT (sizeof charts / sizeof charts[0])

static struct tw_status run_gnuplot(const char *argument, struct tw_error *ret_error) {
    char program[] = "gnuplot";
    char given[NAME_SIZE];
    char *const arguments[] = {program, given, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 0;
    (void)snprintf(given, sizeof given, "%s", argument);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory to start gnuplot");
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(&pid, program, &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        return tw_fail(ret_error, TW_E_NOT_FOUND,
                       "plots need gnuplot (Debian package gnuplot-nox): %s", strerror(failed));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? tw_success()
               : tw_fail(ret_error, TW_E_IO, "gnuplot could not draw");
}

struct tw_status fleet_chart_available(struct tw_error *ret_error) {
    return run_gnuplot("--version", ret_error);
}

/* The codes that are drawn, most frequent first. */
static size_t choose_codes(const struct fleet_tally *tally, size_t chosen[CODES_MAX]) {
    size_t count = 0;
    for (size_t code = 0; code < FLEET_CODES_TOLD; code++) {
        size_t place = count;
        if (tally->codes[code] == 0)
            continue;
        while (place > 0 && tally->codes[chosen[place - 1]] < tally->codes[code])
            place--;
        if (place == CODES_MAX)
            continue;
        size_t kept = count < CODES_MAX ? count : CODES_MAX - 1;
        memmove(&chosen[place + 1], &chosen[place], (kept - place) * sizeof chosen[0]);
        chosen[place] = code;
        count = kept + 1;
    }
    return count;
}

/* A count as a rate of its point, to three places. */
static void put_rate(FILE *script, uint64_t count, int64_t point_s) {
    uint64_t milli = count * 1000 / (uint64_t)point_s;
    (void)fprintf(script, " %" PRIu64 ".%03" PRIu64, milli / 1000, milli % 1000);
}

/* Columns: time, four kinds of ends, terminals, four latencies in ms, then the codes. */
static void put_data(FILE *script, const struct fleet_tally *tally, const size_t *codes,
                     size_t code_count) {
    (void)fputs("$data << END\n", script);
    for (size_t i = 0; i < tally->point_count; i++) {
        const struct fleet_point *point = &tally->points[i];
        const int64_t latencies[] = {point->p50_us, point->p95_us, point->p99_us, point->max_us};
        (void)fprintf(script, "%" PRId64, ((int64_t)i + 1) * tally->point_s);
        put_rate(script, point->verdicts[ATM_APPROVED], tally->point_s);
        put_rate(script, point->verdicts[ATM_DECLINED], tally->point_s);
        put_rate(script,
                 point->verdicts[ATM_UNANSWERED] + point->verdicts[ATM_FAULT] +
                     point->verdicts[ATM_SUSPECT] + point->verdicts[ATM_REFUSED],
                 tally->point_s);
        put_rate(script, point->verdicts[ATM_PENDING], tally->point_s);
        (void)fprintf(script, " %" PRId64, point->in_service);
        for (size_t j = 0; j < sizeof latencies / sizeof latencies[0]; j++)
            if (latencies[j] > 0)
                (void)fprintf(script, " %" PRId64 ".%03" PRId64, latencies[j] / 1000,
                              latencies[j] % 1000);
            else
                (void)fputs(" NaN", script);
        for (size_t j = 0; j < code_count; j++)
            put_rate(script, point->codes[codes[j]], tally->point_s);
        (void)fputc('\n', script);
    }
    (void)fputs("END\n", script);
}

static void put_styles(FILE *script) {
    static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73",
                                          "#cc79a7", "#000000", "#e69f00"};
    (void)fputs("set grid lc rgb '#d0d0d0' lt 1\nset key outside below horizontal samplen 3\n"
                "set border 3\nset tics nomirror\nset xlabel 'seconds'\nset xrange [0:*]\n",
                script);
    for (int i = 0; i < 6; i++)
        (void)fprintf(script, "set style line %d lc rgb '%s' lw 1.6 dt %d pt %d ps 0.5\n", i + 1,
                      colours[i], i + 1, (const int[]){7, 5, 9, 11, 2, 3}[i]);
}

static void put_terminal(FILE *script, size_t chart, const char *folder) {
    (void)fprintf(script,
                  "set terminal svg size 960,360 dynamic font 'sans-serif,13' name '%s' background "
                  "'#ffffff'\nset output '%s/%s.svg'\n",
                  charts[chart].name, folder, charts[chart].name);
}

static int64_t most_in_service(const struct fleet_tally *tally) {
    int64_t most = 0;
    for (size_t i = 0; i < tally->point_count; i++)
        most = tally->points[i].in_service > most ? tally->points[i].in_service : most;
    return most;
}

static void put_plots(FILE *script, const char *folder, const struct fleet_tally *tally,
                      const size_t *codes, size_t code_count) {
    size_t every = tally->point_count / 24 + 1;          /* marks per line */
    int64_t room = most_in_service(tally) * 11 / 10 + 1; /* so that the line is not the frame */
    put_terminal(script, 0, folder);
    (void)fprintf(script,
                  "set ylabel 'operations/s'\nset y2label 'terminals'\nset ytics nomirror\n"
                  "set y2tics\nset yrange [0:*]\nset y2range [0:%" PRId64 "]\nset border 11\n"
                  "plot $data u 1:2 w lp ls 1 pi %zu t 'approved', '' u 1:3 w lp ls 2 pi %zu t "
                  "'declined', '' u 1:4 w lp ls 3 pi %zu t 'failed', '' u 1:5 w lp ls 4 pi %zu t "
                  "'pending', '' u 1:6 axes x1y2 w l ls 5 t 'terminals in service (right)'\n",
                  room, every, every, every, every);
    put_terminal(script, 1, folder);
    (void)fprintf(script,
                  "set border 3\nunset y2label\nunset y2tics\nset ylabel 'ms'\nset logscale y\n"
                  "set yrange [*:*]\nplot $data u 1:7 w lp ls 1 pi %zu t 'p50', '' u 1:8 w lp ls "
                  "2 pi %zu t 'p95', '' u 1:9 w lp ls 3 pi %zu t 'p99', '' u 1:10 w lp ls 4 pi %zu "
                  "t 'longest'\n",
                  every, every, every, every);
    put_terminal(script, 2, folder);
    (void)fputs("set ylabel 'answers/s'\nplot $data", script);
    for (size_t i = 0; i < code_count; i++)
        (void)fprintf(script, "%s u 1:($%zu > 0 ? $%zu : NaN) w lp ls %zu pi %zu t '%s'",
                      i == 0 ? "" : ", ''", i + 11, i + 11, i + 1, every,
                      fleet_code_told(codes[i]));
    if (code_count == 0)
        (void)fputs(" u 1:6 w l ls 1 t 'none'", script);
    (void)fputc('\n', script);
}

static struct tw_status draw(const struct fleet_tally *tally, const char *folder, const char *name,
                             struct tw_error *ret_error) {
    size_t codes[CODES_MAX + 1];
    size_t code_count = choose_codes(tally, codes);
    FILE *script = fopen(name, "we");
    if (script == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", name, strerror(errno));
    put_data(script, tally, codes, code_count);
    put_styles(script);
    put_plots(script, folder, tally, codes, code_count);
    if (fclose(script) != 0)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", name, strerror(errno));
    return run_gnuplot(name, ret_error);
}

/* Without the lines before <svg>, which have no place inside a page. */
static struct tw_status embed(FILE *page, const char *name, struct tw_error *ret_error) {
    FILE *chart = fopen(name, "re");
    char line[4096];
    bool inside = false;
    if (chart == NULL)
        return tw_fail(ret_error, TW_E_IO, "gnuplot has not written %s", name);
    while (fgets(line, sizeof line, chart) != NULL) {
        inside = inside || strncmp(line, "<svg", 4) == 0;
        if (inside)
            (void)fputs(line, page);
    }
    (void)fclose(chart);
    return inside ? tw_success() : tw_fail(ret_error, TW_E_IO, "%s is no SVG", name);
}

struct tw_status fleet_chart_write(FILE *page, const struct fleet_tally *tally, const char *folder,
                                   struct tw_error *ret_error) {
    char script[NAME_SIZE];
    if (strchr(folder, '\'') != NULL ||
        snprintf(script, sizeof script, "%s/plots.gp", folder) >= (int)sizeof script)
        return tw_fail(ret_error, TW_E_IO, "gnuplot cannot be given the name of this folder");
    if (tally->point_count == 0) {
        (void)fputs("<p>Nothing happened that could be drawn.</p>\n", page);
        return tw_success();
    }
    struct tw_status status = draw(tally, folder, script, ret_error);
    for (size_t i = 0; i < CHART_COUNT; i++) {
        char name[NAME_SIZE + 16];
        (void)snprintf(name, sizeof name, "%s/%s.svg", folder, charts[i].name);
        (void)fprintf(page, "<figure><h2>%s</h2>\n", charts[i].title);
        if (tw_ok(status))
            status = embed(page, name, ret_error);
        (void)fprintf(page, "<figcaption>%s</figcaption></figure>\n", charts[i].caption);
        (void)unlink(name);
    }
    (void)unlink(script);
    return status;
}
