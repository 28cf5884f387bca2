/* ctl/card_make and ctl/digest_set: card numbers that are valid, random and not in use. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/date.h"
#include "ctl/card_make.h"
#include "ctl/digest_set.h"
#include "support/scratch.h"
#include "support/suite.h"

/* Bytes 255, 254, ... 0, 255, ...: the ones from 250 on must not become digits. */
static void fill_counting_down(void *context, void *bytes, size_t length) {
    uint8_t *next = context;
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)bytes)[i] = (*next)--;
    }
}

/* Three different keys. */
static struct tw_keyring *load_keyring(void) {
    static const char tail[] = "112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    char text[512];
    char file[TEST_PATH_SIZE];
    snprintf(text, sizeof text, "[keys]\npin_digest = 0a%s\npan_digest = 0b%s\nsession = 0c%s\n",
             tail, tail, tail);
    test_scratch_text(file, text);
    struct tw_keyring *keyring = NULL;
    ck_assert(tw_ok(tw_keyring_load(file, &keyring, NULL)));
    return keyring;
}

START_TEST(pans_are_valid_and_under_the_iin) {
    char pan[TW_PAN_TEXT_SIZE];
    for (int i = 0; i < 1000; i++) {
        ctl_pan_random(tw_random_system(), "92760001", pan);
        ck_assert_uint_eq(strlen(pan), 16);
        ck_assert_ptr_eq(strstr(pan, "92760001"), pan);
        ck_assert(tw_pan_valid(pan));
    }
}
END_TEST

START_TEST(digits_are_drawn_evenly) {
    uint8_t next = 255;
    const struct tw_random random = {.fill = fill_counting_down, .context = &next};
    char pin[TW_PIN_TEXT_SIZE];
    ctl_pin_random(&random, pin);
    ck_assert_str_eq(pin, "9876"); /* 249, 248, 247, 246: 255 to 250 were drawn again */
}
END_TEST

START_TEST(a_card_is_made_from_its_pan_and_pin) {
    struct tw_keyring *keyring = load_keyring();
    struct ctl_card card = {.pan = "9276000112345674"};
    ctl_card_make(tw_random_system(), keyring, "1234", 0, tw_date_from_civil(2026, 11, 20), &card);
    uint8_t digest[TW_DIGEST_BYTES];
    char expected[CTL_DIGEST_TEXT_SIZE];
    tw_keyring_pin_digest(keyring, card.card_id, "1234", digest);
    ctl_digest_text(digest, expected);
    ck_assert_int_gt(card.card_id, 0);
    ck_assert_int_eq(card.expiry, 3011);
    ck_assert_str_eq(card.pan_masked, "92760001****5674");
    ck_assert_str_eq(card.pin_digest, expected);
    ck_assert(card.pan_digest[0] == '\\' && card.pan_digest[1] == 'x');
    ck_assert_uint_eq(strlen(card.pan_digest), 66);
    ck_assert_str_ne(card.pan_digest, card.pin_digest);
    ctl_card_make(tw_random_system(), keyring, "1234", 2712, 0, &card);
    ck_assert_int_eq(card.expiry, 2712);

    tw_keyring_free(keyring);
}
END_TEST

START_TEST(an_id_cannot_be_mistaken_for_a_pan) {
    struct tw_keyring *keyring = load_keyring();
    for (int i = 0; i < 1000; i++) {
        struct ctl_card card = {.pan = "9276000112345674"};
        char text[32];
        int64_t id = 0;
        ctl_card_make(tw_random_system(), keyring, "1234", 3011, 0, &card);
        snprintf(text, sizeof text, "%" PRId64, card.card_id);
        ck_assert_uint_eq(strlen(text), CTL_CARD_ID_DIGITS);
        ck_assert_msg(!tw_pan_valid(text), "%s", text);
        ck_assert(tw_ok(ctl_parse_card_id(text, &id, NULL)));
        ck_assert_int_eq(id, card.card_id);
    }
    tw_keyring_free(keyring);
}
END_TEST

START_TEST(the_set_tells_what_is_in_it) {
    struct ctl_digest_set set = {0};
    for (uint64_t key = 0; key < 10000; key++) {
        ck_assert(key == 1 || ctl_digest_set_add(&set, key * UINT64_C(0x9e3779b97f4a7c15)));
    }
    for (uint64_t key = 2; key < 10000; key++) {
        ck_assert(!ctl_digest_set_add(&set, key * UINT64_C(0x9e3779b97f4a7c15)));
    }
    ck_assert_uint_eq(set.used, 9999);
    ck_assert_uint_ge(set.size, 2 * set.used);
    ctl_digest_set_free(&set);
    ck_assert_uint_eq(set.used, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = pans_are_valid_and_under_the_iin},    {.test = digits_are_drawn_evenly},
        {.test = a_card_is_made_from_its_pan_and_pin}, {.test = an_id_cannot_be_mistaken_for_a_pan},
        {.test = the_set_tells_what_is_in_it},
    };
    return test_main("card_make", tests, COUNT_OF(tests));
}
