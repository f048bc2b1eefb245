#!/usr/bin/env bash
# Builds libwattsum.a for a Cortex-M4 without std and heap, links it with C and runs the images in QEMU.
#
#   ./run.sh              main.c with both protocols, and after a reboot; dcnet.c with 92 and with 239 neighbours; sizes.
#                         All frames against those of the host, all costs against limits and against figures.txt;
#                         what a meter of threshold-elgamal and of cmt-ring costs in Rust (measure.sh), frames against Python's
#   ./run.sh FILE.c ...   other files, once, with the whole library; the exit code is the image's
#
# An image that does not end within TIMEOUT seconds (120) ends with 124. METERS, DEGREE, MIN_NEIGHBOURS: of the dcnet
# group that main.c takes part in. WATTSUM_WRITE_FIGURES=1 writes figures.txt.
set -euo pipefail
. "$(dirname "$0")/board.sh"
root=$(cd "$firmware/../.." && pwd)
host=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
target=$host/firmware

# library NAME PROFILE FEATURES: $target/NAME.a. A target directory of its own: other flags than the host's build, which
# would otherwise be built anew each time.
library() {
    (cd "$root" && RUSTFLAGS="${RUSTFLAGS:-} --cfg sha2_backend_soft=\"compact\"" CARGO_TARGET_DIR=$target \
        thumb_cargo rustc --quiet --locked -p wattsum-ffi --lib --crate-type staticlib --no-default-features \
        --features "firmware,$3" --profile "$2")
    cp "$target/$thumb/$2/libwattsum.a" "$target/$1.a"
}

# linked IMAGE LIBRARY SOURCE-OR-FLAG...
linked() {
    board_link "$target/$1.elf" "$target/$2.a" -DWATTSUM_FIRMWARE -I "$firmware/../include" "${@:3}"
}

