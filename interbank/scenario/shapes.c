/* Everything but the steps: the document, its declarations, and what can be expected. */
#include "scenario/schema.h"

#define END                                                                                        \
    { .name = NULL }

static const struct scn_member timer_members[] = {
    {.name = "terminal_answer",
     .kind = SCN_DURATION,
     .about = "how long a terminal waits for an answer (30s)"},
    {.name = "terminal_advice",
     .kind = SCN_DURATION,
     .about = "and for an acknowledgement before it repeats (10s)"},
    {.name = "terminal_deposit",
     .kind = SCN_DURATION,
     .about = "how long a deposit is repeated before the notes go back (90s)"},
    {.name = "terminal_transfer",
     .kind = SCN_DURATION,
     .about = "when the customer hears that a transfer is pending (10s)"},
    {.name = "taken", .kind = SCN_DURATION, .about = "how long presented cash waits (30s)"},
    {.name = "issuer",
     .kind = SCN_DURATION,
     .about = "how long an acquirer waits for a card's issuer (15s)"},
    {.name = "beneficiary",
     .kind = SCN_DURATION,
     .about = "how long a payer's bank waits for the payee's (7s)"},
    END};

static const struct scn_shape timers_shape = {
    "timers", "Timers of the network; in brackets what they are otherwise.", timer_members};

static const struct scn_member network_members[] = {
    {.name = "interchange",
     .kind = SCN_MONEY,
     .about = "the issuer's fee to the terminal's bank, between all pairs of banks"},
    {.name = "model",
     .kind = SCN_CHOICE,
     .choices = "multilateral|bilateral|gross",
     .about = "how the settlement agent settles; needs \"agent\""},
    {.name = "caps",
     .kind = SCN_BOOL,
     .about = "whether the agent's caps bound what banks may owe (true)"},
    {.name = "timers", .kind = SCN_OBJECT, .shape = &timers_shape, .about = "how long who waits"},
    END};

static const struct scn_shape network_shape = {"network", "What holds for all banks.",
                                               network_members};

static const struct scn_member agent_members[] = {{.name = "servers",
                                                   .kind = SCN_INT,
                                                   .min = 1,
                                                   .max = 4,
                                                   .about = "settlement agent processes (1)"},
                                                  END};

static const struct scn_shape agent_shape = {
    "agent", "The settlement agent: declare it, even as {}, to settle.", agent_members};

static const struct scn_member bank_members[] = {
    {.name = "name",
     .kind = SCN_NAME,
     .required = true,
     .about = "short name, used everywhere else in the file"},
    {.name = "title", .kind = SCN_TEXT, .about = "name in full (the short one with \" Bank\")"},
    {.name = "code",
     .kind = SCN_DIGITS,
     .min = 8,
     .max = 8,
     .about = "bank code, eight digits, the first a 9 (90000001, 90000002, ...)"},
    {.name = "iin",
     .kind = SCN_DIGITS,
     .min = 8,
     .max = 8,
     .about = "first digits of its cards, the first a 9 (92760001, 92760002, ...)"},
    {.name = "servers", .kind = SCN_INT, .min = 1, .max = 8, .about = "bank servers (1)"},
    {.name = "middlewares",
     .kind = SCN_INT,
     .min = 0,
     .max = 8,
     .about = "middlewares (1 when it has terminals)"},
    {.name = "surcharge",
     .kind = SCN_MONEY,
     .about = "what foreign cards pay at its terminals (0.00)"},
    {.name = "interchange",
     .kind = SCN_MONEY,
     .about = "as agreed with all its peers, in place of the network's"},
    {.name = "peer_limit",
     .kind = SCN_MONEY,
     .about = "most that any peer may owe it (1000000.00)"},
    {.name = "peer_limits",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_MONEY,
     .about = "most that single peers may owe it"},
    {.name = "capital",
     .kind = SCN_MONEY,
     .about = "what the owners pay in, as cash in the vault (1000000.00)"},
    {.name = "reserves",
     .kind = SCN_MONEY,
     .about = "its reserves at the settlement agent (500000.00)"},
    {.name = "prefunding",
     .kind = SCN_MONEY,
     .about = "what it has prefunded at the settlement agent (500000.00)"},
    END};

static const struct scn_shape bank_shape = {"bank", "A bank: its processes and terms.",
                                            bank_members};

static const struct scn_member card_members[] = {
    {.name = "limit", .kind = SCN_MONEY, .about = "most cash in a day (500.00)"},
    {.name = "count",
     .kind = SCN_INT,
     .min = 1,
     .max = 1000,
     .about = "most withdrawals in a day (10)"},
    {.name = "expiry", .kind = SCN_DIGITS, .min = 4, .max = 4, .about = "YYMM (in four years)"},
    {.name = "status",
     .kind = SCN_CHOICE,
     .choices = "active|lost|stolen|restricted",
     .about = "a block from the beginning (active)"},
    END};

