/* Allocations that fail, each in turn. Linked with --wrap=calloc. */
#include "netting/judge.h"
#include "support/suite.h"

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static size_t allowed = SIZE_MAX;

void *__wrap_calloc(size_t count, size_t size) {
    if (allowed == 0) {
        return NULL;
    }
    allowed -= allowed == SIZE_MAX ? 0 : 1;
    return __real_calloc(count, size);
}

static struct judge_case one = {
    .bank_count = 2,
    .banks = {{90000001, 10, 0}, {90000002, 10, 0}},
    .obligation_count = 1,
    .obligations = {{90000001, 90000002, 5}},
    .payment_count = 1,
    .payments = {{1, 0, 90000001, 90000002, 5}},
};

START_TEST(memory_that_runs_out_is_reported) {
    struct tw_status status = {TW_E_NO_MEMORY};
    size_t failures = 0;
    one.model = (enum ib_model)_i;
    while (!tw_ok(status)) {
        struct ib_plan *plan = NULL;
        ck_assert_uint_lt(failures, 100);
        allowed = failures++;
        status = judge_run(&one, &plan);
        allowed = SIZE_MAX;
        ck_assert(tw_ok(status) == (plan != NULL));
        ck_assert(tw_ok(status) || status.code == TW_E_NO_MEMORY);
        ib_plan_free(plan);
    }
    ck_assert_uint_gt(failures, 8); /* books, their matrix, and all parts of the plan */
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = memory_that_runs_out_is_reported, .rows = IB_MODEL_GROSS + 1},
    };
    return test_main("netting memory", tests, COUNT_OF(tests));
}
