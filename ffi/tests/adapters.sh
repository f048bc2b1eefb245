#!/usr/bin/env bash
# The entropy adapters (adapters/*.h): with the real Mbed TLS, where it can be had, and with a stand-in for Zephyr, whose
# headers exist within a Zephyr build only. test.sh calls it and says where everything is; alone it asks cargo's folders.
# The last line is "N passed, N failed".
set -uo pipefail
target=$(realpath -m "${CARGO_TARGET_DIR:-$(dirname "$0")/../../target}")
cd "$(dirname "$0")/.."
. tests/count.sh
library=${library:-$target/release} build=${build:-$target/c}
mkdir -p "$build"

# header NAME: whether a C compiler finds it; tries apt where root may.
header() {
    echo "#include <$1>" | cc -fsyntax-only -x c - 2>/dev/null && return 0
    has no-such-command libmbedtls-dev # a package without a command
    echo "#include <$1>" | cc -fsyntax-only -x c - 2>/dev/null
}

# built OUTPUT COMPILER FLAG...: counts only what does not compile.
built() {
    local log
    log=$(mktemp)
    "$2" -std=c99 "${flags[@]}" "$source" "$library/libwattsum.a" "${@:3}" -o "$build/adapter-$1" >"$log" 2>&1 &&
        { rm -f "$log"; return 0; }
    failed=$((failed + 1))
    echo "adapter $1 does not compile"
    head -n 20 "$log"
    rm -f "$log"
    return 1
}

# adapter NAME FLAG...: compiled as C99 by both compilers and as C++11, run, and run under sanitizers and valgrind.
adapter() {
    local name=$1 compiler
    local source=tests/c/adapters/$name.c flags=(-D_POSIX_C_SOURCE=200809L "${warnings[@]}" -g -O1 -I include)
    flags+=(-I adapters -I tests/c/adapters)
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null || continue
        built "$name-$compiler" "$compiler" "${@:2}" && ran "adapter $name, $compiler" "$build/adapter-$name-$compiler"
    done
    if command -v g++ >/dev/null; then
        does "adapter $name, C++" g++ -std=c++11 "${flags[@]}" -x c++ -fsyntax-only -include "$name.h" \
            "${defined[@]}" tests/c/adapters/entropy.h
    fi
    if cc -fsanitize=address,undefined "$build/empty.c" -o "$build/empty" 2>/dev/null; then
        built "$name-sanitized" cc -fsanitize=address,undefined -fno-sanitize-recover=all "${@:2}" &&
            ran "adapter $name, sanitizers" "$build/adapter-$name-sanitized"
    fi
    if command -v valgrind >/dev/null && [ -x "$build/adapter-$name-gcc" ]; then
        ran "adapter $name, valgrind" valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=all \
            "$build/adapter-$name-gcc"
    fi
}

echo 'int main(void) { return 0; }' >"$build/empty.c"
defined=(-DNONE)
for name in mbedtls psa; do
    case $name in mbedtls) wants=mbedtls/ctr_drbg.h ;; psa) wants=psa/crypto.h ;; esac
    if header "$wants"; then
        adapter "$name" -lmbedcrypto
    else
        not_run "adapter $name: no $wants (Debian: libmbedtls-dev)"
    fi
done

defined=(-DCONFIG_HARDWARE_DEVICE_CS_GENERATOR)
adapter zephyr
not_run "adapter zephyr within Zephyr: its headers need a board's build; here is a stand-in for them"
# With a generator for Zephyr's own tests, or none, it does not compile.
includes() {
    echo '#include "zephyr.h"' | cc -std=c99 "$@" -I adapters -I tests/c/adapters -fsyntax-only -x c - 2>&1
}
stops() {
    ! includes "$@" >/dev/null && includes "$@" | grep -o 'wattsum needs a cryptographic generator'
}
export -f includes stops
does "adapter zephyr, PSA as generator" bash -c 'includes -DCONFIG_PSA_CSPRNG_GENERATOR && echo compiles'
does "adapter zephyr, no generator" bash -c stops
does "adapter zephyr, test generator" bash -c 'stops -DCONFIG_CSPRNG_ENABLED -DCONFIG_TEST_CSPRNG_GENERATOR -DCONFIG_TEST_RANDOM_GENERATOR'
finish
