#!/usr/bin/env bash
# All tests: Rust, real readings, bare metal, C, Python, firmware. Each part ends with a line
# "N passed, N failed"; any failure makes the exit code non-zero. A part that cannot run says why and
# counts nothing.
#
#   ./test.sh             everything, with one day of the real readings
#   ./test.sh --full      with all three weeks of them, a week of windows, a thousand rounds of chaos for each protocol, and
#                         fuzzers (FUZZ_SECONDS each, default 60)
#   ./test.sh PART ...    some of: rust readings systems bare c python firmware fuzz
set -uo pipefail
cd "$(dirname "$0")"

full=0
parts=()
for argument in "$@"; do
    case $argument in
    --full) full=1 ;;
    rust | readings | systems | bare | c | python | firmware | fuzz) parts+=("$argument") ;;
    *) echo "usage: ./test.sh [--full] [rust|readings|systems|bare|c|python|firmware|fuzz ...]" >&2; exit 2 ;;
    esac
done
[ ${#parts[@]} -gt 0 ] || parts=(rust readings systems bare c python firmware fuzz)

# Tests on real readings take the whole of them where this is set.
[ "$full" = 1 ] && export WATTSUM_FULL=1

data=${WATTSUM_DATA:-../shared/data}
target=${CARGO_TARGET_DIR:-target}
libraries=(meter-link shamir-agg dcnet-core cmt-ring threshold-elgamal ckks-agg)
failures=0
summary=()

# counted NAME PASSED FAILED: the closing line of a part.
counted() {
    echo "$2 passed, $3 failed"
    summary+=("$1: $2 passed, $3 failed")
    failures=$((failures + $3))
}

# broke NAME: a part that ended before it could count.
broke() {
    echo "the part '$1' did not come to its end" >&2
    counted "$1" 0 1
}

# installed COMMAND PACKAGE: tries apt where a command is missing.
installed() {
    command -v "$1" >/dev/null && return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
    command -v "$1" >/dev/null
}

# summed NAME LOG CODE IDLE: adds up the "N passed; N failed" of a log, less what was not run.
summed() {
    local passed failed
    passed=$(grep -oE '[0-9]+ passed' "$2" | awk '{ n += $1 } END { print n + 0 }')
    failed=$(grep -oE '[0-9]+ failed' "$2" | awk '{ n += $1 } END { print n + 0 }')
    [ "$3" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
    [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && failed=1
    passed=$((passed - $4))
    counted "$1" "$passed" "$failed"
}

part_rust() {
    local log code
    log=$(mktemp)
    # The dashboard is looked at by a browser; without one its test says so.
    installed chromium chromium
    # The Python module has no Rust tests; its own part builds and tests it.
    cargo test --release --workspace --features dcnet-core/noise,threshold-elgamal/range,cmt-ring/wide -- --show-output >"$log" 2>&1
    code=$?
    if [ "$code" -eq 0 ]; then
        grep -E '^( *Running|test result: .* [1-9][0-9]* passed)' "$log"
    else
        cat "$log"
    fi
    # A test that found no data says so; libtest knows no such outcome and calls it passed.
    local idle
    idle=$(grep -cE '^not run:' "$log")
    grep -E '^not run:' "$log" | sort | uniq -c
    grep -E '^test result:' "$log" >"$log.results"
    summed rust "$log.results" "$code" "$idle"
    rm -f "$log" "$log.results"
}

# The program on real readings: the sums of each protocol are those that a spreadsheet gives.
part_readings() {
    local file=$data/readings/ch2018_dev_wh_15min.csv sums=$data/readings/ch2018_dev_sums.csv
    if [ ! -r "$file" ]; then
        echo "not run: $file is not there (set WATTSUM_DATA)"
        summary+=("readings: not run, no data")
        return
    fi
    local work rows=97 passed=0 failed=0 protocol
    [ "$full" = 1 ] && rows=100000
    cargo build --release -q -p wattsum || { broke readings; return; }
    work=$(mktemp -d)
    head -n "$rows" "$file" >"$work/in.csv"
    for protocol in dcnet shamir elgamal cmt; do
        if "$target/release/wattsum" aggregate "$work/in.csv" --protocol "$protocol" --out "$work/out.csv" &&
            [ "$(wc -l <"$work/out.csv")" = "$(wc -l <"$work/in.csv")" ] &&
            cmp <(cut -d, -f1,2 "$work/out.csv") <(head -n "$rows" "$sums"); then
            passed=$((passed + 1))
            echo "$protocol: $(($(wc -l <"$work/out.csv") - 1)) sums of real readings equal to the truth"
        else
            failed=$((failed + 1))
            echo "$protocol: FAILED" >&2
        fi
        rm -f "$work/out.csv"
    done
    rm -rf "$work"
    counted readings "$passed" "$failed"
}

# Every role a process of its own, over TLS, with faults.
part_systems() {
    # Without it clocks are not stepped, and the program says so.
    ls /usr/lib*/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1 >/dev/null 2>&1 ||
        installed faketime faketime
    if [ "$full" = 1 ]; then
        script systems examples/tests/systems.sh --full
    else
        script systems examples/tests/systems.sh
    fi
}

# Every library crate without std, without and with a heap.
part_bare() {
    local passed=0 failed=0 crate features
    ffi/firmware/install.sh || { broke bare; return; }
    . ffi/firmware/board.sh
    for crate in "${libraries[@]}"; do
        for features in "" alloc; do
            if thumb_cargo build --profile firmware -q -p "$crate" --no-default-features --features "$features"; then
                passed=$((passed + 1))
            else
                failed=$((failed + 1))
                echo "$crate (${features:-no features}) does not build for $thumb" >&2
            fi
        done
    done
    counted bare "$passed" "$failed"
}

# script NAME COMMAND...: a part that is a script of its own and ends with its own count.
script() {
    local name=$1 log code last
    shift
    log=$(mktemp)
    "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
    rm -f "$log"
    if [ -z "$last" ]; then
        broke "$name"
    else
        set -- $last
        [ "$code" -ne 0 ] && [ "$3" -eq 0 ] && { broke "$name"; return; }
        summary+=("$name: $last")
        failures=$((failures + $3))
    fi
}

part_c() {
    installed clang clang || echo "clang cannot be installed here: gcc only"
    installed valgrind valgrind || echo "valgrind cannot be installed here: sanitizers only"
    script c ffi/test.sh
}

part_python() {
    installed python3 python3 || { echo "python3 cannot be installed here"; broke python; return; }
    script python python/test.sh
}

part_firmware() {
    ffi/firmware/install.sh || { broke firmware; return; }
    script "firmware board" ffi/firmware/selftest.sh
    script "firmware board, M0+" env CORE=cortex-m0plus ffi/firmware/selftest.sh
    script firmware ffi/firmware/run.sh
}

# Every fuzz target for a while, from the committed corpus on; `cargo test` replays that corpus without a fuzzer.
part_fuzz() {
    if [ "$full" = 0 ]; then
        echo "not run: fuzzers run with --full, their corpus in the part 'rust'"
        summary+=("fuzz: not run, needs --full")
        return
    fi
    local tools passed=0 failed=0 crate name work sanitizer memory
    tools=$(realpath -m "$target")/tools
    "$tools/bin/cargo-fuzz" --version 2>/dev/null | grep -qF 0.13.2 ||
        cargo install -q --locked --root "$tools" --version 0.13.2 cargo-fuzz || { broke fuzz; return; }
    work=$(mktemp -d)
    for crate in meter-link shamir-agg dcnet-core cmt-ring threshold-elgamal ckks-agg ffi; do
        # The C functions take pointers, which only the sanitizer follows; it needs memory of its own.
        sanitizer=none memory=512
        [ "$crate" = ffi ] && sanitizer=address memory=2048
        for name in $(sed -n 's/^name = "\([a-z]*\)"$/\1/p' "$crate/fuzz/Cargo.toml"); do
            mkdir -p "$work/$crate/$name"
            # libFuzzer wants flags of nightly; the toolchain stays the pinned one.
            if RUSTC_BOOTSTRAP=1 "$tools/bin/cargo-fuzz" run --fuzz-dir "$crate/fuzz" -O -s "$sanitizer" \
                --target-dir "$(realpath -m "$target")/fuzz" "$name" "$work/$crate/$name" "$crate/fuzz/corpus/$name" -- \
                -max_total_time="${FUZZ_SECONDS:-60}" -max_len=3000 -rss_limit_mb="$memory" -malloc_limit_mb=64 \
                -artifact_prefix="$crate/fuzz/artifacts/$name-" >"$work/log" 2>&1; then
                passed=$((passed + 1))
                echo "$crate $name: $(grep -oE 'Done [0-9]+ runs' "$work/log")"
            else
                failed=$((failed + 1))
                tail -n 40 "$work/log"
            fi
        done
    done
    rm -rf "$work"
    counted fuzz "$passed" "$failed"
}

for part in "${parts[@]}"; do
    echo
    echo "=== $part"
    "part_$part"
done

echo
echo "=== summary"
printf '%s\n' "${summary[@]}"
[ "$failures" -eq 0 ]
