/*
 * X7: no PIN and no card number in any log, journal or trace of the network. PINs that the runner
 * chose have eight digits, so finding one that no other digit touches means something; shorter ones
 * are looked for where they stand in quotes, as a member's value.
 */
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/invariant.h"
#include "scenario/relay.h"
#include "scenario/report.h"

#define FILE_MAX ((size_t)512 << 20)

static bool stands_alone(const char *text, const char *at, size_t length) {
    return (at == text || !isdigit((unsigned char)at[-1])) && !isdigit((unsigned char)at[length]);
}

static bool stands_in(const char *text, size_t size, const char *needle) {
    size_t length = strlen(needle);
    const char *end = text + size;
    SCN_OWNED quoted = scn_format("\"%s\"", needle);
    if (length < 6)
        return memmem(text, size, quoted, length + 2) != NULL;
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), needle, length)) != NULL; at++)
        if (stands_alone(text, at, length))
            return true;
    return false;
}

static char *search(struct scn_run *run, const char *file) {
    size_t size = 0;
    SCN_OWNED text = scn_read_file(file, FILE_MAX, &size);
    for (size_t i = 0; text != NULL && i < run->card_count; i++) {
        const struct scn_card *card = &run->cards[i];
        if (card->pan[0] != '\0' && stands_in(text, size, card->pan))
            return scn_format("the number of %s's card stands in %s", card->name, file);
        if (stands_in(text, size, card->pin))
            return scn_format("the PIN of %s's card stands in %s", card->name, file);
    }
    return NULL;
}

static void search_all(struct scn_run *run, const char *pattern, char **first) {
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && *first == NULL; i++)
            *first = search(run, found.gl_pathv[i]);
    globfree(&found);
}

void scn_invariants_leaks(struct scn_run *run) {
    char *first = NULL;
    for (size_t i = 0; i < run->bank_count; i++) {
        static const char *const places[] = {"log/*", "journal/*"};
        for (size_t k = 0; k < 2; k++) {
            SCN_OWNED pattern = scn_format("%s/%s", run->banks[i].folder, places[k]);
            search_all(run, pattern, &first);
        }
    }
    SCN_OWNED agent = scn_format("%s/agent/log/*", run->folder);
    SCN_OWNED own = scn_format("%s/*.[jl]*", run->folder);
    search_all(run, agent, &first);
    search_all(run, own, &first);
    scn_report_invariant(run->report, "X7", "",
                         "no PIN and no card number in any log, journal or trace", first);
    free(first);
}
