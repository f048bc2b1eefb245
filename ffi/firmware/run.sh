#!/usr/bin/env bash
# Builds libwattsum.a for a Cortex-M4 and a Cortex-M0+ without std and heap, links it with C and runs the images in QEMU.
#
#   ./run.sh              what core.sh does for both cores, side by side: all frames against those of the host, all costs
#                         against limits and against figures.txt
#   ./run.sh FILE.c ...   other files, once, with the whole library (CORE=cortex-m0plus for that one); the exit code is
#                         the image's
#
# An image that does not end within TIMEOUT seconds (120) ends with 124. METERS, DEGREE, MIN_NEIGHBOURS: of the dcnet
# group that main.c takes part in. WATTSUM_WRITE_FIGURES=1 writes figures.txt.
set -euo pipefail
. "$(dirname "$0")/board.sh"
. "$firmware/images.sh"
. "$firmware/figures.sh"

if [ $# -gt 0 ]; then
    library all firmware text,dcnet,shamir,elgamal,cmt,ckks
    linked other all "$@"
    echo "flash $(board_flash "$target/other.elf") bytes"
    board_run "$target/other.elf" "${TIMEOUT:-120}"
    exit
fi

# What a device is given and must answer, by the roles in Rust on the host.
(cd "$root" && CARGO_TARGET_DIR=$host cargo build --quiet --locked --release -p wattsum-ffi --example scene)

cores=(cortex-m4 cortex-m0plus)
folders=("$host/firmware" "$host/firmware-m0plus")
mkdir -p "${folders[@]}"
running=()
for at in 0 1; do
    CORE=${cores[at]} "$firmware/core.sh" >"${folders[at]}/log" 2>&1 &
    running+=($!)
done
for at in 0 1; do
    code=0
    wait "${running[at]}" || code=$?
    echo "=== ${cores[at]}"
    cat "${folders[at]}/log"
    good=0 bad=1
    [ "$code" -ne 0 ] || read -r good bad < <(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "${folders[at]}/log") ||
        echo "${cores[at]} ended with $code"
    passed=$((passed + good)) failed=$((failed + bad))
done
figures=$target/figures.all
cat "${folders[@]/%//figures}" >"$figures"

echo "--- limits"
check "a contribution" at_most 150000 "instructions, dcnet, 92 neighbours: contribute"
check "a contribution, small" at_most 150000 "instructions, dcnet, 92 neighbours, small: contribute"
check "a contribution, M0+" at_most 250000 "instructions, M0+, dcnet, 92 neighbours: contribute"
check "memory" at_most 4096 "memory, dcnet, 92 neighbours"
check "memory of a complete group" at_most 9472 "memory, dcnet, 239 neighbours"
check "flash" at_most 32768 "flash, dcnet, contribution alone"
check "flash, M0+" at_most 32768 "flash, M0+, dcnet, contribution alone"

check "ckks, seeded" at_most 1850000 "instructions, ckks: encrypt 2048 readings, seeded"
check "ckks, public key" at_most 2800000 "instructions, ckks: encrypt 2048 readings, public key"
check "ckks, memory, seeded" at_most 57000 "memory and stack, ckks, seeded"
check "ckks, memory, public key" at_most 70000 "memory and stack, ckks, public key"

compared

echo "--- all"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
