/* A table by kind, and what a person must know first: whether all is well. */
#include <inttypes.h>

#include "atm-client/fleet/report.h"

static void print_ms(FILE *out, const struct tw_latency *latency, unsigned per_mille) {
    int64_t us = tw_latency_at(latency, per_mille);
    (void)fprintf(out, " %7" PRId64 ".%" PRId64, us / 1000, us % 1000 / 100);
}

static void print_kinds(FILE *out, const struct fleet_tally *tally) {
    (void)fprintf(out, "%-15s", "");
    for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
        (void)fprintf(out, " %10s", atm_verdict_name((enum atm_verdict)verdict));
    (void)fprintf(out, "  %8s  %8s  %8s\n", "p50 ms", "p95 ms", "p99 ms");
    for (size_t kind = 0; kind < FLEET_KINDS_TOLD; kind++) {
        if (tally->by_kind[kind].count == 0)
            continue;
        (void)fprintf(out, "%-15s", fleet_kind_told(kind));
        for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
            (void)fprintf(out, " %10" PRIu64, tally->verdicts[kind][verdict]);
        print_ms(out, &tally->by_kind[kind], 500);
        print_ms(out, &tally->by_kind[kind], 950);
        print_ms(out, &tally->by_kind[kind], 990);
        (void)fputc('\n', out);
    }
}

void fleet_report_print(FILE *out, const struct fleet_report *report) {
    const struct fleet_tally *tally = report->tally;
    const struct fleet_result *result = report->result;
    (void)fprintf(out,
                  "profile %s, seed %" PRId64 ": %" PRId64 " of %" PRId64 " terminals, %" PRIu64
                  " operations of %" PRIu64 " customers in %" PRId64 ".%" PRId64 " s; %" PRId64
                  "/s with all on\n",
                  report->options->profile->name, report->options->profile->seed, result->terminals,
                  report->options->terminals, fleet_tally_operations(tally), tally->customers,
                  result->elapsed_ms / 1000, result->elapsed_ms % 1000 / 100,
                  fleet_report_rate(report));
    print_kinds(out, tally);
    (void)fputs("codes:", out);
    for (size_t code = 0; code < FLEET_CODES_TOLD; code++)
        if (tally->codes[code] > 0)
            (void)fprintf(out, " %s %" PRIu64, fleet_code_told(code), tally->codes[code]);
    (void)fprintf(out,
                  "\nfaults %" PRIu64 ", visits of the staff %" PRIu64 ", cards retained %" PRId64
                  ", found unfinished at power-up %" PRIu64 ", counts that disagreed %" PRIu64 "\n"
                  "memory %" PRId64 " KiB, per terminal %" PRId64 " KiB\n",
                  tally->faults, tally->visits, result->lost_cards, tally->recovered,
                  tally->differences, result->rss_kib, fleet_report_rss_per_terminal_kib(report));
    (void)fprintf(out,
                  "left open after %" PRId64 " ms: terminals %" PRId64 ", advices %" PRId64
                  ", suspects %" PRId64 ", half done %" PRId64 "; transfers pending %" PRId64 "\n",
                  result->drained_ms, result->unended, result->advices, result->suspects,
                  result->half_done, result->pending);
    for (size_t i = 0; i < tally->problem_count && i < FLEET_PROBLEMS_MAX; i++)
        (void)fprintf(out, "wrong: %s\n", tally->problems[i]);
    if (tally->problem_count > FLEET_PROBLEMS_MAX)
        (void)fprintf(out, "wrong: %" PRIu64 " more\n", tally->problem_count - FLEET_PROBLEMS_MAX);
    (void)fprintf(out, "%s\n",
                  fleet_result_good(tally, result)
                      ? "every note is where its journal says, and nothing is left half done"
                      : "NOT GOOD: see above");
}
