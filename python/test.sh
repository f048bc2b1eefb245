#!/usr/bin/env bash
# The Python module as its users get it: a wheel, installed in a virtual environment of its own, then its
# tests, its types and its stubs. The last line is "N passed, N failed"; a failure makes the exit code
# non-zero. Where Python, pip or its index is missing, the script says so and ends without that line.
# WATTSUM_FULL=1 adds whole data sets, all notebooks with the peers they measure, Spark with a killed executor,
# Dask and Ray. What is skipped is named, and never counted as passed.
set -uo pipefail
cd "$(dirname "$0")"

lacks() {
    echo "not run: $1" >&2
    exit 1
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    lacks "the module needs Python 3.11 or later, as python3"
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    python3 -m venv .venv >/dev/null 2>&1 ||
        { [ "$(id -u)" = 0 ] && { apt-get update -qq && apt-get install -y -qq python3-venv; } >/dev/null 2>&1 &&
            python3 -m venv .venv; } ||
        lacks "python3 cannot make a virtual environment (python3-venv is missing)"
fi
bin=$PWD/.venv/bin
"$bin/python" -m pip install -q --disable-pip-version-check -r requirements-test.txt ||
    lacks "pip cannot install $(grep -v '^#' requirements-test.txt | tr '\n' ' ')(is an index reachable?)"
# optional WHAT FILE [OPTION...]: packages without which tests of theirs are skipped, by name.
optional() {
    "$bin/python" -m pip install -q --disable-pip-version-check "${@:3}" -r "$2" ||
        echo "not run: $1: pip cannot install $(grep -v '^#' "$2" | tr '\n' ' ')" >&2
}
optional Spark requirements-spark.txt
optional TenSEAL requirements-tenseal.txt
java -version >/dev/null 2>&1 ||
    { [ "$(id -u)" = 0 ] && { apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless; } >/dev/null 2>&1; } ||
    echo "not run: Spark: there is no Java, and apt cannot install openjdk-17-jre-headless" >&2
if [ -n "${WATTSUM_FULL:-}" ]; then
    optional "Dask and Ray" requirements-full.txt
    # Flower asks for newer certificates than some indices have, and needs none here.
    optional "the peers" benches/requirements.txt --no-deps
fi

wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
"$bin/maturin" build --release --locked --quiet --interpreter "$bin/python" --out "$wheels" ||
    { echo "the wheel cannot be built" >&2; echo "0 passed, 1 failed"; exit 1; }
"$bin/python" -m pip install -q --disable-pip-version-check --no-index --no-deps --force-reinstall "$wheels"/*.whl ||
    { echo "the wheel cannot be installed" >&2; echo "0 passed, 1 failed"; exit 1; }

passed=0
failed=0

# checked NAME COMMAND...: something that is right or wrong as a whole.
checked() {
    local name=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$name: FAILED" >&2; fi
}

# By its own entry point, which does not put this folder before the installed wheel.
log=$(mktemp -p "$wheels")
"$bin/pytest" -q "$@" 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
outcomes=$(grep -E '^[0-9]+ (passed|failed|error|skipped|deselected|xfailed|warning).* in ' "$log" | tail -n 1)
# outcome WORD: how many tests ended so.
outcome() { grep -oE "[0-9]+ $1" <<<"$outcomes" | grep -oE '[0-9]+' || echo 0; }
passed=$(outcome passed)
failed=$(($(outcome failed) + $(outcome error)))
[ "$code" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1

checked mypy "$bin/mypy" wattsum tests examples spark benches
# Compares the stubs with the installed module, so not from here.
here=$PWD
stubs() {
    (cd .venv && MYPY_CACHE_DIR=stubtest "$bin/stubtest" --mypy-config-file "$here/pyproject.toml" \
        --allowlist "$here/tests/stubtest.txt" wattsum)
}
checked stubtest stubs

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
