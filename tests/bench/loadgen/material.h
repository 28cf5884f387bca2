/*
 * What terminals need before the first connection: certificates, addresses, cards, and the key that
 * PIN blocks are encrypted for. Errors name the file.
 */
#ifndef BENCH_MATERIAL_H
#define BENCH_MATERIAL_H

#include "net/address.h"
#include "net/tls.h"
#include "options.h"
#include "pin/card_list.h"

struct bench_material {
    const struct bench_options *options;
    struct tw_card_list cards;          /* empty: no customers */
    struct tw_pin_encryptor *encryptor; /* NULL: no customers */
    struct tw_address addresses[BENCH_ADDRESSES_MAX];
    struct tw_tls **tls; /* one per terminal */
};

int32_t bench_terminal_id(const struct bench_options *options, size_t index);
/* options must outlive the material. */
struct tw_status bench_material_load(const struct bench_options *options,
                                     struct bench_material *ret_material,
                                     struct tw_error *ret_error);
void bench_material_free(struct bench_material *material); /* also after a failure */

#endif
