# Sourced by core.sh: costs of what only Rust has, by measure/src, whose frames must be those of Python.
steps=(setup contribute contribute_without_proof prepare contribute_with)

# measured FEATURES PROTOCOL: "NAME instructions stack flash" of each step into a file.
measured() {
    OPT=s FEATURES=$1 RUSTFLAGS="${RUSTFLAGS:-} $compact" CARGO_TARGET_DIR=$target \
        "$firmware/measure.sh" "${steps[@]/#/$2_}" >"$target/measured"
}

# elgamal NAME FEATURES: each step makes the meter anew, so that differences tell what one costs.
elgamal() {
    local -A count=() stack=() flash=()
    local step instructions deep size
    check "elgamal$1" measured "$2" elgamal
    while read -r step instructions deep size _; do
        step=${step#elgamal_}
        count[$step]=$instructions stack[$step]=$deep flash[$step]=$size
    done <"$target/measured"
    for step in "${steps[@]}"; do
        [ -n "${count[$step]:-}" ] || return 0
    done
    figure "instructions, elgamal$1: make a meter" "${count[setup]}"
    figure "instructions, elgamal$1: contribute" $((count[contribute] - count[setup]))
    figure "instructions, elgamal$1: of that the proof" $((count[contribute] - count[contribute_without_proof]))
    figure "instructions, elgamal$1: prepare" $((count[prepare] - count[setup]))
    figure "instructions, elgamal$1: contribute with what is prepared" $((count[contribute_with] - count[prepare]))
    figure "stack, elgamal$1: make a meter" "${stack[setup]}"
    figure "stack, elgamal$1: contribute" "${stack[contribute]}"
    figure "stack, elgamal$1: contribute with what is prepared" "${stack[contribute_with]}"
    figure "flash, elgamal$1" "${flash[contribute]}"
    figure "flash, elgamal$1, with prepared pairs" "${flash[contribute_with]}"
    figure "memory, elgamal$1: meter" "$(arm-none-eabi-nm -S -t d "$target/$thumb/release/libmeasure.a" 2>/dev/null |
        awk '$4 == "elgamal_meter" { print $2 + 0 }')"
}

# A member of a ring, in the same way.
cmt() {
    local -A count=() stack=() flash=()
    local step instructions deep size
    steps=(setup join seat contribute heal contribute_healed seat_drawn relay seat_second contribute_second
        seat_modulus contribute_modulus)
    check "cmt" measured "" cmt
    while read -r step instructions deep size _; do
        step=${step#cmt_}
        count[$step]=$instructions stack[$step]=$deep flash[$step]=$size
    done <"$target/measured"
    for step in "${steps[@]}"; do
        [ -n "${count[$step]:-}" ] || return 0
    done
    figure "instructions, cmt: join a generation" $((count[join] - count[setup]))
    figure "instructions, cmt: take a seat" $((count[seat] - count[join]))
    figure "instructions, cmt: take a seat in two rings" $((count[seat_second] - count[join]))
    figure "instructions, cmt: heal" $((count[heal] - count[seat]))
    figure "instructions, cmt: contribute, derived" $((count[contribute] - count[seat]))
    figure "instructions, cmt: contribute, drawn" $((count[relay] - count[seat_drawn]))
    figure "instructions, cmt: contribute, two rings" $((count[contribute_second] - count[seat_second]))
    figure "instructions, cmt: contribute, another modulus" $((count[contribute_modulus] - count[seat_modulus]))
    figure "instructions, cmt: contribute in a healed ring" $((count[contribute_healed] - count[heal]))
    figure "stack, cmt: join a generation" "${stack[join]}"
    figure "stack, cmt: take a seat" "${stack[seat]}"
    figure "stack, cmt: contribute, derived" "${stack[contribute]}"
    figure "stack, cmt: contribute, drawn" "${stack[relay]}"
    figure "flash, cmt: join, seat, contribute, derived" "${flash[contribute]}"
    figure "flash, cmt: join, seat, contribute, drawn" "${flash[relay]}"
    figure "flash, cmt: that and healing, derived" "${flash[contribute_healed]}"
    figure "memory, cmt: meter" "$(arm-none-eabi-nm -S -t d "$target/$thumb/release/libmeasure.a" 2>/dev/null |
        awk '$4 == "cmt_meter" { print $2 + 0 }')"
}
