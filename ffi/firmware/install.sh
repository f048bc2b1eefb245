#!/usr/bin/env bash
# Installs what the scripts beside it need and only what is missing: C compiler, newlib, QEMU, Python, Rust for the targets.
set -euo pipefail
. "$(dirname "$0")/board.sh"

packages=()
command -v arm-none-eabi-gcc >/dev/null || packages+=(gcc-arm-none-eabi)
[ -n "$(arm-none-eabi-gcc "${thumb_flags[@]}" -print-file-name=libc.a 2>/dev/null | grep /)" ] ||
    packages+=(libnewlib-arm-none-eabi)
command -v python3 >/dev/null || packages+=(python3)
command -v qemu-system-arm >/dev/null || packages+=(qemu-system-arm)
for thumb in thumbv6m-none-eabi thumbv7em-none-eabi; do
    thumb_by >/dev/null 2>&1 || timeout 120 rustup target add "$thumb" >/dev/null 2>&1 ||
        packages+=(rustc-web cargo-web rust-web-src)
done
if [ ${#packages[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
echo "firmware tools are there; $thumb by $(thumb_by)"
