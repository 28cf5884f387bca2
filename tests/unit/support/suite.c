/* A runner that takes its tests from a table instead of a line of code each. */
#include "support/suite.h"

#include <stdlib.h>

#include "support/scratch.h"

int test_run(Suite *suite) {
    test_scratch_open();
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    test_scratch_close();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int test_main(const char *name, const struct test_entry *tests, size_t count) {
    return test_main_with(name, tests, count, NULL, NULL);
}

int test_main_with(const char *name, const struct test_entry *tests, size_t count,
                   void (*setup)(void), void (*teardown)(void)) {
    Suite *suite = suite_create(name);
    TCase *all = tcase_create(name);
    if (setup != NULL)
        tcase_add_checked_fixture(all, setup, teardown);
    for (size_t i = 0; i < count; i++) {
        const int rows = tests[i].rows > 0 ? (int)tests[i].rows : 1;
        tcase_add_loop_test_raise_signal(all, tests[i].test, tests[i].signal, 0, rows);
    }
    suite_add_tcase(suite, all);
    return test_run(suite);
}
