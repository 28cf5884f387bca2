#!/usr/bin/env bash
# `openssl s_client` by hand as a terminal: what a person would type. Settings come from the
# environment (see ../README.md); output is TAP; the exit code is 0 when everything was right.
set -euo pipefail

readonly WAIT_SECONDS=15
business_date=1970-01-01 stan=0 number=0 failures=0

connect() {
    coproc S_CLIENT {
        openssl s_client -connect "$TW_HOST:$TW_PORT" -tls1_3 -quiet -no_ign_eof \
            -cert "$TW_CERTIFICATE" -key "$TW_KEY" -CAfile "$TW_ROOT" \
            -verify_return_error -verify_ip "$TW_HOST" 2>/dev/null
    }
}

disconnect() {
    local to=${S_CLIENT[1]} pid=$S_CLIENT_PID
    exec {to}>&-
    wait "$pid" || true
}

say() {
    printf '%s\n' "$1" >&"${S_CLIENT[1]}"
}

# hear: the next line, in $answer.
hear() {
    read -r -t "$WAIT_SECONDS" -u "${S_CLIENT[0]}" answer || answer='(silence)'
}

# ask LINE: says it, and hears the answer.
ask() {
    say "$1"
    hear
}

# request ID METHOD [TERMINAL]: the request, in $line.
request() {
    stan=$((stan + 1))
    line=$(printf '{"jsonrpc":"2.0","id":%s,"method":"%s","params":{"terminal_id":"%s",' \
        "$1" "$2" "${3:-$TW_TERMINAL}")
    line+=$(printf '"business_date":"%s","stan":%d,"txid":"%s"}}' \
        "$business_date" "$stan" "$(</proc/sys/kernel/random/uuid)")
}

# expect NAME PATTERN...: one TAP line; each glob pattern must match $answer.
expect() {
    local name=$1 pattern
    number=$((number + 1))
    shift
    for pattern in "$@"; do
        # shellcheck disable=SC2053
        if [[ $answer != $pattern ]]; then
            failures=$((failures + 1))
            printf 'not ok %d - %s\n# wanted %s\n# heard  %s\n' "$number" "$name" "$pattern" "$answer"
            return
        fi
    done
    printf 'ok %d - %s\n' "$number" "$name"
}

talk() {
    request 1 network.sign_on
    ask "$line"
    expect 'sign-on is approved' '{*}' '*"id":1[,}]*' '*"rc":"00"*' '*"business_date":"????-??-??"*'
    business_date=${answer#*\"business_date\":\"}
    business_date=${business_date%%\"*}

    request '"two"' network.echo
    ask "$line"$'\r'
    expect 'echo is approved; a line may end in CR LF, an id may be a string' '*"id":"two"*' '*"rc":"00"*'

    request 3 no.such_method
    ask "$line"
    expect 'unknown method is error -32601' '*"id":3[,}]*' '*"code":-32601*'

    request 4 network.echo 99999999
    ask "$line"
    expect 'the identity of another terminal is error -32002, rc 63' '*"code":-32002*' '*"rc":"63"*'

    local first
    request 5 network.echo && first=$line
    request 6 no.such_method
    ask "[$first,$line]"
    expect 'a batch is answered as one line' '\[*\]' '*"id":5[,}]*' '*"rc":"00"*' '*"id":6[,}]*' '*-32601*'

    request 7 network.echo && first=$line
    request 8 network.echo
    say "$first"$'\n'"$line"
    hear
    first=$answer
    hear
    answer="$first $answer"
    expect 'two requests in one write are both answered' '*"id":7[,}]*' '*"id":8[,}]*'

    ask 'this is not JSON'
    expect 'a line that is not JSON is error -32700' '*"id":null*' '*"code":-32700*'
}

echo 1..7
connect
talk
disconnect
((failures == 0))
