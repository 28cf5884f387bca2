/* Statements as camt.053: well-formed whatever names hold, complete and in the schema's order, and
 * refused when they do not add up. What was written is read back with libxml2's parser. */
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "report/camt053.h"
#include "support/suite.h"

#define FROM 20000 /* 2024-10-04 */
#define TO   20002

static struct ib_camt_entry entries[4];
static struct ib_camt_statement one;

static void setup(void) {
    const struct tw_uuid txid = {{0x01, 0x93, 0xab, 0xcd, 0xef}};
    memset(entries, 0, sizeof entries);
    entries[0] = (struct ib_camt_entry){
        .reference = "17",
        .amount_minor = -6050,
        .booking_date = FROM,
        .value_date = FROM - 1,
        .txid = txid,
        .code = {"PMNT", "CCRD", "CWDL", "withdrawal"},
    };
    entries[1] = (struct ib_camt_entry){
        .reference = "18",
        .amount_minor = 100000,
        .booking_date = TO,
        .value_date = TO,
        .txid = txid,
        .code = {"PMNT", "RCDT", "DMCT", "incoming_transfer"},
        .counterparty = {"Birgit", {.iban = "DE12900000020000000001"}, "90000002"},
        .remittance = "rent",
    };
    one = (struct ib_camt_statement){
        .message_id = "0193abcdef",
        .statement_id = "1000000001-2024100420241006",
        .created_at = "2024-10-07T06:00:00Z",
        .sequence_no = 3,
        .from_date = FROM,
        .to_date = TO,
        .account = {.iban = "DE77900000011000000001"},
        .currency = {"EUR"},
        .owner_name = "Ada",
        .servicer_name = "Alder Bank",
        .servicer = "90000001",
        .opening_minor = 5000,
        .closing_minor = 5000 - 6050 + 100000,
        .entries = entries,
        .entry_count = 2,
    };
}

/* --- reading back --------------------------------------------------------------------------- */

static xmlDocPtr document;
static xmlXPathContextPtr context;

static enum tw_code written(char **ret_text, size_t *ret_size) {
    *ret_text = NULL;
    *ret_size = 0;
    FILE *out = open_memstream(ret_text, ret_size);
    ck_assert_ptr_nonnull(out);
    struct tw_status status = ib_camt053_write(&one, out, NULL);
    ck_assert_int_eq(fclose(out), 0);
    return status.code;
}

static void read_back(void) {
    char *text;
    size_t size;
    ck_assert_int_eq(written(&text, &size), TW_E_NONE);
    document = xmlReadMemory(text, (int)size, NULL, NULL, XML_PARSE_NONET);
    ck_assert_msg(document != NULL, "not well-formed:\n%s", text);
    context = xmlXPathNewContext(document);
    ck_assert_int_eq(xmlXPathRegisterNs(context, BAD_CAST "c", BAD_CAST IB_CAMT053_NAMESPACE), 0);
    free(text);
}

static void done(void) {
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
}

static void expect(const char *path, const char *value) {
    char whole[256];
    (void)snprintf(whole, sizeof whole, "string(/c:Document/c:BkToCstmrStmt/%s)", path);
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST whole, context);
    ck_assert_ptr_nonnull(found);
    ck_assert_msg(strcmp((const char *)found->stringval, value) == 0, "%s is '%s', not '%s'", path,
                  (const char *)found->stringval, value);
    xmlXPathFreeObject(found);
}

static void expect_count(const char *name, int count) {
    char path[64];
    char whole[96];
    char text[16];
    (void)snprintf(path, sizeof path, "//c:%s", name);
    (void)snprintf(whole, sizeof whole, "string(count(%s))", path);
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST whole, context);
    ck_assert_ptr_nonnull(found);
    (void)snprintf(text, sizeof text, "%d", count);
    ck_assert_str_eq((const char *)found->stringval, text);
    xmlXPathFreeObject(found);
}

/* --- order ---------------------------------------------------------------------------------- */