static const struct scn_shape card_shape = {"card", "A customer's card; its PIN is the customer's.",
                                            card_members};

static const struct scn_member account_members[] = {
    {.name = "name",
     .kind = SCN_NAME,
     .required = true,
     .about = "used everywhere else in the file"},
    {.name = "balance",
     .kind = SCN_MONEY,
     .about = "paid in at the counter when it is opened (0.00)"},
    {.name = "overdraft", .kind = SCN_MONEY, .about = "how far it may go below zero (0.00)"},
    {.name = "daily_limit",
     .kind = SCN_MONEY,
     .about = "most that may leave it in a day (no limit)"},
    END};

static const struct scn_shape account_shape = {"account", "A further account of a customer.",
                                               account_members};

static const struct scn_member more_card_members[] = {
    {.name = "name",
     .kind = SCN_NAME,
     .required = true,
     .about = "used everywhere else in the file"},
    {.name = "pin",
     .kind = SCN_DIGITS,
     .min = 4,
     .max = 12,
     .about = "its PIN (chosen by the seed)"},
    {.name = "limit", .kind = SCN_MONEY, .about = "most cash in a day (500.00)"},
    {.name = "count",
     .kind = SCN_INT,
     .min = 1,
     .max = 1000,
     .about = "most withdrawals in a day (10)"},
    {.name = "expiry", .kind = SCN_DIGITS, .min = 4, .max = 4, .about = "YYMM (in four years)"},
    {.name = "status",
     .kind = SCN_CHOICE,
     .choices = "active|lost|stolen|restricted",
     .about = "a block from the beginning (active)"},
    END};

static const struct scn_shape more_card_shape = {
    "further-card", "A further card for the same accounts.", more_card_members};

static const struct scn_member customer_members[] = {
    {.name = "name",
     .kind = SCN_NAME,
     .required = true,
     .about = "the name of the customer, of the account and of the card"},
    {.name = "bank",
     .kind = SCN_REF,
     .ref = SCN_REF_BANK,
     .required = true,
     .about = "where the customer is"},
    {.name = "balance",
     .kind = SCN_MONEY,
     .about = "paid in at the counter when the account is opened (0.00)"},
    {.name = "overdraft",
     .kind = SCN_MONEY,
     .about = "how far the account may go below zero (0.00)"},
    {.name = "daily_limit",
     .kind = SCN_MONEY,
     .about = "most that may leave the account in a day (no limit)"},
    {.name = "pin",
     .kind = SCN_DIGITS,
     .min = 4,
     .max = 12,
     .about = "the card's PIN (chosen by the seed)"},
    {.name = "card", .kind = SCN_OBJECT, .shape = &card_shape, .about = "more about the card"},
    {.name = "accounts",
     .kind = SCN_LIST,
     .shape = &account_shape,
     .about = "further accounts, reached by the same card"},
    {.name = "cards", .kind = SCN_LIST, .shape = &more_card_shape, .about = "further cards"},
    END};

static const struct scn_shape customer_shape = {
    "customer", "A customer with one account and one card, all three called by one name.",
    customer_members};

static const struct scn_member stranger_members[] = {
    {.name = "name", .kind = SCN_NAME, .required = true, .about = "of the card"},
    {.name = "iin",
     .kind = SCN_DIGITS,
     .min = 8,
     .max = 8,
     .required = true,
     .about = "first digits of its number"},
    {.name = "pin",
     .kind = SCN_DIGITS,
     .min = 4,
     .max = 12,
     .about = "its PIN (chosen by the seed)"},
    END};

static const struct scn_shape stranger_shape = {"stranger", "A card that no bank here has issued.",
                                                stranger_members};

static const struct scn_member terminal_members[] = {
    {.name = "name",
     .kind = SCN_NAME,
     .required = true,
     .about = "used everywhere else in the file"},
    {.name = "bank",
     .kind = SCN_REF,
     .ref = SCN_REF_BANK,
     .required = true,
     .about = "its acquirer, which owns it and its cash"},
    {.name = "cassettes",
     .kind = SCN_NOTES,
     .about = "notes at the beginning ({\"50.00\": 20, \"20.00\": 50}); all {}: an empty machine"},
    {.name = "mix",
     .kind = SCN_CHOICE,
     .choices = "fewest|equal",
     .about = "how notes are chosen (fewest)"},
    END};

static const struct scn_shape terminal_shape = {
    "terminal", "A terminal: atm-client with a journal and simulated devices.", terminal_members};

