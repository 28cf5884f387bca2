# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031 # fleet_cards_at: another DIR, in a subshell
# What a fleet of terminals needs of a network: certificates, registration, customers with cards, its
# configuration. Sourced by network.sh. Everything may be asked for again: only what is missing is made,
# so a larger fleet adds to a smaller one.

# The first terminal of a fleet, unless the network has so many of its own: then the next one after those.
FLEET_FIRST=1001
# What a simulated customer has: money for many operations, limits that are not in the way.
readonly FLEET_DEPOSIT=20000.00 FLEET_CARD_LIMIT=1000000.00 FLEET_CARD_COUNT=1000000

fleet_id() {
    printf '%08d\n' $((FLEET_FIRST + $1))
}

# fleet_certificates COUNT: of those terminals that have none.
fleet_certificates() {
    local i id
    local -a missing=()
    for ((i = 0; i < $1; i++)); do
        printf -v id '%08d' $((FLEET_FIRST + i))
        [[ -f $DIR/pki/terminal-$BANK_CODE-$id/cert.pem ]] || missing+=("$BANK_CODE/$id")
    done
    ((${#missing[@]} == 0)) || printf '%s\n' "${missing[@]}" | pki issue "$DIR/pki" terminal -
}

# fleet_cards COUNT: so many customers of this bank have cards that are listed in fleet/.
fleet_cards() {
    local have=0 file lists=0
    [[ -d $DIR/fleet ]] || mkdir -m 0700 "$DIR/fleet"
    for file in "$DIR"/fleet/cards-*.csv; do
        [[ -f $file ]] || continue
        have=$((have + $(wc -l <"$file")))
        lists=$((lists + 1))
    done
    ((have < $1)) || return 0
    file=$DIR/fleet/cards-$((lists + 1)).csv
    bankctl load --customers $(($1 - have)) --prefix "Fleet customer" --deposit "$FLEET_DEPOSIT" \
        --card-limit "$FLEET_CARD_LIMIT" --card-count "$FLEET_CARD_COUNT" --cards-file "$file" ||
        { rm -f -- "$file" && return 1; }
}

# fleet_cards_at FOLDER COUNT: the same at another bank. In a subshell, because it locks and loads that.
fleet_cards_at() (
    local DIR=$1
    enter
    with_postgres fleet_cards "$2"
)

# write_fleet FOLDER...: etc/fleet.ini, with the cards of this bank and of those in other folders.
write_fleet() {
    local folder file
    {
        printf '[fleet]\nterminal = atm-%s.ini\n' "$(fleet_id 0)"
        printf 'folder = ../fleet\npki = ../pki\n\n[cards]\n'
        for folder in "$DIR" "$@"; do
            for file in "$folder"/fleet/cards-*.csv; do printf 'file = %s\n' "$file"; done
        done
    } >"$DIR/etc/fleet.ini.new"
    mv "$DIR/etc/fleet.ini.new" "$DIR/etc/fleet.ini"
}

# fleet_limits TERMINALS: room for them in the middlewares, which learn it when they start next.
fleet_limits() (
    local i
    TW_TERMINALS=$((TW_TERMINALS + $1))
    ((TW_TERMINALS + SPARE_CONNECTIONS > MIDDLEWARE_CONNECTIONS)) || return 0
    for ((i = 1; i <= TW_MIDDLEWARES; i++)); do
        middleware_limits | replace_section "$DIR/etc/middleware-$i.ini" limits
    done
)

# make_fleet TERMINALS CARDS: at this bank.
make_fleet() {
    fleet_certificates "$1" && fleet_limits "$1" &&
        bankctl terminal enrol "$(fleet_id 0)" --count "$1" --location 'Fleet {}' &&
        fleet_cards "$2" && write_terminal "$(fleet_id 0)"
}

command_fleet() {
    local terminals='' cards='' folder
    local -a others=()
    while (($#)); do
        case $1 in
        --terminals | --cards)
            [[ ${2:-} =~ ^[1-9][0-9]{0,4}$ ]] || misuse "$1 needs a number from 1 to 99999"
            if [[ $1 == --cards ]]; then cards=$2; else terminals=$2; fi
            shift 2
            ;;
        *) [[ -f $1/created ]] || misuse "no network in '$1'"
            others+=("$(cd -- "$1" && pwd)") && shift ;;
        esac
    done
    [[ -n $terminals ]] || misuse "how many --terminals?"
    cards=${cards:-$terminals}
    ((cards >= terminals)) || misuse "each terminal needs a card of its own"
    enter
    ((TW_MIDDLEWARES > 0)) || misuse "terminals need a middleware, and this network has none"
    ((TW_TERMINALS <= FLEET_FIRST - FIRST_TERMINAL)) || FLEET_FIRST=$((FIRST_TERMINAL + TW_TERMINALS))
    with_postgres make_fleet "$terminals" "$cards" ||
        die "no fleet; see $DIR/log/create.log"
    for folder in "${others[@]}"; do
        fleet_cards_at "$folder" "$cards" || die "no cards of '$folder'; see its log/create.log"
    done
    write_fleet "${others[@]}"
}
