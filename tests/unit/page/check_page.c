/* scenario/page: everything is escaped, nothing is fetched, long runs stay readable, and a report
 * that lacks things is a page that lacks them. */
#include <stdlib.h>
#include <string.h>

#include "scenario/page.h"
#include "support/suite.h"

static char *page;
static size_t page_length;

static void make(const json_t *report) {
    struct tw_error error = {0};
    free(page);
    FILE *out = open_memstream(&page, &page_length);
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(tw_ok(scn_page_write(report, out, &error)), "%s", error.detail);
    ck_assert_int_eq(fclose(out), 0);
}

/* Takes the reference. */
static void make_of(json_t *report) {
    ck_assert_ptr_nonnull(report);
    make(report);
    json_decref(report);
}

static size_t times(const char *piece) {
    size_t count = 0;
    for (const char *at = strstr(page, piece); at != NULL; at = strstr(at + 1, piece)) {
        count++;
    }
    return count;
}

static void assert_has(const char *piece) {
    ck_assert_msg(strstr(page, piece) != NULL, "not in the page: %s", piece);
}

static size_t place_of(const char *piece) {
    const char *found = strstr(page, piece);
    ck_assert_msg(found != NULL, "not in the page: %s", piece);
    return (size_t)(found - page);
}

static void assert_whole(void) {
    static const char *const elements[] = {"svg",     "table", "tr", "td", "ul",  "li",  "details",
                                           "summary", "g",     "p",  "h2", "div", "text"};
    for (size_t i = 0; i < COUNT_OF(elements); i++) {
        char bare[16];
        char open[16];
        char close[16];
        (void)snprintf(bare, sizeof bare, "<%s>", elements[i]);
        (void)snprintf(open, sizeof open, "<%s ", elements[i]);
        (void)snprintf(close, sizeof close, "</%s>", elements[i]);
        ck_assert_msg(times(bare) + times(open) == times(close), "%s: %zu begin, %zu end",
                      elements[i], times(bare) + times(open), times(close));
    }
    ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>", 15), 0);
    ck_assert_str_eq(page + page_length - 8, "</html>\n");
}

static json_t *entry(int64_t at_us, const char *way, int64_t call, const char *method,
                     const char *txid, const char *fate) {
    return json_pack("{s:I,s:I,s:s,s:I,s:s,s:s,s:s,s:s,s:{s:i,s:s}}", "at_us", (json_int_t)at_us,
                     "passed_us", (json_int_t)at_us + 40, "link", "alder>birch", "call",
                     (json_int_t)call, "way", way, "method", method, "txid", txid, "fate", fate,
                     "brief", "amount", 5000, "currency", "EUR");
}

static void add_call(json_t *trace, int64_t at_us, const char *method, const char *txid,
                     const char *fate, bool answered) {
    const int64_t call = (int64_t)json_array_size(trace) + 1;
    (void)json_array_append_new(trace, entry(at_us, "request", call, method, txid, fate));
    if (answered) {
        (void)json_array_append_new(trace,
                                    entry(at_us + 5000, "answer", call, method, txid, "delivered"));
    }
}

static json_t *report_of(json_t *trace) {
    return json_pack("{s:s,s:b,s:[{s:s,s:s,s:i},{s:s,s:s,s:i}],s:o}", "name", "run", "passed", 1,
                     "steps", "text", "first", "verdict", "passed", "at_ms", 0, "text", "second",
                     "verdict", "passed", "at_ms", 1000, "trace", trace);
}

static void teardown(void) {
    free(page);
    page = NULL;
}

/* --- escaping ------------------------------------------------------------------------------- */

#define EVIL "</title><script>alert('1')</script>\"&<img src=x>\x01"

