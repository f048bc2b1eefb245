# Sourced by the scripts that run C programs: what is done, counted, and left out.
passed=0 failed=0
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror)

# does NAME COMMAND...: counts; shows the last line of what went right, and more of what failed. What says itself that it
# was not run is not counted.
does() {
    local name=$1 log last
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then
        last=$(tail -n 1 "$log")
        [[ $last == "not run:"* ]] || passed=$((passed + 1))
        echo "$name: $last"
    else
        failed=$((failed + 1))
        echo "$name: FAILED ($*)"
        tail -n 40 "$log"
    fi
    rm -f "$log"
}

# ran NAME COMMAND...: in a folder of its own, which is empty.
ran() {
    local name=$1 folder
    shift
    folder=$(mktemp -d)
    does "$name" env -C "$folder" "$@"
    rm -rf "$folder"
}

# refused NAME COMMAND...: counts what must fail.
refused() {
    local name=$1
    shift
    does "$name" bash -c '! "$@"' - "$@"
}

not_run() {
    echo "not run: $*"
}

# has COMMAND [PACKAGE]: whether a command is there; tries apt where root may.
has() {
    command -v "$1" >/dev/null && return 0
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${2:-$1}"; } \
        >/dev/null 2>&1
    command -v "$1" >/dev/null
}

# counts COMMAND...: a script that ends with its own "N passed, N failed", which is added to ours, or with "not run: ...".
counts() {
    local log code good='' bad=''
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null
    code=$?
    read -r good bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1)
    sed '$ { /^[0-9]* passed, [0-9]* failed$/d }' "$log"
    if [ -z "$bad" ] && [ "$code" -eq 0 ] && [[ $(tail -n 1 "$log") == "not run:"* ]]; then
        bad=0
    fi
    rm -f "$log"
    if [ -z "$bad" ] || { [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        echo "$*: did not come to its end"
        bad=$((${bad:-0} + 1))
    fi
    passed=$((passed + ${good:-0})) failed=$((failed + bad))
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
