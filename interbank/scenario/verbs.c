/* The steps: what each takes, and who plays it. */
#include <string.h>

#include "scenario/play.h"

#define END                                                                                        \
    { .name = NULL }
#define MEMBERS(...)                                                                               \
    (const struct scn_member[]) {                                                                  \
        __VA_ARGS__, END                                                                           \
    }
#define AT                                                                                         \
    {                                                                                              \
        .name = "at", .kind = SCN_REF, .ref = SCN_REF_TERMINAL, .required = true,                  \
        .about = "the terminal"                                                                    \
    }
#define CARD                                                                                       \
    {.name = "card",                                                                               \
     .kind = SCN_REF,                                                                              \
     .ref = SCN_REF_CARD,                                                                          \
     .about = "whose card; opens a session unless it is in already"},                              \
    {                                                                                              \
        .name = "pin", .kind = SCN_DIGITS, .min = 4, .max = 12,                                    \
        .about = "what is typed (the card's PIN)"                                                  \
    }
#define ACCOUNT                                                                                    \
    {                                                                                              \
        .name = "account", .kind = SCN_REF, .ref = SCN_REF_ACCOUNT,                                \
        .about = "which of the card's accounts (the first)"                                        \
    }
#define AMOUNT                                                                                     \
    { .name = "amount", .kind = SCN_MONEY, .required = true, .about = "how much" }
#define SURCHARGE                                                                                  \
    { .name = "max_surcharge", .kind = SCN_MONEY, .about = "the customer refuses to pay more" }
#define CRASH                                                                                      \
    {                                                                                              \
        .name = "crash_at", .kind = SCN_REF, .ref = SCN_REF_POINT,                                 \
        .about = "the terminal loses its power at this point (atm.*); the next step starts it "    \
                 "again"                                                                           \
    }
#define EXPECT                                                                                     \
    {                                                                                              \
        .name = "expect", .kind = SCN_OBJECT, .shape = &scn_answer_shape,                          \
        .about = "what is expected (that it is approved)"                                          \
    }
#define TERMINAL(verb, about_, ...)                                                                \
    {                                                                                              \
        .name = verb, .family = "At a terminal", .shape = {verb, about_, MEMBERS(__VA_ARGS__)},    \
        .play = scn_step_terminal, .terminal_verb = verb                                           \
    }
#define BANK                                                                                       \
    {                                                                                              \
        .name = "bank", .kind = SCN_REF, .ref = SCN_REF_BANK, .required = true,                    \
        .about = "which bank"                                                                      \
    }
#define PROCESS                                                                                    \
    {                                                                                              \
        .name = "process", .kind = SCN_REF, .ref = SCN_REF_PROCESS, .required = true,              \
        .about = "\"birch/bank-server-1\", \"birch/middleware-1\", \"birch/postgres\", "           \
                 "\"agent/settlement-agent-1\""                                                    \
    }
#define LINK                                                                                       \
    {                                                                                              \
        .name = "link", .kind = SCN_REF, .ref = SCN_REF_LINK, .required = true,                    \
        .about = "\"alder>birch\": from the one to the other; \"a1>alder\": a terminal's; '*' "    \
                 "stands for anything"                                                             \
    }
#define RULE(...)                                                                                  \
    LINK,                                                                                          \
        {.name = "method",                                                                         \
         .kind = SCN_TEXT,                                                                         \
         .about = "of these messages only: withdrawal.request, transfer.*"},                       \
        {.name = "which",                                                                          \
         .kind = SCN_CHOICE,                                                                       \
         .choices = "request|answer",                                                              \
         .about = "on the way there, or back (request)"},                                          \
        {.name = "times",                                                                          \
         .kind = SCN_INT,                                                                          \
         .min = 1,                                                                                 \
         .max = 1000000,                                                                           \
         .about = "how often it acts (always)"},                                                   \
        {.name = "permille",                                                                       \
         .kind = SCN_INT,                                                                          \
         .min = 1,                                                                                 \
         .max = 1000,                                                                              \
         .about = "with this chance in a thousand (1000)"},                                        \
        __VA_ARGS__
#define FAULT(verb, about_, ...)                                                                   \
    {                                                                                              \
        .name = verb, .family = "Faults between processes",                                        \
        .shape = {verb, about_, MEMBERS(__VA_ARGS__)}, .play = scn_step_rule                       \
    }