/* Every text of the report, wherever it may stand, is the evil one. */
static json_t *evil_report(void) {
    json_t *report = json_object();
    static const char *const texts[] = {"name", "file", "title", "about", "agent"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        (void)json_object_set_new(report, texts[i], json_string(EVIL));
    }
    json_t *one = json_object();
    static const char *const members[] = {"text",   "reason", "shown", "verdict", "id",   "scope",
                                          "title",  "detail", "bank",  "peer",    "name", "window",
                                          "debits", "net",    "lines", "about",   EVIL,   "method",
                                          "txid",   "rc",     "fate",  "link",    "items"};
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        (void)json_object_set_new(one, members[i], json_string(EVIL));
    }
    static const char *const lists[] = {"steps",     "expectations", "invariants", "banks",
                                        "terminals", "logs",         "problems"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        (void)json_object_set_new(report, lists[i], json_pack("[O]", one));
    }
    (void)json_object_set_new(report, "problems", json_pack("[s]", EVIL));
    (void)json_object_set_new(report, "positions",
                              json_pack("{s:[O],s:[O]}", "before", one, "after", one));
    (void)json_object_set_new(
        report, "tables",
        json_pack("[{s:s,s:s,s:[O]}]", "title", EVIL, "about", EVIL, "rows", one));
    json_t *message = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:O,s:O}", "way", "answer", "link",
                                "a" EVIL ">b" EVIL, "method", EVIL, "txid", EVIL, "rc", EVIL,
                                "fate", "changed", "call", 1, "brief", one, "was", one);
    json_t *request = json_copy(message);
    (void)json_object_set_new(request, "way", json_string("request"));
    (void)json_object_set_new(report, "trace", json_pack("[o,o]", message, request));
    json_decref(one);
    return report;
}

START_TEST(texts_are_escaped_wherever_they_stand) {
    make_of(evil_report());
    ck_assert_uint_eq(times("<script>"), 1); /* our own */
    ck_assert_uint_eq(times("<img"), 0);
    ck_assert_uint_eq(times("alert('1')"), 0);
    ck_assert_ptr_null(memchr(page, 1, page_length));
    ck_assert_uint_ge(times("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"), 25);
    assert_whole();
}
END_TEST

START_TEST(page_needs_no_other_file) {
    make_of(evil_report());
    ck_assert_uint_eq(times("http://") + times("https://") + times("<link") + times("@import"), 0);
    ck_assert_uint_eq(times(" src=\"") + times(" src='"), 0);
    ck_assert_uint_eq(times("url("), times("url(#"));
    assert_has("default-src 'none'");
}
END_TEST

/* --- what is missing ------------------------------------------------------------------------ */

static const char *const strange[] = {
    "{}",
    "[]",
    "7",
    "{\"name\":7,\"passed\":\"yes\",\"steps\":{},\"trace\":\"x\",\"positions\":[],\"tables\":{}}",
    "{\"steps\":[1,null,{}],\"invariants\":[[]],\"expectations\":[{}],\"problems\":[7]}",
    ("{\"trace\":[1,{},{\"way\":\"request\"},{\"way\":\"answer\",\"link\":\"a>b\"},"
     "{\"way\":\"request\",\"link\":\"no "
     "lanes\",\"call\":3},{\"way\":\"answer\",\"link\":\">\"}]}"),
    "{\"trace\":[{\"way\":\"answer\",\"link\":\"a>b\",\"call\":1,\"fate\":\"dropped\"}]}",
    ("{\"trace\":[{\"way\":\"request\",\"link\":\"a>a\",\"call\":1,\"fate\":\"delayed\","
     "\"at_us\":-9223372036854775807,\"passed_us\":9223372036854775807}]}"),
    "{\"positions\":{\"before\":[{\"net\":\"1.0\"},7],\"after\":[{},{\"net\":\"-.99\"}]}}",
    "{\"tables\":[{},{\"rows\":[7]},{\"rows\":[{\"a\":{}},{\"a\":[1]}]},{\"rows\":[{}]}]}",
    "{\"seed\":1,\"took_ms\":-5,\"number\":1,\"steps\":[{\"depth\":-9,\"at_ms\":-1}]}",
};

START_TEST(strange_report_is_a_page_all_the_same) {
    json_t *report = json_loads(strange[_i], JSON_DECODE_ANY, NULL);
    make_of(report);
    assert_whole();
}
END_TEST

START_TEST(verdict_is_told_in_words) {
    make_of(json_pack("{s:b}", "passed", 1));
    assert_has("&#10003; passed</div>");
    make_of(json_pack("{s:b}", "passed", 0));
    assert_has("&#10007; failed</div>");
    make_of(json_pack("{}"));
    assert_has("? broken off</div>");
}
END_TEST

START_TEST(what_failed_stands_at_the_top) {
    make_of(json_pack("{s:b,s:[s],s:[{s:s,s:s,s:s}],s:[{s:s,s:s}],s:[{s:s,s:s,s:s}]}", "passed", 0,
                      "problems", "no room", "steps", "text", "one", "verdict", "failed", "reason",
                      "was 91", "expectations", "text", "two", "reason", "is 7", "invariants", "id",
                      "X1", "title", "three", "reason", "is not"));
    const size_t steps = place_of("<h2 id=\"steps\">");
    static const char *const told[] = {"no room", "was 91", "is 7", "is not"};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        ck_assert_uint_lt(place_of(told[i]), steps);
    }
}
END_TEST

