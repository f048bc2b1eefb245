#!/usr/bin/env bash
# Builds and runs one C program of tests/c or examples in all ways: both compilers, sanitizers, valgrind; an example as C++
# too. test.sh calls it, several at once, and says where everything is: `library` (target/release), `build`, `plus` (CXX).
#
#   tests/program.sh SOURCE
set -uo pipefail
cd "$(dirname "$0")/.."
. tests/count.sh
source=$1
name=$(basename "${source%.*}")
# A test and an example of one name are two programs.
[[ $source != examples/* || ! -e tests/c/$name.c ]] || name=example_$name
read -r -a compilers <<<"$compilers"

# compiled OUTPUT COMPILER FLAG...: the program, linked to the archive if nothing else is said.
compiled() {
    "$2" -D_POSIX_C_SOURCE=200809L "${warnings[@]}" -g -O1 -I include -I "$build" -I tests/c -I examples "${@:3}" -o "$build/$1"
}
archive=$library/libwattsum.a

# built OUTPUT COMPILER FLAG...: counts only what does not compile.
built() {
    local log
    log=$(mktemp)
    compiled "$@" >"$log" 2>&1 && { rm -f "$log"; return 0; }
    failed=$((failed + 1))
    echo "$1 does not compile"
    head -n 20 "$log"
    rm -f "$log"
    return 1
}

sanitizers=(-fsanitize=address,undefined -fno-sanitize-recover=all)

# They take more than a tenth of a second, of which valgrind makes half a minute each: WATTSUM_FULL=1 waits for them.
long=" cmt_terms dcnet_drawn dcnet_misuse elgamal_bills elgamal_ceremony elgamal_group elgamal_restart "

# checked COMPILER FLAG...: under sanitizers, and under valgrind what `plain` is. What libstdc++ keeps for exceptions is
# reachable to the end.
kinds=all
[ "${source##*.}" != cc ] || kinds=definite,indirect,possible
checked() {
    if [ "$sanitize" = yes ]; then
        built "$name-sanitized" "$@" "${sanitizers[@]}" && ran "$name, sanitizers" "$build/$name-sanitized"
    fi
    if [ -z "${WATTSUM_FULL:-}" ] && [[ $long == *" $name "* ]]; then
        not_run "$name, valgrind: it takes long, WATTSUM_FULL=1 waits for it"
    elif command -v valgrind >/dev/null && [ -x "$plain" ]; then
        ran "$name, valgrind" valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=$kinds \
            --show-leak-kinds=$kinds "$plain"
    fi
}

# As C++, with designated initialisers.
as_cpp() {
    local compiler plus
    for compiler in "${compilers[@]}"; do
        plus=${compiler/gcc/g}++
        command -v "$plus" >/dev/null || continue
        built "$name-$plus" "$plus" "${cpp[@]}" && ran "$name, $plus" "$build/$name-$plus"
    done
}

cpp=(-std=c++20 -x c++ "$source" -x none "$archive")
if [ "${source##*.}" = cc ]; then
    as_cpp
    plain=$build/$name-g++
    ! command -v g++ >/dev/null || checked g++ "${cpp[@]}"
else
    for compiler in "${compilers[@]}"; do
        built "$name-$compiler" "$compiler" -std=c99 "$source" "$archive" && ran "$name, $compiler" "$build/$name-$compiler"
    done
    plain=$build/$name-${compilers[0]}
    checked "${compilers[0]}" -std=c99 "$source" "$archive"
    [[ $source != examples/* ]] || as_cpp
fi
finish
