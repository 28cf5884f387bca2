/*
 * What PINs leave behind: nothing, wherever one looks in this process's memory; and what happens
 * when there is no memory.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pin/pin_block.h"
#include "support/certificate.h"
#include "support/scratch.h"
#include "support/suite.h"

#define PAN  "9276000112345671"
#define BANK 90000001

static char folder[TEST_PATH_SIZE];
static char root_file[sizeof folder + 16];
static char crl_file[sizeof folder + 16];
static char key_file[sizeof folder + 16];
static struct tw_pin_encryptor *encryptor;
static struct tw_pin_decryptor *decryptor;

static int64_t fixed_wall_ms(void *context) {
    (void)context;
    return TEST_NOW_S * 1000;
}
static const struct tw_clock clock_of_test = {.wall_ms = fixed_wall_ms};
static const struct tw_trust trust = {
    .root_file = root_file, .crl_file = crl_file, .clock = &clock_of_test};

static void setup(void) {
    static const struct test_wish root_wish = {.authority = true,
                                               .key_usage = "critical,keyCertSign,cRLSign"};
    static const struct test_wish pin_wish = {.names = "URI:tellerwire://pin/90000001/92760001",
                                              .key_usage = "critical,keyAgreement"};
    struct tw_error error = {0};
    test_scratch_folder(folder);
    ck_assert_int_gt(snprintf(root_file, sizeof root_file, "%s/root.crt", folder), 0);
    ck_assert_int_gt(snprintf(crl_file, sizeof crl_file, "%s/crl.pem", folder), 0);
    ck_assert_int_gt(snprintf(key_file, sizeof key_file, "%s/key.pem", folder), 0);
    struct test_certificate root = test_certificate_make(&root_wish, NULL);
    struct test_certificate pin = test_certificate_make(&pin_wish, &root);
    char *pem = test_certificate_pem(&pin);
    test_certificate_write(&root, root_file);
    test_crl_write(&root, NULL, TEST_NOW_S + TEST_DAY_S, crl_file);
    test_key_write(&pin, key_file, 0600);
    ck_assert_msg(tw_ok(tw_pin_encryptor_new(pem, &trust, BANK, PAN, &encryptor, &error)), "%s",
                  error.detail);
    ck_assert_msg(tw_ok(tw_pin_decryptor_new(key_file, &decryptor, &error)), "%s", error.detail);
    free(pem);
    test_certificate_free(&root);
    test_certificate_free(&pin);
}

static void teardown(void) {
    tw_pin_encryptor_free(encryptor);
    tw_pin_decryptor_free(decryptor);
}

static struct tw_pin_plain example(const char *pin_text, const char *new_pin) {
    struct tw_pin_plain plain = {
        .pan = "9276000112345671", .terminal_id = 17, .issued_ms = TEST_NOW_S * 1000};
    (void)snprintf(plain.pin, sizeof plain.pin, "%s", pin_text);
    (void)snprintf(plain.new_pin, sizeof plain.new_pin, "%s", new_pin);
    return plain;
}

static char *encrypted(const struct tw_pin_plain *plain) {
    struct tw_error error = {0};
    char *block = NULL;
    ck_assert_msg(tw_ok(tw_pin_encrypt(encryptor, plain, &block, &error)), "%s", error.detail);
    return block;
}

START_TEST(wiped_bytes_are_zero) {
    char bytes[64];
    memset(bytes, 'x', sizeof bytes);
    tw_wipe(bytes + 1, sizeof bytes - 2);
    for (size_t i = 1; i + 1 < sizeof bytes; i++) {
        ck_assert_int_eq(bytes[i], 0);
    }
    ck_assert_int_eq(bytes[0], 'x');
    ck_assert_int_eq(bytes[sizeof bytes - 1], 'x');
    tw_wipe(NULL, 0);
}
END_TEST

#define CANARY_LENGTH 12
#define REGION_MAX    (64L << 20)
#define CHUNK         65536

/* The canary PIN is only ever made inside a process that is about to use it. */
static void make_canary(char text[CANARY_LENGTH + 1]) {
    for (int i = 0; i < CANARY_LENGTH; i++) {
        text[i] = (char)('0' + (i * 7 + 3) % 10);
    }
    text[CANARY_LENGTH] = '\0';
}

