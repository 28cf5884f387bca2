# shellcheck shell=bash
# What people see of `run`: headings, notes and progress. Colours and moving lines only on a
# terminal, and no colours where NO_COLOR is set (no-color.org). Sourced.

if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then screen_moves=yes; else screen_moves=; fi
if [[ -n $screen_moves && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' cyan=$'\e[36m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' yellow='' cyan='' plain=''
fi
: "$red$green$yellow$cyan"

heading() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

note() {
    printf '%s- %s%s\n' "$dim" "$*" "$plain"
}

# progress LOG WHAT STEP TOTAL: keeps standard input in LOG and shows how far it is. Lines that
# match the expression STEP count; the number that TOTAL's first group matches is the aim. On a
# terminal one line moves; elsewhere a line is printed per tenth. Use with pipefail.
progress() {
    local log=$1 what=$2 step=$3 total=$4 line count=0 aim=0 tenth=0 width
    : >"$log"
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        [[ $line =~ $total ]] && aim=${BASH_REMATCH[1]}
        [[ $line =~ $step ]] || continue
        count=$((count + 1))
        ((count <= aim)) || aim=$count
        if [[ -n $screen_moves ]]; then
            width=$((count * 30 / aim))
            printf '\r- %s [%-30s] %d of %d ' "$what" "$(printf '%*s' "$width" '' | tr ' ' '#')" \
                "$count" "$aim"
        elif ((count * 10 / aim > tenth)); then
            tenth=$((count * 10 / aim))
            printf -- '- %s: %d of %d\n' "$what" "$count" "$aim"
        fi
    done
    [[ -z $screen_moves || $count == 0 ]] || printf '\n'
}
