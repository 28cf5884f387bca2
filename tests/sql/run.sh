#!/usr/bin/env bash
# Runs the pgTAP tests on a throw-away cluster that nothing else uses, so that any number of runs
# may go on at once: tests/sql/run.sh [[OPTION...] FILE...], options being pg_prove's. Files in
# settlement/ are about the settlement agent's database, the others about a bank's. Needs bankctl and
# settlectl in build/dev/bin (or $TW_BIN), which make the tables. fsync is off: nothing here has to
# survive.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
readonly ROOT
TW_UNSAFE_FAST=1

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# shellcheck source=interbank/network/process.sh
source "$ROOT/interbank/network/process.sh"
# shellcheck source=interbank/network/postgres.sh
source "$ROOT/interbank/network/postgres.sh"

clean_up() {
    postgres_stop || true
    rm -rf "$TW_PG" "$DIR"
}

cd "$ROOT"
DIR=$(mktemp -d)
TW_PG=$(mktemp -d /var/tmp/tw-XXXXXX)
trap clean_up EXIT
mkdir "$DIR/log"
postgres_create
postgres_start || die "PostgreSQL did not start, see $TW_PG/postgresql.log"
printf 'CREATE DATABASE %s;\n' bank settlement | postgres_sql postgres
cat >"$DIR/bankctl.ini" <<END
[bank]
code = 90000001
keyring = keyring.ini
[database]
owner = host=$TW_PG dbname=bank user=postgres
operator = host=$TW_PG dbname=bank user=tw_operator
bank = host=$TW_PG dbname=bank user=tw_bank
audit = host=$TW_PG dbname=bank user=tw_audit
END
cat >"$DIR/settlectl.ini" <<END
[tls]
root = root.crt
crl = crl.pem
[database]
owner = host=$TW_PG dbname=settlement user=postgres
operator = host=$TW_PG dbname=settlement user=tw_agent_operator
agent = host=$TW_PG dbname=settlement user=tw_agent
audit = host=$TW_PG dbname=settlement user=tw_agent_audit
END
for tool in bankctl settlectl; do
    "${TW_BIN:-$ROOT/build/dev/bin}/$tool" --config "$DIR/$tool.ini" migrate >/dev/null
done
(($#)) || set -- tests/sql/*.sql tests/sql/settlement/*.sql
declare -a options=() bank=() settlement=()
for argument in "$@"; do
    case $argument in
    *settlement/*.sql) settlement+=("$argument") ;;
    *.sql) bank+=("$argument") ;;
    *) options+=("$argument") ;;
    esac
done
failed=0
for database in bank settlement; do
    declare -n files=$database
    ((${#files[@]} == 0)) || pg_prove --host "$TW_PG" --username postgres --dbname "$database" \
        "${options[@]}" "${files[@]}" || failed=$?
done
((failed == 0))
