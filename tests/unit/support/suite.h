/*
 * The main function of a Check program: a table of tests, run each in a process of its own.
 *
 *     int main(void) {
 *         const struct test_entry tests[] = {{.test = a_thing_holds},
 *                                            {.test = rows_are_refused, .rows = COUNT_OF(rows)}};
 *         return test_main("module", tests, COUNT_OF(tests));
 *     }
 */
#ifndef TEST_SUPPORT_SUITE_H
#define TEST_SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct test_entry {
    const TTest *test;
    size_t rows; /* run this often with _i from 0; 0: once */
    int signal;  /* the test must end by this signal; 0: none */
};

/* Runs all tests of the suite, which it takes. The exit status of main. */
int test_run(Suite *suite);
int test_main(const char *name, const struct test_entry *tests, size_t count);
/* The same with functions that run before and after each test, in its process. */
int test_main_with(const char *name, const struct test_entry *tests, size_t count,
                   void (*setup)(void), void (*teardown)(void));

#endif
