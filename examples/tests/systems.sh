#!/usr/bin/env bash
# The program's systems as processes over TLS: the five scenarios and a storm for each protocol. With --full on whole
# weeks of faults (a thousand rounds each), else a few dozen rounds. Ends with a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.."

full=${1:-}
data=${WATTSUM_DATA:-../shared/data}
wattsum=${CARGO_TARGET_DIR:-target}/release/wattsum
readings=()
file=$data/readings/ch2018_dev_wh_15min.csv
if [ -r "$file" ]; then
    readings=(--readings "$file")
else
    echo "$file is not there (set WATTSUM_DATA): made-up households instead"
fi

rounds=40 slot=500
[ "$full" = --full ] && rounds=1000 slot=400

cargo build --release -q -p wattsum || { echo "0 passed, 1 failed"; exit 1; }
passed=0 failed=0
try() {
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $*" >&2; fi
}
for scenario in collector aggregators dcnet analytics ring; do
    slotted=500
    [ "$scenario" = analytics ] && slotted=2000 # contributions of hundreds of kilobytes
    try "$wattsum" run "$scenario" --slot "$slotted" "${readings[@]}"
done
# One after another: each has the machine for itself, or slots of half a second mean nothing.
for protocol in dcnet shamir elgamal cmt; do
    try "$wattsum" chaos --protocol "$protocol" --rounds "$rounds" --slot "$slot"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
