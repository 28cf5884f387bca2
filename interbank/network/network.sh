#!/usr/bin/env bash
# Creates and runs private Tellerwire networks on this machine: one folder each, with its own
# PostgreSQL cluster, PKI, configuration and loopback address. `run`, the tests and the benchmark
# all stand on this; nothing here needs root, and two networks never meet.
#
# Every command may be given again: what is done already is left alone, and what a crash left half
# done is removed or finished. SIGINT and SIGTERM only raise a flag that is looked at between
# steps, so that no process starts without its pid being written down; then all is undone.
# shellcheck disable=SC2030,SC2031 # entry_of and import_directory: another DIR, in a subshell
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly PKI=$HERE/../../middleware/pki/pki.sh

usage() {
    cat <<'TEXT'
usage: network.sh create DIR [options]      new network; nothing runs afterwards
       network.sh start DIR [PROCESS...]    start all or some, wait until they are ready
       network.sh stop DIR [PROCESS...]     stop all or some, cleanly if they let us
       network.sh kill DIR PROCESS...       kill -9
       network.sh status DIR                what runs; exit code 0 when everything does, else 3
       network.sh directory DIR DIR...      tell banks of each other: sign a directory with their
                                            root's key, import it into each
       network.sh settlement DIR [--poll-ms N] [--drain-ms N] BANK_DIR...
                                            make banks participants of the settlement agent in DIR,
                                            and tell their bank servers, which learn it when they
                                            start next
       network.sh fleet DIR --terminals N [--cards N] [BANK_DIR...]
                                            what "atm-client fleet" needs: terminals from 00001001 on
                                            (or after the network's own, if those are more),
                                            customers with cards here and at other banks; etc/fleet.ini
       network.sh destroy DIR               stop all and remove everything

PROCESS: postgres, bank-server-1, bank-server-2, ..., middleware-1, ...; of the settlement agent:
         postgres, settlement-agent-1, ...

options of create:
  --bank CODE        bank code, eight digits (default 90000001)
  --name NAME        name of the bank (default "Alder Bank")
  --iin IIN          first eight digits of its cards (default 92760001)
  --servers N        bank servers (default 2)
  --middlewares N    middlewares (default 1)
  --join OTHER_DIR   a further bank under the root of the network in OTHER_DIR: pki/ is a link to
                     that one's, which must therefore be destroyed last
  --peer-limit AMOUNT  most that a peer bank may owe this one, at first (default 1000000.00)
  --terminals N      terminals, numbered from 00000017 (default 1)
  --agent            the network's settlement agent instead of a bank; needs --join, takes --name,
                     --servers (its processes, default 1), --bin and the following
  --bin FOLDER       built programs (default build/dev/bin of this checkout)
  --empty            cluster, PKI and configuration only: no tables, no bank, no terminals in it
  --template FOLDER  copy the cluster with its tables from FOLDER, or put it there first: for who
                     makes many networks with the same programs
  --started          PostgreSQL runs afterwards
  --buffers-mb N     PostgreSQL's shared buffers (default 256); ten million accounts need 2048
  --unsafe-fast      PostgreSQL without fsync, for unit tests only: a crash may lose money

DIR afterwards: network.env (shell variables), pki/, secrets/, etc/*.ini, journal/, log/, run/.
PostgreSQL's data and socket: /var/tmp/tw-XXXXXX, as TW_PG in network.env.
TEXT
}

die() {
    printf 'network.sh: %s\n' "$*" >&2
    exit 1
}

misuse() {
    printf 'network.sh: %s\nTry: network.sh help\n' "$*" >&2
    exit 2
}

# shellcheck source=interbank/network/process.sh
source "$HERE/process.sh"
# shellcheck source=interbank/network/postgres.sh
source "$HERE/postgres.sh"
# shellcheck source=interbank/network/layout.sh
source "$HERE/layout.sh"
# shellcheck source=interbank/network/fleet.sh
source "$HERE/fleet.sh"

interrupted=
trap 'interrupted=yes' INT TERM HUP

# check_interrupt: between two steps.
check_interrupt() {
    [[ -z $interrupted ]] || return 1
}

# load: reads network.env of $DIR; fails when there is none.
load() {
    [[ -f $DIR/network.env ]] || return 1
    TW_AGENTS=0
    # shellcheck disable=SC1091
    source "$DIR/network.env"
}

# pki ARG...: with the program that makes many certificates, if it was built.
pki() {
    TW_PKI_ISSUE=$TW_BIN/pki-issue "$PKI" "$@"
}

# lock: one network.sh at a time per DIR. Held on descriptor 9 until exit.
lock() {
    exec 9>"$DIR/.lock"
    flock --timeout 120 9 || die "another network.sh is busy with '$DIR'"
}

process_names() {
    local i
    echo postgres
    for ((i = 1; i <= TW_AGENTS; i++)); do echo "settlement-agent-$i"; done
    for ((i = 1; i <= TW_SERVERS; i++)); do echo "bank-server-$i"; done
    for ((i = 1; i <= TW_MIDDLEWARES; i++)); do echo "middleware-$i"; done
}

# check_names NAME...: dies when one is no process of this network.
check_names() {
    local name known
    known=$(process_names)
    for name in "$@"; do
        grep -qxF -- "$name" <<<"$known" || misuse "this network has no process '$name'"
    done
}

# metrics_port NAME
metrics_port() {
    case $1 in
    bank-server-*) echo $((BANK_SERVER_METRICS + ${1##*-})) ;;
    middleware-*) echo $((MIDDLEWARE_METRICS + ${1##*-})) ;;
    settlement-agent-*) echo $((AGENT_METRICS + ${1##*-})) ;;
    esac
}

# launch NAME: starts without waiting.
launch() {
    local name=$1 pid_file=$DIR/run/$1.pid
    if [[ $name == postgres ]]; then
        postgres_start || { tail -n 5 "$TW_PG/postgresql.log" >&2 && return 1; }
    elif ! process_alive "$pid_file"; then
        process_start "$pid_file" "$DIR/log/$name.log" \
            "$TW_BIN/${name%-*}" --config "$DIR/etc/$name.ini"
    fi
}

# await NAME: until it is ready.
await() {
    [[ $1 == postgres ]] && return 0
    process_await "$DIR/run/$1.pid" "$TW_ADDRESS" "$(metrics_port "$1")" 30 && return 0
    [[ -n $interrupted ]] || {
        echo "network.sh: $1 does not get ready; the end of $DIR/log/$1.log:"
        tail -n 5 "$DIR/log/$1.log"
    } >&2
    return 1
}

halt() {
    if [[ $1 == postgres ]]; then postgres_stop; else process_stop "$DIR/run/$1.pid"; fi
}

running() {
    if [[ $1 == postgres ]]; then postgres_pid >/dev/null; else process_alive "$DIR/run/$1.pid"; fi
}

# stop_all: in the opposite order of start, whatever happens on the way.
stop_all() {
    local name failed=0
    while read -r name; do halt "$name" || failed=1; done < <(process_names | tac)
    return $failed
}

# launch_and_await NAME...: all are launched before the first is waited for.
launch_and_await() {
    local name
    for name in "$@"; do check_interrupt && launch "$name" || return 1; done
    for name in "$@"; do check_interrupt && await "$name" || return 1; done
    check_interrupt
}

# start_these NAME...: all or nothing of those that were not running.
start_these() {
    local name
    local -a fresh=()
    for name in "$@"; do running "$name" || fresh+=("$name"); done
    launch_and_await "$@" && return 0
    trap '' INT TERM HUP
    for name in "${fresh[@]}"; do halt "$name"; done
    return 1
}

bankctl() {
    check_interrupt
    "$TW_BIN/bankctl" --config "$DIR/etc/bankctl.ini" "$@" >>"$DIR/log/create.log" 2>&1
}

# enrol_terminals: in one statement; the locations of all but their numbers are the same.
enrol_terminals() {
    ((TW_TERMINALS == 0)) || bankctl terminal enrol "$(terminal_ids | head -n 1)" \
        --count "$TW_TERMINALS" --location "$(terminal_location '{}')"
}

# make_bank: the bank and its terminals; PostgreSQL runs and has the tables.
make_bank() {
    bankctl bank create --code "$BANK_CODE" --name "$BANK_NAME" --iin "$BANK_IIN" \
        --currency EUR --business-date "$(date -u +%F)"
    bankctl bank peer-limit "$PEER_LIMIT"
    enrol_terminals
}

settlectl() {
    check_interrupt
    "$TW_BIN/settlectl" --config "$DIR/etc/settlectl.ini" "$@" >>"$DIR/log/create.log" 2>&1
}

# make_database OWNER DATABASE: an owner that may make the other roles, and no superuser.
make_database() {
    postgres_sql postgres <<-END
	CREATE ROLE $1 LOGIN CREATEROLE;
	CREATE DATABASE $2 OWNER $1;
	END
}

# make_cluster: a new cluster with its database. It runs.
make_cluster() {
    postgres_create
    check_interrupt
    postgres_start
    if is_agent; then make_database tw_settlement_owner settlement; else make_database tw_owner bank; fi
}

# make_tables: once the files are there that the tools read.
make_tables() {
    wait "$files_job"
    check_interrupt
    if is_agent; then settlectl migrate; else bankctl migrate; fi
}

# copy_cluster TEMPLATE: what the two above make, from a cluster that was kept. It runs.
copy_cluster() {
    local kept=$1/bank
    if is_agent; then kept=$1/agent; fi
    mkdir -p -- "$1"
    exec 8>"$1/.lock"
    flock --timeout 120 8 || die "another network.sh is busy with '$1'"
    if [[ ! -d $kept ]]; then
        make_cluster
        make_tables
        postgres_stop
        cp -a -- "$TW_PG/data" "$kept.new" && mv -- "$kept.new" "$kept"
    else
        cp -a -- "$kept" "$TW_PG/data"
        postgres_configure
    fi
    exec 8>&-
    check_interrupt
    postgres_start
}

# write_files: all but the cluster, beside which they are made: each takes a processor for seconds.
write_files() {
    if is_agent; then
        write_agent_pki
        write_agent_configuration
    else
        write_pki
        write_configuration
    fi
}

# build_network EMPTY TEMPLATE STARTED: everything inside DIR; network.env is there already, so that
# whatever happens from here on, destroy finds what to remove. The first failure ends it (set -e).
build_network() {
    local files_job
    trap 'wait' EXIT # a failure of one half must not leave the other at work
    write_files &
    files_job=$!
    if [[ -n $2 ]]; then
        copy_cluster "$2"
    else
        make_cluster
        if [[ $1 == no ]]; then make_tables; fi
    fi
    wait "$files_job"
    check_interrupt
    if [[ $1 == yes ]]; then
        :
    elif is_agent; then
        settlectl agent create --name "$BANK_NAME"
    else
        make_bank
    fi
    if [[ $3 == no ]]; then postgres_stop; fi
}

remove_all() {
    postgres_discard
    stop_all || return 1
    case $TW_PG in
    /var/tmp/tw-??????) rm -rf -- "$TW_PG" ;;
    *) die "TW_PG in '$DIR/network.env' is '$TW_PG', which network.sh did not make" ;;
    esac
    remove_from_pki
    find "$DIR" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf -- {} +
}

# shape_agent: what --agent means for the other options.
shape_agent() {
    [[ -n $TW_JOINED ]] || misuse "--agent needs --join"
    [[ ! -d $TW_JOINED/pki/agent-settlement ]] ||
        die "the network of '$TW_JOINED' has a settlement agent already"
    TW_AGENTS=$TW_SERVERS TW_SERVERS=0 TW_MIDDLEWARES=0 TW_TERMINALS=0 BANK_CODE='' BANK_IIN=''
}

command_create() {
    local empty=no agent=no started=no template='' servers='' name=''
    TW_JOINED='' PEER_LIMIT=1000000.00 TW_AGENTS=0
    TW_SERVERS=2 TW_MIDDLEWARES=1 TW_TERMINALS=1 TW_UNSAFE_FAST=0 TW_BUFFERS_MB=256
    BANK_CODE=90000001 BANK_NAME="Alder Bank" BANK_IIN=92760001
    TW_BIN=$(cd "$HERE/../.." && pwd)/build/dev/bin
    while (($#)); do
        case $1 in
        --empty) empty=yes && shift && continue ;;
        --unsafe-fast) TW_UNSAFE_FAST=1 && shift && continue ;;
        --agent) agent=yes && shift && continue ;;
        --started) started=yes && shift && continue ;;
        esac
        (($# >= 2)) || misuse "unknown option or no value: '$1'"
        case $1 in
        --bank) BANK_CODE=$2 ;;
        --name) name=$2 ;;
        --iin) BANK_IIN=$2 ;;
        --servers) servers=$2 ;;
        --middlewares) TW_MIDDLEWARES=$2 ;;
        --terminals) TW_TERMINALS=$2 ;;
        --peer-limit) PEER_LIMIT=$2 ;;
        --buffers-mb) TW_BUFFERS_MB=$2 ;;
        --join)
            [[ -f $2/created ]] || misuse "no network in '$2'"
            TW_JOINED=$(cd -- "$2" && pwd)
            ;;
        --bin) TW_BIN=$(cd -- "$2" && pwd) || misuse "no folder '$2'" ;;
        --template) template=$2 ;;
        *) misuse "unknown option '$1'" ;;
        esac
        shift 2
    done
    if [[ $agent == yes ]]; then BANK_NAME="Settlement Agent" TW_SERVERS=1; fi
    BANK_NAME=${name:-$BANK_NAME} TW_SERVERS=${servers:-$TW_SERVERS}
    [[ $BANK_CODE =~ ^9[0-9]{7}$ && $BANK_IIN =~ ^9[0-9]{7}$ ]] ||
        misuse "bank code and IIN have eight digits, the first a 9"
    [[ $TW_SERVERS =~ ^[1-9][0-9]?$ && $TW_MIDDLEWARES =~ ^(0|[1-9][0-9]?)$ &&
        $TW_TERMINALS =~ ^(0|[1-9][0-9]{0,4})$ ]] ||
        misuse "1 to 99 servers, 0 to 99 middlewares, 0 to 99999 terminals"
    [[ $TW_BUFFERS_MB =~ ^[1-9][0-9]{1,5}$ ]] || misuse "--buffers-mb needs 10 to 999999"
    ((TW_MIDDLEWARES || !TW_TERMINALS)) || misuse "terminals need a middleware"
    [[ -z $template || $empty$TW_UNSAFE_FAST == no0 ]] ||
        misuse "--template has tables and is safe: not with --empty or --unsafe-fast"
    mkdir -p -- "$DIR" && DIR=$(cd -- "$DIR" && pwd)
    lock
    [[ ! -f $DIR/created ]] || return 0
    if [[ $agent == yes ]]; then shape_agent; fi
    if (load); then (load && remove_all) || die "cannot remove what is left in '$DIR'"; fi
    [[ -z $(find "$DIR" -mindepth 1 ! -name .lock -print -quit) ]] ||
        die "'$DIR' holds other files; give an empty or new folder"
    [[ -z $TW_JOINED || -z $BANK_CODE || ! -d $TW_JOINED/pki/bank-$BANK_CODE ]] ||
        die "the network of '$TW_JOINED' has a bank $BANK_CODE already"
    umask 077
    mkdir -p "$DIR"/{pki,secrets,etc,journal,log,run}
    touch "$DIR"/log/{initdb,create}.log
    TW_ADDRESS=$(random_address)
    TW_PG=$(mktemp -d /var/tmp/tw-XXXXXX)
    write_environment
    # In a subshell, where a failure ends the work but not the tidying; and not in a condition,
    # where bash would ignore set -e.
    local failed=0
    set +e
    (set -e; trap 'interrupted=yes' INT TERM HUP; build_network "$empty" "$template" "$started")
    failed=$?
    set -e
    if ((failed)) || [[ -n $interrupted ]]; then
        trap '' INT TERM HUP
        [[ -n $interrupted ]] || tail -n 5 "$DIR"/log/{initdb,create}.log >&2 || true
        remove_all
        die "network not created${interrupted:+: interrupted}"
    fi
    : >"$DIR/created"
}

# enter: DIR must be a whole network.
enter() {
    [[ -f $DIR/created ]] || die "no network in '$DIR'; make one with: network.sh create"
    DIR=$(cd -- "$DIR" && pwd)
    lock
    load
}

command_start() {
    enter
    local -a names=("$@")
    if (($# == 0)); then mapfile -t names < <(process_names); fi
    check_names "${names[@]}"
    start_these "${names[@]}" || die "not started${interrupted:+: interrupted}"
}

command_stop() {
    [[ -f $DIR/network.env ]] || return 0
    DIR=$(cd -- "$DIR" && pwd)
    trap '' INT TERM HUP
    lock
    load
    if (($# == 0)); then
        stop_all || die "something would not stop; see: network.sh status"
    else
        check_names "$@"
        local name
        for name in "$@"; do halt "$name" || die "$name would not stop"; done
    fi
}

command_kill() {
    (($#)) || misuse "kill what?"
    enter
    check_names "$@"
    local name
    for name in "$@"; do
        if [[ $name == postgres ]]; then postgres_kill; else process_kill "$DIR/run/$name.pid"; fi ||
            die "$name does not run"
    done
}

command_status() {
    [[ -f $DIR/network.env ]] || { echo "no network in '$DIR'" && return 3; }
    load
    local name port down=0
    while read -r name; do
        port=$(metrics_port "$name")
        if ! running "$name"; then
            printf '%-16s down\n' "$name" && down=3
        elif [[ $name == postgres ]]; then
            printf '%-16s up     pid %-7s socket in %s\n' "$name" "$(postgres_pid)" "$TW_PG"
        else
            printf '%-16s %-6s pid %-7s %s:%s, metrics :%s\n' "$name" \
                "$(http_ready "$TW_ADDRESS" "$port" && echo up || echo busy)" \
                "$(process_pid "$DIR/run/$name.pid")" "$TW_ADDRESS" $((port - 2000)) "$port"
        fi
    done < <(process_names)
    return $down
}

# entry_of FOLDER
entry_of() (
    local DIR=$1
    load && bank_entry
)

# import_directory FOLDER FILE: into the bank there, whose PostgreSQL runs afterwards only when it did
# before. In a subshell, because it locks and loads another network.
import_directory() (
    local DIR=$1
    enter
    with_postgres bankctl directory import "$2"
)

# The serial is one higher than that of the directory signed before, which pki/ keeps.
command_directory() {
    local -a folders=("$DIR" "$@")
    local folder pki serial=1 entries='' issued shown
    for folder in "${folders[@]}"; do
        [[ -f $folder/created ]] || die "no network in '$folder'"
        cmp -s "$folder/pki/root.crt" "$DIR/pki/root.crt" ||
            die "'$folder' and '$DIR' have different roots; see create --join"
        entries+="${entries:+,}$(entry_of "$folder")"
    done
    load
    pki=$(cd -- "$DIR/pki" && pwd -P)
    exec 6>"$pki/ca/directory.lock"
    flock --timeout 60 6 || die "'$pki' is in use"
    if [[ -f $pki/directory.jws ]]; then
        shown=$("$TW_BIN/directory" show --json --root "$pki/root.crt" "$pki/directory.jws")
        [[ $shown =~ \"serial\":([0-9]+) ]] && serial=$((BASH_REMATCH[1] + 1))
    fi
    issued=$(date -u +%FT%TZ)
    "$TW_BIN/directory" sign --key "$pki/ca/root.key" --in - --out "$pki/directory.jws.new" \
        <<<"{\"serial\":$serial,\"issued\":\"$issued\",\"banks\":[$entries]}" ||
        die "no directory was signed"
    mv -f "$pki/directory.jws.new" "$pki/directory.jws"
    exec 6>&-
    for folder in "${folders[@]}"; do
        import_directory "$folder" "$pki/directory.jws" ||
            die "the bank in '$folder' did not take it over"
    done
}

# with_postgres COMMAND...: with PostgreSQL running, and stopped again if it was not.
with_postgres() {
    local started=no failed=0
    if ! running postgres; then postgres_start && started=yes || return 1; fi
    "$@" || failed=1
    if [[ $started == yes ]]; then postgres_stop || failed=1; fi
    return $failed
}

# register_bank FOLDER: the bank there as a participant, unless it is one.
register_bank() {
    local code name
    code=$(DIR=$1 && load && echo "$BANK_CODE")
    name=$(DIR=$1 && load && echo "$BANK_NAME")
    "$TW_BIN/settlectl" --config "$DIR/etc/settlectl.ini" --json participant list |
        grep -qF "\"$code\"" || settlectl participant add "$code" --name "$name" --currency EUR
}

# tell_bank FOLDER SECTION: into the configuration of the bank servers there.
tell_bank() (
    local DIR=$1 i
    enter
    for ((i = 1; i <= TW_SERVERS; i++)); do
        replace_section "$DIR/etc/bank-server-$i.ini" settlement <<<"$2"
    done
)

command_settlement() {
    local -a settings=() folders=()
    local folder section started=no failed=0
    while (($#)); do
        case $1 in
        --poll-ms | --drain-ms)
            [[ ${2:-} =~ ^[0-9]+$ ]] || misuse "$1 needs a number"
            settings+=("$(tr - _ <<<"${1#--}") = $2")
            shift 2
            ;;
        *) folders+=("$1") && shift ;;
        esac
    done
    ((${#folders[@]})) || misuse "which banks?"
    enter
    is_agent || misuse "there is no settlement agent in '$DIR'"
    for folder in "${folders[@]}"; do
        [[ -f $folder/created ]] || die "no network in '$folder'"
        cmp -s "$folder/pki/root.crt" "$DIR/pki/root.crt" ||
            die "'$folder' and '$DIR' have different roots; see create --join"
    done
    section=$(settlement_section "${settings[@]}")
    if ! running postgres; then
        postgres_start || die "PostgreSQL does not start"
        started=yes
    fi
    for folder in "${folders[@]}"; do
        register_bank "$folder" && tell_bank "$folder" "$section" || failed=1
    done
    if [[ $started == yes ]]; then postgres_stop || failed=1; fi
    ((failed == 0)) || die "not every bank settles at the agent now; see $DIR/log/create.log"
}

command_destroy() {
    [[ -d $DIR ]] || return 0
    DIR=$(cd -- "$DIR" && pwd)
    trap '' INT TERM HUP
    lock
    if load; then remove_all || die "something would not stop; nothing removed"; fi
    rm -f -- "$DIR/.lock"
    rmdir -- "$DIR" 2>/dev/null || true
}

main() {
    local command=${1:-}
    case $command in
    help | --help | -h) usage && return ;;
    create | start | stop | kill | status | directory | settlement | fleet | destroy) ;;
    '') misuse "what should be done?" ;;
    *) misuse "unknown command '$command'" ;;
    esac
    [[ -n ${2:-} ]] || misuse "$command needs a DIR"
    DIR=$2
    shift 2
    "command_$command" "$@"
}

main "$@"
