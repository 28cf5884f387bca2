/* Everything is drawn from one sequence, in the order in which it is written. What comes of an
 * operation is not expected: any answer can be right, and the invariants judge the whole. */
#include "scenario/generate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/seeded.h"
#include "scenario/scenario.h"

#define END                                                                                        \
    { .name = NULL }

static const struct scn_member profile_members[] = {
    {.name = "title", .kind = SCN_TEXT, .about = "of the scenario"},
    {.name = "seed",
     .kind = SCN_INT,
     .min = 1,
     .max = 2147483647,
     .about = "where chance begins (1)"},
    {.name = "banks", .kind = SCN_INT, .min = 1, .max = 4, .about = "how many (2)"},
    {.name = "customers", .kind = SCN_INT, .min = 1, .max = 20, .about = "of each bank (2)"},
    {.name = "terminals", .kind = SCN_INT, .min = 1, .max = 6, .about = "of each bank (1)"},
    {.name = "balance", .kind = SCN_MONEY, .about = "of each customer (500.00)"},
    {.name = "surcharge", .kind = SCN_MONEY, .about = "of each bank (1.50)"},
    {.name = "interchange", .kind = SCN_MONEY, .about = "between banks (0.40)"},
    {.name = "operations", .kind = SCN_INT, .min = 1, .max = 10000, .about = "how many (20)"},
    {.name = "withdraw", .kind = SCN_INT, .max = 100, .about = "weight among the operations (4)"},
    {.name = "deposit", .kind = SCN_INT, .max = 100, .about = "weight (1)"},
    {.name = "transfer", .kind = SCN_INT, .max = 100, .about = "weight (3)"},
    {.name = "balances",
     .kind = SCN_INT,
     .max = 100,
     .about = "weight of asking for the balance (1)"},
    {.name = "max_amount", .kind = SCN_MONEY, .about = "largest amount (200.00)"},
    {.name = "device_faults",
     .kind = SCN_INT,
     .max = 1000,
     .about = "of a thousand operations (0)"},
    {.name = "message_faults",
     .kind = SCN_INT,
     .max = 1000,
     .about = "of a thousand operations (0)"},
    {.name = "process_faults",
     .kind = SCN_INT,
     .max = 1000,
     .about = "of a thousand operations (0)"},
    {.name = "cut_overs",
     .kind = SCN_INT,
     .max = 100,
     .about = "settlement windows closed and settled on the way (1 with several banks)"},
    END};

const struct scn_shape scn_profile_shape = {"profile", "What --generate makes a scenario from.",
                                            profile_members};

static const char *const bank_names[] = {"alder", "birch", "cedar", "dogwood"};

struct making {
    const json_t *profile;
    struct tw_seeded random;
    int64_t banks, customers, terminals;
    json_t *steps;
};

static int64_t draw(struct making *making, int64_t bound) {
    return tw_seeded_below(&making->random, bound);
}

static bool happens(struct making *making, const char *member) {
    return draw(making, 1000) < scn_number(making->profile, member, 0);
}

static char *terminal_name(int64_t bank, int64_t number) {
    return scn_format("%c%" PRId64, bank_names[bank][0], number + 1);
}

static char *customer_name(int64_t bank, int64_t number) {
    return scn_format("%s-customer-%" PRId64, bank_names[bank], number + 1);
}

static char *any_terminal(struct making *making) {
    int64_t bank = draw(making, making->banks);
    return terminal_name(bank, draw(making, making->terminals));
}

static char *any_customer(struct making *making) {
    int64_t bank = draw(making, making->banks);
    return customer_name(bank, draw(making, making->customers));
}

static void add(struct making *making, json_t *step) {
    tw_assert(step != NULL && json_array_append_new(making->steps, step) == 0);
}

/* --- declarations --------------------------------------------------------------------------- */