static bool is_canary(const char *at) {
    for (int i = 0; i < CANARY_LENGTH; i++) {
        if (at[i] != '0' + (i * 7 + 3) % 10) {
            return false;
        }
    }
    return true;
}

static int count_in_region(int memory, long from, long until) {
    static char chunk[CHUNK + CANARY_LENGTH];
    int found = 0;
    for (long at = from; at < until; at += CHUNK) {
        bool is_own_buffer = at < (long)(chunk + sizeof chunk) && at + CHUNK > (long)chunk;
        ssize_t got = is_own_buffer ? 0 : pread(memory, chunk, sizeof chunk, at);
        for (ssize_t i = 0; i + CANARY_LENGTH <= got; i++) {
            found += is_canary(chunk + i);
        }
    }
    memset(chunk, 0, sizeof chunk);
    return found;
}

/* Copies of the canary in the writable memory of this process: heap, stack, data. */
static int count_canaries(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512];
    int found = 0;
    ck_assert(maps != NULL && memory >= 0);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *rest = NULL;
        long from = (long)strtoul(line, &rest, 16);
        long until = (long)strtoul(rest + 1, &rest, 16);
        if (strncmp(rest, " rw", 3) == 0 && until - from <= REGION_MAX) {
            found += count_in_region(memory, from, until);
        }
    }
    (void)fclose(maps);
    (void)close(memory);
    return found;
}

/* In a child, so that this process has never seen the PIN in clear. */
static void read_block_from_child(char *block, size_t size) {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char canary[CANARY_LENGTH + 1];
        make_canary(canary);
        struct tw_pin_plain plain = example(canary, "");
        char *made = encrypted(&plain);
        _exit(write(ends[1], made, strlen(made) + 1) > 0 ? 0 : 1);
    }
    int state = 0;
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(state, 0);
    ck_assert_int_gt(read(ends[0], block, size), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

START_TEST(decrypted_pin_is_nowhere_in_memory_once_wiped) {
    char block[TW_PIN_BLOCK_MAX];
    struct tw_pin_plain plain;

    read_block_from_child(block, sizeof block);
    ck_assert_int_eq(count_canaries(), 0);
    ck_assert(tw_ok(tw_pin_decrypt(decryptor, block, &plain, NULL)));
    ck_assert(is_canary(plain.pin));
    ck_assert_int_gt(count_canaries(), 0); /* the search finds what is there */
    tw_wipe(&plain, sizeof plain);
    ck_assert_int_eq(count_canaries(), 0);
}
END_TEST

START_TEST(encrypted_pin_is_nowhere_in_memory_once_wiped) {
    char canary[CANARY_LENGTH + 1];
    make_canary(canary);
    struct tw_pin_plain plain = example(canary, canary);
    tw_wipe(canary, sizeof canary);
    char *block = encrypted(&plain);
    ck_assert_int_gt(count_canaries(), 0);
    tw_wipe(&plain, sizeof plain);
    ck_assert_int_eq(count_canaries(), 0);
    free(block);
}
END_TEST

/* ---- memory runs out ---- */

static long allocations_left;

static void *failing_malloc(size_t size) {
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

START_TEST(lack_of_memory_while_decrypting_is_an_error_each_time) {
    struct tw_pin_plain plain = example("1234", "");
    char *block = encrypted(&plain);
    bool decrypted = false;
    for (long most = 0; !decrypted; most++) {
        ck_assert_int_lt(most, 10000);
        allocations_left = most;
        json_set_alloc_funcs(failing_malloc, free);
        struct tw_status status = tw_pin_decrypt(decryptor, block, &plain, NULL);
        json_set_alloc_funcs(malloc, free);
        decrypted = tw_ok(status);
        ck_assert(decrypted || status.code == TW_E_CRYPTO || status.code == TW_E_NO_MEMORY);
    }
    free(block);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pin_leftovers");
    TCase *tests = tcase_create("leftovers");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, wiped_bytes_are_zero);
    tcase_add_test(tests, decrypted_pin_is_nowhere_in_memory_once_wiped);
    tcase_add_test(tests, encrypted_pin_is_nowhere_in_memory_once_wiped);
    tcase_add_test(tests, lack_of_memory_while_decrypting_is_an_error_each_time);
    suite_add_tcase(suite, tests);

    return test_run(suite);
}
