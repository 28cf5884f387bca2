/*
 * The parts of the page, each written from the report by one function. Private to this folder; what
 * the report has is in scenario/page.h.
 */
#ifndef PG_PARTS_H
#define PG_PARTS_H

#include "scenario/page/calls.h"
#include "scenario/page/html.h"

/* summary.c: verdict, name, numbers, problems. */
void pg_summary(struct pg_html *html, const json_t *report, const struct pg_calls *calls);
/* steps.c: the steps and what was expected at the end; the ends of logs. */
void pg_steps(struct pg_html *html, const json_t *report);
void pg_logs(struct pg_html *html, const json_t *report);
/* chart.c: the sequence charts, one for each step; legend.c: what its lines mean, and the heads of
 * the arrows, once for all charts. */
void pg_chart(struct pg_html *html, const json_t *report, const struct pg_calls *calls);
void pg_legend(struct pg_html *html);
/* tables.c: positions before and after, invariants, any other table. */
void pg_positions(struct pg_html *html, const json_t *report);
void pg_tables(struct pg_html *html, const json_t *report);
void pg_invariants(struct pg_html *html, const json_t *report);

/* label.c: what stands at an arrow, as SVG text without its element, and its tooltip. */
void pg_label(struct pg_html *html, const struct pg_call *call, bool is_answer, int64_t start_ms);
void pg_tooltip(struct pg_html *html, const struct pg_call *call, bool is_answer);

/* A mark and a word, so that no verdict is told by colour alone. */
enum pg_verdict { PG_PASSED, PG_FAILED, PG_SKIPPED };
void pg_mark(struct pg_html *html, enum pg_verdict verdict);
/* CSS class of a message's fate: "lost". */
const char *pg_fate_class(enum pg_fate fate);

#endif
