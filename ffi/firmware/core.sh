#!/usr/bin/env bash
# Everything that is measured on one core, CORE (cortex-m4 or cortex-m0plus): run.sh calls it for each. Leaves figures in
# the core's target folder; the last line is "N passed, N failed". Needs the program scene, built on the host.
set -euo pipefail
. "$(dirname "$0")/board.sh"
. "$firmware/images.sh"
. "$firmware/measured.sh"
: >"$figures"
memory=$(mktemp -d)
trap 'rm -rf "$memory"' EXIT
scene=$host/release/examples/scene
scenes=(-I "$target" -I "$firmware/../tests/c")

# scene_of ARGUMENT...: what a device of that protocol is given and must answer.
scene_of() {
    "$scene" "$@" >"$target/scene_$1.h"
}

# device PROTOCOL LIBRARY NAME: its program, started twice: the second start finds what the first has stored.
device() {
    rm -f "$memory"/*
    linked "$1" "$2" "${scenes[@]}" "$firmware/$1.c"
    start "$1" "$3"
    start "$1" "$3"
    figure "memory, $3" "$(bytes "$1" "$1_memory")"
}

# Protocols alone. dcnet in complete groups, in which each meter has all others as neighbours.
library dcnet firmware dcnet
library all_small firmware-small dcnet,shamir,elgamal,cmt
if [ "$core" = cortex-m4 ]; then
    scene_of dcnet 240 1 0 1
    device dcnet dcnet "dcnet, 239 neighbours"
fi
scene_of dcnet 93 1 0 1
device dcnet dcnet "dcnet, 92 neighbours"
device dcnet all_small "dcnet, 92 neighbours, small"

library shamir firmware shamir
scene_of shamir 12 1 5
device shamir shamir "shamir, 3 of 5 aggregators"
scene_of shamir 12 1 4
device shamir shamir "shamir, 3 of 4 aggregators"
device shamir all_small "shamir, 3 of 4 aggregators, small"

library elgamal firmware elgamal
scene_of elgamal 12 1 1
device elgamal elgamal "elgamal, without proofs"
scene_of elgamal 12 1 0
device elgamal elgamal "elgamal"
device elgamal all_small "elgamal, small"
if [ "$core" = cortex-m4 ]; then
    library elgamal_tables firmware elgamal,threshold-elgamal/tables
    device elgamal elgamal_tables "elgamal, tables"
fi
figure "memory, a prepared pair of elgamal" $(($(bytes elgamal pairs) / 2))

library cmt firmware cmt
scene_of cmt 24 1 0
device cmt cmt "cmt"
device cmt all_small "cmt, small"
figure "memory, mark" "$(bytes cmt mark)"

# What a device of ckks holds while it encrypts, its stack included, which is the same for both.
library ckks firmware ckks
scene_of ckks
rm -f "$memory"/*
linked ckks ckks "${scenes[@]}" "$firmware/ckks.c"
start ckks ckks
held=$(($(bytes ckks values) + $(bytes ckks workspace) + $(awk '$2 == "stack," && /ckks: encrypt 2048/ { print $1; exit }' "$figures")))
figure "memory and stack, ckks, public key" $((held + $(bytes ckks encryptor_memory) + $(bytes ckks ciphertext)))
figure "memory and stack, ckks, seeded" $((held + $(bytes ckks seeded_memory) + $(bytes ckks seeded_ciphertext)))

# Two protocols beside each other on one mark, and a record that the loss of power has torn.
library all firmware text,dcnet,shamir,elgamal,cmt
scene_of dcnet 60 1 12 9
if [ "$core" = cortex-m4 ]; then
    scene_of dcnet "${METERS:-1000}" 1 "${DEGREE:-92}" "${MIN_NEIGHBOURS:-62}"
fi
rm -f "$memory"/*
linked main all "${scenes[@]}" "$firmware/main.c"
start main "dcnet and shamir"
start main "dcnet and shamir, second start"

# Meters of the wire vectors, which Python made of the documents alone, and what must be refused.
mkdir -p "$target/wire"
python3 "$firmware/wire/wire.py" refused >"$target/wire/wire_refused.h"
for row in 0 1 2; do
    python3 "$firmware/wire/wire.py" dcnet $row >"$target/wire/scene_dcnet.h"
    python3 "$firmware/wire/wire.py" shamir $((row % 2)) >"$target/wire/scene_shamir.h"
    refused=()
    [ $row != 0 ] || refused=(-DWIRE_REFUSED)
    linked wire all -DDEVICE_WITH_TEXT "${refused[@]}" -I "$target/wire" -I "$firmware/../tests/c" "$firmware/wire/wire.c"
    start wire "wire vectors, $row"
done

kept "dcnet, contribution alone" dcnet CONTRIBUTION
kept "dcnet, rounds, without set-up" dcnet ROUNDS
kept "dcnet" dcnet DCNET
kept "dcnet, announcing its own key" dcnet ANNOUNCING
kept "shamir" shamir SHAMIR
kept "elgamal" elgamal ELGAMAL
kept "elgamal, with prepared pairs" elgamal PAIRS
[ "$core" != cortex-m4 ] || kept "elgamal, tables" elgamal_tables ELGAMAL
kept "cmt, derived" cmt CMT
kept "cmt, drawn" cmt RELAY
kept "ckks" ckks CKKS
kept "ckks, seeded" ckks CKKS_SEEDED
kept "dcnet and shamir" all BOTH
kept "all four" all ALL
kept "all four, with states" all ALL_AND_STATES
kept "dcnet and shamir, small" all_small BOTH
kept "all four, small" all_small ALL
kept "all four, with states, small" all_small ALL_AND_STATES
kept "dcnet, contribution alone, small" all_small CONTRIBUTION
kept "dcnet, rounds, without set-up, small" all_small ROUNDS
kept "dcnet, small" all_small DCNET
kept "shamir, small" all_small SHAMIR
kept "elgamal, small" all_small ELGAMAL
kept "cmt, derived, small" all_small CMT

reference_vectors
if [ "$core" = cortex-m4 ]; then
    by_rust
fi

echo "--- ${label}flash, memory"
grep -E '^[0-9]+ (flash|memory)' "$figures"
echo "$passed passed, $failed failed"