/* Children in the schema's order; those after "!" are mandatory. For the elements that we write. */
static const struct {
    const char *parent, *children;
} sequences[] = {
    {"Document", "!BkToCstmrStmt"},
    {"BkToCstmrStmt", "!GrpHdr !Stmt SplmtryData"},
    {"GrpHdr", "!MsgId !CreDtTm MsgRcpt MsgPgntn OrgnlBizQry AddtlInf"},
    {"Stmt", "!Id StmtPgntn ElctrncSeqNb RptgSeq LglSeqNb CreDtTm FrToDt CpyDplctInd RptgSrc !Acct "
             "RltdAcct Intrst !Bal TxsSummry Ntry AddtlStmtInf"},
    {"FrToDt", "!FrDtTm !ToDtTm"},
    {"Acct", "!Id Tp Ccy Nm Prxy Ownr Svcr"},
    {"Bal", "!Tp CdtLine !Amt !CdtDbtInd !Dt Avlbty"},
    {"TxsSummry", "TtlNtries TtlCdtNtries TtlDbtNtries TtlNtriesPerBkTxCd"},
    {"TtlNtries", "NbOfNtries Sum TtlNetNtry"},
    {"TtlNetNtry", "!Amt !CdtDbtInd"},
    {"TtlCdtNtries", "NbOfNtries Sum"},
    {"TtlDbtNtries", "NbOfNtries Sum"},
    {"Ntry", "NtryRef !Amt !CdtDbtInd RvslInd !Sts BookgDt ValDt AcctSvcrRef Avlbty !BkTxCd "
             "ComssnWvrInd AddtlInfInd AmtDtls Chrgs TechInptChanl Intrst CardTx NtryDtls "
             "AddtlNtryInf"},
    {"BkTxCd", "Domn Prtry"},
    {"Domn", "!Cd !Fmly"},
    {"Fmly", "!Cd !SubFmlyCd"},
    {"NtryDtls", "Btch TxDtls"},
    {"TxDtls", "Refs Amt CdtDbtInd AmtDtls Avlbty BkTxCd Chrgs Intrst RltdPties RltdAgts LclInstrm "
               "Purp RltdRmtInf RmtInf RltdDts"},
    {"Refs", "MsgId AcctSvcrRef PmtInfId InstrId EndToEndId UETR TxId MndtId"},
    {"RltdPties", "InitgPty Dbtr DbtrAcct UltmtDbtr Cdtr CdtrAcct UltmtCdtr"},
    {"RltdAgts", "InstgAgt InstdAgt DbtrAgt CdtrAgt"},
    {"FinInstnId", "BICFI ClrSysMmbId LEI Nm PstlAdr Othr"},
};

/* Place of the child in the list; 0 when it is not there. */
static size_t place_of(const char *children, const char *child, bool *ret_mandatory) {
    size_t place = 1;
    for (const char *at = children; *at != '\0'; place++) {
        const bool mandatory = *at == '!';
        at += mandatory;
        const size_t length = strcspn(at, " ");
        if (strlen(child) == length && strncmp(at, child, length) == 0) {
            *ret_mandatory = mandatory;
            return place;
        }
        at += length + (at[length] == ' ');
    }
    return 0;
}

static size_t count_mandatory(const char *children) {
    size_t count = 0;
    for (; *children != '\0'; children++) {
        count += *children == '!';
    }
    return count;
}

static void check_children(xmlNodePtr parent, const char *children) {
    size_t last = 0;
    size_t mandatory_seen = 0;
    for (xmlNodePtr child = xmlFirstElementChild(parent); child != NULL;
         child = xmlNextElementSibling(child)) {
        bool mandatory = false;
        const size_t place = place_of(children, (const char *)child->name, &mandatory);
        ck_assert_msg(place > 0 && place >= last, "%s is not there in %s",
                      (const char *)child->name, (const char *)parent->name);
        mandatory_seen += mandatory && place > last;
        last = place;
    }
    ck_assert_msg(mandatory_seen == count_mandatory(children), "%s lacks something",
                  (const char *)parent->name);
}

/* Every element below, in document order. */
static xmlNodePtr next_element(xmlNodePtr node) {
    xmlNodePtr next = xmlFirstElementChild(node);
    while (next == NULL && node != NULL && node->type == XML_ELEMENT_NODE) {
        next = xmlNextElementSibling(node);
        node = node->parent;
    }
    return next;
}

static void check_order(void) {
    for (xmlNodePtr node = xmlDocGetRootElement(document); node != NULL;
         node = next_element(node)) {
        for (size_t i = 0; i < COUNT_OF(sequences); i++) {
            if (strcmp((const char *)node->name, sequences[i].parent) == 0) {
                check_children(node, sequences[i].children);
            }
        }
        ck_assert_msg(node->children != NULL, "%s is empty", (const char *)node->name);
    }
}

/* --- what is written ------------------------------------------------------------------------ */