static const struct scn_member scenario_members[] = {
    {.name = "title", .kind = SCN_TEXT, .required = true, .about = "one line: what is shown"},
    {.name = "about", .kind = SCN_TEXT, .about = "what happens here and why; printed in reports"},
    {.name = "catalogue",
     .kind = SCN_INT,
     .min = 1,
     .max = 999,
     .about = "number in the catalogue of scenarios"},
    {.name = "seed",
     .kind = SCN_INT,
     .min = 1,
     .max = 2147483647,
     .about = "where chance begins; --seed overrides it (1)"},
    {.name = "slow",
     .kind = SCN_BOOL,
     .about = "takes longer than half a minute: for the second stage"},
    {.name = "network",
     .kind = SCN_OBJECT,
     .shape = &network_shape,
     .about = "what holds for all banks"},
    {.name = "agent", .kind = SCN_OBJECT, .shape = &agent_shape, .about = "the settlement agent"},
    {.name = "banks",
     .kind = SCN_LIST,
     .shape = &bank_shape,
     .required = true,
     .about = "at least one"},
    {.name = "customers",
     .kind = SCN_LIST,
     .shape = &customer_shape,
     .about = "customers with their accounts and cards"},
    {.name = "strangers",
     .kind = SCN_LIST,
     .shape = &stranger_shape,
     .about = "cards of nobody here"},
    {.name = "terminals", .kind = SCN_LIST, .shape = &terminal_shape, .about = "terminals"},
    {.name = "steps",
     .kind = SCN_STEPS,
     .required = true,
     .about = "what happens, one after the other"},
    {.name = "expect",
     .kind = SCN_OBJECT,
     .shape = &scn_state_shape,
     .about = "what holds at the end, after everything has healed and drained"},
    END};

const struct scn_shape scn_scenario_shape = {"scenario", "The whole file.", scenario_members};

/* --- what can be expected ------------------------------------------------------------------- */

static const struct scn_member answer_members[] = {
    {.name = "rc", .kind = SCN_DIGITS, .min = 2, .max = 2, .about = "response code (ISO 8583)"},
    {.name = "verdict",
     .kind = SCN_CHOICE,
     .choices = "approved|declined|refused|unanswered|pending|fault|suspect",
     .about = "how it went at the terminal"},
    {.name = "text", .kind = SCN_TEXT, .about = "the answer's text has this in it"},
    {.name = "amount", .kind = SCN_MONEY, .about = "of the operation"},
    {.name = "dispensed", .kind = SCN_MONEY, .about = "cash that was handed out"},
    {.name = "notes", .kind = SCN_NOTES, .about = "the notes handed out, or counted"},
    {.name = "surcharge", .kind = SCN_MONEY, .about = "what the customer paid on top"},
    {.name = "ledger", .kind = SCN_SIGNED, .about = "balance that the answer tells"},
    {.name = "available", .kind = SCN_SIGNED, .about = "what can be spent, that the answer tells"},
    {.name = "status",
     .kind = SCN_TEXT,
     .about = "of a transfer: COMPLETED, PENDING, REJECTED, RETURNED"},
    {.name = "reason",
     .kind = SCN_TEXT,
     .about = "of a rejected transfer (ISO 20022): AC01, AC04, AM03, ..."},
    {.name = "card_retained", .kind = SCN_BOOL, .about = "the terminal kept the card"},
    {.name = "out_of_service", .kind = SCN_TEXT, .about = "of status: why, or \"\""},
    {.name = "suspects", .kind = SCN_INT, .max = 1000, .about = "of status: suspected dispenses"},
    {.name = "advices_waiting",
     .kind = SCN_INT,
     .max = 1000,
     .about = "of status: what the host does not know yet"},
    {.name = "difference", .kind = SCN_SIGNED, .about = "of balance-cash: counted less booked"},
    {.name = "cash_balance", .kind = SCN_SIGNED, .about = "of totals: the ATM account"},
    {.name = "dispense_clearing",
     .kind = SCN_SIGNED,
     .about = "of totals: approved, not confirmed"},
    {.name = "error",
     .kind = SCN_TEXT,
     .about = "of message: the name of the JSON-RPC error (docs/PROTOCOL.md)"},
    {.name = "crashes",
     .kind = SCN_BOOL,
     .about = "the terminal loses its power in the middle (see crash_at)"},
    {.name = "answer",
     .kind = SCN_FREE,
     .about = "members that the report, or the answer to a message or bankctl, must have as they "
              "stand here"},
    {.name = "postings",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_TEXTS,
     .about = "per bank every leg booked for this operation: \"Dr Cust 60.00\""},
    {.name = "within",
     .kind = SCN_DURATION,
     .about = "how long it may take at most; postings are waited for as long (10s)"},
    END};

