/*
 * Telling whether the electronic journal was tampered with. An entry's hash covers its own content
 * and the hash before it; going from the oldest to the newest, the first that does not fit is where
 * somebody wrote. Numbers that are not there must have been pruned: which were is in `pruned`, as
 * ranges with the hash at their end, so that the chain goes on over them. Who can write the whole
 * file can make a new chain: the head, told to somebody else or exported, is what he cannot change.
 *
 * Entries of before there was a chain have no hash; they are counted, and may not follow a chained
 * one.
 */
#include "atm-client/journal/chain.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "atm-client/journal/sql.h"
#include "core/date.h"

void atm_chain_hash(const struct atm_journal_entry *entry, char ret_hash[ATM_HASH_TEXT_SIZE]) {
    char text[ATM_HASH_TEXT_SIZE + ATM_EVENT_SIZE + ATM_DETAIL_SIZE + 160];
    char date[TW_DATE_TEXT_SIZE];
    char txid[TW_UUID_TEXT_SIZE];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    int length = snprintf(
        text, sizeof text, "%s\n%" PRId64 "\n%" PRId64 "\n%s\n%" PRId64 "\n%s\n%s\n%s",
        entry->previous, entry->sequence, entry->wall_ms, tw_date_text(entry->business_date, date),
        entry->stan, tw_uuid_text(&entry->txid, txid), entry->event, entry->detail);
    tw_assert(length > 0 && (size_t)length < sizeof text);
    tw_assert(EVP_Digest(text, (size_t)length, digest, &size, EVP_sha256(), NULL) == 1);
    for (size_t i = 0; i < size; i++)
        (void)snprintf(ret_hash + 2 * i, 3, "%02x", digest[i]);
}

struct verifying {
    struct atm_journal *journal;
    struct atm_chain_report *report;
    int64_t last;                    /* sequence of the entry before */
    char before[ATM_HASH_TEXT_SIZE]; /* its hash; "" when it had none */
    bool chained;                    /* an entry with a hash was seen */
};

static void blame(struct verifying *verifying, int64_t sequence, const char *problem) {
    if (verifying->report->problem != NULL)
        return;
    verifying->report->problem = problem;
    verifying->report->wrong = sequence;
}

/* The first number in first..last that was not pruned; 0: all were. */
static int64_t not_pruned(struct atm_journal *journal, int64_t first, int64_t last) {
    while (first <= last) {
        int64_t end =
            sql_integer(journal, 0, "SELECT max(last) FROM pruned WHERE first <= ? AND last >= ?",
                        SQL_INT(first), SQL_INT(first));
        if (end < first)
            return first;
        first = end + 1;
    }
    return 0;
}

/* The hash at the end of what was pruned just before `sequence`. */
static void read_pruned(struct verifying *verifying, int64_t sequence) {
    const struct sql_value values[] = {SQL_INT(sequence - 1)};
    SQL_OWNED sqlite3_stmt *statement =
        sql_prepare(verifying->journal, "SELECT hash FROM pruned WHERE last = ?", values, 1, NULL);
    verifying->before[0] = '\0';
    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
        sql_read_text(statement, 0, verifying->before, sizeof verifying->before);
}

static void check_gap(struct verifying *verifying, int64_t sequence) {
    if (sequence == verifying->last + 1)
        return;
    int64_t missing = not_pruned(verifying->journal, verifying->last + 1, sequence - 1);
    if (missing > 0)
        blame(verifying, missing, "is missing");
    read_pruned(verifying, sequence);
}

static void check_entry(void *context, const struct atm_journal_entry *entry) {
    struct verifying *verifying = context;
    char hash[ATM_HASH_TEXT_SIZE];
    check_gap(verifying, entry->sequence);
    verifying->report->entries++;
    atm_chain_hash(entry, hash);
    if (entry->hash[0] == '\0' && !verifying->chained)
        verifying->report->unchained++;
    else if (strcmp(hash, entry->hash) != 0)
        blame(verifying, entry->sequence, "was changed");
    else if (strcmp(entry->previous, verifying->before) != 0)
        blame(verifying, entry->sequence, "does not follow the one before it");
    verifying->chained = verifying->chained || entry->hash[0] != '\0';
    verifying->last = entry->sequence;
    (void)snprintf(verifying->before, sizeof verifying->before, "%s", entry->hash);
}

struct tw_status atm_journal_verify(struct atm_journal *journal,
                                    struct atm_chain_report *ret_report,
                                    struct tw_error *ret_error) {
    struct verifying verifying = {.journal = journal, .report = ret_report};
    const struct atm_journal_filter all = {0};
    *ret_report = (struct atm_chain_report){0};
    /* One view of the file, while the terminal may go on writing. */
    if (sqlite3_exec(journal->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return sql_failure(journal->db, ret_error);
    struct tw_status status = atm_journal_select(journal, &all, check_entry, &verifying, ret_error);
    int64_t given = sql_integer_values(
        journal, 0, "SELECT seq FROM sqlite_sequence WHERE name = 'entry'", NULL, 0);
    check_gap(&verifying, given + 1);
    (void)sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL);
    ret_report->last = verifying.last;
    (void)snprintf(ret_report->head, sizeof ret_report->head, "%s", verifying.before);
    return status;
}
