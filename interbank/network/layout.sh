# shellcheck shell=bash
# The files of a network: certificates, secrets, one INI file per process. Sourced by network.sh.
# Paths inside the INI files are relative to them, so any character may stand in the path of DIR.

# Ports on the network's own loopback address.
readonly MIDDLEWARE_PORT=7000 BANK_SERVER_PORT=7100 AGENT_PORT=7200
readonly MIDDLEWARE_METRICS=9000 BANK_SERVER_METRICS=9100 AGENT_METRICS=9200
readonly FIRST_TERMINAL=17
# Of a middleware (middleware/daemon/settings.c); descriptors for other things than terminals.
readonly MIDDLEWARE_CONNECTIONS=16384 SPARE_CONNECTIONS=512

# terminal_ids: one eight-digit number per line.
terminal_ids() {
    local i
    for ((i = 0; i < TW_TERMINALS; i++)); do printf '%08d\n' $((FIRST_TERMINAL + i)); done
}

# random_address: of 127.0.0.0/8 some 16 million are free for the taking, so that networks on one
# machine do not collide and every one can use the same ports.
random_address() {
    printf '127.%d.%d.%d\n' $((RANDOM % 254 + 1)) $((RANDOM % 256)) $((RANDOM % 254 + 1))
}

# write_environment: what the other commands, tests and bench need to know, as shell variables.
write_environment() {
    local name
    for name in TW_ADDRESS TW_SERVERS TW_MIDDLEWARES TW_TERMINALS TW_AGENTS TW_UNSAFE_FAST \
        TW_BUFFERS_MB TW_PG TW_BIN TW_JOINED BANK_CODE BANK_NAME BANK_IIN; do
        printf '%s=%q\n' "$name" "${!name}"
    done >"$DIR/network.env.new"
    mv "$DIR/network.env.new" "$DIR/network.env"
}

# middleware_name NUMBER: of its certificate. Where several banks share a root, the names of those that
# joined carry their bank's code.
middleware_name() {
    if [[ -z $TW_JOINED ]]; then echo "mw$1"; else echo "mw$BANK_CODE-$1"; fi
}

# is_agent: this network is the settlement agent's, not a bank's.
is_agent() {
    ((${TW_AGENTS:-0} > 0))
}

# join_pki: pki/ is a link to that of the network whose root this one shares.
join_pki() {
    rmdir "$DIR/pki" && ln -s "$TW_JOINED/pki" "$DIR/pki"
}

# write_agent_pki: one certificate for all processes of the agent.
write_agent_pki() {
    join_pki
    pki issue "$DIR/pki" agent settlement --address "$TW_ADDRESS"
}

# write_pki: the root of this network, or of the one that it joins: then pki/ is a link to that one's.
write_pki() {
    local i
    local -a middlewares=()
    for ((i = 1; i <= TW_MIDDLEWARES; i++)); do middlewares+=("$(middleware_name "$i")"); done
    if [[ -n $TW_JOINED ]]; then
        join_pki
    else
        pki init "$DIR/pki"
    fi
    pki issue "$DIR/pki" bank "$BANK_CODE" --address "$TW_ADDRESS"
    pki issue "$DIR/pki" pin "$BANK_CODE" --iin "$BANK_IIN"
    pki issue "$DIR/pki" operator "$BANK_CODE/operator"
    ((TW_MIDDLEWARES == 0)) ||
        pki issue "$DIR/pki" middleware "${middlewares[@]}" --address "$TW_ADDRESS"
    ((TW_TERMINALS == 0)) ||
        terminal_ids | sed "s|^|$BANK_CODE/|" | pki issue "$DIR/pki" terminal -
    pki keyring "$DIR/secrets/keyring.ini"
    cp "$DIR/pki/pin-$BANK_CODE/key.pem" "$DIR/secrets/pin-key.pem"
    cp "$DIR/pki/pin-$BANK_CODE/cert.pem" "$DIR/secrets/pin-cert.pem"
    chmod 0600 "$DIR/secrets/"*
}

