/* Markers cannot take the colour of the line they end, so there is one for each colour. */
#include "scenario/page/parts.h"

static const struct {
    enum pg_fate fate;
    const char *about;
    const char *drawing; /* in a box of 90 by 20 */
} kinds[] = {
    {PG_DELIVERED, "request",
     "<line class=\"wire request f-delivered\" x1=\"4\" y1=\"10\" x2=\"82\" y2=\"10\" "
     "marker-end=\"url(#full-delivered)\"/>"},
    {PG_DELIVERED, "answer",
     "<line class=\"wire answer f-delivered\" x1=\"86\" y1=\"10\" x2=\"8\" y2=\"10\" "
     "marker-end=\"url(#open-delivered)\"/>"},
    {PG_LOST, "lost",
     "<line class=\"wire request f-lost\" x1=\"4\" y1=\"10\" x2=\"54\" y2=\"10\"/>"
     "<path class=\"stop s-lost\" d=\"M48 4l12 12m0 -12l-12 12\"/>"},
    {PG_CUT, "cut: the link is down or ended",
     "<line class=\"wire request f-cut\" x1=\"4\" y1=\"10\" x2=\"54\" y2=\"10\"/>"
     "<path class=\"stop s-cut\" d=\"M54 3v14m6 -14v14\"/>"},
    {PG_DELAYED, "delayed: arrives in a later row",
     "<line class=\"wire request f-delayed\" x1=\"4\" y1=\"4\" x2=\"82\" y2=\"16\" "
     "marker-end=\"url(#full-delayed)\"/>"},
    {PG_REORDERED, "reordered: overtaken by the next",
     "<line class=\"wire request f-reordered\" x1=\"4\" y1=\"4\" x2=\"82\" y2=\"16\" "
     "marker-end=\"url(#full-reordered)\"/>"},
    {PG_DUPLICATED, "duplicated",
     "<line class=\"wire request f-duplicated\" x1=\"4\" y1=\"7\" x2=\"82\" y2=\"7\" "
     "marker-end=\"url(#full-duplicated)\"/><line class=\"wire f-duplicated\" x1=\"4\" y1=\"13\" "
     "x2=\"82\" y2=\"13\" marker-end=\"url(#full-duplicated)\"/>"},
    {PG_CHANGED, "changed on the way",
     "<line class=\"wire request f-changed\" x1=\"4\" y1=\"10\" x2=\"82\" y2=\"10\" "
     "marker-end=\"url(#full-changed)\"/><path class=\"stop s-changed\" "
     "d=\"M42 3l7 7l-7 7l-7 -7z\"/>"},
};

static void put_markers(struct pg_html *html) {
    pg_raw(html, "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>");
    for (int fate = 0; fate < PG_FATE_COUNT; fate++) {
        const char *name = pg_fate_class((enum pg_fate)fate);
        pg_printf(html,
                  "<marker id=\"full-%s\" class=\"full m-%s\" viewBox=\"0 0 10 10\" refX=\"9\" "
                  "refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" orient=\"auto\" "
                  "markerUnits=\"userSpaceOnUse\"><path d=\"M0 0L10 5L0 10z\"/></marker>",
                  name, name);
        pg_printf(html,
                  "<marker id=\"open-%s\" class=\"open m-%s\" viewBox=\"0 0 10 10\" refX=\"9\" "
                  "refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" orient=\"auto\" "
                  "markerUnits=\"userSpaceOnUse\"><path d=\"M1 1L9 5L1 9\"/></marker>",
                  name, name);
    }
    pg_raw(html, "</defs></svg>\n");
}

void pg_legend(struct pg_html *html) {
    put_markers(html);
    pg_raw(html, "<ul class=\"legend\">");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        pg_printf(html,
                  "<li><svg width=\"90\" height=\"20\" viewBox=\"0 0 90 20\" "
                  "aria-hidden=\"true\">%s</svg> %s</li>",
                  kinds[i].drawing, kinds[i].about);
    }
    pg_raw(html, "</ul>\n");
}
