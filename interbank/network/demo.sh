# shellcheck shell=bash
# shellcheck disable=SC2154 # ROOT, NETWORK, TERMINAL and the colours are set by run and screen.sh
# The first minute with Tellerwire: a bank is opened, a customer stands at an ATM, a bank server is
# killed, the books are shown. Sourced by `run`, whose network(), heading() and note() it uses.
#
# One atm-client plays the whole session from a script (JSON lines, answers likewise) that is fed
# line by line, so that the card stays in the machine from step to step. Every answer is held
# against what it must be; the first that differs ends the demo with exit code 1.

readonly ALICE_PIN=4271 BOB_PIN=8365
reply='' steps=0

# tell TEXT...: one line to the reader each. at LINE: what the ATM's screen or a shell would show.
tell() {
    printf '   %s\n' "$@"
}

travels() {
    printf '   %s%-22s%s %s\n' "$cyan" "$1" "$plain" "$2"
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

wrong() {
    printf '   %swrong%s  %s\n' "$red" "$plain" "$*" >&2
    return 1
}

right() {
    printf '   %sright%s  %s\n' "$green" "$plain" "$*"
}

# ctl ARG...: the bank's operator, answers as JSON in `reply`.
ctl() {
    reply=$("$ROOT/build/dev/bin/bankctl" --config "$NETWORK/etc/bankctl.ini" --json "$@")
}

show_ctl() {
    printf '   %s$ ./run ctl %s%s\n' "$dim" "$*" "$plain"
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

# expect NAME VALUE WHAT: holds the answer against what it must be.
expect() {
    local found
    found=$(field "$1") || found=nothing
    [[ $found == "$2" ]] || wrong "$3: expected $1 $2, found $found: $reply"
}

# open_customer NAME PIN DEPOSIT FULL-NAME: customer, account and card; the card goes to cards.ini,
# where a terminal finds it by NAME. A shop window of a card's number: this is a demo.
open_customer() {
    local customer account iban
    ctl customer create --name "$4"
    customer=$(field customer)
    ctl account open --customer "$customer" --deposit "$3"
    account=$(field account) iban=$(field iban)
    ctl card issue --customer "$customer" --accounts "$account" --pin-stdin <<<"$2"
    printf '[%s]\n; %s, PIN %s, %s\npan = %s\nexpiry = %s\n' "$1" "$4" "$2" "$iban" \
        "$(field pan)" "$(field expiry)" >>"$NETWORK/etc/cards.ini.new"
}

# found_bank: once per network.
found_bank() {
    local cards=$NETWORK/etc/cards.ini
    [[ ! -f $cards ]] || return 0
    (umask 077 && : >"$cards.new")
    ctl bank capital 1000000.00
    open_customer alice "$ALICE_PIN" 250.00 "Alice Archer"
    open_customer bob "$BOB_PIN" 10.00 "Bob Baker"
    mv "$cards.new" "$cards"
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
    printf '   %sscreen%s %s\n' "$yellow" "$plain" "$(field words)"
}

atm_end() {
    local input=${ATM[1]}
    exec {input}>&-
    wait "$terminal_process"
}

receipt() {
    [[ $reply =~ \"receipt\":\ ?\"(([^\"\\]|\\.)*)\" ]] || return 0
    printf '%b\n' "${BASH_REMATCH[1]}" | sed "s/^/          $dim|$plain /"
}

# show_customer NAME FULL-NAME BALANCE
show_customer() {
    local pan
    pan=$(sed -n "/^\[$1\]/{n;n;s/^pan = //p}" "$NETWORK/etc/cards.ini")
    printf '   %-13s %s   card %s****%s   %9s EUR\n' "$2" "$(iban "$1")" "${pan:0:8}" "${pan: -4}" "$3"
}

scene_bank() {
    title "A bank is founded"
    tell "One PostgreSQL, two bank servers that share it, one middleware, one ATM; a certificate for each."
    network start "$NETWORK"
    network status "$NETWORK" | sed 's/^/   /'
    found_bank
    tell "" "The owners pay in capital. Alice and Bob open accounts, pay in at the counter, and get cards:"
    show_customer alice "Alice Archer" 250.00
    show_customer bob "Bob Baker" 10.00
    tell "The database knows a keyed digest of each card number and PIN, not the number and not the PIN."
}

scene_supervisor() {
    title "The ATM is put into service"
    travels network.sign_on "terminal -> middleware -> bank server, all over mutual TLS 1.3"
    at_atm '{"do":"sign-on"}' approved 00
    travels terminal.replenish "20 notes of 50 and 40 of 20:  Dr ATM  Cr Vault  1,800.00"
    at_atm '{"do":"replenish","loads":[{"cassette":1,"notes":20},{"cassette":2,"notes":40}]}' approved 00
}

scene_card() {
    title "Alice inserts her card and mistypes her PIN"
    travels session.open "the PIN is encrypted for the bank's key: the middleware cannot read it"
    at_atm '{"do":"open","card":"alice","pin":"1111"}' declined 55
    expect tries_left 2 "tries left"
    right "55, two tries left; the try was counted in the database before the answer left"
    title "Now the right one, and her balance"
    at_atm '{"do":"open","card":"alice","pin":"'$ALICE_PIN'"}' approved 00
    travels balance.inquiry "with the session's token instead of the PIN"
    at_atm '{"do":"balance","card":"alice"}' approved 00
    expect available_balance 25000 "Alice's balance"
    right "available: $(money available_balance) EUR"
}

scene_withdrawal() {
    title "60.00 in cash, from notes of 50 and 20"
    tell "Fifty plus ten will not do: the fewest notes that make 60 are three of 20."
    travels withdrawal.request "posted before the answer leaves:  Dr Cust  Cr DispClr  60.00"
    tell "journal: INTENT on disk, notes out, taken, DONE on disk"
    travels withdrawal.confirm "the notes are gone:  Dr DispClr  Cr ATM  60.00"
    at_atm '{"do":"withdraw","card":"alice","amount":6000}' approved 00
    expect dispensed 6000 "cash dispensed"
    [[ $reply == *'"denomination":2000,"count":3'* || $reply == *'"denomination": 2000, "count": 3'* ]] ||
        wrong "not three notes of 20: $reply"
    receipt
    right "3 x 20, balance $(money available_balance) EUR"
    title "200.00 more than there is"
    at_atm '{"do":"withdraw","card":"alice","amount":20000}' declined 51
    right "51, nothing posted; the decline is stored: asking again gives the same answer"
}

scene_transfer() {
    title "45.50 for Bob"
    travels transfer.request "Dr Cust Alice  Cr Cust Bob  45.50, one transaction"
    at_atm '{"do":"transfer","card":"alice","to":"'"$(iban bob)"'","amount":4550,"remittance":"lunch"}' approved 00
    expect status COMPLETED "transfer"
    right "COMPLETED, balance $(money available_balance) EUR"
    title "Five notes of 20 go in"
    travels deposit.request "counted notes:  Dr ATM  Cr Cust  100.00"
    at_atm '{"do":"deposit","card":"alice","notes":[{"denomination":2000,"count":5}]}' approved 00
    expect available_balance 24450 "Alice's balance"
    right "balance $(money available_balance) EUR"
}

# scene_kill SERVER STEP BALANCE
scene_kill() {
    printf '   %s$ kill -9%s   bank-server-%s, pid %s\n' "$dim" "$plain" "$1" \
        "$(awk '{ print $1 }' "$NETWORK/run/bank-server-$1.pid")"
    network kill "$NETWORK" "bank-server-$1"
    at_atm "$2" approved 00
    expect available_balance "$3" "Alice's balance"
    right "approved by the other one, balance $(money available_balance) EUR"
    network start "$NETWORK" "bank-server-$1"
}

scene_failover() {
    title "A bank server is killed, with the session open"
    tell "The session lives in the database, so any bank server can go on with it."
    scene_kill 1 '{"do":"withdraw","card":"alice","amount":5000}' 19450
    tell "It is started again, and the other one gets the same treatment."
    scene_kill 2 '{"do":"balance","card":"alice"}' 19450
}

scene_statement() {
    title "Mini-statement, and the card goes back"
    at_atm '{"do":"statement","card":"alice","count":10}' approved 00
    expect available_balance 19450 "Alice's balance"
    receipt
    at_atm '{"do":"close"}' approved ''
    at_atm '{"do":"advices"}' approved ''
    atm_end || wrong "the terminal ended with exit code $?"
}

scene_books() {
    title "The books of the bank"
    show_ctl ledger --count 8
    show_ctl totals
    ctl account list
    [[ $reply == *'"balance":"194.50"'* && $reply == *'"balance":"55.50"'* ]] ||
        wrong "balances are not 194.50 and 55.50: $reply"
    right "Alice 194.50, Bob 55.50: 250.00 - 60.00 - 45.50 + 100.00 - 50.00, and 10.00 + 45.50"
    ctl totals
    expect agrees true "debits and credits"
    show_ctl audit
    right "every entry accounted for, and the hash chain over all batches verifies"
}

goodbye() {
    heading "That was Tellerwire. It goes on running until you say ./run down"
    tell "./run atm balance --card alice      the same ATM, one command at a time (PIN $ALICE_PIN)" \
        "./run atm                           the same ATM, as a menu" \
        "./run ctl statement ACCOUNT         the bank's side; ./run ctl help" \
        "./run down --destroy                stop everything and remove the bank"
}

demo_failed() {
    trap - EXIT INT TERM
    [[ -z ${terminal_process:-} ]] || kill "$terminal_process" 2>/dev/null || true
    network stop "$NETWORK"
    printf '\n%sThe demo ended early.%s Logs: %s\n' "$red" "$plain" "$NETWORK/log" >&2
    exit 1
}

demo() {
    trap demo_failed EXIT INT TERM
    heading "Tellerwire: a bank, its network and an ATM, on this machine"
    if [[ -d $NETWORK ]]; then
        note "the bank of an earlier run is replaced"
        network destroy "$NETWORK"
    fi
    network create "$NETWORK"
    scene_bank
    atm_begin
    scene_supervisor
    scene_card
    scene_withdrawal
    scene_transfer
    scene_failover
    scene_statement
    scene_books
    trap - EXIT INT TERM
    goodbye
    if [[ -t 0 && -t 1 ]]; then
        heading "Your turn: the ATM is yours. Alice's PIN is $ALICE_PIN, Bob's $BOB_PIN."
        "$ROOT/build/dev/bin/atm-client" --config "$NETWORK/etc/atm-$TERMINAL.ini" menu || true
    fi
}
