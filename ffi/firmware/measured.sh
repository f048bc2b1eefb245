# Sourced by core.sh: what is checked and measured without the C library, by the archive of measure.

# The reference's vectors, by the crates' arithmetic: that of head ends as well, where the core has what their code needs.
reference_vectors() {
    local arithmetic=head
    [ "$core" = cortex-m4 ] || arithmetic=vectors
    python3 "$firmware/measure/vectors.py" >"$target/vectors.h"
    (cd "$firmware/measure" && CARGO_PROFILE_RELEASE_OPT_LEVEL=s RUSTFLAGS="${RUSTFLAGS:-} $compact" \
        CARGO_TARGET_DIR=$target thumb_cargo build --quiet --release --locked --features "$arithmetic")
    board_link "$target/vectors.elf" "$target/$thumb/release/libmeasure.a" -I "$target" "$firmware/measure/vectors.c"
    start vectors "the reference's vectors"
}

# measured NAME...: "NAME instructions stack flash" of each into a file.
measured() {
    OPT=s FEATURES=head RUSTFLAGS="${RUSTFLAGS:-} $compact" CARGO_TARGET_DIR=$target "$firmware/measure.sh" "$@" \
        >"$target/measured"
}

# What meters send must be what Python makes of the documents alone; and what has no C function yet. Each step makes the
# meter anew, so that differences tell what one costs.
by_rust() {
    local -A count=() flash=()
    local name instructions size
    for name in elgamal_contribute elgamal_contribute_without_proof elgamal_contribute_with cmt_join cmt_seat \
        cmt_contribute cmt_relay cmt_contribute_second cmt_contribute_modulus cmt_heal cmt_contribute_healed; do
        check "$name" measured "$name"
        read -r _ instructions _ size _ <"$target/measured" || return 0
        count[$name]=$instructions flash[$name]=$size
    done
    figure "instructions, cmt in Rust: heal" $((count[cmt_heal] - count[cmt_seat]))
    figure "instructions, cmt in Rust: contribute in a healed ring" $((count[cmt_contribute_healed] - count[cmt_heal]))
    figure "flash, cmt in Rust, with healing" "${flash[cmt_contribute_healed]}"
}