START_TEST(statement_reads_back) {
    read_back();
    expect("c:GrpHdr/c:MsgId", "0193abcdef");
    expect("c:Stmt/c:ElctrncSeqNb", "3");
    expect("c:Stmt/c:CreDtTm", "2024-10-07T06:00:00Z");
    expect("c:Stmt/c:FrToDt/c:FrDtTm", "2024-10-04T00:00:00");
    expect("c:Stmt/c:FrToDt/c:ToDtTm", "2024-10-06T23:59:59");
    expect("c:Stmt/c:Acct/c:Id/c:IBAN", "DE77900000011000000001");
    expect("c:Stmt/c:Acct/c:Ownr/c:Nm", "Ada");
    expect("c:Stmt/c:Acct/c:Svcr/c:FinInstnId/c:Nm", "Alder Bank");
    expect("c:Stmt/c:Acct/c:Svcr/c:FinInstnId/c:Othr/c:Id", "90000001");
    expect("c:Stmt/c:Bal[c:Tp/c:CdOrPrtry/c:Cd='OPBD']/c:Amt", "50.00");
    expect("c:Stmt/c:Bal[c:Tp/c:CdOrPrtry/c:Cd='OPBD']/c:Dt/c:Dt", "2024-10-04");
    expect("c:Stmt/c:Bal[c:Tp/c:CdOrPrtry/c:Cd='CLBD']/c:Amt", "989.50");
    expect("c:Stmt/c:Bal[c:Tp/c:CdOrPrtry/c:Cd='CLBD']/c:CdtDbtInd", "CRDT");
    expect("c:Stmt/c:TxsSummry/c:TtlNtries/c:NbOfNtries", "2");
    expect("c:Stmt/c:TxsSummry/c:TtlNtries/c:Sum", "1060.50");
    expect("c:Stmt/c:TxsSummry/c:TtlNtries/c:TtlNetNtry/c:Amt", "939.50");
    expect("c:Stmt/c:TxsSummry/c:TtlCdtNtries/c:Sum", "1000.00");
    expect("c:Stmt/c:TxsSummry/c:TtlDbtNtries/c:NbOfNtries", "1");
    expect("c:Stmt/c:TxsSummry/c:TtlDbtNtries/c:Sum", "60.50");
    check_order();
    done();
}
END_TEST

START_TEST(entries_read_back) {
    read_back();
    expect_count("Ntry", 2);
    expect("c:Stmt/c:Ntry[1]/c:NtryRef", "17");
    expect("c:Stmt/c:Ntry[1]/c:Amt", "60.50");
    expect("c:Stmt/c:Ntry[1]/c:Amt/@Ccy", "EUR");
    expect("c:Stmt/c:Ntry[1]/c:CdtDbtInd", "DBIT");
    expect("c:Stmt/c:Ntry[1]/c:Sts/c:Cd", "BOOK");
    expect("c:Stmt/c:Ntry[1]/c:BookgDt/c:Dt", "2024-10-04");
    expect("c:Stmt/c:Ntry[1]/c:ValDt/c:Dt", "2024-10-03");
    expect("c:Stmt/c:Ntry[1]/c:AcctSvcrRef", "0193abcdef0000000000000000000000");
    expect("c:Stmt/c:Ntry[1]/c:BkTxCd/c:Domn/c:Fmly/c:SubFmlyCd", "CWDL");
    expect("c:Stmt/c:Ntry[1]/c:BkTxCd/c:Prtry/c:Cd", "withdrawal");
    expect("c:Stmt/c:Ntry[2]/c:CdtDbtInd", "CRDT");
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdPties/c:Dbtr/c:Pty/c:Nm", "Birgit");
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdPties/c:DbtrAcct/c:Id/c:IBAN",
           "DE12900000020000000001");
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdAgts/c:DbtrAgt/c:FinInstnId/c:Othr/c:Id",
           "90000002");
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RmtInf/c:Ustrd", "rent");
    done();
}
END_TEST

START_TEST(debit_names_the_creditor_and_its_reversal_too) {
    entries[1].amount_minor = -100000;
    one.closing_minor = 5000 - 6050 - 100000;
    read_back();
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdPties/c:Cdtr/c:Pty/c:Nm", "Birgit");
    expect("c:Stmt/c:Bal[2]/c:Amt", "1010.50");
    expect("c:Stmt/c:Bal[2]/c:CdtDbtInd", "DBIT");
    expect("c:Stmt/c:TxsSummry/c:TtlNtries/c:TtlNetNtry/c:CdtDbtInd", "DBIT");
    check_order();
    done();
    entries[1].amount_minor = 100000;
    entries[1].reversal = true;
    one.closing_minor = 5000 - 6050 + 100000;
    read_back();
    expect("c:Stmt/c:Ntry[2]/c:RvslInd", "true");
    expect("c:Stmt/c:Ntry[2]/c:CdtDbtInd", "CRDT");
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdPties/c:Cdtr/c:Pty/c:Nm", "Birgit");
    done();
}
END_TEST