static json_t *declare(struct making *making) {
    const json_t *profile = making->profile;
    json_t *banks = json_array();
    json_t *customers = json_array();
    json_t *terminals = json_array();
    for (int64_t i = 0; i < making->banks; i++) {
        (void)json_array_append_new(banks,
                                    json_pack("{s:s, s:s}", "name", bank_names[i], "surcharge",
                                              scn_text_or(profile, "surcharge", "1.50")));
        for (int64_t k = 0; k < making->customers; k++) {
            SCN_OWNED name = customer_name(i, k);
            (void)json_array_append_new(customers,
                                        json_pack("{s:s, s:s, s:s, s:{s:s, s:i}}", "name", name,
                                                  "bank", bank_names[i], "balance",
                                                  scn_text_or(profile, "balance", "500.00"), "card",
                                                  "limit", "100000.00", "count", 1000));
        }
        for (int64_t k = 0; k < making->terminals; k++) {
            SCN_OWNED name = terminal_name(i, k);
            (void)json_array_append_new(
                terminals, json_pack("{s:s, s:s}", "name", name, "bank", bank_names[i]));
        }
    }
    return json_pack("{s:s, s:I, s:{s:s, s:{s:s, s:s, s:s}}, s:o, s:o, s:o}", "title",
                     scn_text_or(profile, "title", "chance operations"), "seed",
                     (json_int_t)scn_number(profile, "seed", 1), "network", "interchange",
                     scn_text_or(profile, "interchange", "0.40"), "timers", "issuer", "3s",
                     "terminal_answer", "8s", "taken", "1s", "banks", banks, "customers", customers,
                     "terminals", terminals);
}

/* --- operations and faults ------------------------------------------------------------------ */

static const char *draw_kind(struct making *making) {
    static const struct {
        const char *verb, *member;
        int64_t weight;
    } kinds[] = {{"withdraw", "withdraw", 4},
                 {"deposit", "deposit", 1},
                 {"transfer", "transfer", 3},
                 {"balance", "balances", 1}};
    int64_t total = 0;
    for (size_t i = 0; i < 4; i++)
        total += scn_number(making->profile, kinds[i].member, kinds[i].weight);
    int64_t drawn = draw(making, total > 0 ? total : 1);
    for (size_t i = 0; i < 4; i++) {
        drawn -= scn_number(making->profile, kinds[i].member, kinds[i].weight);
        if (drawn < 0)
            return kinds[i].verb;
    }
    return "balance";
}

static void add_operation(struct making *making, const char *at) {
    const char *kind = draw_kind(making);
    SCN_OWNED card = any_customer(making);
    int64_t tens = scn_money(making->profile, "max_amount", 20000) / 1000;
    int64_t amount = (1 + draw(making, tens > 0 ? tens : 1)) * 1000;
    char text[SCN_MONEY_TEXT_SIZE];
    json_t *step = json_pack("{s:s, s:s, s:s}", "do", kind, "at", at, "card", card);
    if (strcmp(kind, "withdraw") == 0 || strcmp(kind, "transfer") == 0)
        scn_set(step, "amount", json_string(scn_money_text(amount, text)));
    if (strcmp(kind, "transfer") == 0) {
        SCN_OWNED to = any_customer(making);
        scn_set(step, "to", json_string(to));
    }
    if (strcmp(kind, "deposit") == 0)
        scn_set(step, "notes", json_pack("{s:I}", "10.00", (json_int_t)(amount / 1000)));
    scn_set(step, "expect", json_pack("{s:{}}", "answer"));
    add(making, step);
}

static void add_device_fault(struct making *making, const char *at) {
    static const char *const faults[] = {"jam_before_present", "dispense_jam", "not_taken",
                                         "partial_dispense", "note_reject"};
    int64_t which = draw(making, 5);
    json_t *step =
        json_pack("{s:s, s:s, s:s}", "do", "device-fault", "at", at, "fault", faults[which]);
    if (which >= 3)
        scn_set(step, "value", json_integer(1 + draw(making, 2)));
    add(making, step);
}

