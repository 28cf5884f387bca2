/* The rows are written as they are read: a journal may be larger than memory. A file that could not
 * be written whole is removed again. */
#include "atm-client/face/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/face/report.h"
#include "core/date.h"

struct exporting {
    FILE *out;
    int64_t count;
};

static void put_json(void *context, const struct atm_journal_entry *entry) {
    struct exporting *exporting = context;
    TW_JSON_OWNED json_t *row = atm_report_entry(entry);
    (void)json_object_set_new(row, "previous", json_string(entry->previous));
    (void)json_object_set_new(row, "hash", json_string(entry->hash));
    (void)json_dumpf(row, exporting->out, JSON_COMPACT);
    (void)fputc('\n', exporting->out);
    exporting->count++;
}

/* RFC 4180: in quotes, quotes doubled. */
static void put_quoted(FILE *out, const char *text) {
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void put_csv(void *context, const struct atm_journal_entry *entry) {
    struct exporting *exporting = context;
    char date[TW_DATE_TEXT_SIZE];
    char txid[TW_UUID_TEXT_SIZE];
    (void)fprintf(exporting->out, "%" PRId64 ",%" PRId64 ",%s,%" PRId64 ",%s,", entry->sequence,
                  entry->wall_ms, tw_date_text(entry->business_date, date), entry->stan,
                  tw_uuid_text(&entry->txid, txid));
    put_quoted(exporting->out, entry->event);
    (void)fputc(',', exporting->out);
    put_quoted(exporting->out, entry->detail);
    (void)fprintf(exporting->out, ",%s,%s\r\n", entry->previous, entry->hash);
    exporting->count++;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static struct tw_status open_new(const char *file, FILE **ret_out, struct tw_error *ret_error) {
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return tw_fail(ret_error, TW_E_CONFLICT, "%s is there already", file);
    *ret_out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (*ret_out == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
    return tw_success();
}

struct tw_status atm_journal_export(struct atm_journal *journal,
                                    const struct atm_journal_filter *filter, const char *file,
                                    int64_t *ret_count, struct tw_error *ret_error) {
    struct exporting exporting = {0};
    bool csv = ends_with(file, ".csv");
    if (!csv && !ends_with(file, ".jsonl"))
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "export: a file that ends in .jsonl or .csv");
    struct tw_status status = open_new(file, &exporting.out, ret_error);
    if (!tw_ok(status))
        return status;
    if (csv)
        (void)fputs("sequence,wall_ms,business_date,stan,txid,event,detail,previous,hash\r\n",
                    exporting.out);
    status = atm_journal_select(journal, filter, csv ? put_csv : put_json, &exporting, ret_error);
    bool written = !ferror(exporting.out);
    written = fclose(exporting.out) == 0 && written;
    if (tw_ok(status) && !written)
        status = tw_fail(ret_error, TW_E_IO, "cannot write %s", file);
    if (!tw_ok(status))
        (void)unlink(file);
    *ret_count = exporting.count;
    return status;
}
