#!/usr/bin/env bash
# Whether the library's time depends on secrets, as far as valgrind's memcheck can see (README.md): the paths of every
# meter in the release archive, with entropy, secrets and readings marked as undefined, reports no jump and no address
# that depends on them, but for the places in `allowed`. One line a path; the last is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"
here=$PWD
root=$(cd ../../.. && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
build=$target/constant_time
passed=0 failed=0
: "${CC:=gcc}"

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

broke() {
    echo "$*" >&2
    failed=$((failed + 1))
}

if ! command -v valgrind >/dev/null || ! echo '#include <valgrind/memcheck.h>' | "$CC" -E - >/dev/null 2>&1; then
    echo "not run: no valgrind, or no valgrind/memcheck.h"
    exit 0
fi
mkdir -p "$build"
(cd "$root" && cargo build --release --locked -q -p wattsum-ffi --lib --example scene) || { broke "no archive"; finish; }
# Forty meters: pads eight at a time, and a rest. Five channels: more than one block of a pad. No channels: see the scene.
for scene in "dcnet 40 5" "shamir 40 5" "elgamal 12 0" "cmt 12 2"; do
    # shellcheck disable=SC2086 # words
    "$target/release/examples/scene" $scene >"$build/scene_${scene%% *}.h" || broke "no scene of $scene"
done
# The leaky steps, by the compiler and with the optimisation of the library.
(cd "$root" && rustc --edition 2024 --crate-type lib --emit obj -C opt-level=3 -C panic=abort -C debuginfo=line-tables-only \
    "$here/leaky.rs" -o "$build/leaky_rust.o") || broke "leaky.rs does not compile"
"$CC" processor.c -o "$build/processor" && echo "run with: $(valgrind -q "$build/processor")"

# judged LOG: prints a line for each path and counts them. A log that is not there, or not judged to its end, has failed.
judged() {
    local line counted=no
    while read -r line; do
        if [[ $line == "COUNT "* ]]; then
            set -- $line
            passed=$((passed + $2)) failed=$((failed + $3)) counted=yes
        else
            echo "$line"
        fi
    done < <([ -s "$1" ] && awk -v root="$root" -v used="$build/used" -f judge.awk allowed "$1")
    [ "$counted" = yes ] || broke "$1: not judged"
}

: >"$build/used"
for source in keys.c reading.c shamir.c dcnet.c elgamal.c cmt.c cmt_lead.c leaky.c; do
    name=${source%.c}
    twin=()
    [ "$name" = leaky ] && twin=("$build/leaky_rust.o")
    # -O1: what the caller itself does with a secret is as it stands here.
    "$CC" -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wconversion -Werror -g -O1 -I ../../include -I "$build" -I ../c \
        "$source" "${twin[@]}" "$target/release/libwattsum.a" -o "$build/$name" || { broke "$source does not compile"; continue; }
    # Exact about sums and comparisons of partly undefined words; whole paths of sources, and whole stacks.
    check=(valgrind --error-limit=no --expensive-definedness-checks=yes --fullpath-after= --num-callers=60
        --log-file="$build/$name.log")
    rm -f "$build/$name.log"
    "${check[@]}" "$build/$name" >"$build/$name.out" 2>&1
    judged "$build/$name.log"
    # Without marks nothing is reported: what is reported above is due to them.
    if "${check[@]}" -q --error-exitcode=9 "$build/$name" unmarked >"$build/$name.out" 2>&1; then
        passed=$((passed + 1))
    else
        cat "$build/$name.out" "$build/$name.log" >&2
        broke "$name, with nothing marked: reported"
    fi
done
while IFS= read -r place; do
    grep -qxF -e "$place" "$build/used" || broke "allowed, and not met: $place"
done < <(grep -v -e '^#' -e '^$' allowed)
finish
