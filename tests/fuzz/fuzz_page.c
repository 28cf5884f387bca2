/*
 * The page of a scenario's run: any JSON is a report, and whatever it says, the page has the
 * elements that the page itself makes and no others.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/page.h"
#include "wire/json.h"

static size_t count(const char *page, const char *piece) {
    size_t found = 0;
    for (const char *at = strstr(page, piece); at != NULL; at = strstr(at + 1, piece)) {
        found++;
    }
    return found;
}

static void judge(const char *page, size_t length) {
    tw_assert(strlen(page) == length);
    tw_assert(count(page, "<script>") == 1 && count(page, "<style>") == 1);
    tw_assert(count(page, "<table>") == count(page, "</table>"));
    tw_assert(count(page, "<svg ") == count(page, "</svg>"));
    tw_assert(count(page, "<details") == count(page, "</details>"));
    tw_assert(count(page, "<img") == 0 && count(page, "<a ") == count(page, "</a>"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TW_JSON_OWNED json_t *report = NULL;
    if (!tw_ok(tw_json_parse((const char *)data, size, TW_JSON_LIMITS_DEFAULT, &report, NULL))) {
        return 0;
    }
    char *page = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&page, &length);
    tw_assert(out != NULL && tw_ok(scn_page_write(report, out, NULL)));
    tw_assert(fclose(out) == 0);
    judge(page, length);
    free(page);
    return 0;
}
