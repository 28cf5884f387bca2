#!/usr/bin/env bash
# Everything that must hold before a change is merged; `./run test` installs what it needs and
# comes here. Stages run one after the other, each shows its counts, and the last line adds up:
# "N passed, N failed". A stage that finds nothing to run is a failure, not a success.
#
# A test is: one Check case, one pgTAP assertion, one Python test, one run of a fuzz target, one
# scenario, one static check. Full output of every step is kept in build/test-logs.
#
# What takes longest is drawn: a quarter of the classes of process tests and of the scenarios, a third of
# the crash points of every sweep, half of the unit tests under the sanitizers, half of the product's
# files for clang-tidy.
# The seed (TW_SEED, else random) is printed and draws the same again; --thorough leaves nothing out.
#
# The process tests come last and get what is left of TW_TEST_SECONDS: a slow machine runs fewer of them,
# and says which it did not begin.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT
readonly LOGS=$ROOT/build/test-logs
readonly STAGES=(static unit sanitize sql clients scenario fuzz process)
readonly PYTHON=/usr/bin/python3
readonly FUZZ_SECONDS=${TW_FUZZ_SECONDS:-3}
readonly BEGAN=${TW_TEST_BEGAN:-$EPOCHSECONDS}
readonly TEST_SECONDS=${TW_TEST_SECONDS:-960}
readonly PROCESS_SECONDS_LEAST=180

# shellcheck source=interbank/network/screen.sh
source "$ROOT/interbank/network/screen.sh"

passed=0 failed=0

# record STEP PASSED FAILED LOG: adds up; shows the end of the log of a step that failed.
record() {
    local mark="${green}ok${plain}    "
    if (($3 > 0 || $2 == 0)); then mark="${red}FAILED${plain}"; fi
    if (($2 + $3 == 0)); then set -- "$1" 0 1 "$4"; fi
    passed=$((passed + $2)) failed=$((failed + $3))
    printf '  %s %-34s %4d passed, %d failed, %d s\n' "$mark" "$1" "$2" "$3" $((SECONDS - began))
    if (($3 > 0)); then
        excerpt "$4" | sed 's/^/    | /'
        printf '    | (all of it: %s)\n' "$4"
    fi
    began=$SECONDS
}

# excerpt LOG: what went wrong, as far as its lines can be told from the others; else the end.
excerpt() {
    grep -E -A 12 '^FAIL |^not ok |:[FE]:[^:]+:[^:]+:[0-9]+: |error: |ERROR: |^[^ |]+:[0-9]+: ' "$1" |
        head -n 80 || tail -n 40 "$1"
}

