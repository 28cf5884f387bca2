/*
 * One SVG for each step, with lanes that stand at the same place in all of them. A row is a moment:
 * a message that passes at once has one, one that waits has a second when it arrives, so that its
 * arrow slopes and is crossed by what overtook it. All coordinates are whole pixels.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/page/parts.h"

enum {
    TIME_WIDTH = 96,
    LANE_MARGIN = 62,
    LANE_GAP_MIN = 140,
    LANE_GAP_MAX = 300,
    LANES_WIDTH = 930,
    HEAD_HEIGHT = 40,
    ROW_HEIGHT = 36,
    ROWS_NAMED = 18, /* then the lanes are named again */
    NAMES_HEIGHT = 26,
    POINTS_MAX = SCN_PAGE_CALLS_MAX * 4,
};

/* A message's beginning or its arrival. */
struct point {
    const struct pg_call *call;
    bool is_answer, is_arrival;
    int64_t at_us;
    size_t order; /* as it was found */
};

struct chart {
    struct pg_html *html;
    const struct pg_calls *calls;
    int gap;
    struct point points[POINTS_MAX];
    size_t point_count;
};

/* --- rows ----------------------------------------------------------------------------------- */

static bool waits(const struct pg_message *message) {
    return (message->fate == PG_DELAYED || message->fate == PG_REORDERED) &&
           message->passed_us >= message->at_us;
}

static void add_point(struct chart *chart, const struct pg_call *call, bool is_answer,
                      bool is_arrival, int64_t at_us) {
    tw_assert(chart->point_count < POINTS_MAX);
    size_t order = chart->point_count++;
    chart->points[order] = (struct point){call, is_answer, is_arrival, at_us, order};
}

static void add_message(struct chart *chart, const struct pg_call *call, bool is_answer) {
    const struct pg_message *message = is_answer ? &call->answer : &call->request;
    if (message->entry == NULL) {
        return;
    }
    add_point(chart, call, is_answer, false, message->at_us);
    if (waits(message)) {
        add_point(chart, call, is_answer, true, message->passed_us);
    }
}

