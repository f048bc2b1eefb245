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

# Both protocols: five aggregators of whom three open shamir's sums, then four.
library both firmware text,dcnet,shamir
if [ "$core" = cortex-m4 ]; then
    "$scene" dcnet "${METERS:-1000}" 1 "${DEGREE:-92}" "${MIN_NEIGHBOURS:-62}" >"$target/scene_dcnet.h"
    "$scene" shamir 12 1 5 >"$target/scene_shamir.h"
    linked main both "${scenes[@]}" "$firmware/main.c"
    start main "both, five aggregators"
    rm -f "$memory"/*
else
    # X25519 and signatures take it eight times the instructions, so the group is a smaller one.
    "$scene" dcnet 60 1 12 9 >"$target/scene_dcnet.h"
fi
"$scene" shamir 12 1 4 >"$target/scene_shamir.h"
linked main both "${scenes[@]}" "$firmware/main.c"
start main both
start main "both, second start"
for name in dcnet_memory shamir_memory mark; do
    figure "memory, both: $name" "$(bytes main $name)"
done

# dcnet alone: complete groups, in which each meter has all others as neighbours.
library dcnet firmware dcnet
library dcnet_small firmware-small dcnet
for neighbours in 92 239; do
    [ "$neighbours" = 92 ] || [ "$core" = cortex-m4 ] || continue
    "$scene" dcnet $((neighbours + 1)) 1 0 1 >"$target/scene_dcnet.h"
    linked dcnet dcnet "${scenes[@]}" "$firmware/dcnet.c"
    start dcnet "$neighbours neighbours"
    figure "memory, $neighbours neighbours: dcnet_memory" "$(bytes dcnet dcnet_memory)"
    [ "$neighbours" = 92 ] || continue
    linked dcnet_small dcnet_small "${scenes[@]}" "$firmware/dcnet.c"
    start dcnet_small "$neighbours neighbours, small"
done

for profile in dcnet dcnet_small; do
    size=${profile/dcnet_small/, small} size=${size/dcnet/}
    kept "contribution alone$size" $profile CONTRIBUTION
    kept "rounds, without set-up$size" $profile ROUNDS
    kept "whole dcnet meter$size" $profile DCNET
    kept "dcnet, announcing its own key$size" $profile ANNOUNCING
done
library both_small firmware-small dcnet,shamir
library both firmware dcnet,shamir
kept "both protocols" both BOTH
kept "both protocols, small" both_small BOTH

# What has no C functions.
if [ "$core" = cortex-m4 ]; then
    elgamal ", small" ""
    elgamal ", small, tables" tables
    cmt
fi

echo "--- ${label}flash, memory"
grep -E '^[0-9]+ (flash|memory|.*(elgamal|cmt))' "$figures"
echo "$passed passed, $failed failed"
