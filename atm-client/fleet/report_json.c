/* Numbers only, by the names of the core's own reports; series are lists of equal length rather
 * than objects per point, which are easier to plot and a third of the size. */
#include "atm-client/fleet/report.h"

int64_t fleet_report_rate(const struct fleet_report *report) {
    const struct fleet_result *result = report->result;
    bool all_on = result->running_ms > 0;
    int64_t ms = all_on ? result->running_ms : result->elapsed_ms;
    int64_t operations =
        all_on ? result->running_operations : (int64_t)fleet_tally_operations(report->tally);
    return ms > 0 ? (operations * 1000 + ms / 2) / ms : 0;
}

int64_t fleet_report_rss_per_terminal_kib(const struct fleet_report *report) {
    const struct fleet_result *result = report->result;
    return result->terminals > 0 ? (result->rss_kib - result->rss_base_kib) / result->terminals : 0;
}

static void set(json_t *object, const char *name, int64_t value) {
    (void)json_object_set_new(object, name, json_integer(value));
}

static json_t *latency(const struct tw_latency *latency) {
    json_t *object = json_object();
    set(object, "p50_us", tw_latency_at(latency, 500));
    set(object, "p95_us", tw_latency_at(latency, 950));
    set(object, "p99_us", tw_latency_at(latency, 990));
    set(object, "max_us", tw_latency_at(latency, 1000));
    return object;
}

static json_t *verdicts(const uint64_t counts[FLEET_VERDICTS]) {
    json_t *object = json_object();
    for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
        set(object, atm_verdict_name((enum atm_verdict)verdict), (int64_t)counts[verdict]);
    return object;
}

static json_t *kinds(const struct fleet_tally *tally) {
    json_t *object = json_object();
    for (size_t kind = 0; kind < FLEET_KINDS_TOLD; kind++) {
        json_t *one = verdicts(tally->verdicts[kind]);
        set(one, "count", (int64_t)tally->by_kind[kind].count);
        (void)json_object_set_new(one, "latency", latency(&tally->by_kind[kind]));
        (void)json_object_set_new(object, fleet_kind_told(kind), one);
    }
    return object;
}

static json_t *codes(const uint64_t counts[FLEET_CODES_TOLD]) {
    json_t *object = json_object();
    for (size_t code = 0; code < FLEET_CODES_TOLD; code++)
        if (counts[code] > 0)
            set(object, fleet_code_told(code), (int64_t)counts[code]);
    return object;
}

static json_t *verdict_series(const struct fleet_tally *tally, int verdict) {
    json_t *list = json_array();
    for (size_t i = 0; i < tally->point_count; i++)
        (void)json_array_append_new(list,
                                    json_integer((json_int_t)tally->points[i].verdicts[verdict]));
    return list;
}

static json_t *code_series(const struct fleet_tally *tally) {
    json_t *object = json_object();
    for (size_t code = 0; code < FLEET_CODES_TOLD; code++) {
        if (tally->codes[code] == 0)
            continue;
        json_t *list = json_array();
        for (size_t i = 0; i < tally->point_count; i++)
            (void)json_array_append_new(list,
                                        json_integer((json_int_t)tally->points[i].codes[code]));
        (void)json_object_set_new(object, fleet_code_told(code), list);
    }
    return object;
}

static json_t *series(const struct fleet_tally *tally) {
    json_t *object = json_object();
    json_t *lists[] = {json_array(), json_array(), json_array(), json_array(), json_array()};
    static const char *const names[] = {"p50_us", "p95_us", "p99_us", "max_us", "in_service"};
    set(object, "point_s", tally->point_s);
    for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
        (void)json_object_set_new(object, atm_verdict_name((enum atm_verdict)verdict),
                                  verdict_series(tally, verdict));
    for (size_t i = 0; i < tally->point_count; i++) {
        const struct fleet_point *point = &tally->points[i];
        const int64_t values[] = {point->p50_us, point->p95_us, point->p99_us, point->max_us,
                                  point->in_service};
        for (size_t j = 0; j < sizeof lists / sizeof lists[0]; j++)
            (void)json_array_append_new(lists[j], json_integer(values[j]));
    }
    for (size_t j = 0; j < sizeof lists / sizeof lists[0]; j++)
        (void)json_object_set_new(object, names[j], lists[j]);
    (void)json_object_set_new(object, "codes", code_series(tally));
    return object;
}

static json_t *open_ends(const struct fleet_result *result) {
    json_t *object = json_object();
    set(object, "terminals", result->unended);
    set(object, "advices", result->advices);
    set(object, "suspects", result->suspects);
    set(object, "half_done", result->half_done);
    set(object, "pending_transfers", result->pending);
    return object;
}

static json_t *problems(const struct fleet_tally *tally) {
    json_t *object = json_object();
    json_t *first = json_array();
    for (size_t i = 0; i < tally->problem_count && i < FLEET_PROBLEMS_MAX; i++)
        (void)json_array_append_new(first, json_string(tally->problems[i]));
    set(object, "count", (int64_t)tally->problem_count);
    (void)json_object_set_new(object, "first", first);
    return object;
}

static json_t *memory(const struct fleet_report *report) {
    json_t *object = json_object();
    set(object, "rss_kib", report->result->rss_kib);
    set(object, "rss_base_kib", report->result->rss_base_kib);
    set(object, "rss_per_terminal_kib", fleet_report_rss_per_terminal_kib(report));
    return object;
}

json_t *fleet_report_json(const struct fleet_report *report) {
    const struct fleet_tally *tally = report->tally;
    const struct fleet_result *result = report->result;
    const struct fleet_profile *profile = report->options->profile;
    json_t *object = json_object();
    (void)json_object_set_new(object, "good", json_boolean(fleet_result_good(tally, result)));
    (void)json_object_set_new(object, "interrupted", json_boolean(result->interrupted));
    (void)json_object_set_new(object, "profile", json_string(profile->name));
    set(object, "seed", profile->seed);
    set(object, "began_ms", report->began_ms);
    set(object, "elapsed_ms", result->elapsed_ms);
    set(object, "running_ms", result->running_ms);
    set(object, "drained_ms", result->drained_ms);
    set(object, "terminals", result->terminals);
    set(object, "terminals_wanted", report->options->terminals);
    set(object, "operations", (int64_t)fleet_tally_operations(tally));
    set(object, "operations_per_s", fleet_report_rate(report));
    set(object, "customers", (int64_t)tally->customers);
    set(object, "faults", (int64_t)tally->faults);
    set(object, "staff_visits", (int64_t)tally->visits);
    set(object, "lost_cards", result->lost_cards);
    set(object, "recovered", (int64_t)tally->recovered);
    set(object, "differences", (int64_t)tally->differences);
    (void)json_object_set_new(object, "latency", latency(&tally->latency));
    (void)json_object_set_new(object, "kinds", kinds(tally));
    (void)json_object_set_new(object, "codes", codes(tally->codes));
    (void)json_object_set_new(object, "open", open_ends(result));
    (void)json_object_set_new(object, "problems", problems(tally));
    (void)json_object_set_new(object, "memory", memory(report));
    (void)json_object_set_new(object, "series", series(tally));
    return object;
}
