# Sourced by the scripts beside it: how firmware for a Cortex-M is compiled, linked and run. CORE=cortex-m0plus takes that
# one. The emulated board has a Cortex-M4, which runs ARMv6-M as well: instructions can be counted there, and armv6m sees to
# it that an image has no others.
firmware=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
core=${CORE:-cortex-m4}
case $core in
cortex-m4) thumb=thumbv7em-none-eabi ;;
cortex-m0plus) thumb=thumbv6m-none-eabi ;;
*) echo "CORE=$core: cortex-m4 or cortex-m0plus" >&2; exit 2 ;;
esac
thumb_flags=("-mcpu=$core" -mthumb -mfloat-abi=soft -masm-syntax-unified)

# Where rustc-web and cargo-web of Debian lie.
debian_rust=${DEBIAN_RUST:-/usr/bin}

# thumb_by: says who builds for the bare-metal target, `rustup` or `debian`; fails where nobody can.
thumb_by() {
    local root
    if root=$(rustc --print sysroot 2>/dev/null) && [ -d "$root/lib/rustlib/$thumb" ]; then
        echo rustup
    elif [ -x "$debian_rust/cargo" ] && [ -d "$debian_rust/../lib/rustlib/src/rust/library" ]; then
        echo debian
    else
        echo "no Rust for $thumb: run $firmware/install.sh" >&2
        return 1
    fi
}

# thumb_cargo ARGUMENT...: cargo for the bare-metal target. Debian has no ready `core` for it and builds one, with `alloc`.
thumb_cargo() {
    local by
    by=$(thumb_by) || return 1
    case $by in
    rustup) cargo "$@" --target "$thumb" ;;
    debian) PATH="$debian_rust:$PATH" RUSTC="$debian_rust/rustc" RUSTC_BOOTSTRAP=1 \
        "$debian_rust/cargo" "$@" -Zbuild-std=core,alloc --target "$thumb" ;;
    esac
}

# board_link IMAGE LIBRARY SOURCE-OR-FLAG...: C sources, the board and a Rust static library to one image.
board_link() {
    local image=$1 library=$2
    shift 2
    arm-none-eabi-gcc "${thumb_flags[@]}" -std=c11 -O2 -Wall -Wextra -Werror -ffunction-sections -fdata-sections \
        -I "$firmware" "$@" "$firmware/board.c" "$library" \
        -nostartfiles -T "$firmware/mps2-an386.ld" -Wl,--gc-sections,-z,noexecstack,--fatal-warnings -o "$image"
}

# board_run IMAGE [SECONDS]: the image's exit code becomes ours; 124 where it did not end in time.
board_run() {
    timeout "${2:-60}" qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
        -icount shift=0 -chardev stdio,id=console -semihosting-config enable=on,target=native,chardev=console \
        -kernel "$1" </dev/null
}

# board_flash IMAGE: bytes that its code and constants take.
board_flash() {
    arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 + $2 }'
}

# armv6m IMAGE: whether a Cortex-M0+ could run it. The linker gives an image the architecture of the highest object in it;
# and of 32-bit instructions ARMv6-M has seven, of the 16-bit ones not it, cbz and cbnz. Says what is too much.
armv6m() {
    local arch more
    arch=$(arm-none-eabi-readelf -A "$1" | sed -n 's/^ *Tag_CPU_arch: //p')
    [ "$arch" = v6S-M ] || { echo "$1 is of ${arch:-no architecture}, not v6S-M"; return 1; }
    more=$(arm-none-eabi-objdump -d "$1" | awk -F'\t' '
        $3 ~ /^(it[te]*|cbn?z)(\.n)?$/ ||
        $2 ~ /^[0-9a-f]+ [0-9a-f]+ *$/ && $3 !~ /^(bl|msr|mrs|dsb|dmb|isb|udf\.w)$/ { if (n++ < 3) print }')
    [ -z "$more" ] || { echo "$1 has instructions that ARMv6-M has not:"; echo "$more"; return 1; }
}
