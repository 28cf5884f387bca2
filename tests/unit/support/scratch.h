/*
 * Files of unit tests: all in one folder of the suite, in $TMPDIR or /tmp. The process that forks
 * the tests makes it and removes it with everything inside, so nothing stays behind whatever a test
 * did before it failed, was killed or ran out of time. tests/static/banned.py refuses other ways.
 */
#ifndef TEST_SUPPORT_SCRATCH_H
#define TEST_SUPPORT_SCRATCH_H

#define TEST_PATH_SIZE 96

/* By test_run (suite.h) only. */
void test_scratch_open(void);
void test_scratch_close(void);

/* A new folder or file (mode 0600, the descriptor is returned) in it. */
void test_scratch_folder(char path[TEST_PATH_SIZE]);
int test_scratch_file(char path[TEST_PATH_SIZE]);
/* A new file with this text. */
void test_scratch_text(char path[TEST_PATH_SIZE], const char *text);

#endif
