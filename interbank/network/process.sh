# shellcheck shell=bash
# Processes that outlive the shell that started them. Sourced by network.sh.
#
# A running process is named by a file holding "pid start-time" (start time: field 22 of
# /proc/PID/stat, in clock ticks since boot). Both must match before a signal is sent, so a number
# that the kernel gave to somebody else in the meantime is never touched. A zombie counts as dead.

# process_stat PID: prints "state start-time", fails when there is no such process.
process_stat() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    # The command name is in parentheses and may hold anything; count from the last one.
    local fields
    read -ra fields <<<"${line##*) }"
    echo "${fields[0]} ${fields[19]}"
}

# process_alive FILE: true when the process that FILE names still runs.
process_alive() {
    local pid started state now
    [[ -s $1 ]] && read -r pid started <"$1" || return 1
    read -r state now < <(process_stat "$pid") || return 1
    [[ $now == "$started" && $state != [ZX] ]]
}

process_pid() {
    local pid _
    read -r pid _ <"$1" && echo "$pid"
}

# process_start FILE LOG COMMAND...: detached (own session, so Ctrl-C at a terminal does not reach
# it), output appended to LOG. Descriptor 9 is the network's lock and must not be inherited.
process_start() {
    local file=$1 log=$2 pid state started
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    pid=$!
    disown
    read -r state started < <(process_stat "$pid") || started=0
    : "$state"
    echo "$pid $started" >"$file"
}

# process_gone FILE SECONDS: waits for the end; fails when the time is over.
process_gone() {
    local deadline=$((SECONDS + $2))
    while process_alive "$1"; do
        ((SECONDS <= deadline)) || return 1
        sleep 0.02
    done
}

# process_stop FILE: asks politely, then insists. Ends with the process dead and FILE removed.
process_stop() {
    local file=$1 pid
    if process_alive "$file"; then
        pid=$(process_pid "$file")
        # A stopped process cannot act on SIGTERM.
        kill -CONT "$pid" 2>/dev/null || true
        kill -TERM "$pid" 2>/dev/null || true
        if ! process_gone "$file" 15; then
            kill -KILL "$pid" 2>/dev/null || true
            process_gone "$file" 5 || return 1
        fi
    fi
    rm -f "$file"
}

# process_kill FILE: kill -9, for showing that nothing is lost.
process_kill() {
    process_alive "$1" || return 1
    kill -KILL "$(process_pid "$1")" && process_gone "$1" 5
    rm -f "$1"
}

# http_ready ADDRESS PORT: true when GET /readyz answers 200. Needs no program but bash.
http_ready() {
    local version code _
    {
        exec 8<>"/dev/tcp/$1/$2" &&
            printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&8 &&
            IFS=' ' read -r -t 2 version code _ <&8
    } 2>/dev/null
    local heard=$?
    { exec 8>&-; } 2>/dev/null || true
    : "${version:-}"
    [[ $heard == 0 && ${code:-} == 200 ]]
}

# process_await FILE ADDRESS PORT SECONDS: until ready; fails at once when the process ends.
process_await() {
    local deadline=$((SECONDS + $4))
    until http_ready "$2" "$3"; do
        process_alive "$1" || return 1
        [[ -z ${interrupted:-} ]] && ((SECONDS <= deadline)) || return 1
        sleep 0.03
    done
}
