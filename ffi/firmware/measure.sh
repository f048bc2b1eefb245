#!/usr/bin/env bash
# One line a primitive: `name instructions stack flash added`. Instructions of one call on a Cortex-M4 in QEMU,
# bytes of stack, bytes of flash for it alone and in an image that has ChaCha20 and HKDF-SHA256 anyway.
# Arguments: primitives (default all). RUSTFLAGS are passed on: --cfg sha2_backend_soft="compact".
# OPT=s builds for size, FEATURES=tables with tables of the base point.
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/board.sh"
build=${CARGO_TARGET_DIR:-$firmware/measure/target}/measure-$$
mkdir -p "$build"
trap 'rm -rf "$build"' EXIT

export CARGO_PROFILE_RELEASE_OPT_LEVEL=${OPT:-3}
target=${CARGO_TARGET_DIR:-$firmware/measure/target}
(cd "$firmware/measure" && CARGO_TARGET_DIR=$target thumb_cargo build --quiet --release --locked \
    --features "${FEATURES:-}")
library=$target/$thumb/release/libmeasure.a

image() { # image FILE PRIMITIVE FLAG...
    local repeats=1000
    case $2 in
    x25519 | ed25519_verify) repeats=4 ;;
    elgamal_*) repeats=1 ;;
    cmt_*) repeats=4 ;;
    esac
    board_link "$1" "$library" "$firmware/measure/main.c" -DPRIMITIVE="$2" -DREPEATS=$repeats "${@:3}"
    board_flash "$1"
}

alone=$(image "$build/empty" nothing)
base=$(image "$build/base" nothing -DBASE)
[ $# -gt 0 ] || set -- chacha20_block sha256_compression hkdf_sha256 hmac_sha256_tag chacha20poly1305_tag \
    blake3_tag compressed_shares x25519 ed25519_verify
for name in "$@"; do
    flash=$(image "$build/$name" "$name")
    added=$(image "$build/$name-base" "$name" -DBASE)
    line=$(board_run "$build/$name") || { echo "$line" >&2; exit 1; }
    echo "$line $((flash - alone)) $((added - base))"
done
