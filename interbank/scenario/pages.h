/*
 * The results as pages: one per scenario (page.h), and index.html that leads to them.
 */
#ifndef SCN_PAGES_H
#define SCN_PAGES_H

#include "scenario/base.h"

/* The folder is made when there is none. Errors: IO. */
struct tw_status scn_pages_write(const json_t *results, const char *folder,
                                 struct tw_error *ret_error);

#endif