static const struct scn_member link_member[] = {LINK, END};
static const struct scn_member cut_members[] = {
    LINK,
    {.name = "how",
     .kind = SCN_CHOICE,
     .choices = "silent|close",
     .about = "nothing passes and nobody is told, or connections are closed and refused (silent)"},
    END};

static const struct scn_verb verbs[] = {
    TERMINAL("withdraw", "Takes cash out.", AT, CARD, ACCOUNT, AMOUNT, SURCHARGE, CRASH, EXPECT),
    TERMINAL("balance", "Asks for the balance.", AT, CARD, ACCOUNT, EXPECT),
    TERMINAL("statement", "Asks for the latest entries.", AT, CARD, ACCOUNT,
             {.name = "count", .kind = SCN_INT, .min = 1, .max = 1000, .about = "how many"},
             EXPECT),
    TERMINAL("deposit", "Puts notes in.", AT, CARD, ACCOUNT,
             {.name = "notes", .kind = SCN_NOTES, .required = true, .about = "which notes"}, CRASH,
             EXPECT),
    TERMINAL("transfer", "Moves money to another account, of any bank.", AT, CARD, ACCOUNT,
             {.name = "to",
              .kind = SCN_REF,
              .ref = SCN_REF_ACCOUNT,
              .required = true,
              .about = "an account, an IBAN, or \"nobody@birch\": one that birch never opened "
                       "(\"nobody@nowhere\": at no bank)"},
             AMOUNT, {.name = "remittance", .kind = SCN_TEXT, .about = "what it is for"}, SURCHARGE,
             CRASH, EXPECT),
    TERMINAL("transfer-status", "Asks what became of a transfer.", AT, CARD,
             {.name = "txid",
              .kind = SCN_TEXT,
              .required = true,
              .about = "of the transfer: \"$name.txid\""},
             EXPECT),
    TERMINAL("pin-change", "Chooses a new PIN.", AT, CARD,
             {.name = "new_pin",
              .kind = SCN_DIGITS,
              .min = 4,
              .max = 12,
              .required = true,
              .about = "the new one; later steps use it by themselves"},
             EXPECT),
    TERMINAL("open", "Inserts a card and enters the PIN.", AT, CARD, EXPECT),
    TERMINAL("close", "Gives the card back.", AT, EXPECT),
    TERMINAL("sign-on", "Puts the terminal into service.", AT, EXPECT),
    TERMINAL("sign-off", "Takes it out of service.", AT, EXPECT),
    TERMINAL("echo", "Asks whether the host is there.", AT, EXPECT),
    TERMINAL("replenish", "The supervisor puts notes in.", AT,
             {.name = "notes",
              .kind = SCN_NOTES,
              .required = true,
              .about = "by denomination, into its cassette"},
             EXPECT),
    TERMINAL("remove", "The supervisor takes all notes out.", AT, EXPECT),
    TERMINAL("balance-cash", "The supervisor counts all notes, which ends suspects.", AT,
             {.name = "notes", .kind = SCN_NOTES, .about = "a count other than the true one"},
             EXPECT),
    TERMINAL("totals", "The supervisor asks for the host's totals of the period.", AT, EXPECT),
    {.name = "terminal-cut-over",
     .family = "At a terminal",
     .shape = {"terminal-cut-over", "The supervisor closes the terminal's period.",
               MEMBERS(AT, EXPECT)},
     .play = scn_step_terminal,
     .terminal_verb = "cut-over"},
    TERMINAL("status", "What the terminal knows of itself.", AT, EXPECT),
    TERMINAL("recover", "Settles what a power loss left open; a lost terminal is started.", AT,
             EXPECT),
    TERMINAL("advices", "Waits until the host knows everything.", AT,
             {.name = "ms", .kind = SCN_INT, .max = 600000, .about = "at most, in milliseconds"},
             EXPECT),
    TERMINAL("take", "The customer takes presented cash while the power is off.", AT, EXPECT),
    {.name = "device-fault",
     .family = "At a terminal",
     .shape = {"device-fault", "Arms a fault of the terminal's simulated devices.",
               MEMBERS(AT,
                       {.name = "fault",
                        .kind = SCN_REF,
                        .ref = SCN_REF_FAULT,
                        .required = true,
                        .about = "as atm-client --help lists them: jam_before_present, ..."},
                       {.name = "value",
                        .kind = SCN_INT,
                        .max = 600000,
                        .about = "its parameter: notes, the cassette, or milliseconds"},
                       {.name = "point",
                        .kind = SCN_REF,
                        .ref = SCN_REF_POINT,
                        .about = "power_loss: where (atm.*)"})},
     .play = scn_step_terminal,
     .terminal_verb = "fault"},
    TERMINAL("collect-cards", "Staff empties the bin of retained cards.", AT),
    TERMINAL("clear-faults", "Disarms the device faults.", AT),
    {.name = "power-loss",
     .family = "At a terminal",
     .shape = {"power-loss", "The terminal loses its power now; the next step starts it again.",
               MEMBERS(AT)},
     .play = scn_step_power_loss},

    {.name = "block-card",
     .family = "A bank's staff",
     .shape = {"block-card", "Blocks a card.",
               MEMBERS({.name = "card",
                        .kind = SCN_REF,
                        .ref = SCN_REF_CARD,
                        .required = true,
                        .about = "which"},
                       {.name = "reason",
                        .kind = SCN_CHOICE,
                        .choices = "lost|stolen|restricted|pin",
                        .required = true,
                        .about = "why"})},
     .play = scn_step_card},
    {.name = "unblock-card",
     .family = "A bank's staff",
     .shape = {"unblock-card", "Lifts a block; reason pin gives the tries back.",
               MEMBERS({.name = "card",
                        .kind = SCN_REF,
                        .ref = SCN_REF_CARD,
                        .required = true,
                        .about = "which"},
                       {.name = "reason",
                        .kind = SCN_CHOICE,
                        .choices = "lost|stolen|restricted|pin",
                        .required = true,
                        .about = "of the block"})},
     .play = scn_step_card},
    {.name = "account",
     .family = "A bank's staff",
     .shape = {"account", "Something is done to an account at the counter.",
               MEMBERS({.name = "account",
                        .kind = SCN_REF,
                        .ref = SCN_REF_ACCOUNT,
                        .required = true,
                        .about = "which"},
                       {.name = "action",
                        .kind = SCN_CHOICE,
                        .choices = "close|reopen|block|unblock|deposit|withdraw",
                        .required = true,
                        .about = "what"},
                       {.name = "amount", .kind = SCN_MONEY, .about = "paid in or out"})},
     .play = scn_step_account},
    {.name = "peer-limit",
     .family = "A bank's staff",
     .shape = {"peer-limit", "Changes what a peer may owe the bank.",
               MEMBERS(BANK,
                       {.name = "peer",
                        .kind = SCN_REF,
                        .ref = SCN_REF_BANK,
                        .required = true,
                        .about = "which peer"},
                       AMOUNT)},
     .play = scn_step_peer},
    {.name = "return-transfer",
     .family = "A bank's staff",
     .shape = {"return-transfer", "The payee's bank sends a transfer back.",
               MEMBERS(BANK, {.name = "txid",
                              .kind = SCN_TEXT,
                              .required = true,
                              .about = "of the transfer: \"$name.txid\""})},
     .play = scn_step_return},
    {.name = "resolve-suspect",
     .family = "A bank's staff",
     .shape = {"resolve-suspect", "Ends a suspected dispense by what counting showed.",
               MEMBERS(BANK,
                       {.name = "txid",
                        .kind = SCN_TEXT,
                        .required = true,
                        .about = "of the withdrawal: \"$name.txid\""},
                       {.name = "found",
                        .kind = SCN_CHOICE,
                        .choices = "taken|inside",
                        .required = true,
                        .about = "the notes were gone, or still inside"})},
     .play = scn_step_resolve},
    {.name = "advance-date",
     .family = "A bank's staff",
     .shape = {"advance-date", "Begins the next business date.", MEMBERS(BANK)},
     .play = scn_step_advance_date},
    {.name = "bankctl",
     .family = "A bank's staff",
     .shape = {"bankctl",
               "Any command of the bank's operator; expect.answer looks at what it says.",
               MEMBERS(BANK,
                       {.name = "arguments",
                        .kind = SCN_TEXTS,
                        .required = true,
                        .about =
                            "as on the command line; \"@birch\" is a bank's code, \"@anna\" an "
                            "account's IBAN"},
                       {.name = "fails", .kind = SCN_BOOL, .about = "it must be refused"}, EXPECT)},
     .play = scn_step_bankctl},

    {.name = "cut-over",
     .family = "Clearing and settlement",
     .shape = {"cut-over",
               "Closes the open settlement window and opens the next: at the settlement agent, "
               "whom all banks "
               "follow, or at single banks.",
               MEMBERS(
                   {.name = "banks",
                    .kind = SCN_REFS,
                    .ref = SCN_REF_BANK,
                    .about = "at these banks themselves (where the agent says so: everywhere)"})},
     .play = scn_step_cut_over},
    {.name = "seed-break",
     .family = "Clearing and settlement",
     .shape =
         {"seed-break",
          "Somebody with the database's superuser puts an item into one bank's book, past every "
          "rule; all else of the book is made to fit. Its audit must notice.",
          MEMBERS(BANK,
                  {.name = "peer",
                   .kind = SCN_REF,
                   .ref = SCN_REF_BANK,
                   .required = true,
                   .about = "with whom the item is"},
                  {.name = "amount",
                   .kind = SCN_SIGNED,
                   .required = true,
                   .about = "positive: the peer owes it"},
                  {.name = "txid",
                   .kind = SCN_TEXT,
                   .about = "of another item, so that it is doubled, or differs: "
                            "\"$name.txid\" (a new one)"},
                  {.name = "window",
                   .kind = SCN_INT,
                   .min = 1,
                   .max = 99999999,
                   .about = "settlement window (the open one)"},
                  {.name = "reversal", .kind = SCN_BOOL, .about = "a reversal, and no payment"})},
     .play = scn_step_seed_break},
    {.name = "await-settlement",
     .family = "Clearing and settlement",
     .shape =
         {"await-settlement",
          "Waits until a closed window has come to its end at every bank, letting simulated time "
          "pass.",
          MEMBERS({.name = "window",
                   .kind = SCN_INT,
                   .min = 1,
                   .max = 99999999,
                   .about = "its number (the last that was closed)"},
                  {.name = "banks",
                   .kind = SCN_REFS,
                   .ref = SCN_REF_BANK,
                   .about = "at these banks (all)"},
                  {.name = "state",
                   .kind = SCN_CHOICE,
                   .choices = "RECONCILING|PENDING_SETTLEMENT|SETTLED|FAILED",
                   .about = "what it comes to (SETTLED)"},
                  {.name = "for",
                   .kind = SCN_DURATION,
                   .about = "at most, of simulated time (15m)"})},
     .play = scn_step_await_settlement},
    {.name = "settlectl",
     .family = "Clearing and settlement",
     .shape =
         {"settlectl",
          "Any command of the settlement agent's operator; expect.answer looks at what it says.",
          MEMBERS({.name = "arguments",
                   .kind = SCN_TEXTS,
                   .required = true,
                   .about = "as on the command line; \"@birch\" is a bank's code"},
                  {.name = "fails", .kind = SCN_BOOL, .about = "it must be refused"}, EXPECT)},
     .play = scn_step_settlectl},
    {.name = "resolve-breaks",
     .family = "Clearing and settlement",
     .shape = {"resolve-breaks", "A bank's staff ends its open breaks with a peer.",
               MEMBERS(BANK,
                       {.name = "peer",
                        .kind = SCN_REF,
                        .ref = SCN_REF_BANK,
                        .required = true,
                        .about = "with whom"},
                       {.name = "keep",
                        .kind = SCN_CHOICE,
                        .choices = "ours|theirs|neither",
                        .required = true,
                        .about = "whose book is right"})},
     .play = scn_step_resolve_breaks},

    {.name = "cut",
     .family = "Faults between processes",
     .shape = {"cut", "Nothing passes on a link, until it is healed.", cut_members},
     .play = scn_step_link},
    {.name = "heal",
     .family = "Faults between processes",
     .shape = {"heal", "The link works again.", link_member},
     .play = scn_step_link},
    FAULT("lose", "Messages get lost.", RULE({.name = NULL})),
    FAULT("delay", "Messages arrive late.",
          RULE({.name = "for",
                .kind = SCN_DURATION,
                .required = true,
                .about = "how late, of real time"})),
    FAULT("duplicate", "Messages arrive more than once.",
          RULE({.name = "copies",
                .kind = SCN_INT,
                .min = 1,
                .max = 16,
                .about = "how often more (1)"})),
    FAULT("reorder", "Messages arrive after those behind them.",
          RULE({.name = "for", .kind = SCN_DURATION, .about = "held for as long at most (1s)"})),
    FAULT("change", "Messages arrive with other content.",
          RULE({.name = "set",
                .kind = SCN_FREE,
                .required = true,
                .about = "members of params or result, in the wire's units; null removes one"})),
    {.name = "end-faults",
     .family = "Faults between processes",
     .shape = {"end-faults", "Ends a message fault, or all of them; cuts stay.",
               MEMBERS({.name = "of",
                        .kind = SCN_REF,
                        .ref = SCN_REF_VARIABLE,
                        .about = "the step's name (all)"})},
     .play = scn_step_rules_end},
    {.name = "await-fault",
     .family = "Faults between processes",
     .shape = {"await-fault", "Waits until a message fault has acted.",
               MEMBERS({.name = "of",
                        .kind = SCN_REF,
                        .ref = SCN_REF_VARIABLE,
                        .required = true,
                        .about = "the step's name"},
                       {.name = "hits",
                        .kind = SCN_INT,
                        .min = 1,
                        .max = 1000000,
                        .about = "so often (1)"})},
     .play = scn_step_await_rule},

    {.name = "kill",
     .family = "Faults of processes",
     .shape = {"kill", "kill -9.", MEMBERS(PROCESS)},
     .play = scn_step_process},
    {.name = "stop",
     .family = "Faults of processes",
     .shape = {"stop", "The process stands still (SIGSTOP): there, and silent.", MEMBERS(PROCESS)},
     .play = scn_step_process},
    {.name = "continue",
     .family = "Faults of processes",
     .shape = {"continue", "It goes on.", MEMBERS(PROCESS)},
     .play = scn_step_process},
    {.name = "start",
     .family = "Faults of processes",
     .shape = {"start", "Starts it, and waits until it is ready.", MEMBERS(PROCESS)},
     .play = scn_step_process},
    {.name = "restart",
     .family = "Faults of processes",
     .shape = {"restart", "A clean stop, and a start.", MEMBERS(PROCESS)},
     .play = scn_step_process},
    {.name = "crash-at",
     .family = "Faults of processes",
     .shape = {"crash-at",
               "Restarts the process so that it kills itself at a point in its work "
               "(middleware/core/crash.def).",
               MEMBERS(PROCESS,
                       {.name = "point",
                        .kind = SCN_REF,
                        .ref = SCN_REF_POINT,
                        .required = true,
                        .about = "bank.commit_sent, peer.asked, ...; \"$point\" in a sweep"},
                       {.name = "nth",
                        .kind = SCN_INT,
                        .min = 1,
                        .max = 1000000,
                        .about = "when it gets there this often (1)"})},
     .play = scn_step_crash_at},
    {.name = "await-end",
     .family = "Faults of processes",
     .shape = {"await-end", "Waits until a process has died by its crash point; starts it again.",
               MEMBERS(PROCESS,
                       {.name = "may_live",
                        .kind = SCN_BOOL,
                        .about = "it is no failure if it never got to its point"},
                       {.name = "leave", .kind = SCN_BOOL, .about = "do not start it again"})},
     .play = scn_step_await_end},

    {.name = "wait",
     .family = "Time, blocks and looking",
     .shape = {"wait", "Simulated time passes, a hundred times as fast as real time.",
               MEMBERS(
                   {.name = "for", .kind = SCN_DURATION, .required = true, .about = "how long"})},
     .play = scn_step_wait},
    {.name = "drain",
     .family = "Time, blocks and looking",
     .shape = {"drain", "Lets time pass until no bank has a message for another one.",
               MEMBERS({.name = "for", .kind = SCN_DURATION, .about = "at most (1h)"})},
     .play = scn_step_drain},
    {.name = "expect",
     .family = "Time, blocks and looking",
     .shape = {"expect", "Looks at the network in the middle.",
               MEMBERS({.name = "that",
                        .kind = SCN_OBJECT,
                        .shape = &scn_state_shape,
                        .required = true,
                        .about = "what holds now"})},
     .play = scn_step_expect},
    {.name = "say",
     .family = "Time, blocks and looking",
     .shape = {"say", "Tells the reader something.",
               MEMBERS({.name = "text", .kind = SCN_TEXT, .required = true, .about = "what"})},
     .play = scn_step_say},
    {.name = "parallel",
     .family = "Time, blocks and looking",
     .shape = {"parallel",
               "Steps at different terminals, begun together; other steps among them are played "
               "while those run.",
               MEMBERS({.name = "steps", .kind = SCN_STEPS, .required = true, .about = "the steps"},
                       {.name = "expect_rcs",
                        .kind = SCN_TEXTS,
                        .about = "the response codes that come back, in any order; then the steps "
                                 "themselves expect nothing"})}},
    {.name = "repeat",
     .family = "Time, blocks and looking",
     .shape = {"repeat", "Plays steps several times; \"$round\" counts from 1.",
               MEMBERS(
                   {.name = "times",
                    .kind = SCN_INT,
                    .min = 1,
                    .max = 10000,
                    .required = true,
                    .about = "how often"},
                   {.name = "steps", .kind = SCN_STEPS, .required = true, .about = "the steps"})}},
    {.name = "sweep",
     .family = "Time, blocks and looking",
     .shape = {"sweep", "Plays steps once for every point of a list; \"$point\" is the point.",
               MEMBERS(
                   {.name = "points",
                    .kind = SCN_REFS,
                    .ref = SCN_REF_POINT,
                    .required = true,
                    .about = "crash points"},
                   {.name = "steps", .kind = SCN_STEPS, .required = true, .about = "the steps"})}},
    {.name = "load",
     .family = "Time, blocks and looking",
     .shape = {"load",
               "Customers at all of these terminals do chance operations until so many are done; "
               "the steps in it are played meanwhile. Judged by the invariants.",
               MEMBERS({.name = "terminals",
                        .kind = SCN_REFS,
                        .ref = SCN_REF_TERMINAL,
                        .about = "where (everywhere); steps within must use others"},
                       {.name = "operations",
                        .kind = SCN_INT,
                        .min = 1,
                        .max = 1000000,
                        .required = true,
                        .about = "how many, at least"},
                       {.name = "kinds",
                        .kind = SCN_TEXTS,
                        .about = "withdraw, balance, deposit, transfer, each as often as it stands "
                                 "here (all)"},
                       {.name = "max_amount", .kind = SCN_MONEY, .about = "largest amount (60.00)"},
                       {.name = "steps", .kind = SCN_STEPS, .about = "played while it flows"})}},

    {.name = "message",
     .family = "By hand",
     .shape =
         {"message",
          "Sends one JSON-RPC request, with a terminal's own certificate, to its middleware.",
          MEMBERS(
              AT,
              {.name = "method", .kind = SCN_TEXT, .required = true, .about = "docs/PROTOCOL.md"},
              {.name = "params",
               .kind = SCN_FREE,
               .required = true,
               .about = "members, in the wire's units; \"$name.txid\" repeats a txid. terminal_id, "
                        "business_date, stan and txid are filled in "
                        "when they are left out; \"@anna\" is an account's IBAN"},
              {.name = "card",
               .kind = SCN_REF,
               .ref = SCN_REF_CARD,
               .about = "adds pan, expiry and a PIN block"},
              {.name = "pin",
               .kind = SCN_DIGITS,
               .min = 4,
               .max = 12,
               .about = "in the PIN block (the card's PIN)"},
              {.name = "session",
               .kind = SCN_REF,
               .ref = SCN_REF_VARIABLE,
               .about = "adds the session that a session.open brought"},
              EXPECT)},
     .play = scn_step_message},
};

const struct scn_member scn_step_members[] = {
    {.name = "do", .kind = SCN_TEXT, .required = true, .about = "the verb"},
    {.name = "as",
     .kind = SCN_NAME,
     .about = "remembers what came back; later steps say \"$name.member\""},
    {.name = "say", .kind = SCN_TEXT, .about = "told to the reader before the step"},
    END};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

const struct scn_verb *scn_verb_at(size_t index) {
    return index < VERB_COUNT ? &verbs[index] : NULL;
}

const struct scn_verb *scn_verb_find(const char *name) {
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

const struct scn_member *scn_member_find(const struct scn_shape *shape, const char *name) {
    for (const struct scn_member *member = shape->members; member->name != NULL; member++)
        if (strcmp(member->name, name) == 0)
            return member;
    return NULL;
}
