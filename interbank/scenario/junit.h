/*
 * JUnit XML of results, as CI systems read it: a suite per scenario; its cases are the steps, what
 * was expected at the end, and each invariant.
 */
#ifndef SCN_JUNIT_H
#define SCN_JUNIT_H

#include "scenario/base.h"

struct tw_status scn_junit_write(const json_t *results, const char *file,
                                 struct tw_error *ret_error);

#endif