library both firmware text,dcnet,shamir
if [ $# -gt 0 ]; then
    linked other both "$@"
    echo "flash $(board_flash "$target/other.elf") bytes"
    board_run "$target/other.elf" "${TIMEOUT:-120}"
    exit
fi

passed=0 failed=0
figures=$target/figures
: >"$figures"

# figure NAME VALUE
figure() {
    echo "$2 $1" >>"$figures"
}

# check WHAT COMMAND...: counts.
check() {
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: FAILED"
    fi
}

# bytes IMAGE NAME: of an object in it.
bytes() {
    arm-none-eabi-nm -S -t d "$target/$1.elf" | awk -v name="$2" '$4 == name { print $2 + 0 }'
}

# The records lie in a folder that all starts of an image share.
memory=$(mktemp -d)
trap 'rm -rf "$memory"' EXIT

# start IMAGE NAME: adds up what the image counts, and takes its costs into the figures as NAME.
start() {
    local code=0 good bad what instructions stack
    echo "--- $2"
    (cd "$memory" && board_run "$target/$1.elf" "${TIMEOUT:-120}") >"$memory/console" 2>&1 || code=$?
    cat "$memory/console"
    read -r good bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$memory/console" | tail -n 1) || true
    if [ "$code" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
        echo "the image ended with $code"
        bad=1
    fi
    passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
    while read -r instructions stack what; do
        figure "instructions, $2: $what" "$instructions"
        figure "stack, $2: $what" "$stack"
    done < <(sed -nE 's/^(.*): ([0-9]+) instructions, ([0-9]+) bytes of stack$/\2 \3 \1/p' "$memory/console")
}

# What a device is given and must answer, by the roles in Rust on the host.
(cd "$root" && CARGO_TARGET_DIR=$host cargo build --quiet --locked --release -p wattsum-ffi --example scene)
scene=$host/release/examples/scene
scenes=(-I "$target" -I "$firmware/../tests/c")

# Both protocols: five aggregators of whom three open shamir's sums, then four.
"$scene" dcnet "${METERS:-1000}" 1 "${DEGREE:-92}" "${MIN_NEIGHBOURS:-62}" >"$target/scene_dcnet.h"
"$scene" shamir 12 1 5 >"$target/scene_shamir.h"
linked main both "${scenes[@]}" "$firmware/main.c"
start main "both, five aggregators"
rm -f "$memory"/*
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
    "$scene" dcnet $((neighbours + 1)) 1 0 1 >"$target/scene_dcnet.h"
    linked dcnet dcnet "${scenes[@]}" "$firmware/dcnet.c"
    start dcnet "$neighbours neighbours"
    figure "memory, $neighbours neighbours: dcnet_memory" "$(bytes dcnet dcnet_memory)"
    [ "$neighbours" = 92 ] || continue
    linked dcnet_small dcnet_small "${scenes[@]}" "$firmware/dcnet.c"
    start dcnet_small "$neighbours neighbours, small"
done

# kept NAME LIBRARY FUNCTIONS: flash of what an image needs of the library, the board's own bytes taken off.
kept() {
    local all board
    linked kept "$2" -DKEPT="$3" "$firmware/kept.c"
    all=$(board_flash "$target/kept.elf")
    linked kept "$2" -DKEPT=NULL "$firmware/kept.c"
    board=$(board_flash "$target/kept.elf")
    figure "flash, $1" $((all - board))
}

echo "--- flash"
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

# Of threshold-elgamal and cmt-ring, which have no C functions yet: measure/src, whose frames must be those of Python.
steps=(setup contribute contribute_without_proof prepare contribute_with)
# measured FEATURES PROTOCOL: "NAME instructions stack flash" of each step into a file.
measured() {
    OPT=s FEATURES=$1 RUSTFLAGS="${RUSTFLAGS:-} --cfg sha2_backend_soft=\"compact\"" CARGO_TARGET_DIR=$target \
        "$firmware/measure.sh" "${steps[@]/#/$2_}" >"$target/measured"
}

# elgamal NAME FEATURES: each step makes the meter anew, so that differences tell what one costs.
elgamal() {
    local -A count=() stack=() flash=()
    local step instructions deep size
    check "elgamal$1" measured "$2" elgamal
    while read -r step instructions deep size _; do
        step=${step#elgamal_}
        count[$step]=$instructions stack[$step]=$deep flash[$step]=$size
    done <"$target/measured"
    for step in "${steps[@]}"; do
        [ -n "${count[$step]:-}" ] || return 0
    done
    figure "instructions, elgamal$1: make a meter" "${count[setup]}"
    figure "instructions, elgamal$1: contribute" $((count[contribute] - count[setup]))
    figure "instructions, elgamal$1: of that the proof" $((count[contribute] - count[contribute_without_proof]))
    figure "instructions, elgamal$1: prepare" $((count[prepare] - count[setup]))
    figure "instructions, elgamal$1: contribute with what is prepared" $((count[contribute_with] - count[prepare]))
    figure "stack, elgamal$1: make a meter" "${stack[setup]}"
    figure "stack, elgamal$1: contribute" "${stack[contribute]}"
    figure "stack, elgamal$1: contribute with what is prepared" "${stack[contribute_with]}"
    figure "flash, elgamal$1" "${flash[contribute]}"
    figure "flash, elgamal$1, with prepared pairs" "${flash[contribute_with]}"
    figure "memory, elgamal$1: meter" "$(arm-none-eabi-nm -S -t d "$target/$thumb/release/libmeasure.a" 2>/dev/null |
        awk '$4 == "elgamal_meter" { print $2 + 0 }')"
}

elgamal ", small" ""
elgamal ", small, tables" tables

# A member of a ring, in the same way.
cmt() {
    local -A count=() stack=() flash=()
    local step instructions deep size
    steps=(setup join seat contribute heal contribute_healed seat_drawn relay seat_second contribute_second
        seat_modulus contribute_modulus)
    check "cmt" measured "" cmt
    while read -r step instructions deep size _; do
        step=${step#cmt_}
        count[$step]=$instructions stack[$step]=$deep flash[$step]=$size
    done <"$target/measured"
    for step in "${steps[@]}"; do
        [ -n "${count[$step]:-}" ] || return 0
    done
    figure "instructions, cmt: join a generation" $((count[join] - count[setup]))
    figure "instructions, cmt: take a seat" $((count[seat] - count[join]))
    figure "instructions, cmt: take a seat in two rings" $((count[seat_second] - count[join]))
    figure "instructions, cmt: heal" $((count[heal] - count[seat]))
    figure "instructions, cmt: contribute, derived" $((count[contribute] - count[seat]))
    figure "instructions, cmt: contribute, drawn" $((count[relay] - count[seat_drawn]))
    figure "instructions, cmt: contribute, two rings" $((count[contribute_second] - count[seat_second]))
    figure "instructions, cmt: contribute, another modulus" $((count[contribute_modulus] - count[seat_modulus]))
    figure "instructions, cmt: contribute in a healed ring" $((count[contribute_healed] - count[heal]))
    figure "stack, cmt: join a generation" "${stack[join]}"
    figure "stack, cmt: take a seat" "${stack[seat]}"
    figure "stack, cmt: contribute, derived" "${stack[contribute]}"
    figure "stack, cmt: contribute, drawn" "${stack[relay]}"
    figure "flash, cmt: join, seat, contribute, derived" "${flash[contribute]}"
    figure "flash, cmt: join, seat, contribute, drawn" "${flash[relay]}"
    figure "flash, cmt: that and healing, derived" "${flash[contribute_healed]}"
    figure "memory, cmt: meter" "$(arm-none-eabi-nm -S -t d "$target/$thumb/release/libmeasure.a" 2>/dev/null |
        awk '$4 == "cmt_meter" { print $2 + 0 }')"
}

cmt
grep -E '^[0-9]+ (flash|memory|.*(elgamal|cmt))' "$figures"

# at_most LIMIT NAME
at_most() {
    local value
    value=$(sed -nE "s/^([0-9]+) $2\$/\1/p" "$figures")
    echo "$2: ${value:-none}, limit $1"
    [ -n "$value" ] && [ "$value" -le "$1" ]
}

echo "--- limits"
check "a contribution" at_most 150000 "instructions, 92 neighbours: contribute"
check "a contribution, small" at_most 150000 "instructions, 92 neighbours, small: contribute"
check "memory" at_most 4096 "memory, 92 neighbours: dcnet_memory"
check "memory of a complete group" at_most 9472 "memory, 239 neighbours: dcnet_memory"
check "flash" at_most 32768 "flash, contribution alone"

# No figure may grow by more than 3 %, and 64, over the committed one. They belong to a compiler: another one's are not compared.
committed=$firmware/figures.txt
compiler="rustc $(rustc --version | cut -d' ' -f2) by $(thumb_by)"
grown() { # grown VALUE NAME
    local now
    now=$(awk -v name="$2" '{ value = $1; sub(/^[0-9]+ /, ""); if ($0 == name) print value }' "$figures")
    [ -n "$now" ] || { echo "$2: not measured"; return; }
    [ $((now * 100)) -gt $(($1 * 103 + 6400)) ] && echo "$2: $now, was $1" && return
    [ $((now * 103 + 6400)) -lt $(($1 * 100)) ] && echo "(better, to be committed: $2: $now, was $1)" >&2
    return 1
}
not_grown() {
    ! grown "$@"
}

echo "--- figures"
if [ -n "${WATTSUM_WRITE_FIGURES:-}" ]; then
    { echo "$compiler"; cat "$figures"; } >"$committed"
fi
if [ "${METERS:-}${DEGREE:-}${MIN_NEIGHBOURS:-}${RUSTFLAGS:-}" ] || [ "$(head -n 1 "$committed")" != "$compiler" ]; then
    echo "not compared: figures.txt is of $(head -n 1 "$committed"), this run of $compiler or with settings of its own"
else
    while read -r value name; do
        check "grown" not_grown "$value" "$name"
    done < <(tail -n +2 "$committed")
    check "figures.txt has all that is measured" [ "$(tail -n +2 "$committed" | wc -l)" = "$(wc -l <"$figures")" ]
fi

echo "--- all"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
