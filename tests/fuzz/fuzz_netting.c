/*
 * Settlement plans of any input: refused with a status, or a plan that adds up, overdraws nobody
 * and is the same when the input is given the other way round. The bytes are numbers:
 *
 *     model and resort, banks - 1, then for each bank: code, reserve, prefunding;
 *     then until the end: payer, payee, priority, amount
 *
 * Codes are a byte, so that some are unknown, named twice or zero; amounts a byte that is a number
 * below 200, and from there a power of two or something that is no amount.
 */
#include <stdint.h>

#include "netting/judge.h"

struct input {
    const uint8_t *bytes;
    size_t length;
};

static uint8_t next(struct input *input) {
    if (input->length == 0) {
        return 0;
    }
    input->length--;
    return *input->bytes++;
}

static int64_t amount(struct input *input) {
    const uint8_t byte = next(input);
    if (byte < 200) {
        return byte;
    }
    return byte == 255 ? INT64_MIN : INT64_C(1) << (byte - 200);
}

/* The same amounts as payments and as obligations: one of the lists is used. */
static void read_case(struct input input, struct judge_case *ret_case) {
    const uint8_t kind = next(&input);
    *ret_case = (struct judge_case){.model = (enum ib_model)(kind % 3),
                                    .resort = (enum ib_resort)(kind / 3 % 3)};
    ret_case->bank_count = 1 + (size_t)next(&input) % 16;
    for (size_t i = 0; i < ret_case->bank_count; i++) {
        ret_case->banks[i].bank_code = next(&input);
        ret_case->banks[i].reserve_minor = amount(&input);
        ret_case->banks[i].prefunding_minor = amount(&input);
    }
    while (input.length > 0 &&
           ret_case->payment_count < sizeof ret_case->payments / sizeof ret_case->payments[0]) {
        struct ib_payment payment = {.number = (int64_t)ret_case->payment_count};
        payment.payer = next(&input);
        payment.payee = next(&input);
        payment.priority = next(&input) % 4;
        payment.amount_minor = amount(&input);
        ret_case->payments[ret_case->payment_count++] = payment;
        ret_case->obligations[ret_case->obligation_count++] =
            (struct ib_obligation){payment.payer, payment.payee, payment.amount_minor};
    }
}

static void turn_round(struct judge_case *one) {
    for (size_t i = 0; i < one->payment_count / 2; i++) {
        const size_t j = one->payment_count - 1 - i;
        const struct ib_payment payment = one->payments[i];
        const struct ib_obligation obligation = one->obligations[i];
        one->payments[i] = one->payments[j];
        one->payments[j] = payment;
        one->obligations[i] = one->obligations[j];
        one->obligations[j] = obligation;
    }
    for (size_t i = 0; i < one->bank_count / 2; i++) {
        const struct ib_participant bank = one->banks[i];
        one->banks[i] = one->banks[one->bank_count - 1 - i];
        one->banks[one->bank_count - 1 - i] = bank;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct judge_case one;
    struct ib_plan *plan = NULL;
    struct ib_plan *again = NULL;
    read_case((struct input){data, size}, &one);
    const struct tw_status status = judge_run(&one, &plan);
    tw_assert(tw_ok(status) == (plan != NULL));
    if (plan != NULL) {
        judge_plan(&one, plan);
    }
    turn_round(&one);
    const struct tw_status turned = judge_run(&one, &again);
    tw_assert(tw_ok(turned) == tw_ok(status));
    tw_assert(plan == NULL || judge_equal(plan, again));
    ib_plan_free(plan);
    ib_plan_free(again);
    return 0;
}