static int by_time(const void *a, const void *b) {
    const struct point *left = a;
    const struct point *right = b;
    if (left->at_us != right->at_us) {
        return left->at_us < right->at_us ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

static void collect(struct chart *chart, size_t first, size_t end) {
    chart->point_count = 0;
    for (size_t i = first; i < end; i++) {
        const struct pg_call *call = &chart->calls->calls[i];
        if (!call->hidden) {
            add_message(chart, call, false);
            add_message(chart, call, true);
        }
    }
    qsort(chart->points, chart->point_count, sizeof chart->points[0], by_time);
}

static int row_of(const struct chart *chart, const struct point *start) {
    for (size_t i = 0; i < chart->point_count; i++) {
        const struct point *point = &chart->points[i];
        if (point->call == start->call && point->is_answer == start->is_answer &&
            point->is_arrival) {
            return (int)i;
        }
    }
    return (int)(start - chart->points);
}

/* --- drawing -------------------------------------------------------------------------------- */

static int lane_x(const struct chart *chart, size_t lane) {
    return TIME_WIDTH + LANE_MARGIN + (int)lane * chart->gap;
}

static int row_y(int row) {
    return HEAD_HEIGHT + ROW_HEIGHT * row + ROW_HEIGHT - 8 + row / ROWS_NAMED * NAMES_HEIGHT;
}

/* Names of lanes are not ended where they end. */
static void put_lane_name(const struct chart *chart, const struct pg_lane *lane) {
    char name[96];
    (void)snprintf(name, sizeof name, "%.*s", (int)(lane->length < 90 ? lane->length : 90),
                   lane->name);
    pg_text(chart->html, name);
}

static void draw_lane(const struct chart *chart, size_t index, int height) {
    const struct pg_lane *lane = &chart->calls->lanes[index];
    const int x = lane_x(chart, index);
    pg_printf(chart->html,
              "<line class=\"lane\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
              "<rect class=\"lanehead\" x=\"%d\" y=\"4\" width=\"112\" height=\"26\" rx=\"5\"/>"
              "<text class=\"lanename\" x=\"%d\" y=\"22\">",
              x, HEAD_HEIGHT - 10, x, height, x - 56, x);
    if (lane->title[0] != '\0') {
        pg_raw(chart->html, "<title>");
        pg_text(chart->html, lane->title);
        pg_raw(chart->html, "</title>");
    }
    put_lane_name(chart, lane);
    pg_raw(chart->html, "</text>");
    for (int row = ROWS_NAMED; row < (int)chart->point_count; row += ROWS_NAMED) {
        pg_printf(chart->html, "<text class=\"again\" x=\"%d\" y=\"%d\">", x,
                  row_y(row) - ROW_HEIGHT + 4);
        put_lane_name(chart, lane);
        pg_raw(chart->html, "</text>");
    }
}

/* A cross where a message was lost, two bars where the link is cut. */
static void draw_stop(const struct chart *chart, enum pg_fate fate, int x, int y) {
    if (fate == PG_LOST) {
        pg_printf(chart->html, "<path class=\"stop s-lost\" d=\"M%d %dl12 12m0 -12l-12 12\"/>",
                  x - 6, y - 6);
    } else if (fate == PG_CUT) {
        pg_printf(chart->html, "<path class=\"stop s-cut\" d=\"M%d %dv14m6 -14v14\"/>", x, y - 7);
    } else {
        pg_printf(chart->html, "<circle class=\"stop s-dropped\" cx=\"%d\" cy=\"%d\" r=\"4\"/>", x,
                  y);
    }
}

static void draw_line(const struct chart *chart, const struct point *point, int x1, int y1, int x2,
                      int y2) {
    const struct pg_message *message =
        point->is_answer ? &point->call->answer : &point->call->request;
    const enum pg_fate fate = message->fate;
    const bool stops = fate == PG_LOST || fate == PG_CUT || fate == PG_DROPPED;
    const char *name = pg_fate_class(fate);
    const int end = stops ? x1 + (x2 - x1) * 6 / 10 : x2;
    pg_printf(chart->html, "<line class=\"wire %s f-%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"",
              point->is_answer ? "answer" : "request", name, x1, y1, end, y2);
    if (!stops) {
        pg_printf(chart->html, " marker-end=\"url(#%s-%s)\"", point->is_answer ? "open" : "full",
                  name);
    }
    pg_raw(chart->html, "/>");
    if (stops) {
        draw_stop(chart, fate, end, y2);
    } else if (fate == PG_DUPLICATED) {
        pg_printf(chart->html,
                  "<line class=\"wire f-duplicated\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                  "marker-end=\"url(#full-duplicated)\"/>",
                  x1, y1 + 5, x2, y2 + 5);
    } else if (fate == PG_CHANGED) {
        pg_printf(chart->html, "<path class=\"stop s-changed\" d=\"M%d %dl7 7l-7 7l-7 -7z\"/>",
                  (x1 + x2) / 2, y1 - 7);
    }
}

static void draw_time(const struct chart *chart, const struct point *point, int y) {
    pg_printf(chart->html, "<text class=\"time\" x=\"%d\" y=\"%d\">", TIME_WIDTH - 8, y);
    pg_moment(chart->html, chart->calls->start_ms + point->at_us / 1000);
    pg_raw(chart->html, "</text>");
}

static void draw_message(const struct chart *chart, size_t index) {
    const struct point *point = &chart->points[index];
    const struct pg_call *call = point->call;
    const int y1 = row_y((int)index);
    const int y2 = row_y(row_of(chart, point));
    const int from = lane_x(chart, point->is_answer ? call->to : call->from);
    const int to = lane_x(chart, point->is_answer ? call->from : call->to);
    draw_time(chart, point, y1);
    if (point->is_arrival) {
        return;
    }
    pg_printf(chart->html, "<g class=\"call\" data-call=\"%zu\"><title>",
              (size_t)(call - chart->calls->calls));
    pg_tooltip(chart->html, call, point->is_answer);
    pg_raw(chart->html, "</title>");
    draw_line(chart, point, from, y1, to, y2);
    pg_printf(chart->html, "<text class=\"label\" x=\"%d\" y=\"%d\">", (from + to) / 2, y1 - 9);
    pg_label(chart->html, call, point->is_answer, chart->calls->start_ms);
    pg_raw(chart->html, "</text></g>\n");
}

static void draw(const struct chart *chart) {
    const int height = row_y((int)chart->point_count - 1) + 16;
    const int width = lane_x(chart, chart->calls->lane_count - 1) + LANE_MARGIN;
    pg_printf(chart->html,
              "<div class=\"scroll\"><svg role=\"img\" aria-label=\"sequence chart\" width=\"%d\" "
              "height=\"%d\" viewBox=\"0 0 %d %d\">\n",
              width, height, width, height);
    for (size_t i = 0; i < chart->calls->lane_count; i++) {
        draw_lane(chart, i, height - 6);
    }
    for (size_t i = 0; i < chart->point_count; i++) {
        draw_message(chart, i);
    }
    pg_raw(chart->html, "</svg></div>\n");
}

/* --- steps ---------------------------------------------------------------------------------- */

struct group {
    size_t first, end; /* of the calls */
    size_t messages, hurt, merged, left_out;
};

static struct group measure(const struct pg_calls *calls, size_t first) {
    struct group group = {.first = first, .end = pg_calls_end(calls, first)};
    for (size_t i = group.first; i < group.end; i++) {
        const struct pg_call *call = &calls->calls[i];
        group.messages += call->request.entry != NULL ? 1 : 0;
        group.messages += call->answer.entry != NULL ? 1 : 0;
        group.messages += call->dropped;
        group.hurt += call->hurt;
        group.merged += call->hidden ? 0 : call->repeats;
        group.left_out += call->hidden;
    }
    group.left_out -= group.merged < group.left_out ? group.merged : group.left_out;
    return group;
}

static void put_summary(struct pg_html *html, const json_t *report, const struct pg_call *call,
                        const struct group *group) {
    const json_t *step = json_array_get(json_object_get(report, "steps"),
                                        call->step > 0 ? call->step - 1 : SIZE_MAX);
    pg_raw(html, "<summary>");
    if (step != NULL) {
        pg_mark(html, strcmp(pg_member(step, "verdict"), "failed") == 0 ? PG_FAILED : PG_PASSED);
        pg_printf(html, " <span class=\"no\">%zu</span> ", call->step);
        pg_text(html, pg_member(step, "text"));
    } else {
        pg_raw(html, "before the first step");
    }
    pg_raw(html, " <span class=\"count\">");
    pg_count(html, group->messages, "message", "messages");
    if (group->hurt > 0) {
        pg_printf(html, ", %zu of the calls hurt or unanswered", group->hurt);
    }
    pg_raw(html, "</span></summary>\n");
}

static void put_note(struct pg_html *html, const struct group *group) {
    if (group->merged > 0) {
        pg_raw(html, "<p class=\"note\">");
        pg_count(html, group->merged, "repeat is", "repeats are");
        pg_raw(html, " drawn with the call they are like.</p>\n");
    }
    if (group->left_out > 0) {
        pg_raw(html, "<p class=\"note\">Not drawn: ");
        pg_count(html, group->left_out, "more call", "more calls");
        pg_raw(html, " of this step. Calls that were hurt are drawn first.</p>\n");
    }
}

void pg_chart(struct pg_html *html, const json_t *report, const struct pg_calls *calls) {
    struct chart *chart = calloc(1, sizeof *chart);
    html->failed = html->failed || chart == NULL;
    if (html->failed || calls->count == 0) {
        pg_raw(html, "<p class=\"note\">No messages were traced.</p>\n");
        free(chart);
        return;
    }
    const int lanes = (int)calls->lane_count;
    int gap = lanes > 1 ? LANES_WIDTH / (lanes - 1) : LANE_GAP_MIN;
    gap = gap < LANE_GAP_MIN ? LANE_GAP_MIN : gap > LANE_GAP_MAX ? LANE_GAP_MAX : gap;
    *chart = (struct chart){.html = html, .calls = calls, .gap = gap};
    size_t arrows = 0;
    size_t undrawn = 0;
    for (size_t first = 0; first < calls->count;) {
        const struct group group = measure(calls, first);
        collect(chart, group.first, group.end);
        if (arrows + chart->point_count > SCN_PAGE_ARROWS_MAX) {
            undrawn += group.messages;
        } else {
            pg_raw(html, "<details class=\"group\" open>");
            put_summary(html, report, &calls->calls[first], &group);
            draw(chart);
            put_note(html, &group);
            pg_raw(html, "</details>\n");
            arrows += chart->point_count;
        }
        first = group.end;
    }
    if (undrawn > 0) {
        pg_printf(html,
                  "<p class=\"note\">The chart ends here: %zu messages of later steps are not "
                  "drawn.</p>\n",
                  undrawn);
    }
    free(chart);
}
