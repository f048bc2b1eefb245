#!/usr/bin/env bash
# Builds the C library and runs C programs with it: tests/c and examples, linked to the static archive and to the
# shared library, under sanitizers and valgrind where they are; and compiles the header as C and as C++.
# The last line is "N passed, N failed": programs run and files compiled.
set -uo pipefail
cd "$(dirname "$0")"
target=$(realpath -m "${CARGO_TARGET_DIR:-../target}")
build=$target/c
passed=0 failed=0
warnings=(-Wall -Wextra -Wconversion -Werror -pedantic)

# does NAME COMMAND...: counts; shows the output of what failed.
does() {
    local name=$1 log
    shift
    log=$build/log
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "$name: $(tail -n 1 "$log")"
    else
        failed=$((failed + 1))
        echo "$name: FAILED ($*)" >&2
        tail -n 40 "$log" >&2
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

mkdir -p "$build"
if ! (cd .. && cargo build --release --locked -q -p wattsum-ffi --lib --example scene); then
    failed=$((failed + 1))
    finish
fi
library=$target/release
"$library/examples/scene" dcnet 12 2 >"$build/scene_dcnet.h" || failed=$((failed + 1))
"$library/examples/scene" shamir 12 2 >"$build/scene_shamir.h" || failed=$((failed + 1))

compilers=()
for compiler in gcc clang; do
    command -v "$compiler" >/dev/null && compilers+=("$compiler") || echo "not run: no $compiler"
done
[ ${#compilers[@]} -gt 0 ] || { echo "no C compiler" >&2; failed=$((failed + 1)); finish; }

# The header alone, twice in one file, as C and C++.
printf '#include "wattsum.h"\n#include "wattsum.h"\nint main(void) { return wattsum_status_text(WATTSUM_OK) == NULL; }\n' \
    >"$build/alone.c"
cp "$build/alone.c" "$build/alone.cc"
for compiler in "${compilers[@]}"; do
    plus=${compiler/gcc/g}++
    does "header, $compiler, C99" "$compiler" -std=c99 "${warnings[@]}" -I include -c "$build/alone.c" -o "$build/alone.o"
    does "header, $compiler, C99, firmware" "$compiler" -std=c99 "${warnings[@]}" -DWATTSUM_FIRMWARE -I include \
        -c "$build/alone.c" -o "$build/alone.o"
    does "header, $compiler, C23" "$compiler" -std=c2x "${warnings[@]}" -I include -c "$build/alone.c" -o "$build/alone.o"
    if command -v "$plus" >/dev/null; then
        does "header, $plus, C++11" "$plus" -std=c++11 "${warnings[@]}" -I include "$build/alone.cc" \
            "$library/libwattsum.a" -o "$build/alone"
        does "header, $plus, runs" "$build/alone"
    fi
done

# compile OUTPUT COMPILER SOURCE FLAG...
compile() {
    "$2" -std=c99 -D_POSIX_C_SOURCE=200809L "${warnings[@]}" -g -O1 -I include -I "$build" -I tests/c "$3" "${@:4}" \
        -o "$build/$1"
}

# ran NAME OUTPUT COMMAND...: in a folder of its own, which is empty.
ran() {
    local name=$1 folder
    shift
    folder=$(mktemp -d)
    does "$name" env -C "$folder" "$@"
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

programs=(tests/c/*.c examples/*.c)
for source in "${programs[@]}"; do
    name=$(basename "$source" .c)
    for compiler in "${compilers[@]}"; do
        compile "$name-$compiler" "$compiler" "$source" "$library/libwattsum.a" &&
            ran "$name, $compiler, static" "$build/$name-$compiler" || { failed=$((failed + 1)); echo "$name does not compile" >&2; }
    done
    compile "$name-shared" "${compilers[0]}" "$source" "-L$library" "-Wl,-rpath,$library" -l:libwattsum.so &&
        ran "$name, shared" "$build/$name-shared" || failed=$((failed + 1))
    if compile "$name-sanitized" "${compilers[0]}" "$source" "$library/libwattsum.a" \
        -fsanitize=address,undefined -fno-sanitize-recover=all 2>"$build/log"; then
        ran "$name, sanitizers" "$build/$name-sanitized"
    else
        echo "not run: $name with sanitizers: $(tail -n 1 "$build/log")"
    fi
    if command -v valgrind >/dev/null; then
        ran "$name, valgrind" valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=all \
            --show-leak-kinds=all "$build/$name-${compilers[0]}"
    else
        echo "not run: no valgrind"
    fi
done
ran "gateway, torn logs" bash -c 'torn_log "$1"' - "$build/gateway-${compilers[0]}"
finish
