# Sourced by run.sh: what it measured, against limits and against figures.txt.

# at_most LIMIT NAME
at_most() {
    local value
    value=$(awk -v name="$2" '{ value = $1; sub(/^[0-9]+ /, ""); if ($0 == name) print value }' "$figures")
    echo "$2: ${value:-none}, limit $1"
    [ -n "$value" ] && [ "$value" -le "$1" ]
}

# grown VALUE NAME: by more than 3 %, and 64, over the committed one.
grown() {
    local now
    now=$(awk -v name="$2" '{ value = $1; sub(/^[0-9]+ /, ""); if ($0 == name) print value }' "$figures")
    [ -n "$now" ] || { echo "$2: not measured"; return; }
    [ $((now * 100)) -gt $(($1 * 103 + 6400)) ] && echo "$2: $now, was $1" && return
    [ $((now * 103 + 6400)) -lt $(($1 * 100)) ] && echo "(better, to be committed: $2: $now, was $1)" >&2
    return 1
}

not_grown() {
    ! grown "$@"
}

# compared: with the committed figures. They belong to a compiler: another one's are not compared.
compared() {
    local committed=$firmware/figures.txt compiler value name
    compiler="rustc $(rustc --version | cut -d' ' -f2) by $(thumb_by)"
    echo "--- figures"
    if [ -n "${WATTSUM_WRITE_FIGURES:-}" ]; then
        { echo "$compiler"; cat "$figures"; } >"$committed"
    fi
    if [ "${METERS:-}${DEGREE:-}${MIN_NEIGHBOURS:-}${RUSTFLAGS:-}" ] || [ "$(head -n 1 "$committed")" != "$compiler" ]; then
        echo "not compared: figures.txt is of $(head -n 1 "$committed"), this run of $compiler or with settings of its own"
        return
    fi
    while read -r value name; do
        check "grown" not_grown "$value" "$name"
    done < <(tail -n +2 "$committed")
    check "figures.txt has all that is measured" [ "$(tail -n +2 "$committed" | wc -l)" = "$(wc -l <"$figures")" ]
}
