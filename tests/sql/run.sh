#!/usr/bin/env bash
# Runs the pgTAP tests on a throw-away cluster that nothing else uses, so that any number of runs
# may go on at once: tests/sql/run.sh [[OPTION...] FILE...], options being pg_prove's. Needs
# build/dev/bin/bankctl (or $TW_BIN/bankctl), which makes the tables. fsync is off: nothing here has
# to survive.
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
echo 'CREATE DATABASE bank' | postgres_sql postgres
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
"${TW_BIN:-$ROOT/build/dev/bin}/bankctl" --config "$DIR/bankctl.ini" migrate >/dev/null
(($#)) || set -- tests/sql/*.sql
pg_prove --host "$TW_PG" --username postgres --dbname bank "$@"