# remove_from_pki: a bank that leaves takes its keys along, but not the root of those who stay.
remove_from_pki() {
    [[ -n $TW_JOINED && -d $TW_JOINED/pki ]] || return 0
    if is_agent; then
        rm -rf -- "$TW_JOINED/pki/agent-settlement"
        return 0
    fi
    rm -rf -- "$TW_JOINED/pki/"{bank,pin}-"$BANK_CODE" \
        "$TW_JOINED/pki/"{terminal,operator,middleware-mw}*"$BANK_CODE"-*
}

# write_tls FOLDER: the [tls] section of who holds pki/FOLDER.
write_tls() {
    printf '\n[tls]\n%s\n%s\n%s\n%s\n' "certificate = ../pki/$1/cert.pem" \
        "key = ../pki/$1/key.pem" "root = ../pki/root.crt" "crl = ../pki/crl.pem"
}

# database ROLE: libpq connection string.
database() {
    if is_agent; then
        echo "host=$TW_PG dbname=settlement user=$1"
    else
        echo "host=$TW_PG dbname=bank user=$1"
    fi
}

write_bank_server() {
    {
        printf '[server]\nname = bank-server-%d\n' "$1"
        printf 'listen = %s:%d\n' "$TW_ADDRESS" $((BANK_SERVER_PORT + $1))
        printf 'metrics_listen = %s:%d\n' "$TW_ADDRESS" $((BANK_SERVER_METRICS + $1))
        write_tls "bank-$BANK_CODE"
        printf '\n[bank]\ncode = %s\nkeyring = ../secrets/keyring.ini\n' "$BANK_CODE"
        printf 'pin_key = ../secrets/pin-key.pem\npin_certificate = ../secrets/pin-cert.pem\n'
        printf '\n[database]\nconninfo = %s application_name=bank-server-%d\n' \
            "$(database tw_bank)" "$1"
        printf '\n[log]\nlevel = info\n'
    } >"$DIR/etc/bank-server-$1.ini"
}

write_middleware() {
    local i
    {
        printf '[server]\nname = middleware-%d\n' "$1"
        printf 'listen = %s:%d\n' "$TW_ADDRESS" $((MIDDLEWARE_PORT + $1))
        printf 'metrics_listen = %s:%d\n' "$TW_ADDRESS" $((MIDDLEWARE_METRICS + $1))
        write_tls "middleware-$(middleware_name "$1")"
        printf '\n[banks]\n'
        for ((i = 1; i <= TW_SERVERS; i++)); do
            printf 'server = %s %s:%d\n' "$BANK_CODE" "$TW_ADDRESS" $((BANK_SERVER_PORT + i))
        done
        middleware_limits
        printf '\n[log]\nlevel = info\n'
    } >"$DIR/etc/middleware-$1.ini"
}

# middleware_limits: a [limits] section where the default, $MIDDLEWARE_CONNECTIONS, is too little for our
# terminals, or more than a process may have here.
middleware_limits() {
    local most needed=$((TW_TERMINALS + SPARE_CONNECTIONS))
    most=$(ulimit -Hn)
    if ((needed > MIDDLEWARE_CONNECTIONS)); then
        printf '\n[limits]\nconnections = %d\n' "$needed"
    elif [[ $most != unlimited ]] && ((most < MIDDLEWARE_CONNECTIONS + SPARE_CONNECTIONS)); then
        printf '\n[limits]\nconnections = %d\n' $((most - SPARE_CONNECTIONS))
    fi
}

write_bankctl() {
    {
        printf '[bank]\ncode = %s\nkeyring = ../secrets/keyring.ini\n' "$BANK_CODE"
        printf 'root = ../pki/root.crt\n\n[database]\n'
        printf 'owner = %s\n' "$(database tw_owner)"
        printf 'operator = %s\n' "$(database tw_operator)"
        printf 'bank = %s\n' "$(database tw_bank)"
        printf 'audit = %s\n' "$(database tw_audit)"
    } >"$DIR/etc/bankctl.ini"
}

