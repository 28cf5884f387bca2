/* The JSON is the one form; the text for people is printed from it, so both say the same. */
#include "atm-client/face/report.h"

#include <string.h>

#include "atm-client/face/words.h"
#include "core/date.h"

static json_t *notes_json(const struct tw_notes *notes, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_pack("{s:I, s:I}", "denomination",
                                                    (json_int_t)notes[i].denomination, "count",
                                                    (json_int_t)notes[i].count));
    return list;
}

static void add_keys(json_t *report, const struct atm_outcome *outcome) {
    char date[TW_DATE_TEXT_SIZE];
    char txid[TW_UUID_TEXT_SIZE];
    if (outcome->business_date != 0)
        (void)json_object_set_new(report, "business_date",
                                  json_string(tw_date_text(outcome->business_date, date)));
    if (outcome->stan == 0)
        return;
    (void)json_object_set_new(report, "stan", json_integer(outcome->stan));
    (void)json_object_set_new(report, "txid", json_string(tw_uuid_text(&outcome->txid, txid)));
}

static void add_cash(json_t *report, const struct atm_outcome *outcome) {
    if (outcome->amount_minor != 0)
        (void)json_object_set_new(report, "amount", json_integer(outcome->amount_minor));
    if (outcome->method == TW_METHOD_WITHDRAW)
        (void)json_object_set_new(report, "dispensed", json_integer(outcome->dispensed_minor));
    if (outcome->surcharge_minor > 0) {
        int64_t amount_minor =
            outcome->verdict == ATM_FAULT ? outcome->dispensed_minor : outcome->amount_minor;
        (void)json_object_set_new(report, "surcharge", json_integer(outcome->surcharge_minor));
        (void)json_object_set_new(report, "total",
                                  json_integer(amount_minor + outcome->surcharge_minor));
    }
    if (outcome->note_count > 0)
        (void)json_object_set_new(report, "notes", notes_json(outcome->notes, outcome->note_count));
    if (outcome->currency.code[0] != '\0')
        (void)json_object_set_new(report, "currency", json_string(outcome->currency.code));
}

/* The host's own members, less those that are secret or said already. */
static void add_answer(json_t *report, const struct atm_outcome *outcome) {
    if (!outcome->answered)
        return;
    TW_JSON_OWNED json_t *answer =
        tw_fields_write(tw_method(outcome->method)->result, &outcome->answer);
    (void)json_object_del(answer, "session");
    (void)json_object_del(answer, "certificate");
    if (outcome->method != TW_METHOD_SIGN_ON) /* what is paid in the end was said */
        (void)json_object_del(answer, "surcharge");
    (void)json_object_update_missing(report, answer);
}

json_t *atm_report_outcome(enum atm_verb verb, const struct atm_outcome *outcome,
                           enum atm_language language) {
    json_t *report = json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", atm_verb_name(verb), "verdict",
                               atm_verdict_name(outcome->verdict), "rc", tw_rc_digits(outcome->rc),
                               "text", outcome->text, "words", atm_words(outcome, language));
    tw_assert(report != NULL);
    add_keys(report, outcome);
    add_cash(report, outcome);
    add_answer(report, outcome);
    if (outcome->card_retained) {
        (void)json_object_set_new(report, "card_retained", json_true());
        (void)json_object_set_new(report, "retained_because",
                                  json_string(outcome->retained_because));
    }
    if (outcome->receipt[0] != '\0') {
        (void)json_object_set_new(report, "receipt", json_string(outcome->receipt));
        (void)json_object_set_new(report, "receipt_printed",
                                  json_boolean(outcome->receipt_printed));
    }
    return report;
}

static json_t *cassettes_json(const struct atm_cassette *cassettes, size_t count,
                              const struct atm_devices *devices) {
    const struct atm_dispenser *dispenser = &devices->dispenser;
    const struct atm_sensors *sensors = &devices->sensors;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct atm_cassette *one = &cassettes[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:i, s:I, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "number",
                      (int)one->number, "denomination", (json_int_t)one->denomination_minor,
                      "currency", one->currency.code, "status",
                      atm_cassette_state_name(sensors->cassette(sensors->context, one->number)),
                      "usable", dispenser->usable(dispenser->context, one->number), "loaded",
                      (json_int_t)one->loaded, "remaining", (json_int_t)one->remaining, "dispensed",
                      (json_int_t)one->dispensed, "rejected", (json_int_t)one->rejected,
                      "retracted", (json_int_t)one->retracted, "removed", (json_int_t)one->removed,
                      "suspect", (json_int_t)one->suspect));
    }
    return list;
}

static json_t *devices_json(const struct atm_sensors *sensors) {
    json_t *list = json_array();
    for (int i = 0; i < ATM_DEVICE_COUNT; i++) {
        enum atm_device device = (enum atm_device)i;
        struct atm_device_status status = atm_device_status(sensors, device);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:b, s:s}", "device", atm_device_name(device), "class",
                            atm_device_class(device), "state", atm_device_state_name(status.state),
                            "usable", status.usable, "detail", status.detail));
    }
    return list;
}

struct tw_status atm_report_status(struct atm_machine *machine, json_t **ret_json,
                                   struct tw_error *ret_error) {
    struct atm_devices devices = atm_sim_devices(machine->sim);
    struct atm_journal_state state = {0};
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    struct tw_notes inside[TW_NOTES_MAX];
    struct atm_waiting_advice waiting[ATM_ADVICES_MAX];
    size_t cassette_count = 0;
    size_t inside_count = 0;
    size_t waiting_count = 0;
    json_int_t advices = 0;
    struct tw_status status = atm_journal_state(machine->journal, &state, ret_error);
    if (tw_ok(status))
        status = atm_journal_cassettes(machine->journal, cassettes, &cassette_count, ret_error);
    if (tw_ok(status))
        status = atm_journal_inside(machine->journal, inside, &inside_count, ret_error);
    if (tw_ok(status))
        status = atm_journal_waiting(machine->journal, waiting, &waiting_count, ret_error);
    if (!tw_ok(status))
        return status;
    for (size_t i = 0; i < waiting_count; i++)
        advices += !waiting[i].question;
    char date[TW_DATE_TEXT_SIZE];
    char id[16];
    (void)snprintf(id, sizeof id, "%08d", (int)machine->config->id);
    *ret_json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "do",
        atm_verb_name(ATM_VERB_STATUS), "verdict", atm_verdict_name(ATM_APPROVED), "terminal_id",
        id, "business_date",
        state.business_date != 0 ? tw_date_text(state.business_date, date) : "never signed on",
        "out_of_service", state.out_of_service, "advices_waiting", advices, "pending",
        (json_int_t)atm_journal_operation_count(machine->journal, ATM_OP_PENDING), "suspects",
        (json_int_t)atm_journal_operation_count(machine->journal, ATM_OP_SUSPECT), "inside",
        notes_json(inside, inside_count), "cassettes",
        cassettes_json(cassettes, cassette_count, &devices), "devices",
        devices_json(&devices.sensors));
    tw_assert(*ret_json != NULL);
    return status;
}

json_t *atm_report_world(const struct atm_sim *sim) {
    json_t *world = tw_fields_write(atm_world_fields, atm_sim_world(sim));
    tw_assert(world != NULL);
    (void)json_object_set_new(world, "do", json_string(atm_verb_name(ATM_VERB_WORLD)));
    (void)json_object_set_new(world, "verdict", json_string(atm_verdict_name(ATM_APPROVED)));
    return world;
}
