#!/usr/bin/env bash
# Runs the fuzz targets of build/fuzz (preset fuzz, clang), each for a while, from its committed corpus.
#
#     tests/fuzz/run.sh [SECONDS [TARGET...]]       10 seconds each by default; TARGET without "fuzz_"
#
# What is found goes to build/fuzz/findings and ends the run with 1; the corpus is only read. To keep
# new inputs that reach new code: tests/fuzz/run.sh --merge TARGET
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

readonly CORPUS=tests/fuzz/corpus
readonly FINDINGS=build/fuzz/findings

cmake --preset fuzz >/dev/null
if [[ ${1:-} == --merge ]]; then
    cmake --build --preset fuzz --target "fuzz_$2"
    mkdir -p "$CORPUS/$2"
    exec "build/fuzz/bin/fuzz_$2" -merge=1 "$CORPUS/$2" "build/fuzz/grown/$2"
fi

seconds=${1:-10}
shift || true
targets=("$@")
if ((${#targets[@]} == 0)); then
    for source in tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        targets+=("${name%.c}")
    done
fi
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

status=0
for target in "${targets[@]}"; do
    mkdir -p "build/fuzz/grown/$target" "$FINDINGS"
    log=build/fuzz/$target.log
    if "build/fuzz/bin/fuzz_$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
        -print_final_stats=1 -artifact_prefix="$FINDINGS/$target-" \
        "build/fuzz/grown/$target" "$CORPUS/$target" >"$log" 2>&1; then
        printf '%-12s %s runs, nothing found\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        status=1
        printf '%-12s FAILED, see %s\n' "$target" "$log"
        tail -n 30 "$log"
    fi
done
exit "$status"