START_TEST(statement_without_entries_is_complete) {
    one.entry_count = 0;
    one.entries = NULL;
    one.owner_name = one.servicer_name = NULL;
    one.sequence_no = 0;
    one.closing_minor = one.opening_minor = 0;
    read_back();
    expect_count("Ntry", 0);
    expect_count("Bal", 2);
    expect_count("ElctrncSeqNb", 0);
    expect_count("Ownr", 0);
    expect("c:Stmt/c:Bal[1]/c:Amt", "0.00");
    expect("c:Stmt/c:Bal[1]/c:CdtDbtInd", "CRDT");
    expect("c:Stmt/c:TxsSummry/c:TtlNtries/c:NbOfNtries", "0");
    check_order();
    done();
}
END_TEST

static const struct {
    const char *code;
    const char *text;
} currencies[] = {{"EUR", "60.50"}, {"JPY", "6050"}, {"KWD", "6.050"}};

START_TEST(amounts_have_the_decimals_of_the_currency) {
    memcpy(one.currency.code, currencies[_i].code, sizeof one.currency.code);
    read_back();
    expect("c:Stmt/c:Ntry[1]/c:Amt", currencies[_i].text);
    expect("c:Stmt/c:Ntry[1]/c:Amt/@Ccy", currencies[_i].code);
    done();
}
END_TEST

START_TEST(account_without_iban_is_named_otherwise) {
    one.account = (struct ib_camt_account){.other = "900000020000000100"};
    read_back();
    expect("c:Stmt/c:Acct/c:Id/c:Othr/c:Id", "900000020000000100");
    done();
}
END_TEST

/* Texts of strangers, and as what they arrive. */
static const struct {
    const char *given, *read;
} texts[] = {
    {"a<b>&\"c'</Ustrd>", "a<b>&\"c'</Ustrd>"},
    {"]]><!--x-->&#1;&amp;", "]]><!--x-->&#1;&amp;"},
    {"Z\xc3\xb6\xc3\xab \xe2\x82\xac \xf0\x9f\x8f\xa6",
     "Z\xc3\xb6\xc3\xab \xe2\x82\xac \xf0\x9f\x8f\xa6"},
    {"bell\x07 tab\tline\nend", "bell  tab line end"},
    {"not \xff\xc3 UTF-8", "not    UTF-8"},
    {"other \xe2\x80\xae way", "other   way"},
    {"\xef\xbf\xbe noncharacter", "noncharacter"},
    {"  blanks  ", "blanks"},
};

START_TEST(any_text_is_escaped) {
    entries[1].remittance = texts[_i].given;
    entries[1].counterparty.name = texts[_i].given;
    one.owner_name = texts[_i].given;
    one.servicer_name = texts[_i].given;
    read_back();
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RmtInf/c:Ustrd", texts[_i].read);
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RltdPties/c:Dbtr/c:Pty/c:Nm", texts[_i].read);
    expect("c:Stmt/c:Acct/c:Ownr/c:Nm", texts[_i].read);
    expect("c:Stmt/c:Acct/c:Svcr/c:FinInstnId/c:Nm", texts[_i].read);
    check_order();
    done();
}
END_TEST

START_TEST(text_with_nothing_to_show_leaves_no_element) {
    entries[1].remittance = "\x01\x02";
    entries[1].counterparty.name = " ";
    one.owner_name = "";
    read_back();
    expect_count("RmtInf", 0);
    expect_count("Dbtr", 0);
    expect_count("Ownr", 0);
    expect_count("DbtrAcct", 1);
    done();
}
END_TEST

START_TEST(long_text_is_cut_between_characters) {
    char given[141 * 2 + 1];
    char cut[140 * 2 + 1];
    for (size_t i = 0; i < 141; i++) {
        memcpy(given + 2 * i, "\xc3\xa9", 2);
    }
    given[sizeof given - 1] = '\0';
    memcpy(cut, given, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    entries[1].remittance = given;
    read_back();
    expect("c:Stmt/c:Ntry[2]/c:NtryDtls/c:TxDtls/c:RmtInf/c:Ustrd", cut);
    done();
}
END_TEST

#define MANY 4000

START_TEST(long_statement_reads_back) {
    struct ib_camt_entry *many = calloc(MANY, sizeof *many);
    ck_assert_ptr_nonnull(many);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = entries[i % 2];
    }
    one.entries = many;
    one.entry_count = MANY;
    one.closing_minor = 5000 + MANY / 2 * (INT64_C(100000) - 6050);
    read_back();
    expect_count("Ntry", MANY);
    expect("c:Stmt/c:TxsSummry/c:TtlCdtNtries/c:Sum", "2000000.00");
    done();
    free(many);
}
END_TEST

