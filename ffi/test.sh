#!/usr/bin/env bash
# Builds the C library and runs C and C++ programs with it. The last line is "N passed, N failed": files compiled and
# programs run.
#
#   ./test.sh            everything
#   ./test.sh PART ...   some of: header programs cpp install residue, and what others bring: adapters constant_time
#
# header         wattsum.h alone, as C99, C23, C++11, with and without the head end; gcc and clang
# programs       tests/c/*.c and examples/*.c: gcc, clang, AddressSanitizer with UBSan, valgrind; examples as C++20 too
# cpp            tests/c/*.cc: g++, clang++, sanitizers, valgrind
# residue        tests/residue/*.c: what calls leave on the stack, as nothing but the compiler lays it out
# install        installed, by CMake and pkg-config, static and shared, and README's first steps (tests/install)
set -uo pipefail
target=$(realpath -m "${CARGO_TARGET_DIR:-$(dirname "$0")/../target}")
cd "$(dirname "$0")"
. tests/count.sh
export CARGO_TARGET_DIR=$target build=$target/c library=$target/release
WATTSUM_DATA=$(cd .. && realpath -m "${WATTSUM_DATA:-../shared/data}") # programs run in folders of their own
export WATTSUM_DATA
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(header programs cpp install residue adapters constant_time)
for part in "${parts[@]}"; do
    [[ $part =~ ^(header|programs|cpp|install|residue|adapters|constant_time)$ ]] || { echo "no part '$part'" >&2; exit 2; }
done

mkdir -p "$build"
if ! (cd .. && cargo build --release --locked -q -p wattsum-ffi --lib --example scene); then
    failed=$((failed + 1))
    finish
fi

# What tests/c plays against: `scene PROTOCOL ...` prints it as tests/c/scene_PROTOCOL.h.
scenes=(
    "dcnet 12 2"
    "shamir 12 2"
    "elgamal 12 0"
    "cmt 12 2"
    "ckks"
)
for scene in "${scenes[@]}"; do
    # shellcheck disable=SC2086 # words
    "$library/examples/scene" $scene >"$build/scene_${scene%% *}.h" || failed=$((failed + 1))
done

compilers=()
for compiler in gcc clang; do
    has "$compiler" && compilers+=("$compiler") || not_run "what needs $compiler: it is not there"
done
[ ${#compilers[@]} -gt 0 ] || { echo "no C compiler" >&2; failed=$((failed + 1)); finish; }
has valgrind || not_run "valgrind: it is not there"
sanitize=yes
echo 'int main(void) { return 0; }' >"$build/empty.c"
"${compilers[0]}" -fsanitize=address,undefined "$build/empty.c" -o "$build/empty" 2>/dev/null || {
    sanitize=no
    not_run "sanitizers: ${compilers[0]} has none"
}

# The header alone, twice in one file.
part_header() {
    local compiler plus standard
    printf '#include "wattsum.h"\n#include "wattsum.h"\nint main(void) { return wattsum_status_text(WATTSUM_OK) == NULL; }\n' \
        >"$build/alone.c"
    cp "$build/alone.c" "$build/alone.cc"
    for compiler in "${compilers[@]}"; do
        for standard in -std=c99 -std=c2x "-std=c99 -DWATTSUM_FIRMWARE"; do
            # shellcheck disable=SC2086
            does "header, $compiler $standard" "$compiler" $standard "${warnings[@]}" -I include -c "$build/alone.c" -o "$build/alone.o"
        done
        plus=${compiler/gcc/g}++
        if command -v "$plus" >/dev/null; then
            does "header, $plus -std=c++11" "$plus" -std=c++11 "${warnings[@]}" -I include "$build/alone.cc" \
                "$library/libwattsum.a" -o "$build/alone"
            does "header, $plus, runs" "$build/alone"
        else
            not_run "what needs $plus: it is not there"
        fi
    done
}

# each SCRIPT SOURCE...: runs the script for every source, as many at a time as there are processors.
each() {
    local script=$1 folder source
    shift
    folder=$(mktemp -d)
    printf '%s\n' "$@" | env "compilers=${compilers[*]}" "sanitize=$sanitize" \
        xargs -P "$(nproc)" -I {} bash -c '"$1" "$2" >"$3/${2//\//_}" 2>&1; true' - "$script" {} "$folder"
    for source in "$@"; do
        counts cat "$folder/${source//\//_}"
    done
    rm -rf "$folder"
}

# torn_log PROGRAM: the gateway loses its power while it appends, and starts again in the next epoch.
torn_log() {
    local program=$1 log=gateway-100.log code
    whole() { [ "$(wc -c <$log)" -eq $((17 * $1)) ] || { echo "$log has $(wc -c <$log) bytes, not $1 records"; return 1; }; }
    "$program" && whole 2 || return 1
    head -c 9 $log >part && cat part >>$log && "$program" 2 && whole 4 || return 1
    head -c 17 /dev/zero >>$log && "$program" 3 && whole 6 || return 1
    "$program" 3 && { echo "another root for an epoch that has one"; return 1; }
    cp $log good && printf '\377' | dd of=$log bs=1 seek=40 conv=notrunc status=none
    "$program" 4
    code=$?
    [ $code -eq 4 ] || { echo "a damaged log, and the program ended with $code"; return 1; }
    cmp -s <(head -c 40 good) <(head -c 40 $log) && whole 6 && echo "torn logs are cut, a damaged one is not used"
}
export -f torn_log

part_programs() {
    each tests/program.sh tests/c/*.c examples/*.c
    ran "gateway, torn logs" bash -c 'torn_log "$1"' - "$build/gateway-${compilers[0]}"
}

part_cpp() {
    each tests/program.sh tests/c/*.cc
}

part_install() {
    counts tests/install/run.sh
}

part_residue() {
    local source name
    for source in tests/residue/*.c; do
        name=residue_$(basename "$source" .c)
        does "$name compiles" "${compilers[0]}" -std=c99 -D_POSIX_C_SOURCE=200809L "${warnings[@]}" -g -O1 -I include \
            -I "$build" -I tests/c -I tests/residue "$source" "$library/libwattsum.a" -o "$build/$name" &&
            ran "$name" "$build/$name"
    done
}

# Scripts of others, each ending with its own count.
part_adapters() {
    counts tests/adapters.sh
}

part_constant_time() {
    counts tests/constant_time/run.sh
}

for part in "${parts[@]}"; do
    "part_$part" || true
done
finish
