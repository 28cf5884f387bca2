# shellcheck shell=bash
# A private PostgreSQL cluster: one folder (mode 0700) with data, log and the only socket; no TCP
# port. Sourced by network.sh.
#
# PostgreSQL refuses to run as root, so root hands the folder to the user postgres that Debian's
# package makes; anybody else runs it as himself. The folder lies in /var/tmp, not in the network's
# own folder: the path of a socket may have 107 characters at most, and a checkout in root's home
# could not be reached by the user postgres. Who may enter the folder may connect as any role:
# that is the gate, and pg_hba.conf says "trust".

postgres_bin() {
    local found
    found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [[ -x $found ]] || die "PostgreSQL is not installed (looked in /usr/lib/postgresql)"
    dirname "$found"
}

# as_postgres PROGRAM ARG...: one of PostgreSQL's programs, as the cluster's owner.
as_postgres() {
    local program
    program=$(postgres_bin)/$1
    shift
    local -a become=()
    if ((EUID == 0)); then
        become=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    fi
    # The current folder may be closed to that user.
    (cd "$TW_PG" 2>/dev/null || cd / && exec "${become[@]}" "$program" "$@" 9>&-)
}

# postgres_settings: what differs from PostgreSQL's defaults, and why.
postgres_settings() {
    local buffers_mb=${TW_BUFFERS_MB:-256}
    cat <<-END
	# Reached by the socket in this folder only.
	listen_addresses = ''
	unix_socket_directories = '$TW_PG'
	# Bank servers queue in the process, not here: a few connections each, plus bankctl and tests.
	max_connections = 100
	# The accounts, of which 256 MB hold a million, and the hot end of the entries stay in memory.
	shared_buffers = ${buffers_mb}MB
	wal_buffers = 16MB
	# Posting is a stream of commits: spread checkpoints far apart, reuse WAL files. After each one
	# every page is logged as a whole when it changes first: the more pages, the farther apart.
	checkpoint_timeout = 15min
	checkpoint_completion_target = 0.9
	min_wal_size = 512MB
	max_wal_size = $((buffers_mb * 8))MB
	# Small fixed statements: no compiling. Balance rows change often: vacuum early.
	jit = off
	autovacuum_naptime = 15s
	autovacuum_vacuum_scale_factor = 0.05
	# An application dies or hangs: its locks must not stay.
	idle_in_transaction_session_timeout = 60s
	# No statement's values in the log, even with an error: they might be a customer's data.
	log_parameter_max_length = 0
	log_parameter_max_length_on_error = 0
	log_line_prefix = '%m [%p] %u '
	log_timezone = 'UTC'
	timezone = 'UTC'
	END
    if [[ ${TW_UNSAFE_FAST:-0} == 1 ]]; then
        printf '%s\n' "# Asked for by --unsafe-fast: a crash of the machine loses money." \
            "fsync = off" "synchronous_commit = off" "full_page_writes = off"
    else
        printf '%s\n' "# What is answered is on the disk." \
            "fsync = on" "synchronous_commit = on" "full_page_writes = on"
    fi
}

# postgres_create: makes the folder $TW_PG (which must be empty) into a cluster.
postgres_create() {
    local -a how=(--username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8)
    if [[ ${TW_UNSAFE_FAST:-0} == 1 ]]; then how+=(--no-sync); else how+=(--data-checksums); fi
    if ((EUID == 0)); then
        getent passwd postgres >/dev/null || die "no user postgres; is the package postgresql installed?"
        chown postgres:postgres "$TW_PG"
    fi
    as_postgres initdb "${how[@]}" --pgdata="$TW_PG/data" >"$DIR/log/initdb.log" 2>&1
    echo "include 'tellerwire.conf'" >>"$TW_PG/data/postgresql.conf"
    echo "local all all trust" >"$TW_PG/data/pg_hba.conf"
    postgres_configure
}

# postgres_configure: what of a cluster belongs to its folder.
postgres_configure() {
    postgres_settings >"$TW_PG/data/tellerwire.conf"
    if ((EUID == 0)); then chown postgres:postgres "$TW_PG" "$TW_PG/data/tellerwire.conf"; fi
    ln -sfn "$TW_PG/postgresql.log" "$DIR/log/postgresql.log"
}

# postgres_pid: prints the postmaster's pid, fails when this cluster's postmaster does not run.
postgres_pid() {
    local pid state _
    [[ -s $TW_PG/data/postmaster.pid ]] && read -r pid <"$TW_PG/data/postmaster.pid" || return 1
    read -r state _ < <(process_stat "$pid") && [[ $state != [ZX] ]] || return 1
    [[ $(readlink "/proc/$pid/cwd") == "$TW_PG/data" ]] && echo "$pid"
}

# postgres_left: true while any process of this cluster is left, a backend too.
postgres_left() {
    local cwd pid state _
    for cwd in /proc/[0-9]*/cwd; do
        [[ $cwd -ef $TW_PG/data ]] || continue
        pid=${cwd#/proc/} && pid=${pid%/cwd}
        read -r state _ < <(process_stat "$pid") && [[ $state != [ZX] ]] && return 0
    done
    return 1
}

# postgres_gone SECONDS: waits until none is left.
postgres_gone() {
    local deadline=$((SECONDS + $1))
    while postgres_left; do
        ((SECONDS <= deadline)) || return 1
        sleep 0.02
    done
}

# postgres_start: after a kill -9 the old postmaster may stay as a zombie when nobody collects it,
# and PostgreSQL would take it for alive. Its lock files are removed only when nothing is left.
postgres_start() {
    postgres_pid >/dev/null && return 0
    postgres_gone 30 || return 1
    rm -f "$TW_PG/data/postmaster.pid" "$TW_PG"/.s.PGSQL.*
    as_postgres pg_ctl --pgdata="$TW_PG/data" --log="$TW_PG/postgresql.log" --silent \
        --wait --timeout=60 start >/dev/null || return 1
}

# postgres_stop: the fast way first; a cluster that does not answer is stopped hard, which is safe:
# it recovers from its WAL at the next start.
postgres_stop() {
    local pid mode
    pid=$(postgres_pid) || return 0
    kill -CONT "$pid" 2>/dev/null || true
    for mode in fast immediate; do
        if as_postgres pg_ctl --pgdata="$TW_PG/data" --silent --wait --timeout=30 --mode=$mode \
            stop >/dev/null 2>&1; then
            return 0
        fi
        postgres_pid >/dev/null || return 0
    done
    kill -KILL "$pid" 2>/dev/null || true
    postgres_gone 10
}

# postgres_discard: ends a cluster that will be removed, without a last checkpoint.
postgres_discard() {
    postgres_pid >/dev/null || return 0
    as_postgres pg_ctl --pgdata="$TW_PG/data" --silent --wait --timeout=10 --mode=immediate stop \
        >/dev/null 2>&1 || true
}

# postgres_kill: kill -9 of the postmaster; the backends notice and end.
postgres_kill() {
    local pid
    pid=$(postgres_pid) || return 1
    kill -KILL "$pid" && postgres_gone 30
}

# postgres_sql DATABASE: runs standard input as the superuser.
postgres_sql() {
    as_postgres psql --host="$TW_PG" --username=postgres --dbname="$1" --no-psqlrc --quiet \
        --set=ON_ERROR_STOP=1 --tuples-only --no-align
}