# write_terminal NUMBER: without starting a process, because there may be ten thousand.
write_terminal() {
    local i
    {
        printf '[terminal]\nid = %s\nlocation = ' "$1"
        terminal_location "$1"
        printf 'acquirer = %s\njournal = ../journal/%s.db\n' "$BANK_CODE" "$1"
        printf '\n[network]\n'
        for ((i = 1; i <= TW_MIDDLEWARES; i++)); do
            printf 'middleware = %s:%d\n' "$TW_ADDRESS" $((MIDDLEWARE_PORT + i))
        done
        write_tls "terminal-$BANK_CODE-$1"
        printf '\n[cassettes]\ncassette = 1 5000 EUR\ncassette = 2 2000 EUR\n'
        printf '\n[log]\nlevel = info\n'
    } >"$DIR/etc/atm-$1.ini"
}

# terminal_location NUMBER: or {}, which bankctl replaces by the number.
terminal_location() {
    local number=$1
    [[ $number == '{}' ]] || number=$((10#$number))
    echo "Main Street $number, ${BANK_NAME%% *}ton"
}

# bank_entry: this bank in a directory (interbank/directory/directory.h), from network.env.
bank_entry() {
    local i name=${BANK_NAME//\\/\\\\} addresses=
    for ((i = 1; i <= TW_SERVERS; i++)); do
        addresses+="${addresses:+,}\"$TW_ADDRESS:$((BANK_SERVER_PORT + i))\""
    done
    printf '{"bank_code":"%s","name":"%s","currency":"EUR","iins":["%s"],"addresses":[%s]}' \
        "$BANK_CODE" "${name//\"/\\\"}" "$BANK_IIN" "$addresses"
}

write_agent() {
    {
        printf '[server]\nname = settlement-agent-%d\n' "$1"
        printf 'listen = %s:%d\n' "$TW_ADDRESS" $((AGENT_PORT + $1))
        printf 'metrics_listen = %s:%d\n' "$TW_ADDRESS" $((AGENT_METRICS + $1))
        write_tls agent-settlement
        printf '\n[database]\nconninfo = %s connect_timeout=5\n' "$(database tw_agent)"
        printf '\n[settlement]\nretries = 3\nretry_ms = 2000\n'
        printf '\n[log]\nlevel = info\n'
    } >"$DIR/etc/settlement-agent-$1.ini"
}

write_settlectl() {
    {
        printf '[tls]\nroot = ../pki/root.crt\ncrl = ../pki/crl.pem\n\n[database]\n'
        printf 'owner = %s\n' "$(database tw_settlement_owner)"
        printf 'operator = %s\n' "$(database tw_agent_operator)"
        printf 'agent = %s\n' "$(database tw_agent)"
        printf 'audit = %s\n' "$(database tw_agent_audit)"
    } >"$DIR/etc/settlectl.ini"
}

# agent_addresses: one "ADDRESS:PORT" per line, for bank servers.
agent_addresses() {
    local i
    for ((i = 1; i <= TW_AGENTS; i++)); do echo "$TW_ADDRESS:$((AGENT_PORT + i))"; done
}

# settlement_section: of a bank server's configuration, with further settings as given.
settlement_section() {
    local setting
    printf '\n[settlement]\n'
    agent_addresses | sed 's/^/agent = /'
    for setting in "$@"; do printf '%s\n' "$setting"; done
}

# replace_section FILE SECTION: puts standard input in place of this section, or at the end.
replace_section() {
    { awk -v wanted="[$2]" '
        /^\[/ { inside = $0 == wanted }
        inside { next }
        /^$/ { blanks++; next }
        { while (blanks > 0) { print ""; blanks-- } print }' "$1" && cat; } >"$1.new"
    mv "$1.new" "$1"
}

write_agent_configuration() {
    local i
    for ((i = 1; i <= TW_AGENTS; i++)); do write_agent "$i"; done
    write_settlectl
}

write_configuration() {
    local i id
    for ((i = 1; i <= TW_SERVERS; i++)); do write_bank_server "$i"; done
    for ((i = 1; i <= TW_MIDDLEWARES; i++)); do write_middleware "$i"; done
    while read -r id; do write_terminal "$id"; done < <(terminal_ids)
    write_bankctl
}