static void add_message_fault(struct making *making) {
    static const char *const verbs[] = {"lose", "delay", "duplicate"};
    const char *verb = verbs[draw(making, 3)];
    int64_t from = draw(making, making->banks);
    int64_t to = (from + 1 + draw(making, making->banks - 1)) % making->banks;
    SCN_OWNED link = scn_format("%s>%s", bank_names[from], bank_names[to]);
    json_t *step = json_pack("{s:s, s:s, s:s, s:i}", "do", verb, "link", link, "which",
                             draw(making, 2) == 0 ? "request" : "answer", "times", 1);
    if (strcmp(verb, "delay") == 0)
        scn_set(step, "for", json_string("2s"));
    add(making, step);
}

static void add_process_fault(struct making *making) {
    SCN_OWNED process = scn_format("%s/bank-server-1", bank_names[draw(making, making->banks)]);
    add(making, json_pack("{s:s, s:s}", "do", "kill", "process", process));
    add(making, json_pack("{s:s, s:s}", "do", "start", "process", process));
}

static void add_settlement(struct making *making) {
    add(making, json_pack("{s:s}", "do", "cut-over"));
    add(making, json_pack("{s:s}", "do", "await-settlement"));
}

static void add_steps(struct making *making) {
    int64_t operations = scn_number(making->profile, "operations", 20);
    int64_t cut_overs = scn_number(making->profile, "cut_overs", making->banks > 1 ? 1 : 0);
    for (int64_t i = 0; i < operations; i++) {
        SCN_OWNED at = any_terminal(making);
        if (happens(making, "device_faults"))
            add_device_fault(making, at);
        if (making->banks > 1 && happens(making, "message_faults"))
            add_message_fault(making);
        if (happens(making, "process_faults"))
            add_process_fault(making);
        add_operation(making, at);
        if (cut_overs > 1 && (i + 1) % (operations / cut_overs + 1) == 0)
            add_settlement(making);
    }
    add(making, json_pack("{s:s}", "do", "end-faults"));
    add(making, json_pack("{s:s}", "do", "drain"));
    if (cut_overs > 0)
        add_settlement(making);
}

static json_t *make(const json_t *profile, uint64_t seed) {
    struct making making = {.profile = profile,
                            .random.state = seed,
                            .banks = scn_number(profile, "banks", 2),
                            .customers = scn_number(profile, "customers", 2),
                            .terminals = scn_number(profile, "terminals", 1),
                            .steps = json_array()};
    json_t *tree = declare(&making);
    scn_set(tree, "seed", json_integer((json_int_t)seed));
    if (scn_number(profile, "cut_overs", making.banks > 1 ? 1 : 0) > 0)
        scn_set(tree, "agent", json_object());
    add_steps(&making);
    scn_set(tree, "steps", making.steps);
    return tree;
}

bool scn_generate(const char *profile, uint64_t seed, const char *file) {
    struct scn_problems problems = {0};
    struct scn_source source;
    struct tw_error error = {0};
    bool good = false;
    scn_source_load(&source, profile, &problems);
    if (source.tree != NULL)
        scn_check_shape(&source, &scn_profile_shape, &problems);
    if (problems.count > 0) {
        scn_problems_print(&problems, profile, stderr);
    } else {
        TW_JSON_OWNED json_t *tree =
            make(source.tree, seed != 0 ? seed : (uint64_t)scn_number(source.tree, "seed", 1));
        char *text = json_dumps(tree, JSON_INDENT(2));
        SCN_OWNED whole = scn_format("%s\n", text);
        free(text);
        good =
            file == NULL ? fputs(whole, stdout) >= 0 : tw_ok(scn_write_file(file, whole, &error));
        if (!good)
            (void)fprintf(stderr, "interbank: %s\n", error.detail);
    }
    scn_problems_clear(&problems);
    scn_source_clear(&source);
    return good;
}