/* --- the chart ------------------------------------------------------------------------------ */

START_TEST(message_is_drawn_in_the_step_it_began_in) {
    json_t *trace = json_array();
    add_call(trace, 100000, "withdrawal.request", "t-1", "delivered", true);
    add_call(trace, 1000000, "withdrawal.confirm", "t-1", "delivered", true);
    make_of(report_of(trace));
    assert_whole();
    ck_assert_uint_eq(times("<details class=\"group\""), 2);
    ck_assert_uint_eq(times("class=\"call\""), 4);
    const size_t second = place_of("<span class=\"no\">2</span> second");
    ck_assert_uint_lt(place_of(">withdrawal.request "), second);
    ck_assert_uint_gt(place_of(">withdrawal.confirm "), second);
    assert_has("<tspan class=\"amount\">50.00 EUR</tspan>");
    assert_has(">alder</text>");
}
END_TEST

static const struct {
    const char *fate, *word, *drawing;
} fates[] = {
    {"lost", "w-lost\">lost", "class=\"stop s-lost\""},
    {"cut", "w-cut\">cut", "class=\"stop s-cut\""},
    {"delayed", "w-delayed\">delayed", "url(#full-delayed)"},
    {"reordered", "w-reordered\">reordered", "url(#full-reordered)"},
    {"duplicated", "w-duplicated\">duplicated, 2 times", "class=\"wire f-duplicated\""},
    {"changed", "w-changed\">changed", "class=\"stop s-changed\""},
};

START_TEST(what_was_hurt_differs_by_word_and_shape) {
    json_t *trace = json_array();
    add_call(trace, 1, "withdrawal.request", "t-1", "delivered", true);
    make_of(report_of(trace));
    const size_t before = times(fates[_i].drawing);
    ck_assert_uint_eq(times(fates[_i].word), 0);
    trace = json_array();
    add_call(trace, 1, "withdrawal.request", "t-1", fates[_i].fate, true);
    make_of(report_of(trace));
    ck_assert_uint_eq(times(fates[_i].word), 1);
    ck_assert_uint_eq(times(fates[_i].drawing), before + 1);
}
END_TEST

START_TEST(request_without_an_answer_says_so) {
    json_t *trace = json_array();
    add_call(trace, 1, "withdrawal.request", "t-1", "delivered", false);
    make_of(report_of(trace));
    assert_has("no answer");
}
END_TEST

START_TEST(repeats_are_one_arrow_with_their_number) {
    json_t *trace = json_array();
    for (int64_t i = 0; i < 20; i++) {
        add_call(trace, i * 10000, "withdrawal.reverse", "t-1", "lost", false);
        add_call(trace, i * 10000 + 1, "network.echo", "", "delivered", true);
    }
    add_call(trace, 900000, "withdrawal.reverse", "t-1", "delivered", true);
    make_of(report_of(trace));
    ck_assert_uint_eq(times("class=\"call\""), 5); /* one lost, an echo's two, and the last two */
    ck_assert_uint_eq(times("20 times until "), 2);
    assert_has("38 repeats are drawn with the call they are like");
}
END_TEST

START_TEST(different_operations_are_no_repeats) {
    json_t *trace = json_array();
    add_call(trace, 1, "withdrawal.request", "t-1", "delivered", true);
    add_call(trace, 2, "withdrawal.request", "t-2", "delivered", true);
    make_of(report_of(trace));
    ck_assert_uint_eq(times("class=\"call\""), 4);
}
END_TEST

START_TEST(busy_step_shows_what_was_hurt_and_counts_the_rest) {
    json_t *trace = json_array();
    for (int i = 0; i < 1000; i++) {
        char txid[16];
        (void)snprintf(txid, sizeof txid, "t-%d", i);
        add_call(trace, i, "withdrawal.request", txid, i == 990 ? "lost" : "delivered", i != 990);
    }
    make_of(report_of(trace));
    assert_whole();
    ck_assert_uint_eq(times("class=\"call\""), 2 * (SCN_PAGE_CALLS_MAX - 1) + 1);
    ck_assert_uint_eq(times("w-lost\">lost"), 1);
    assert_has("970 more calls of this step");
}
END_TEST

