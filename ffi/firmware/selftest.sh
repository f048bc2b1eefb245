#!/usr/bin/env bash
# Does the board tell good from bad? Every case must end with its own exit code. CORE=cortex-m0plus: as built for that one.
set -euo pipefail
. "$(dirname "$0")/board.sh"
target=${CARGO_TARGET_DIR:-$firmware/measure/target}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

(cd "$firmware/measure" && CARGO_TARGET_DIR=$target thumb_cargo build --quiet --release --locked)
passed=0 failed=0

ends() { # ends CODE NAME COMMAND...
    local want=$1 name=$2 got=0
    "${@:3}" >"$build/console" 2>&1 || got=$?
    if [ "$got" = "$want" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$name: exit code $got, expected $want"
        cat "$build/console"
    fi
}

image() { # image CASE
    board_link "$build/$1" "$target/$thumb/release/libmeasure.a" "$firmware/selftest.c" -DCASE="$1"
}

run() { # run CODE CASE [SECONDS]
    image "$2"
    ends "$1" "$2" board_run "$build/$2" "${3:-60}"
}

without_icount() {
    timeout 60 qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$1" </dev/null
}

run 0 ends_well
run 7 ends_with_seven
run 0 wraps
run 0 wraps_masked
run 0 stack
run 101 fault_read
run 101 fault_undefined
run 101 overflow
run 101 overflow_by_a_word
run 101 write_through_null
run 102 panic_case
run 124 hangs 2
ends 103 "ends_well without -icount" without_icount "$build/ends_well"

# Which core an image is for.
wanted=0
[ "$core" = cortex-m0plus ] || wanted=1
ends "$wanted" "$core is ARMv6-M" armv6m "$build/ends_well"
echo 'int main(void) { __asm__ volatile(".arch armv7-m\n\tcbz r0, 1f\n\tnop\n1:\n\t.arch armv6-m" ::: "r0"); return 0; }' \
    >"$build/newer.c"
if [ "$core" = cortex-m0plus ]; then
    board_link "$build/newer" "$target/$thumb/release/libmeasure.a" "$build/newer.c"
    ends 1 "one instruction of ARMv7-M" armv6m "$build/newer"
fi

# No heap: malloc must not link.
echo '#include <stdlib.h>
int main(void) { return malloc(8) != NULL; }' >"$build/heap.c"
ends 1 "malloc links" board_link "$build/heap" "$target/$thumb/release/libmeasure.a" "$build/heap.c"
cp "$build/console" "$build/heap.log"
ends 0 "the reason is _sbrk" grep -q _sbrk "$build/heap.log"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