/* --- refused -------------------------------------------------------------------------------- */

#define SPOIL(name, change)                                                                        \
    static void name(void) {                                                                       \
        change;                                                                                    \
    }
SPOIL(wrong_closing, one.closing_minor++)
SPOIL(wrong_opening, one.opening_minor--)
SPOIL(no_message_id, one.message_id = NULL)
SPOIL(empty_message_id, one.message_id = "")
SPOIL(long_message_id, one.message_id = "123456789012345678901234567890123456")
SPOIL(blank_in_id, one.statement_id = "1 2")
SPOIL(markup_in_id, one.statement_id = "<a>")
SPOIL(no_time, one.created_at = NULL)
SPOIL(date_for_time, one.created_at = "2024-10-07")
SPOIL(long_time, one.created_at = "2024-10-07T06:00:00Z+")
SPOIL(odd_time, one.created_at = "2024-10-07 06:00:00Z")
SPOIL(backwards, one.to_date = one.from_date - 1)
SPOIL(no_account, one.account.iban = NULL)
SPOIL(two_accounts, one.account.other = "1")
SPOIL(no_servicer, one.servicer = one.servicer_name = NULL)
SPOIL(great_opening, one.opening_minor = INT64_MAX)
SPOIL(no_reference, entries[0].reference = NULL)
SPOIL(zero_amount, entries[0].amount_minor = 0)
SPOIL(great_amount, entries[0].amount_minor = INT64_MIN)
SPOIL(no_code, entries[0].code.proprietary = NULL)
SPOIL(half_code, entries[0].code.family = NULL)
SPOIL(long_code, entries[0].code.family = "CCRDX")
SPOIL(odd_account, entries[1].counterparty.account.iban = "DE<12")
SPOIL(odd_agent, entries[1].counterparty.agent = "")

static void (*const spoils[])(void) = {
    wrong_closing, wrong_opening, no_message_id, empty_message_id, long_message_id, blank_in_id,
    markup_in_id,  no_time,       date_for_time, long_time,        odd_time,        backwards,
    no_account,    two_accounts,  no_servicer,   great_opening,    no_reference,    zero_amount,
    great_amount,  no_code,       half_code,     long_code,        odd_account,     odd_agent,
};

START_TEST(bad_statement_is_refused_before_the_first_byte) {
    char *text;
    size_t size;
    spoils[_i]();
    ck_assert_int_eq(written(&text, &size), TW_E_INVALID_PARAMS);
    ck_assert_uint_eq(size, 0);
    free(text);
}
END_TEST

START_TEST(sums_that_overflow_are_refused) {
    struct ib_camt_entry *many = calloc(2048, sizeof *many);
    char *text;
    size_t size;
    ck_assert_ptr_nonnull(many);
    for (size_t i = 0; i < 2048; i++) {
        many[i] = entries[0];
        many[i].amount_minor = TW_AMOUNT_MAX_MINOR;
    }
    one.entries = many;
    one.entry_count = 2048;
    ck_assert_int_eq(written(&text, &size), TW_E_INVALID_PARAMS);
    free(text);
    free(many);
}
END_TEST

START_TEST(stream_that_refuses_is_an_error) {
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    ck_assert_int_eq(ib_camt053_write(&one, full, NULL).code, TW_E_IO);
    (void)fclose(full);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = statement_reads_back},
        {.test = entries_read_back},
        {.test = debit_names_the_creditor_and_its_reversal_too},
        {.test = statement_without_entries_is_complete},
        {.test = amounts_have_the_decimals_of_the_currency, .rows = COUNT_OF(currencies)},
        {.test = account_without_iban_is_named_otherwise},
        {.test = any_text_is_escaped, .rows = COUNT_OF(texts)},
        {.test = text_with_nothing_to_show_leaves_no_element},
        {.test = long_text_is_cut_between_characters},
        {.test = long_statement_reads_back},
        {.test = bad_statement_is_refused_before_the_first_byte, .rows = COUNT_OF(spoils)},
        {.test = sums_that_overflow_are_refused},
        {.test = stream_that_refuses_is_an_error},
    };
    return test_main_with("camt.053", tests, COUNT_OF(tests), setup, NULL);
}
