/* The tests' own support: a suite leaves nothing behind, least of all when its tests fail. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/scratch.h"
#include "support/suite.h"

START_TEST(leaves_files_and_fails) {
    char folder[TEST_PATH_SIZE];
    char file[TEST_PATH_SIZE];
    test_scratch_folder(folder);
    test_scratch_text(file, "left");
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("deeper", 0700), 0); /* allowed: to be removed by the suite */
    ck_abort_msg("as meant");
}
END_TEST

START_TEST(leaves_files_and_is_killed) {
    char file[TEST_PATH_SIZE];
    test_scratch_text(file, "left");
    (void)raise(SIGKILL);
}
END_TEST

static size_t entries_of(const char *path) {
    size_t count = 0;
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count - 2; /* itself and its parent */
}

START_TEST(suite_of_failing_tests_leaves_nothing) {
    char folder[TEST_PATH_SIZE];
    test_scratch_folder(folder);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) { /* a suite of its own; what it prints is nobody's business */
        const struct test_entry tests[] = {{.test = leaves_files_and_fails},
                                           {.test = leaves_files_and_is_killed}};
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)setenv("TMPDIR", folder, 1);
        _exit(test_main("inner", tests, COUNT_OF(tests)));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
    ck_assert_uint_eq(entries_of(folder), 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {{.test = suite_of_failing_tests_leaves_nothing}};
    return test_main("scratch", tests, COUNT_OF(tests));
}
