/* Removing walks the tree once more instead of keeping a list: a list would be in the memory of the
 * forked tests, which is gone with them. */
#include "support/scratch.h"

#include <check.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WALK_DESCRIPTORS 8

static char scratch[TEST_PATH_SIZE];

static void must(bool done, const char *what) {
    if (!done) {
        (void)fprintf(stderr, "scratch folder: cannot %s\n", what);
        abort();
    }
}

static void make_template(char path[TEST_PATH_SIZE], const char *folder, const char *name) {
    int length = snprintf(path, TEST_PATH_SIZE, "%s/%sXXXXXX", folder, name);
    must(length > 0 && length < TEST_PATH_SIZE, "name a file: $TMPDIR is too long");
}

void test_scratch_open(void) {
    const char *folder = getenv("TMPDIR");
    make_template(scratch, folder != NULL && folder[0] != '\0' ? folder : "/tmp", "tw-check-");
    must(mkdtemp(scratch) != NULL, "make it");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void test_scratch_close(void) {
    must(nftw(scratch, remove_one, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS) == 0, "remove it");
    scratch[0] = '\0';
}

void test_scratch_folder(char path[TEST_PATH_SIZE]) {
    make_template(path, scratch, "");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

int test_scratch_file(char path[TEST_PATH_SIZE]) {
    make_template(path, scratch, "");
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    return descriptor;
}

void test_scratch_text(char path[TEST_PATH_SIZE], const char *text) {
    const int descriptor = test_scratch_file(path);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(descriptor), 0);
}
