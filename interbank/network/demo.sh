# shellcheck shell=bash
# shellcheck disable=SC2154 # ROOT, TW_HOME, BANKS, TERMINAL and the colours: run and screen.sh
# The first minutes with Tellerwire: banks are opened, customers stand at an ATM, a bank server is
# killed, the books are shown. Sourced by `run`, whose network(), heading() and note() it uses.
#
# One atm-client plays the whole session from a script (JSON lines, answers likewise) that is fed
# line by line, so that the card stays in the machine from step to step. Every answer is held
# against what it must be; the first that differs ends the demo with exit code 1.

readonly ALICE_PIN=4271 BOB_PIN=8365 CAROL_PIN=5830 DAN_PIN=1964
readonly SURCHARGE=1.50 INTERCHANGE=0.40
# At the settlement agent: what a bank pays from, and what is set aside for when that is too little.
readonly RESERVE=10000.00 PREFUNDING=5000.00
reply='' steps=0

# tell TEXT...: to the reader. line COLOUR WHO WHAT: who does what.
tell() {
    printf '   %s\n' "$@"
}

line() {
    printf '   %s%-8s%s %s\n' "$1" "$2" "$plain" "$3"
}

customer() { line "$bold" "$1" "$2"; }
wire() { line "$cyan" wire "$1"; }
books() { line "$cyan" books "$1"; }
screen() { line "$yellow" screen "$1"; }
right() { line "$green" right "$1"; }

wrong() {
    line "$red" wrong "$1" >&2
    return 1
}

# Time to read, for a person only.
pause() {
    [[ -z $screen_moves || ! -t 0 ]] || sleep "${TW_DEMO_PACE:-1.3}"
}

title() {
    pause
    steps=$((steps + 1))
    printf '\n%s%2d  %s%s\n' "$bold" "$steps" "$1" "$plain"
}

# at BANK COMMAND...: with another bank as the one that commands are about.
at() {
    local NETWORK=$TW_HOME/$1
    "${@:2}"
}

# ctl ARG...: the bank's operator, answers as JSON in `reply`.
ctl() {
    reply=$("$ROOT/build/dev/bin/bankctl" --config "$NETWORK/etc/bankctl.ini" --json "$@")
}

# settlectl ARG...: the settlement agent's operator, answers as JSON in `reply`.
settlectl() {
    reply=$("$ROOT/build/dev/bin/settlectl" --config "$AGENT/etc/settlectl.ini" --json "$@")
}

show_settlectl() {
    printf '   %s$ ./run settle %s%s\n' "$dim" "$*" "$plain"
    "$ROOT/build/dev/bin/settlectl" --config "$AGENT/etc/settlectl.ini" "$@" | sed 's/^/   /'
}

show_ctl() {
    printf '   %s$ ./run ctl %s%s\n' "$dim" "$*" "$plain" >&"${typed:-1}"
    if [[ $1 == --bank ]]; then shift 2; fi
    "$ROOT/build/dev/bin/bankctl" --config "$NETWORK/etc/bankctl.ini" "$@" | sed 's/^/   /'
}

