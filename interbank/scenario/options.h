/*
 * The command line of `interbank` (./run scenario): what to play, and how.
 */
#ifndef SCN_OPTIONS_H
#define SCN_OPTIONS_H

#include "scenario/base.h"

struct scn_options {
    const char *bin;   /* built programs; the folder of this one */
    const char *top;   /* the checkout */
    const char *stock; /* folder of banks in stock */
    const char *junit, *html, *json;
    const char *filter; /* fnmatch pattern of names */
    uint64_t seed;
    int64_t jobs, timeout_s;
    bool keep, check, list, steps, schema, help, quiet, fast;
    const char *record; /* --record FILE */
    const char *generate, *output;
    size_t file_count;
    const char **files;
};

/* False with a reason. files is freed by the caller. */
TW_MUST_USE bool scn_options_read(int count, char *const *arguments,
                                  struct scn_options *ret_options, struct tw_error *ret_error);
void scn_options_help(FILE *out);

#endif
