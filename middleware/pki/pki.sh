#!/usr/bin/env bash
# The network's public key infrastructure: one root, one certificate per party, one CRL.
#
# The certificate is the identity (net/identity.h): its subjectAltName holds exactly one tellerwire
# URI. Everything is made by the openssl command line tool (3.0 or newer); the register of issued
# certificates is openssl's own index.txt, so that `openssl ca` can always take over. One openssl
# process makes key and certificate together (`req -x509 -CA`), which keeps a certificate at about
# 10 ms; pki-issue, where it is built, at half a millisecond: a benchmark needs ten thousand
# terminals. All paths are relative to DIR once inside it, so
# any character may stand in the path of the checkout.
set -euo pipefail
umask 022

readonly ROOT_DAYS=3650
readonly PARTY_DAYS=397
readonly CRL_DAYS=30

usage() {
    cat <<'TEXT'
usage: pki.sh init DIR                         new network root and empty CRL in DIR
       pki.sh issue DIR KIND NAME... [options] one key and certificate per NAME; - instead of a
                                               NAME: those on standard input, one a line
       pki.sh revoke DIR KIND NAME             revoke all its certificates, renew the CRL
       pki.sh crl DIR [--days N]               renew the CRL (default 30 days; 0: stale already)
       pki.sh list DIR                         all certificates: state, expiry, serial, name
       pki.sh show DIR KIND NAME               what one certificate says
       pki.sh keyring FILE                     new random keys for a bank's keyring

KIND and NAME:  terminal 90000001/00000017     bank code of the acquirer / terminal
                operator 90000001/alice        bank code / name
                bank     90000001              pin    90000001 (key for PIN blocks, no TLS)
                middleware mw1                 agent  settlement
options:  --address IP   middleware, bank, agent: address it listens on; may be repeated
                         (without any: 127.0.0.1 and ::1); localhost is always included
          --iin IIN[,IIN...]  pin, always: the cards whose PINs the key is for, by the first six
                         to eight digits of their numbers; at most 16
          --days N       days until it expires (default 397; 0: expired already, for tests)
          --renew        issue again although NAME has a certificate; the old one stays valid
                         until it is revoked

TW_PKI_ISSUE: the program pki-issue, if it is built: certificates of terminals and operators by the
thousand. Without it an openssl process makes each.

DIR afterwards:  root.crt  crl.pem  ca/ (root key and register)  KIND-NAME/{cert,key}.pem
TEXT
}

fail() {
    printf 'pki.sh: %s\n' "$*" >&2
    exit 1
}

misuse() {
    printf 'pki.sh: %s\nTry: pki.sh help\n' "$*" >&2
    exit 2
}

# Runs openssl; its chatter is shown only when it fails.
quietly() {
    local output
    output=$("$@" 2>&1) || fail "$1 $2 failed:"$'\n'"$output"
}

write_config() {
    cat >ca/openssl.cnf <<'TEXT'
[req]
distinguished_name = subject
prompt = no
string_mask = utf8only
[subject]
[root]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $ENV::TW_PKI_NAMES
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $ENV::TW_PKI_NAMES
[pin]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyAgreement
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $ENV::TW_PKI_NAMES
[ca]
default_ca = register
[register]
database = ca/index.txt
crlnumber = ca/crlnumber
certificate = root.crt
private_key = ca/root.key
default_md = sha256
default_crl_days = 30
crl_extensions = crl
unique_subject = no
[crl]
authorityKeyIdentifier = keyid
TEXT
}

# Enters DIR and takes its lock; concurrent runs wait for each other.
enter() {
    [[ -n $1 ]] || misuse "DIR is empty"
    [[ -f $1/ca/root.key ]] || fail "no network root in '$1'; make one with: pki.sh init '$1'"
    cd -- "$1"
    exec 9>ca/lock
    flock --timeout 60 9 || fail "'$1' is in use by another pki.sh"
    export TW_PKI_NAMES=URI:tellerwire:none
}

# The CRL appears under its name only when it is complete: daemons may reload at any moment.
write_crl() {
    local days=$1
    local -a validity=(-crldays "$days")
    [[ $days -gt 0 ]] || validity=(-crl_lastupdate "$(date -u -d '-2 days' +%y%m%d%H%M%SZ)"
        -crl_nextupdate "$(date -u -d '-1 day' +%y%m%d%H%M%SZ)")
    quietly openssl ca -config ca/openssl.cnf -gencrl "${validity[@]}" -out crl.pem.new
    mv -f crl.pem.new crl.pem
}

check_name() {
    local kind=$1 name=$2 code='9[0-9]{7}' word='[a-z0-9][a-z0-9._-]{0,62}' pattern
    case $kind in
    terminal) pattern="$code/[0-9]{8}" ;;
    operator) pattern="$code/$word" ;;
    bank | pin) pattern=$code ;;
    middleware | agent) pattern=$word ;;
    *) misuse "unknown kind '$kind'; one of terminal, operator, bank, pin, middleware, agent" ;;
    esac
    [[ $name =~ ^$pattern$ && $name != */00000000 ]] ||
        misuse "'$name' does not name a party of kind $kind; see: pki.sh help"
}

