/* What the journal verb shows: entries by filter, an export, or whether all of it is as it was. */
#include <stdio.h>
#include <string.h>

#include "atm-client/face/export.h"
#include "atm-client/face/report.h"
#include "core/date.h"

#define COUNT_DEFAULT 20

json_t *atm_report_entry(const struct atm_journal_entry *entry) {
    char date[TW_DATE_TEXT_SIZE];
    char txid[TW_UUID_TEXT_SIZE];
    json_error_t ignored;
    json_t *detail = json_loads(entry->detail[0] != '\0' ? entry->detail : "{}", 0, &ignored);
    json_t *row = json_pack(
        "{s:I, s:I, s:s, s:I, s:s, s:s, s:o}", "sequence", (json_int_t)entry->sequence, "wall_ms",
        (json_int_t)entry->wall_ms, "business_date", tw_date_text(entry->business_date, date),
        "stan", (json_int_t)entry->stan, "txid", tw_uuid_text(&entry->txid, txid), "event",
        entry->event, "detail", detail != NULL ? detail : json_object());
    tw_assert(row != NULL);
    return row;
}

static void append_entry(void *context, const struct atm_journal_entry *entry) {
    (void)json_array_append_new(context, atm_report_entry(entry));
}

static void prepend_entry(void *context, const struct atm_journal_entry *entry) {
    (void)json_array_insert_new(context, 0, atm_report_entry(entry));
}

static json_t *report(enum atm_verdict verdict, const char *text) {
    json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", atm_verb_name(ATM_VERB_JOURNAL),
                             "verdict", atm_verdict_name(verdict), "rc",
                             verdict == ATM_APPROVED ? "00" : "96", "text", text, "words", text);
    tw_assert(made != NULL);
    return made;
}

static struct tw_status report_chain(struct atm_journal *journal, json_t **ret_json,
                                     struct tw_error *ret_error) {
    struct atm_chain_report chain;
    char text[128];
    struct tw_status status = atm_journal_verify(journal, &chain, ret_error);
    if (!tw_ok(status))
        return status;
    if (chain.problem != NULL)
        (void)snprintf(text, sizeof text, "entry %lld %s", (long long)chain.wrong, chain.problem);
    else
        (void)snprintf(text, sizeof text, "%lld entries are as they were written; head %.16s",
                       (long long)chain.entries, chain.head);
    *ret_json = report(chain.problem != NULL ? ATM_FAULT : ATM_APPROVED, text);
    (void)json_object_update_new(*ret_json, json_pack("{s:b, s:I, s:I, s:I, s:s}", "intact",
                                                      chain.problem == NULL, "checked",
                                                      (json_int_t)chain.entries, "unchained",
                                                      (json_int_t)chain.unchained, "last",
                                                      (json_int_t)chain.last, "head", chain.head));
    if (chain.problem != NULL)
        (void)json_object_set_new(*ret_json, "wrong", json_integer((json_int_t)chain.wrong));
    return status;
}

static struct tw_status report_export(struct atm_journal *journal,
                                      const struct atm_journal_filter *filter, const char *file,
                                      json_t **ret_json, struct tw_error *ret_error) {
    int64_t count = 0;
    char text[64];
    struct tw_status status = atm_journal_export(journal, filter, file, &count, ret_error);
    if (!tw_ok(status))
        return status;
    (void)snprintf(text, sizeof text, "%lld entries written", (long long)count);
    *ret_json = report(ATM_APPROVED, text);
    (void)json_object_set_new(*ret_json, "exported", json_integer((json_int_t)count));
    return status;
}

/* Without an order: the latest, as they came. */
static struct tw_status report_entries(struct atm_journal *journal,
                                       struct atm_journal_filter filter, bool as_they_came,
                                       json_t **ret_json, struct tw_error *ret_error) {
    json_t *entries = json_array();
    tw_assert(entries != NULL);
    if (filter.limit == 0)
        filter.limit = COUNT_DEFAULT;
    struct tw_status status = atm_journal_select(
        journal, &filter, as_they_came ? prepend_entry : append_entry, entries, ret_error);
    if (!tw_ok(status)) {
        json_decref(entries);
        return status;
    }
    *ret_json = json_pack("{s:s, s:s, s:o}", "do", atm_verb_name(ATM_VERB_JOURNAL), "verdict",
                          atm_verdict_name(ATM_APPROVED), "entries", entries);
    tw_assert(*ret_json != NULL);
    return status;
}

struct tw_status atm_report_journal(struct atm_journal *journal, const struct atm_step *step,
                                    json_t **ret_json, struct tw_error *ret_error) {
    bool ordered = (step->has & ATM_HAS_ORDER) != 0;
    bool oldest = strcmp(step->order, "oldest") == 0;
    bool exported = (step->has & ATM_HAS_EXPORT) != 0;
    if (ordered && !oldest && strcmp(step->order, "newest") != 0)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "order: neither newest nor oldest");
    const struct atm_journal_filter filter = {
        .from = step->from,
        .until = step->until,
        .stan = step->stan,
        .txid = (step->has & ATM_HAS_TXID) != 0 ? &step->txid : NULL,
        .event = step->event,
        .newest_first = ordered ? !oldest : !exported,
        .limit = step->count,
    };
    if (step->verify)
        return report_chain(journal, ret_json, ret_error);
    if (exported)
        return report_export(journal, &filter, step->export, ret_json, ret_error);
    return report_entries(journal, filter, !ordered, ret_json, ret_error);
}