const struct scn_shape scn_answer_shape = {"answer",
                                           "What is expected of one step. Unless rc, verdict, "
                                           "error or answer is expected, it must be approved.",
                                           answer_members};

static const struct scn_member position_members[] = {
    {.name = "bank", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true, .about = "whose book"},
    {.name = "peer", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true, .about = "about whom"},
    {.name = "amount",
     .kind = SCN_SIGNED,
     .required = true,
     .about = "positive: the peer owes the bank"},
    {.name = "window",
     .kind = SCN_INT,
     .min = 1,
     .max = 99999999,
     .about = "of one settlement window (of all)"},
    END};

static const struct scn_shape position_shape = {
    "position", "What a peer owes a bank. The peer's book is looked at too, for the opposite.",
    position_members};

static const struct scn_member transfer_members[] = {
    {.name = "bank",
     .kind = SCN_REF,
     .ref = SCN_REF_BANK,
     .required = true,
     .about = "the originator"},
    {.name = "of",
     .kind = SCN_REF,
     .ref = SCN_REF_VARIABLE,
     .about = "one transfer: its step's name (all)"},
    {.name = "state",
     .kind = SCN_CHOICE,
     .choices = "HELD|UNKNOWN|COMPLETED|RELEASED|RETURNED",
     .required = true,
     .about = "as bankctl transfer list has it"},
    {.name = "count", .kind = SCN_INT, .max = 1000000, .about = "how many (1)"},
    END};

static const struct scn_shape transfer_shape = {"transfers", "Transfers to other banks, by state.",
                                                transfer_members};

static const struct scn_member break_members[] = {
    {.name = "bank", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true, .about = "whose list"},
    {.name = "peer", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true, .about = "with whom"},
    {.name = "class",
     .kind = SCN_TEXT,
     .required = true,
     .about = "missing_here, missing_there, amount, status, window, duplicate"},
    {.name = "count", .kind = SCN_INT, .max = 1000000, .about = "how many (1)"},
    END};

static const struct scn_shape break_shape = {"break", "Reconciliation differences.", break_members};

static const struct scn_member window_members[] = {
    {.name = "bank", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true, .about = "whose book"},
    {.name = "window",
     .kind = SCN_INT,
     .min = 1,
     .max = 99999999,
     .required = true,
     .about = "its number"},
    {.name = "state",
     .kind = SCN_TEXT,
     .required = true,
     .about = "OPEN, CLOSED, RECONCILING, PENDING_SETTLEMENT, SETTLED, FAILED"},
    END};

static const struct scn_shape window_shape = {"window", "Settlement windows.", window_members};

static const struct scn_member state_members[] = {
    {.name = "balances",
     .kind = SCN_MAP,
     .ref = SCN_REF_ACCOUNT,
     .of = SCN_SIGNED,
     .about = "of accounts, as the books have them"},
    {.name = "cash",
     .kind = SCN_MAP,
     .ref = SCN_REF_TERMINAL,
     .of = SCN_NOTES,
     .about = "notes left in the cassettes of terminals"},
    {.name = "ledger",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_FREE,
     .about = "balance of a bank's own accounts by kind, debit positive: {\"FeeInc\": \"-1.90\"}"},
    {.name = "positions", .kind = SCN_LIST, .shape = &position_shape, .about = "between banks"},
    {.name = "transfers", .kind = SCN_LIST, .shape = &transfer_shape, .about = "by state"},
    {.name = "suspects",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_INT,
     .about = "suspected dispenses that a bank lists"},
    {.name = "waiting",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_INT,
     .about = "messages for peers in store-and-forward"},
    {.name = "open_window",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_INT,
     .about = "number of the open settlement window"},
    {.name = "windows",
     .kind = SCN_LIST,
     .shape = &window_shape,
     .about = "states of settlement windows"},
    {.name = "breaks",
     .kind = SCN_LIST,
     .shape = &break_shape,
     .about = "reconciliation differences"},
    {.name = "reserves",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_SIGNED,
     .about = "at the settlement agent"},
    {.name = "prefunding",
     .kind = SCN_MAP,
     .ref = SCN_REF_BANK,
     .of = SCN_SIGNED,
     .about = "at the settlement agent"},
    {.name = "hits",
     .kind = SCN_MAP,
     .ref = SCN_REF_VARIABLE,
     .of = SCN_INT,
     .about = "how often a message fault acted, by its step's name"},
    {.name = "within", .kind = SCN_DURATION, .about = "waited for as long (at once)"},
    END};

const struct scn_shape scn_state_shape = {"state", "What is expected of the network.",
                                          state_members};