# field NAME: first member of that name in `reply`, a string or a number.
field() {
    [[ $reply =~ \"$1\":\ ?(\"([^\"\\]*)\"|-?[0-9]+|true|false) ]] || return 1
    printf '%s' "${BASH_REMATCH[2]:-${BASH_REMATCH[1]//\"/}}"
}

# money NAME: a member in minor units, for people.
money() {
    local minor sign=''
    minor=$(field "$1") || return 1
    [[ $minor != -* ]] || sign=- minor=${minor#-}
    printf '%s%d.%02d' "$sign" $((minor / 100)) $((minor % 100))
}

# balance_at BANK ACCOUNT AMOUNT
balance_at() {
    local kept=$reply
    at "$1" ctl statement "$2" --count 1
    expect balance "$3" "account $2 at $1"
    reply=$kept
}

# expect NAME VALUE WHAT: holds the answer against what it must be.
expect() {
    local found
    found=$(field "$1") || found=nothing
    [[ $found == "$2" ]] || wrong "$3: expected $1 $2, found $found: $reply"
}

# open_customer NAME PIN DEPOSIT FULL-NAME: customer, account and card; the card goes to the list where
# all terminals find it by NAME. A shop window of a card's number: this is a demo.
open_customer() {
    local customer account iban
    ctl customer create --name "$4"
    customer=$(field customer)
    ctl account open --customer "$customer" --deposit "$3"
    account=$(field account) iban=$(field iban)
    ctl card issue --customer "$customer" --accounts "$account" --pin-stdin <<<"$2"
    printf '[%s]\n; %s, PIN %s, %s\npan = %s\nexpiry = %s\nnote = %s, demo PIN %s\n' "$1" "$4" "$2" \
        "$iban" "$(field pan)" "$(field expiry)" "$4" "$2" >>"$TW_HOME/cards.ini.new"
}

# found_banks: once per network; PostgreSQL runs. The banks learn of each other by their directory, and
# agree on the same interchange, pair by pair.
found_banks() {
    local bank peer cards=$TW_HOME/cards.ini.new
    [[ ! -f $TW_HOME/${BANKS[-1]}/etc/cards.ini ]] || return 0
    (umask 077 && : >"$cards")
    network directory "${BANKS[@]/#/$TW_HOME/}"
    network settlement "$AGENT" "${BANKS[@]/#/$TW_HOME/}" --poll-ms 500
    for bank in "${BANKS[@]}"; do
        at "$bank" ctl bank capital 1000000.00
        at "$bank" ctl reserve pay-in "$RESERVE"
        at "$bank" ctl reserve pay-in "$PREFUNDING"
        at "$bank" ctl bank surcharge "$SURCHARGE"
        for peer in "${!BANKS[@]}"; do
            if [[ ${BANKS[peer]} == "$bank" ]]; then
                settlectl participant fund $((90000001 + peer)) "$RESERVE"
                settlectl participant prefund $((90000001 + peer)) "$PREFUNDING"
            else
                at "$bank" ctl peer interchange $((90000001 + peer)) "$INTERCHANGE"
            fi
        done
    done
    at alder open_customer alice "$ALICE_PIN" 250.00 "Alice Archer"
    at alder open_customer bob "$BOB_PIN" 10.00 "Bob Baker"
    at birch open_customer carol "$CAROL_PIN" 500.00 "Carol Cooper"
    at cedar open_customer dan "$DAN_PIN" 20.00 "Dan Dyer"
    for bank in "${BANKS[@]}"; do
        cp "$cards" "$TW_HOME/$bank/etc/cards.ini.new"
        mv "$TW_HOME/$bank/etc/cards.ini.new" "$TW_HOME/$bank/etc/cards.ini"
    done
    rm -f "$cards"
}

# iban NAME: of the holder, from the comments of cards.ini.
iban() {
    sed -n "/^\[$1\]/{n;s/.*, //p}" "$NETWORK/etc/cards.ini"
}

atm_begin() {
    coproc ATM { exec "$ROOT/build/dev/bin/atm-client" --config "$NETWORK/etc/atm-$TERMINAL.ini" \
        script - 2>>"$NETWORK/log/atm-$TERMINAL.log"; }
    terminal_process=$ATM_PID
}

# at_atm STEP VERDICT RC: one line of the script; its answer is in `reply`.
at_atm() {
    printf '%s\n' "$1" >&"${ATM[1]}"
    IFS= read -r -t 60 reply <&"${ATM[0]}" || wrong "the terminal gave no answer to $1"
    expect verdict "$2" "$1"
    [[ -z $3 ]] || expect rc "$3" "$1"
    screen "$(field words)"
}

atm_end() {
    local input=${ATM[1]}
    exec {input}>&-
    wait "$terminal_process"
}

receipt() {
    [[ $reply =~ \"receipt\":\ ?\"(([^\"\\]|\\.)*)\" ]] || return 0
    printf '%b' "${BASH_REMATCH[1]}" | sed "s/^/            $dim|$plain /"
}

# show_customer NAME FULL-NAME BALANCE
show_customer() {
    local pan
    pan=$(sed -n "/^\[$1\]/{n;n;s/^pan = //p}" "$NETWORK/etc/cards.ini")
    printf '   %-13s %s   card %s****%s   %9s EUR\n' "$2" "$(iban "$1")" "${pan:0:8}" "${pan: -4}" "$3"
}

scene_banks() {
    title "Three banks are founded"
    tell "Each has a PostgreSQL of its own and bank servers that share it; two have a middleware and ATMs." \
        "Every process has a certificate; the banks find each other in a directory that their root signed:"
    start_banks
    show_banks | sed 's/^/   /'
    tell "" "The owners pay in capital; customers open accounts, pay in at the counter and get cards:"
    show_customer alice "Alice Archer" 250.00
    show_customer bob "Bob Baker" 10.00
    show_customer carol "Carol Cooper" 500.00
    show_customer dan "Dan Dyer" 20.00
    tell "A database knows a keyed digest of each card number and PIN, not the number and not the PIN."
}

scene_supervisor() {
    title "The ATM is put into service"
    wire "network.sign_on, terminal -> middleware -> bank server, mutual TLS 1.3 all the way"
    at_atm '{"do":"sign-on"}' approved 00
    customer clerk "fills the cassettes: 20 notes of 50, 40 notes of 20"
    wire "terminal.replenish"
    books "Dr ATM  Cr Vault  1,800.00"
    at_atm '{"do":"replenish","loads":[{"cassette":1,"notes":20},{"cassette":2,"notes":40}]}' approved 00
}

scene_card() {
    title "A mistyped PIN"
    customer Alice "inserts her card and types 1 1 1 1"
    wire "session.open; the PIN is encrypted for the bank's key, the middleware cannot read it"
    at_atm '{"do":"open","card":"alice","pin":"1111"}' declined 55
    right "55: the try was committed before the answer left, which does not say how many there are"
    title "The right PIN, and the balance"
    customer Alice "types ${ALICE_PIN:0:1} ${ALICE_PIN:1:1} ${ALICE_PIN:2:1} ${ALICE_PIN:3:1} and asks for her balance"
    at_atm '{"do":"open","card":"alice","pin":"'"$ALICE_PIN"'"}' approved 00
    wire "balance.inquiry, with the session's token instead of the PIN"
    at_atm '{"do":"balance","card":"alice"}' approved 00
    expect available_balance 25000 "Alice's balance"
    right "$(money available_balance) EUR"
}

scene_withdrawal() {
    title "Cash"
    customer Alice "wants 60.00; there are notes of 50 and 20: only three of 20 make 60"
    wire "withdrawal.request"
    books "Dr Cust  Cr DispClr  60.00, committed before the answer leaves"
    line "$cyan" journal "INTENT on disk, notes out, taken, DONE on disk"
    wire "withdrawal.confirm"
    books "Dr DispClr  Cr ATM  60.00"
    at_atm '{"do":"withdraw","card":"alice","amount":6000}' approved 00
    expect dispensed 6000 "cash dispensed"
    [[ $reply =~ \"denomination\":\ ?2000,\ ?\"count\":\ ?3 ]] || wrong "not three notes of 20: $reply"
    receipt
    right "3 x 20.00, balance $(money available_balance) EUR"
    title "More than there is"
    customer Alice "wants 200.00 more"
    at_atm '{"do":"withdraw","card":"alice","amount":20000}' declined 51
    right "51, nothing posted; asked again with the same id, the answer would be the same for ever"
}

scene_transfer() {
    title "A transfer"
    customer Alice "sends Bob 45.50"
    wire "transfer.request"
    books "Dr Cust (Alice)  Cr Cust (Bob)  45.50, one transaction"
    at_atm '{"do":"transfer","card":"alice","to":"'"$(iban bob)"'","amount":4550,"remittance":"lunch"}' approved 00
    expect status COMPLETED "transfer"
    right "COMPLETED, balance $(money available_balance) EUR"
    title "A deposit"
    customer Alice "puts in five notes of 20"
    wire "deposit.request, with the notes as counted"
    books "Dr ATM  Cr Cust  100.00"
    at_atm '{"do":"deposit","card":"alice","notes":[{"denomination":2000,"count":5}]}' approved 00
    expect available_balance 24450 "Alice's balance"
    right "balance $(money available_balance) EUR"
}

# scene_kill SERVER WISH STEP BALANCE
scene_kill() {
    line "$red" "kill -9" "bank-server-$1, pid $(awk '{ print $1 }' "$NETWORK/run/bank-server-$1.pid")"
    network kill "$NETWORK" "bank-server-$1"
    customer Alice "$2"
    at_atm "$3" approved 00
    expect available_balance "$4" "Alice's balance"
    right "the other bank server answered; balance $(money available_balance) EUR"
    network start "$NETWORK" "bank-server-$1"
}

scene_failover() {
    title "A bank server is killed, with Alice's session open"
    tell "The session lives in the database: any bank server of the bank can go on with it."
    scene_kill 1 "wants 50.00" '{"do":"withdraw","card":"alice","amount":5000}' 19450
    tell "It is started again, and the other one gets the same treatment:"
    scene_kill 2 "asks for her balance" '{"do":"balance","card":"alice"}' 19450
}

scene_interbank_transfer() {
    title "A transfer to another bank"
    customer Alice "sends Dan, who banks at Cedar Bank, 20.00"
    wire "transfer.request, then transfer.credit from Alder's bank server to Cedar's"
    books "Alder  Dr Cust (Alice)  Cr Transit      Cedar  Dr IB:Alder  Cr Cust (Dan)"
    books "Alder  Dr Transit  Cr IB:Cedar          ... once Cedar has said that it is final"
    at_atm '{"do":"transfer","card":"alice","to":"'"$(iban dan)"'","amount":2000,"remittance":"tickets"}' approved 00
    expect status COMPLETED "transfer to another bank"
    expect available_balance 17450 "Alice's balance"
    balance_at cedar 1000000001 40.00
    right "COMPLETED; Alice has $(money available_balance) EUR, Dan 40.00"
}

scene_foreign_card() {
    title "A card of another bank"
    customer Carol "of Birch Bank inserts her card into Alder Bank's ATM and types her PIN"
    wire "pin.key: the terminal encrypts for Birch's key, which is certified for Carol's card number"
    wire "session.open, terminal -> middleware -> Alder -> Birch: only Birch can read the PIN"
    at_atm '{"do":"open","card":"carol","pin":"'"$CAROL_PIN"'"}' approved 00
    at_atm '{"do":"balance","card":"carol"}' approved 00
    expect available_balance 50000 "Carol's balance"
    customer Carol "wants 60.00; Alder asks $SURCHARGE for it"
    books "Birch  Dr Cust 61.50  Dr FeeExp 0.40  Cr IB:Alder 61.90, stamped with Birch's window"
    books "Alder  Dr IB:Birch 61.90  Cr DispClr 60.00  Cr FeeInc 1.90, with the same stamp"
    at_atm '{"do":"withdraw","card":"carol","amount":6000}' approved 00
    expect dispensed 6000 "cash dispensed"
    receipt
    at_atm '{"do":"balance","card":"carol"}' approved 00
    expect available_balance 43850 "Carol's balance"
    right "60.00 in her hand, 61.50 less in her account: $(money available_balance) EUR"
}

scene_three_banks() {
    title "Three banks in one transfer"
    customer Carol "at Alder's ATM, sends Dan at Cedar 30.00 from her account at Birch"
    wire "transfer.request, Alder -> Birch; transfer.credit, Birch -> Cedar"
    books "Birch  Dr Cust 31.50  Cr Transit, then Dr Transit  Cr IB:Cedar 30.00, Cr IB:Alder 1.90"
    books "Cedar  Dr IB:Birch  Cr Cust 30.00        Alder  Dr IB:Birch  Cr FeeInc 1.90"
    at_atm '{"do":"transfer","card":"carol","to":"'"$(iban dan)"'","amount":3000,"remittance":"hotel"}' approved 00
    expect status COMPLETED "transfer between three banks"
    at_atm '{"do":"balance","card":"carol"}' approved 00
    expect available_balance 40700 "Carol's balance"
    balance_at cedar 1000000001 70.00
    right "COMPLETED; Carol has $(money available_balance) EUR, Dan 70.00"
    customer Carol "takes her card back"
    at_atm '{"do":"close"}' approved ''
    at_atm '{"do":"advices"}' approved ''
    right "nothing is left that the banks do not know"
    atm_end || wrong "the terminal ended with exit code $?"
}

scene_statement() {
    title "Mini-statement"
    customer Alice "asks for the latest entries and takes her card back"
    at_atm '{"do":"statement","card":"alice","count":10}' approved 00
    expect available_balance 17450 "Alice's balance"
    receipt
    at_atm '{"do":"close"}' approved ''
}

# nothing_waits: until no bank has a message for another one.
nothing_waits() {
    local bank deadline=$((SECONDS + 30))
    for bank in "${BANKS[@]}"; do
        until at "$bank" ctl saf && [[ $reply == "[]" ]]; do
            ((SECONDS <= deadline)) || wrong "$bank has messages that were not acknowledged: $reply"
            sleep 0.2
        done
    done
}

# items BANK PEER: "txid window amount" per item, sorted; PEER's view when BANK is the second.
items() {
    local peer
    for peer in "${!BANKS[@]}"; do
        [[ ${BANKS[peer]} == "$2" ]] || continue
        "$ROOT/build/dev/bin/bankctl" --config "$TW_HOME/$1/etc/bankctl.ini" interbank items \
            --peer $((90000001 + peer)) | awk 'NR > 2 { print $1, $2, $3 }' | sort
    done
}

# mirrored BANK PEER: both lists of items side by side; fails when one is not the other's mirror.
mirrored() {
    local one other
    one=$(items "$1" "$2")
    other=$(items "$2" "$1" | awk '{ $3 = $3 ~ /^-/ ? substr($3, 2) : "-" $3; print }' | sort)
    printf '\n   %-24s %6s  %12s | %12s\n' "item (end of its txid)" window "$1" "$2"
    paste -d ' ' <(printf '%s\n' "$one") <(printf '%s\n' "$other") | awk '
        { right = $1 == $4 && $2 == $5 && $3 == $6
          theirs = $6 ~ /^-/ ? substr($6, 2) : "-" $6
          printf "   %-24s %6s  %12s | %12s%s\n", substr($1, length($1) - 11), $2, $3, theirs,
                 right ? "" : "   <- differs" }'
    [[ -n $one && $one == "$other" ]]
}

scene_mirrors() {
    local pair
    title "What the banks say of each other"
    nothing_waits
    tell "Each item between two banks is in both books, with the same stamp and the opposite sign:"
    for pair in "alder birch" "alder cedar" "birch cedar"; do
        # shellcheck disable=SC2086 # two words
        mirrored $pair || wrong "the books of ${pair/ / and } do not agree"
    done
    tell ""
    right "all items agree"
    at birch show_ctl --bank 2 positions
    for bank in "${BANKS[@]}"; do
        at "$bank" ctl audit || wrong "the books of $bank: $reply"
    done
    right "and the books of all three banks are sound"
}

# window_settled WINDOW: until every bank has posted it.
window_settled() {
    local bank deadline=$((SECONDS + 60))
    for bank in "${BANKS[@]}"; do
        until at "$bank" ctl window list && [[ $reply =~ \"window\":\ ?$1,[^}]*\"state\":\ ?\"SETTLED\" ]]; do
            ((SECONDS <= deadline)) || wrong "window $1 of $bank is not settled: $reply"
            sleep 0.2
        done
    done
}

# settle_now: `./run settle` without more: cut over, wait, show.
settle_now() {
    local closed
    settlectl window cut-over
    closed=$(($(field window) - 1))
    note "window $closed is closed; waiting until the banks agree and the agent has settled it"
    window_settled "$closed"
    "$ROOT/build/dev/bin/settlectl" --config "$AGENT/etc/settlectl.ini" report --window "$closed"
}

# load_begin: Carol's card at Birch's own ATM pays Bob at Alder ten cents, again and again, until told.
load_begin() {
    local to
    to=$(iban bob)
    {
        printf '{"do":"sign-on"}\n{"do":"open","card":"carol","pin":"%s"}\n' "$CAROL_PIN"
        while [[ -f $TW_HOME/load.on ]]; do
            printf '{"do":"transfer","card":"carol","to":"%s","amount":10}\n' "$to"
            sleep 0.02
        done
        printf '{"do":"close"}\n{"do":"advices"}\n'
    } | "$ROOT/build/dev/bin/atm-client" --config "$TW_HOME/birch/etc/atm-$TERMINAL.ini" script - \
        >"$TW_HOME/load.out" 2>>"$TW_HOME/birch/log/atm-$TERMINAL.log" &
    load_process=$!
}

load_end() {
    rm -f "$TW_HOME/load.on"
    wait "$load_process" || wrong "the load ended with exit code $?"
    load_process=
}

# completed: transfers of the load that have been answered so far.
completed() {
    grep -cE '"status": ?"COMPLETED"' "$TW_HOME/load.out" || true
}

# completed_beyond COUNT: waits until there are more.
completed_beyond() {
    local deadline=$((SECONDS + 30))
    until (($(completed) > $1)); do
        ((SECONDS <= deadline)) || wrong "the load does not go on: $(tail -n 2 "$TW_HOME/load.out")"
        sleep 0.1
    done
}

# windows_of_load: "window items" between Birch and Alder.
windows_of_load() {
    items birch alder | awk '$3 == "-0.10" { count[$2]++ } END { for (w in count) print w, count[w] }' | sort -n
}

scene_settlement() {
    local before closed line
    title "Cut-over, while customers go on paying"
    tell "Carol's card sends Bob ten cents at a time, Birch to Alder, as fast as the ATM will."
    : >"$TW_HOME/load.on"
    : >"$TW_HOME/load.out"
    load_begin
    completed_beyond 20
    wire "settlectl window cut-over: each bank stamps what it decides from now on with the next window"
    before=$(completed)
    settlectl window cut-over
    closed=$(($(field window) - 1))
    completed_beyond $((before + 20))
    right "transfers went on: $before before the cut-over, $(completed) by now"
    wire "window.totals between each two banks: signed counts, sums and a digest of all items"
    wire "settlement.submit: each bank's signed positions, once every peer agrees"
    window_settled "$closed"
    load_end
    nothing_waits
    while read -r line; do
        tell "window ${line% *}: ${line#* } of the ten-cent transfers"
    done < <(windows_of_load)
    right "each transfer is in exactly one window, the same at both banks"
    title "Settlement"
    tell "The agent nets what three banks owe each other and moves the reserves in one transaction:"
    books "agent  all debits, then all credits      banks  Dr SettleCtl  Cr IB, then Dr Settle  Cr SettleCtl"
    show_settlectl report --window "$closed"
    settlectl audit || wrong "the agent's books: $reply"
    for bank in "${BANKS[@]}"; do
        at "$bank" ctl audit || wrong "the books of $bank: $reply"
    done
    right "window $closed is final; nothing is owed for it any more, and all books are sound"
    at birch show_ctl --bank 2 positions
}

scene_books() {
    title "The books of Alder Bank"
    # The end of a txid is enough to see which legs belong together; the date is the same for all.
    { typed=3 show_ctl ledger --count 7 | cut -c 1-3,32-39,55-; } 3>&1
    show_ctl totals | grep -vE ' 0\.00  +0\.00$' |
        awk '/description/ { from = index($0, "description"); to = index($0, "accounts") }
            { print from ? substr($0, 1, from - 1) substr($0, to) : $0 }'
    ctl account list
    [[ $reply == *'"balance":"174.50"'* && $reply == *'"balance":"55.50"'* ]] ||
        wrong "balances are not 174.50 and 55.50: $reply"
    right "Alice 174.50 = 250.00 - 60.00 - 45.50 + 100.00 - 50.00 - 20.00;  Bob 55.50 = 10.00 + 45.50"
    ctl totals
    expect agrees true "debits and credits"
    show_ctl audit
    right "every entry is accounted for, and the hash chain over all batches verifies"
}

goodbye() {
    heading "That was Tellerwire. It goes on running until you say ./run down"
    tell "./run atm balance --card alice      the same ATM, one command at a time (PIN $ALICE_PIN)" \
        "./run atm --bank 2                  Birch Bank's ATM on the screen; ./run status: all that runs" \
        "./run ctl --bank 2 peers            the bank's side; ./run ctl help" \
        "./run settle                        close the settlement window, settle it, show the result" \
        "./run down --destroy                stop everything and remove the banks"
}

demo_failed() {
    trap - EXIT INT TERM
    [[ -z ${terminal_process:-} ]] || kill "$terminal_process" 2>/dev/null || true
    rm -f "$TW_HOME/load.on"
    end_banks stop
    printf '\n%sThe demo ended early.%s Logs: %s\n' "$red" "$plain" "$TW_HOME/*/log" >&2
    exit 1
}

demo() {
    trap demo_failed EXIT INT TERM
    heading "Tellerwire: three banks, their network and an ATM, on this machine"
    if [[ -d $NETWORK ]]; then
        note "the banks of an earlier run are replaced"
        end_banks destroy
    fi
    create_banks
    create_agent
    scene_banks
    atm_begin
    scene_supervisor
    scene_card
    scene_withdrawal
    scene_transfer
    scene_failover
    scene_interbank_transfer
    scene_statement
    scene_foreign_card
    scene_three_banks
    scene_books
    scene_mirrors
    scene_settlement
    trap - EXIT INT TERM
    goodbye
    if [[ -t 0 && -t 1 ]]; then
        heading "Your turn: the ATM is yours. PINs: alice $ALICE_PIN, bob $BOB_PIN, carol $CAROL_PIN, dan $DAN_PIN."
        "$ROOT/build/dev/bin/atm-client" --config "$NETWORK/etc/atm-$TERMINAL.ini" || true
    fi
}