# step NAME COMMAND...: one test by its exit code.
step() {
    local name=$1 log=$LOGS/${1//[^a-z0-9]/-}.log
    shift
    if "$@" >"$log" 2>&1 </dev/null; then record "$name" 1 0 "$log"; else record "$name" 0 1 "$log"; fi
}

# built PRESET [TARGET...]: builds, with warnings as errors where CI asks for it.
built() {
    local preset=$1
    local -a options=()
    shift
    if [[ -n ${CI:-} ]]; then options=(-DTW_WERROR=ON); fi
    if "$ROOT/run" build "$preset" "${options[@]}" -- "$@"; then
        began=$SECONDS
    else
        record "build $preset" 0 1 /dev/null
        return 1
    fi
}

# draw COUNT NAME...: this many of them, the same for the same seed.
draw() {
    printf '%s\n' "${@:2}" | shuf --head-count="$1" --random-source=<(
        openssl enc -aes-256-ctr -pass "pass:$TW_SEED" -pbkdf2 -nosalt </dev/zero 2>/dev/null
    ) | sort
}

# written FIND-EXPRESSION: files that a person wrote, NUL after each.
written() {
    find . \( -name .git -o -name build -o -name node_modules -o -name .tellerwire \) -prune -o \
        -type f "$@" -print0
}

stage_static() {
    local -a sources scripts
    mapfile -d '' sources < <(written -name '*.[ch]')
    mapfile -d '' scripts < <(written | xargs -0 grep -lZE -m 1 '^#!.*\b(ba)?sh\b|^# shellcheck shell=')
    step "format (clang-format)" clang-format --dry-run -Werror "${sources[@]}"
    step "shell scripts (shellcheck)" shellcheck -x "${scripts[@]}"
    step "banned calls and types" "$PYTHON" tests/static/banned.py
    step "unfinished words" "$PYTHON" tests/static/words.py
    step "links in the documentation" "$PYTHON" tests/static/links.py
    "$PYTHON" tests/static/sizes.py | sed 's/^/  hint   /'
    if built dev; then step "clang-tidy" "$PYTHON" tests/static/tidy.py build/dev; fi
}

# count_ctest LOG: "passed failed". A Check program counts its cases; one that died before it could
# count, and a program that does not count, is one test. LOG is ctest's own: one block per program.
count_ctest() {
    awk '
    /^[0-9]+\/[0-9]+ Testing: / { cases = bad = 0 }
    /^[0-9]+%: Checks: / { split($0, part, /[^0-9]+/); cases += part[2]; bad += part[3] + part[4] }
    /^Test [A-Z][a-z]+\.$/ {
        if ($2 != "Passed." && !bad) { bad = 1; if (!cases) cases = 1 }
        if (!cases) cases = 1
        all += cases; wrong += bad
    }
    END { print all - wrong, wrong + 0 }' "$1"
}

# ctest_of NAME PRESET [OPTION...]
ctest_of() {
    local name=$1 preset=$2 log=$LOGS/$1.log counts
    shift 2
    ctest --test-dir "build/$preset" --parallel "$(nproc)" "$@" >"$log" 2>&1 </dev/null || true
    cat "build/$preset/Testing/Temporary/LastTest.log" >>"$log"
    read -ra counts < <(count_ctest "$log")
    record "$name" "${counts[0]:-0}" "${counts[1]:-0}" "$log"
}

# Unit tests run in a folder of their own for temporary files, which must be empty again afterwards.
# unit_tests NAME PRESET [OPTION...]
unit_tests() {
    local scratch
    scratch=$(mktemp -d)
    TMPDIR=$scratch ctest_of "$1" "$2" --label-regex unit "${@:3}"
    step "$1: nothing left in TMPDIR" empty "$scratch"
    rm -rf "$scratch"
}

empty() {
    find "$1" -mindepth 1 | grep . && return 1
    return 0
}

stage_unit() {
    if built dev; then unit_tests unit dev; fi
}

stage_sanitize() {
    export ASAN_OPTIONS=abort_on_error=1 CK_TIMEOUT_MULTIPLIER=8
    export UBSAN_OPTIONS=print_stacktrace=1
    local -a programs chosen=()
    built asan-ubsan || return 0
    if [[ -z ${TW_THOROUGH:-} ]]; then
        mapfile -t programs < <(ctest --test-dir build/asan-ubsan --label-regex unit --show-only |
            sed -nE 's/^ *Test +#[0-9]+: //p')
        mapfile -t programs < <(draw $(((${#programs[@]} + 1) / 2)) "${programs[@]}")
        chosen=(--tests-regex "^($(IFS='|' && echo "${programs[*]}"))\$")
    fi
    unit_tests sanitize asan-ubsan "${chosen[@]}"
    # Whole networks of sanitized daemons: all operations, and bytes that no client should send.
    export TW_BUILD=$ROOT/build/asan-ubsan
    python_tests sanitize-scenarios tests/process/run.py test_scenarios_wire
    python_tests sanitize-interbank tests/process/run.py test_interbank.
    python_tests sanitize-property tests/process/run.py test_property
    unset TW_BUILD
}

stage_sql() {
    local log=$LOGS/sql.log
    built dev || return 0
    tests/sql/run.sh --verbose tests/sql/*.sql tests/sql/settlement/*.sql >"$log" 2>&1 </dev/null ||
        echo "not ok tests/sql/run.sh ended with $?" >>"$log"
    record sql "$(grep -cE '^ok ' "$log")" "$(grep -cE '^not ok ' "$log")" "$log"
}

# python_tests NAME RUNNER [PATTERN]: a program whose last line is "N passed, N failed, N skipped". What was
# skipped is shown and counts as neither.
python_tests() {
    local log=$LOGS/$1.log counts
    "$PYTHON" "${@:2}" >"$log" 2>&1 </dev/null || true
    read -ra counts < <(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$log")
    record "$1" "${counts[0]:-0}" "${counts[1]:-1}" "$log"
    if ((${counts[2]:-0})); then printf '  %sskipped%s %d tests, see %s\n' "$yellow" "$plain" "${counts[2]}" "$log"; fi
}

stage_process() {
    local -a limit=()
    local left
    built dev || return 0
    left=$((BEGAN + TEST_SECONDS - EPOCHSECONDS))
    if [[ -z ${TW_THOROUGH:-} ]]; then
        limit=(--seconds $((left > PROCESS_SECONDS_LEAST ? left : PROCESS_SECONDS_LEAST)))
    fi
    python_tests process tests/process/run.py "${limit[@]}"
    sed -nE 's/^# (not begun.*)/  \1/p' "$LOGS/process.log"
}

stage_clients() {
    if built dev; then python_tests clients tests/clients/run.py; fi
}

# clear_stock FOLDER: banks that were kept for the next scenario, FOLDER/SLOT/BANK. Each has its cluster
# elsewhere; agents first, and last a slot's first bank, whose pki/ the others link to.
clear_stock() {
    local bank
    for bank in "$1"/*/agent "$1"/*/bank-{9..0}; do
        [[ ! -d $bank ]] || interbank/network/network.sh destroy "$bank" || return 1
    done
    rm -rf "$1"
}

# Scenario files, on networks of their own; a scenario is one test. Those that are not drawn are read
# and checked all the same.
stage_scenario() {
    local log=$LOGS/scenario.log stock counts
    local -a files=(tests/scenarios/*.json) drawn
    built dev || return 0
    step "scenario files" build/dev/bin/interbank --check "${files[@]}"
    drawn=("${files[@]}")
    if [[ -z ${TW_THOROUGH:-} ]]; then
        mapfile -t drawn < <(draw $(((${#files[@]} + 3) / 4)) "${files[@]}")
    fi
    printf '  %d of %d scenarios are played\n' "${#drawn[@]}" "${#files[@]}"
    stock=$(mktemp -d)
    build/dev/bin/interbank --jobs $((2 * $(nproc))) --stock "$stock" \
        --junit "$LOGS/scenario.xml" "${drawn[@]}" >"$log" 2>&1 </dev/null || true
    read -ra counts < <(sed -nE '$s/^([0-9]+) scenarios? passed, ([0-9]+) failed.*/\1 \2/p' "$log")
    record scenario "${counts[0]:-0}" "${counts[1]:-1}" "$log"
    step "scenario: the stock is gone" clear_stock "$stock"
}

# fuzz_one NAME WORK: new inputs go to the first folder, the committed corpus is only read.
fuzz_one() {
    local log=$LOGS/fuzz-$1.log result=ok
    mkdir -p "$2/$1"
    "build/fuzz/bin/fuzz_$1" -max_total_time="$FUZZ_SECONDS" -timeout=5 -rss_limit_mb=1024 \
        -max_len=8192 -print_final_stats=1 -artifact_prefix="$LOGS/fuzz-$1-" \
        "$2/$1" "tests/fuzz/corpus/$1" >"$log" 2>&1 </dev/null || result="not ok"
    printf '%s fuzz_%s, %s runs, see %s\n' "$result" "$1" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$log"
}

stage_fuzz() {
    local log=$LOGS/fuzz.log work name
    local -a names
    mapfile -t names < <(cd tests/fuzz && printf '%s\n' fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
    built fuzz "${names[@]/#/fuzz_}" || return 0
    work=$(mktemp -d)
    for name in "${names[@]}"; do
        while (($(jobs -pr | wc -l) >= $(nproc))); do wait -n; done
        fuzz_one "$name" "$work" &
    done >"$log"
    wait
    rm -rf "$work"
    record fuzz "$(grep -c '^ok ' "$log")" "$(grep -c '^not ok ' "$log")" "$log"
}

main() {
    local stage
    local -a chosen=()
    for stage in "$@"; do
        if [[ $stage == --thorough ]]; then export TW_THOROUGH=1; else chosen+=("$stage"); fi
    done
    ((${#chosen[@]})) || chosen=("${STAGES[@]}")
    export TW_SEED=${TW_SEED:-$((SRANDOM % 1000000000 + 1))}
    for stage in "${chosen[@]}"; do
        [[ " ${STAGES[*]} " == *" $stage "* ]] || {
            echo "no stage '$stage'; there are: ${STAGES[*]}" >&2
            exit 2
        }
    done
    cd "$ROOT"
    mkdir -p "$LOGS"
    printf 'seed %s%s\n' "$TW_SEED" "${TW_THOROUGH:+, thorough}"
    for stage in "${chosen[@]}"; do
        heading "$stage"
        began=$SECONDS
        "stage_$stage"
    done
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0 && passed > 0))
}

main "$@"
