# Sourced by run.sh and core.sh, after board.sh: builds libwattsum.a, links and starts images, counts what they check and
# keeps what they cost.
root=$(cd "$firmware/../.." && pwd)
host=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
# Target directories of their own, one a core: other flags than the host's build, which would otherwise be built anew.
target=$host/firmware
label=
if [ "$core" = cortex-m0plus ]; then
    target=$host/firmware-m0plus label="M0+, "
fi
mkdir -p "$target"
passed=0 failed=0
figures=$target/figures
compact='--cfg sha2_backend_soft="compact"'

# library NAME PROFILE FEATURES: $target/NAME.a.
library() {
    (cd "$root" && RUSTFLAGS="${RUSTFLAGS:-} $compact" CARGO_TARGET_DIR=$target \
        thumb_cargo rustc --quiet --locked -p wattsum-ffi --lib --crate-type staticlib --no-default-features \
        --features "firmware,$3" --profile "$2")
    cp "$target/$thumb/$2/libwattsum.a" "$target/$1.a"
}

# linked IMAGE LIBRARY SOURCE-OR-FLAG...
linked() {
    board_link "$target/$1.elf" "$target/$2.a" -DWATTSUM_FIRMWARE -I "$firmware/../include" "${@:3}"
    if [ "$core" = cortex-m0plus ]; then
        check "ARMv6-M alone" armv6m "$target/$1.elf"
        check "products without a branch" no_branch "$target/$1.elf" __aeabi_lmul
    fi
}

# no_branch IMAGE FUNCTION: whether it has none but its return; so it takes the same time for all operands.
no_branch() {
    local found
    found=$(arm-none-eabi-objdump -d "$1" --disassemble="$2" | awk -F'\t' '$3 ~ /^b([a-z][a-z])?(\.[nw])?$/ { print }')
    [ -z "$found" ] || { echo "$2 in $1 branches:"; echo "$found"; return 1; }
}

# figure NAME VALUE
figure() {
    echo "$2 ${1/, /, $label}" >>"$figures"
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

# start IMAGE NAME: adds up what the image counts, and takes its costs into the figures as NAME. Its files lie in $memory,
# which the starts of a device share.
start() {
    local code=0 good bad what instructions stack
    echo "--- $label$2"
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

# kept NAME LIBRARY FUNCTIONS: flash of what an image needs of the library, the board's own bytes taken off.
kept() {
    linked kept "$2" -DKEPT="$3" "$firmware/kept.c"
    [ -n "${board:-}" ] || board=$(
        board_link "$target/board.elf" "$target/$2.a" -DWATTSUM_FIRMWARE -I "$firmware/../include" -DKEPT=NULL \
            "$firmware/kept.c"
        board_flash "$target/board.elf"
    )
    figure "flash, $1" $(($(board_flash "$target/kept.elf") - board))
}
