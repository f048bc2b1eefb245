#!/usr/bin/env bash
# Builds libwattsum.a for a Cortex-M4 without std and heap, links it with C and runs the image in QEMU.
#
#   ./run.sh              main.c, twice: its frames against those of the host, and again after a reboot; first with
#                         five aggregators of whom three open shamir's sums, then with four
#   ./run.sh FILE.c ...   other files, once; the exit code is the image's
#
# An image that does not end within TIMEOUT seconds (120) ends with 124. METERS, DEGREE, MIN_NEIGHBOURS: of the dcnet
# group that main.c takes part in.
set -euo pipefail
. "$(dirname "$0")/board.sh"
root=$(cd "$firmware/../.." && pwd)
host=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
target=$host/firmware

# A target directory of its own: other flags than the host's build, which would otherwise be built anew each time.
(cd "$root" && RUSTFLAGS="${RUSTFLAGS:-} --cfg sha2_backend_soft=\"compact\"" CARGO_TARGET_DIR=$target \
    thumb_cargo rustc --quiet --locked -p wattsum-ffi --lib --crate-type staticlib --no-default-features \
    --features firmware --profile firmware)
library=$target/$thumb/firmware/libwattsum.a
image=$target/firmware.elf
link=(board_link "$image" "$library" -DWATTSUM_FIRMWARE -I "$firmware/../include")

if [ $# -gt 0 ]; then
    "${link[@]}" "$@"
    echo "flash $(board_flash "$image") bytes"
    board_run "$image" "${TIMEOUT:-120}"
    exit
fi

# What the device is given and must answer, by the roles in Rust on the host.
(cd "$root" && CARGO_TARGET_DIR=$host cargo build --quiet --locked --release -p wattsum-ffi --example scene)
scene=$host/release/examples/scene
"$scene" dcnet "${METERS:-1000}" 1 "${DEGREE:-92}" "${MIN_NEIGHBOURS:-62}" >"$target/scene_dcnet.h"

# image AGGREGATORS: of shamir; all else is the same.
image() {
    "$scene" shamir 12 1 "$1" >"$target/scene_shamir.h"
    "${link[@]}" -I "$target" -I "$firmware/../tests/c" "$firmware/main.c"
}

# The records lie in a folder that both starts share.
memory=$(mktemp -d)
trap 'rm -rf "$memory"' EXIT
passed=0 failed=0

# start NAME: adds up what the image counts.
start() {
    local code=0 good bad
    echo "--- $1 start"
    (cd "$memory" && board_run "$image" "${TIMEOUT:-120}") >"$memory/console" 2>&1 || code=$?
    cat "$memory/console"
    read -r good bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$memory/console" | tail -n 1) || true
    if [ "$code" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
        echo "the image ended with $code"
        bad=1
    fi
    passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
}

image 5
start "five aggregators: first"
rm -f "$memory"/*
image 4

# The scene is data of this test only.
sizes=$(arm-none-eabi-nm -S -t d "$image")
scenery=$(awk '$4 ~ /^scene_/ { n += $2 } END { print n + 0 }' <<<"$sizes")
memories=$(awk '$4 ~ /^(dcnet|shamir)_memory$/ { printf "%s %d ", $4, $2 }' <<<"$sizes")
echo "flash $(($(board_flash "$image") - scenery)) bytes without the scene's $scenery; RAM: ${memories}bytes"

start first
start second
echo "--- all"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
