/* Reserves are paid in at both ends: the agent books them for the bank, the bank takes them from
 * its vault; a bank's reserve at the agent is what its account Settle says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/network.h"
#include "scenario/relay.h"

#define POLL_MS  "200"
#define DRAIN_MS "3000"

static char *register_banks(struct scn_run *run) {
    const char *arguments[48] = {"--poll-ms", POLL_MS, "--drain-ms", DRAIN_MS};
    size_t count = 4;
    for (size_t i = 0; i < run->bank_count; i++)
        arguments[count++] = run->banks[i].folder;
    return scn_network_sh(run, "settlement", run->agent->folder, NULL, arguments);
}

/* The relay stands before the agent. */
static void tell_places(struct scn_run *run, const struct scn_bank *bank) {
    const char *places[9] = {NULL};
    size_t count = scn_relay_agent_places(run, bank, places, 8);
    for (int i = 1; i <= (int)bank->servers; i++) {
        SCN_OWNED file = scn_format("%s/etc/bank-server-%d.ini", bank->folder, i);
        scn_ini_set(file, "settlement", "agent", places);
    }
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)places[i]);
}

static char *fund(struct scn_run *run, struct scn_bank *bank) {
    const char *reserves = scn_text_or(bank->spec, "reserves", "500000.00");
    const char *prefunding = scn_text_or(bank->spec, "prefunding", "500000.00");
    int64_t whole =
        scn_money(bank->spec, "reserves", 50000000) + scn_money(bank->spec, "prefunding", 50000000);
    SCN_OWNED code = scn_format("%" PRId64, bank->code);
    char text[SCN_MONEY_TEXT_SIZE];
    char *problem = NULL;
    if (strcmp(reserves, "0.00") != 0)
        json_decref(SCN_SETTLECTL(run, &problem, "participant", "fund", code, reserves));
    if (problem == NULL && strcmp(prefunding, "0.00") != 0)
        json_decref(SCN_SETTLECTL(run, &problem, "participant", "prefund", code, prefunding));
    if (problem == NULL && whole > 0)
        json_decref(
            SCN_BANKCTL(bank, &problem, NULL, "reserve", "pay-in", scn_money_text(whole, text)));
    return problem;
}

char *scn_settlement_prepare(struct scn_run *run) {
    const json_t *network = json_object_get(run->scenario->tree, "network");
    const char *model = scn_text(network, "model");
    char *problem = register_banks(run);
    if (problem == NULL && model != NULL)
        json_decref(SCN_SETTLECTL(run, &problem, "settings", "--model", model));
    if (problem == NULL && json_object_get(network, "caps") != NULL)
        json_decref(SCN_SETTLECTL(run, &problem, "settings", "--caps",
                                  scn_flag(network, "caps") ? "on" : "off"));
    for (size_t i = 0; i < run->bank_count && problem == NULL; i++) {
        tell_places(run, &run->banks[i]);
        problem = fund(run, &run->banks[i]);
    }
    return problem;
}
