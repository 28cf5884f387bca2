/*
 * Directories: the payload as the root would have signed it, and the same bytes as the text that a
 * peer sends. What is read must be in order and find itself again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "directory/directory.h"
#include "support/certificate.h"

static char root_file[] = "/tmp/tw-fuzz-root-XXXXXX";

static void remove_root(void) {
    (void)unlink(root_file);
}

static void make_root(void) {
    const struct test_wish wish = {.authority = true};
    struct test_certificate root = test_certificate_make(&wish, NULL);
    int descriptor = mkstemp(root_file);
    tw_assert(descriptor >= 0);
    (void)close(descriptor);
    test_certificate_write(&root, root_file);
    test_certificate_free(&root);
    (void)atexit(remove_root);
}

static void judge(const struct ib_directory *directory) {
    tw_assert(ib_directory_serial(directory) > 0 && ib_directory_count(directory) > 0);
    for (size_t i = 0; i < ib_directory_count(directory); i++) {
        const struct ib_bank *bank = ib_directory_at(directory, i);
        tw_assert(ib_directory_bank(directory, bank->code) == bank);
        for (size_t j = 0; j < bank->iin_count; j++) {
            tw_assert(ib_directory_issuer(directory, bank->iins[j]) == bank);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    struct ib_directory *directory = NULL;
    if (!ready) {
        make_root();
        ready = true;
    }
    if (tw_ok(ib_directory_read((const char *)data, size, &directory, NULL))) {
        judge(directory);
        ib_directory_free(directory);
    }
    char *text = malloc(size + 1);
    tw_assert(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    struct tw_status forged = ib_directory_open(text, root_file, &directory, NULL);
    tw_assert(!tw_ok(forged) && directory == NULL);
    free(text);
    return 0;
}