START_TEST(long_run_ends_its_chart_with_a_note) {
    json_t *steps = json_array();
    json_t *trace = json_array();
    for (int64_t i = 0; i < SCN_PAGE_ROWS_MAX + 3; i++) {
        char txid[16];
        (void)snprintf(txid, sizeof txid, "t-%d", (int)i);
        (void)json_array_append_new(steps,
                                    json_pack("{s:s,s:I}", "text", "step", "at_ms", (json_int_t)i));
        if (i < SCN_PAGE_ARROWS_MAX / 2 + 50) {
            add_call(trace, i * 1000, "withdrawal.request", txid, "delivered", true);
        }
    }
    make_of(json_pack("{s:o,s:o}", "steps", steps, "trace", trace));
    ck_assert_uint_eq(times("class=\"call\""), SCN_PAGE_ARROWS_MAX);
    assert_has("The chart ends here: 100 messages of later steps are not drawn");
    assert_has("3 more steps are not shown");
}
END_TEST

START_TEST(lanes_that_nobody_uses_are_not_drawn) {
    json_t *trace = json_array();
    add_call(trace, 1, "withdrawal.request", "t-1", "delivered", true);
    json_t *report = report_of(trace);
    (void)json_object_set_new(
        report, "banks",
        json_pack("[{s:s},{s:s},{s:s}]", "name", "cedar", "name", "birch", "name", "alder"));
    make_of(report);
    ck_assert_ptr_null(strstr(page, ">cedar</text>"));
    ck_assert_uint_lt(place_of(">birch</text>"), place_of(">alder</text>"));
}
END_TEST

/* --- tables --------------------------------------------------------------------------------- */

START_TEST(positions_stand_side_by_side_with_their_change) {
    make_of(json_pack("{s:{s:[{s:s,s:s,s:i,s:s}],s:[{s:s,s:s,s:i,s:s},{s:s,s:s,s:i,s:s}]}}",
                      "positions", "before", "bank", "alder", "peer", "90000002", "window", 1,
                      "net", "-1.50", "after", "bank", "alder", "peer", "90000002", "window", 1,
                      "net", "10.25", "bank", "alder", "peer", "90000002", "window", 2, "net",
                      "-0.05"));
    assert_whole();
    assert_has("<td class=\"num\">-1.50</td>");
    assert_has("<td class=\"num change\">+11.75</td>");
    assert_has("<td class=\"num change\">-0.05</td>");
}
END_TEST

START_TEST(numbers_are_set_to_the_right_and_words_are_not) {
    make_of(json_pack("{s:[{s:s,s:[{s:s,s:s,s:b},{s:s,s:i,s:n}]}]}", "tables", "title", "T", "rows",
                      "account_name", "anna", "balance", "1000.00", "open", 1, "account_name", "7",
                      "balance", 12, "open"));
    assert_has("<th>account name</th><th class=\"num\">balance</th>");
    assert_has("<td>7</td><td class=\"num\">12</td><td>&#8211;</td>");
}
END_TEST

START_TEST(page_that_cannot_be_written_is_an_error) {
    struct tw_error error = {0};
    FILE *out = fopen("/dev/full", "we");
    ck_assert_ptr_nonnull(out);
    json_t *report = json_object();
    ck_assert_int_eq(scn_page_write(report, out, &error).code, TW_E_IO);
    json_decref(report);
    (void)fclose(out);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = texts_are_escaped_wherever_they_stand},
        {.test = page_needs_no_other_file},
        {.test = strange_report_is_a_page_all_the_same, .rows = COUNT_OF(strange)},
        {.test = verdict_is_told_in_words},
        {.test = what_failed_stands_at_the_top},
        {.test = message_is_drawn_in_the_step_it_began_in},
        {.test = what_was_hurt_differs_by_word_and_shape, .rows = COUNT_OF(fates)},
        {.test = request_without_an_answer_says_so},
        {.test = repeats_are_one_arrow_with_their_number},
        {.test = different_operations_are_no_repeats},
        {.test = busy_step_shows_what_was_hurt_and_counts_the_rest},
        {.test = long_run_ends_its_chart_with_a_note},
        {.test = lanes_that_nobody_uses_are_not_drawn},
        {.test = positions_stand_side_by_side_with_their_change},
        {.test = numbers_are_set_to_the_right_and_words_are_not},
        {.test = page_that_cannot_be_written_is_an_error},
    };
    return test_main_with("page", tests, COUNT_OF(tests), NULL, teardown);
}