# iin_path IINS: "92760001,927602" as the end of a PIN key's name, "/92760001/927602".
iin_path() {
    local iin='9[0-9]{5,7}'
    [[ $1 =~ ^$iin(,$iin){0,15}$ ]] ||
        misuse "--iin '$1' is not one to 16 IINs of six to eight digits, the first a 9"
    printf '/%s' "${1//,//}"
}

check_days() {
    [[ $1 =~ ^[0-9]{1,5}$ ]] || misuse "--days '$1' is not a number of days"
}

folder_of() {
    printf '%s-%s' "$1" "${2//\//-}"
}

command_init() {
    [[ $# == 1 && -n $1 ]] || misuse "init needs one DIR"
    [[ ! -e $1/ca ]] || fail "'$1' has a network root already; it will not be replaced"
    mkdir -p -- "$1"
    cd -- "$1"
    mkdir -m 0700 ca
    write_config
    export TW_PKI_NAMES=URI:tellerwire:none
    : >ca/index.txt
    echo 'unique_subject = no' >ca/index.txt.attr
    echo 01 >ca/crlnumber
    quietly openssl req -new -x509 -config ca/openssl.cnf -extensions root -days "$ROOT_DAYS" \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
        -subj "/O=Tellerwire/CN=Tellerwire network root $(openssl rand -hex 4)" \
        -keyout ca/root.key -out root.crt
    write_crl "$CRL_DAYS"
}

# issue_one KIND SECTION NAME DAYS EXPIRY MORE SERIAL: MORE is what the name goes on with: the IINs of
# a PIN key, the addresses of a server.
issue_one() {
    local kind=$1 section=$2 name=$3 days=$4 expiry=$5 more=$6 serial=$7 folder
    local subject="/O=Tellerwire/OU=$kind/CN=${name//\//\\/}"
    folder=$(folder_of "$kind" "$name")
    local -a request=(openssl req -new -config ca/openssl.cnf -sha256 -subj "$subject"
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$folder/key.pem.new"
        -out "$folder/cert.pem.new")
    local -a signer=(-CA root.crt -CAkey ca/root.key -set_serial "0x$serial"
        -extensions "$section")
    export TW_PKI_NAMES="URI:tellerwire://$kind/$name$more"
    if [[ $days -gt 0 ]]; then
        quietly "${request[@]}" -x509 "${signer[@]}" -days "$days"
    else # `openssl req` signs nothing that has expired; `openssl x509` does
        quietly "${request[@]}"
        quietly openssl x509 -req -in "$folder/cert.pem.new" -out "$folder/cert.pem.new" \
            "${signer[@]}" -extfile ca/openssl.cnf -days -1 -sha256
    fi
    printf 'V\t%s\t\t%s\tunknown\t/O=Tellerwire/OU=%s/CN=%s\n' "$expiry" "$serial" "$kind" "$name" \
        >>ca/index.txt
    mv -f "$folder/key.pem.new" "$folder/key.pem"
    mv -f "$folder/cert.pem.new" "$folder/cert.pem"
}

# issue_many KIND DAYS NAME...: by the program for it, as many at a time as there are processors. Each
# line of the register is one write to a file that is open for appending, so none is torn.
issue_many() {
    local kind=$1 days=$2
    shift 2
    # shellcheck disable=SC2016 # the shell that split starts expands it
    printf '%s\n' "$@" | KIND=$kind DAYS=$days SHELL=/bin/sh split --number="r/$(nproc)" \
        --elide-empty-files --filter='"$TW_PKI_ISSUE" "$KIND" "$DAYS"' >>ca/index.txt ||
        fail "not all certificates were issued"
}

command_issue() {
    [[ $# -ge 3 ]] || misuse "issue needs DIR, KIND and NAME"
    local directory=$1 kind=$2 days=$PARTY_DAYS renew=no section=client more='' iins=''
    local -a names=() folders=() given=() serials=()
    shift 2
    while [[ $# -gt 0 ]]; do
        case $1 in
        --address | --days | --iin) [[ $# -ge 2 ]] || misuse "$1 needs a value" ;;&
        --address) given+=("$2") && shift 2 ;;
        --days) days=$2 && shift 2 ;;
        --iin) iins=$2 && shift 2 ;;
        --renew) renew=yes && shift ;;
        -) mapfile -t -O ${#names[@]} names && shift ;;
        -*) misuse "unknown option '$1'" ;;
        *) names+=("$1") && shift ;;
        esac
    done
    check_days "$days"
    case $kind in
    bank | middleware | agent) section=server ;;
    pin) section=pin ;;
    esac
    [[ $section == server || ${#given[@]} == 0 ]] || misuse "a $kind does not listen: no --address"
    if [[ $section == server ]]; then
        [[ ${#given[@]} -gt 0 ]] || given=(127.0.0.1 ::1)
        more=,DNS:localhost
        for address in "${given[@]}"; do
            [[ $address =~ ^[0-9a-fA-F.:]+$ ]] || misuse "'$address' is not an IP address"
            more+=",IP:$address"
        done
    fi
    case $section:$iins in
    pin:) misuse "a PIN key is for certain cards: --iin IIN[,IIN...]" ;;
    pin:*) more=$(iin_path "$iins") ;;
    *:?*) misuse "a $kind has no cards: no --iin" ;;
    esac
    [[ ${#names[@]} -gt 0 ]] || misuse "issue needs a NAME"
    enter "$directory"
    local name folder
    for name in "${names[@]}"; do
        check_name "$kind" "$name"
        folder="$kind-${name//\//-}"
        [[ $renew == yes || ! -e $folder/cert.pem ]] ||
            fail "$kind $name has a certificate already; revoke it and use --renew"
        folders+=("$folder")
    done
    # Where the program for it is at hand, it makes many in the time that openssl starts once.
    if [[ $section == client && $days -gt 0 && -x ${TW_PKI_ISSUE:-} ]]; then
        issue_many "$kind" "$days" "${names[@]}"
        return
    fi
    mkdir -p -- "${folders[@]}"
    local expiry lifetime="+$days days"
    [[ $days -gt 0 ]] || lifetime='-1 day'
    expiry=$(date -u -d "$lifetime" +%y%m%d%H%M%SZ)
    # 127 random bits each, first hex digit 4 to 7: positive and of one length (RFC 5280 4.1.2.2).
    mapfile -t serials < <(openssl rand -hex $((16 * ${#names[@]})) | tr a-f A-F | fold -w 32)
    local i=0
    for name in "${names[@]}"; do
        issue_one "$kind" "$section" "$name" "$days" "$expiry" "$more" \
            "$((4 + i % 4))${serials[i]:1}"
        i=$((i + 1))
    done
}

command_revoke() {
    [[ $# == 3 ]] || misuse "revoke needs DIR, KIND and NAME"
    local kind=$2 name=$3 status=0
    check_name "$kind" "$name"
    enter "$1"
    # openssl's register: state, expiry, revocation time, serial, file, subject.
    awk -F '\t' -v OFS='\t' -v subject="/O=Tellerwire/OU=$kind/CN=$name" \
        -v now="$(date -u +%y%m%d%H%M%SZ)" '
        $6 == subject { known = 1 }
        $6 == subject && $1 == "V" { $1 = "R"; $3 = now; changed = 1 }
        { print }
        END { exit changed ? 0 : known ? 3 : 4 }' ca/index.txt >ca/index.txt.new || status=$?
    case $status in
    0) mv -f ca/index.txt.new ca/index.txt ;;
    3) echo "pki.sh: $kind $name is revoked already" >&2 ;;
    4) fail "no certificate was issued to $kind $name; see: pki.sh list" ;;
    *) fail "the register ca/index.txt could not be rewritten" ;;
    esac
    write_crl "$CRL_DAYS"
}

command_crl() {
    [[ $# == 1 || ($# == 3 && $2 == --days) ]] || misuse "crl needs DIR, and takes --days N"
    local days=${3:-$CRL_DAYS}
    check_days "$days"
    enter "$1"
    write_crl "$days"
}

command_list() {
    [[ $# == 1 ]] || misuse "list needs one DIR"
    enter "$1"
    awk -F '\t' -v now="$(date -u +%y%m%d%H%M%SZ)" '{
        state = $1 == "R" ? "revoked" : ($2 < now ? "expired" : "valid")
        name = $6
        sub("^/O=Tellerwire/OU=", "", name)
        sub("/CN=", " ", name)
        printf "%-8s 20%s-%s-%s  %s  %s\n", state, substr($2, 1, 2), substr($2, 3, 2),
               substr($2, 5, 2), $4, name
    }' ca/index.txt
}

command_show() {
    [[ $# == 3 ]] || misuse "show needs DIR, KIND and NAME"
    check_name "$2" "$3"
    local folder
    folder=$(folder_of "$2" "$3")
    [[ -f $1/$folder/cert.pem ]] || fail "no certificate in '$1/$folder'"
    openssl x509 -in "$1/$folder/cert.pem" -noout -subject -issuer -serial -dates \
        -ext subjectAltName,keyUsage,extendedKeyUsage
}

command_keyring() {
    [[ $# == 1 && -n $1 ]] || misuse "keyring needs one FILE"
    [[ ! -e $1 ]] || fail "'$1' is there already; without it no card of the bank can be used"
    local -a keys
    mapfile -t keys < <(openssl rand -hex 96 | fold -w 64)
    (
        umask 077
        printf '[keys]\npin_digest = %s\npan_digest = %s\nsession = %s\n' "${keys[@]}" >"$1"
    )
}

main() {
    local command=${1:-}
    case $command in
    help | --help | -h) usage && return ;;
    init | issue | revoke | crl | list | show | keyring) ;;
    '') misuse "what should be done?" ;;
    *) misuse "unknown command '$command'" ;;
    esac
    shift
    command -v openssl >/dev/null || fail "openssl is not installed (Debian package openssl)"
    "command_$command" "$@"
}

main "$@"
