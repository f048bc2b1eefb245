#!/usr/bin/env bash
# Installs the library and uses it as others do: CMake package, subdirectory, FetchContent, pkg-config, cargo-c where it is,
# a firmware archive, and the first steps of README.md. The last line is "N passed, N failed".
#
# The installed folder is moved before anything uses it: nothing may know where it was.
set -uo pipefail
target=$(realpath -m "${CARGO_TARGET_DIR:-$(dirname "$0")/../../../target}")
cd "$(dirname "$0")"
here=$PWD ffi=$(cd ../.. && pwd)
. ../count.sh
export CARGO_TARGET_DIR=$target
# An example reads from it, in a folder of its own.
WATTSUM_DATA=$(cd "$ffi/.." && realpath -m "${WATTSUM_DATA:-../shared/data}")
export WATTSUM_DATA

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/moved
version=$(cd "$ffi" && cargo pkgid --offline 2>/dev/null | sed 's/.*[#@]//')

if ! has cmake || ! has make || ! has c++ g++; then
    not_run "installation: cmake, make or c++ is not there"
    finish
fi

# quiet COMMAND...: its output only where it fails.
quiet() {
    local log=$work/log
    "$@" >"$log" 2>&1 || { cat "$log"; return 1; }
}

installed_by_cmake() {
    quiet cmake -S "$ffi" -B "$work/build" && quiet cmake --build "$work/build" &&
        quiet cmake --install "$work/build" --prefix "$work/first" --strip && mv "$work/first" "$prefix" &&
        du -h "$prefix"/lib/libwattsum.a "$prefix"/lib/libwattsum.so.*.*.* | awk '{ sub(".*/", "", $2); printf "%s %s ", $2, $1 }'
}
does "installed by CMake" installed_by_cmake
[ "$failed" -eq 0 ] || finish

# consumer HOW FLAG...
consumer() {
    local how=$1 build=$work/consumer-$1
    shift
    quiet cmake -S "$here/consumer" -B "$build" -DHOW="$how" "$@" && quiet cmake --build "$build" -j2 &&
        (cd "$build" && ctest --output-on-failure) | tail -n 15 | sed '/^$/d; /^Total/d'
}
does "find_package" consumer package -DCMAKE_PREFIX_PATH="$prefix"
does "add_subdirectory" consumer subdirectory -DWATTSUM_SOURCE="$ffi"
does "FetchContent" consumer fetch -DWATTSUM_SOURCE="$ffi"

# wanted VERSION: a project that asks for it.
wanted() {
    printf 'cmake_minimum_required(VERSION 3.16)\nproject(wanted C)\nfind_package(wattsum %s REQUIRED)\n' "$1" >"$work/CMakeLists.txt"
    rm -rf "$work/wanted"
    quiet cmake -S "$work" -B "$work/wanted" -DCMAKE_PREFIX_PATH="$prefix"
}
does "find_package ${version%.*}" wanted "${version%.*}"
# An older minor version, a newer one and a major one are refused, and for that reason.
not_compatible() {
    ! wanted "$1" && grep -E "compatible|with requested version" "$work/log" | head -n 1
}
for other in 0.0 0.2 1.0; do
    does "find_package $other is refused" not_compatible "$other"
done

versions() {
    local header so package
    header=$(sed -n 's/^#define WATTSUM_VERSION "\(.*\)"/\1/p' "$prefix/include/wattsum.h")
    package=$(sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' "$prefix/lib/cmake/wattsum/wattsumConfigVersion.cmake")
    so=$(objdump -p "$prefix/lib/libwattsum.so" | awk '$1 == "SONAME" { print $2 }')
    echo "Cargo $version, header $header, CMake $package, $so"
    [ -n "$version" ] && [ "$header" = "$version" ] && [ "$package" = "$version" ] && [ "$so" = "libwattsum.so.${version%.*}" ] &&
        [ -e "$prefix/lib/libwattsum.so.$version" ] && [ -L "$prefix/lib/$so" ]
}
does "versions agree" versions

# Nothing installed knows where it was built.
unmoved() {
    ! grep -rlF -e "$work/first" -e "$ffi" "$prefix/lib/cmake" "$prefix/lib/pkgconfig" "$prefix/share" "$prefix/include"
}
does "no path of this machine" unmoved

if has pkg-config; then
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    # One that goes by the dynamic linker, one without it.
    by_pkg_config() {
        local how=$1 flags
        shift
        flags=$(pkg-config --cflags --libs "$@" wattsum) || return 1
        # shellcheck disable=SC2086
        cc -std=c99 -D_POSIX_C_SOURCE=200809L "${warnings[@]}" "$ffi/examples/gateway.c" $flags $how -o "$work/gateway" &&
            mkdir -p "$work/run" && (cd "$work/run" && rm -f ./* && LD_LIBRARY_PATH=$prefix/lib "$work/gateway")
    }
    does "pkg-config, shared" by_pkg_config ""
    does "pkg-config, static" by_pkg_config -static --static
    pc_version() {
        [ "$(pkg-config --modversion wattsum)" = "$version" ] && pkg-config --modversion wattsum
    }
    does "version of wattsum.pc" pc_version
    unset PKG_CONFIG_PATH
else
    not_run "pkg-config: it is not there"
fi

# block LANGUAGE [NUMBER]: of README.md's section "First steps".
block() {
    awk -v fence="\`\`\`$1" -v number="${2:-1}" '/^## / { here = $0 == "## First steps" }
        here && $0 == fence && ++count == number { on = 1; next } on && /^```/ { exit } on' "$ffi/README.md"
}

# An empty folder, and what README.md says.
first_steps() (
    mkdir -p "$work/steps/meter" && cd "$work/steps/meter" || return 1
    block cmake >CMakeLists.txt
    block c >meter.c
    [ "$(grep -c . CMakeLists.txt)" -le 5 ] && [ "$(grep -c . meter.c)" -le 40 ] || { echo "longer than README says"; return 1; }
    block sh 2 >commands # the first installs
    [ -s commands ] || { echo "no commands in README.md"; return 1; }
    prefix=$prefix quiet bash -e -c '. ./commands' || return 1
    # The last command is the program.
    diff <(tail -n "$(block text | wc -l)" "$work/log") <(block text) || { cat "$work/log"; return 1; }
    tail -n 1 "$work/log"
)
does "first steps of README.md" first_steps

# The same under other compilers' eyes: who copies the program has their warnings.
steps_with() {
    local desk=$prefix/share/wattsum/examples/desk
    "$@" "${warnings[@]}" -g -I "$prefix/include" -I "$desk" "$work/steps/meter/meter.c" "$desk/desk.c" -x none "$prefix/lib/libwattsum.a" \
        -o "$work/steps/other" && (cd "$work/steps" && ./other)
}
does "first steps, C99, sanitizers" steps_with cc -std=c99 -fsanitize=address,undefined -fno-sanitize-recover=all
does "first steps, C++20" steps_with c++ -std=c++20 -x c++

# A device's library: a toolchain file, an installed package, an image that runs.
firmware() (
    export CARGO_TARGET_DIR=$target/firmware
    [ "$by" = rustup ] || {
        export RUSTC=$debian_rust/rustc RUSTC_BOOTSTRAP=1 PATH=$debian_rust:$PATH
        set -- -DWATTSUM_CARGO="$debian_rust/cargo" -DWATTSUM_CARGO_FLAGS=-Zbuild-std=core,alloc
    }
    quiet cmake -S "$ffi" -B "$work/device" --toolchain "$ffi/cmake/cortex-m4.cmake" "$@" && quiet cmake --build "$work/device" &&
        quiet cmake --install "$work/device" --prefix "$work/device-prefix" &&
        quiet cmake -S "$here/firmware" -B "$work/image" --toolchain "$ffi/cmake/cortex-m4.cmake" \
            -DCMAKE_PREFIX_PATH="$work/device-prefix" -DBOARD="$ffi/firmware" && quiet cmake --build "$work/image" &&
        board_run "$work/image/device.elf"
)
. "$ffi/firmware/board.sh"
if ! command -v arm-none-eabi-gcc >/dev/null || ! command -v qemu-system-arm >/dev/null || ! by=$(thumb_by 2>/dev/null); then
    not_run "firmware by CMake: its tools are not there (firmware/install.sh)"
else
    does "firmware by CMake" firmware
fi

# Builds everything once more, so only where asked for.
by_cargo_c() {
    (cd "$ffi/.." && CARGO_TARGET_DIR=$target/capi quiet cargo cinstall --release --locked -p wattsum-ffi --prefix /usr \
        --libdir /usr/lib --destdir "$work/capi") || return 1
    cmp "$work/capi/usr/include/wattsum.h" "$ffi/include/wattsum.h" && [ -e "$work/capi/usr/lib/libwattsum.a" ] &&
        [ -e "$work/capi/usr/lib/libwattsum.so.$version" ] && [ -L "$work/capi/usr/lib/libwattsum.so.${version%.*}" ] &&
        PKG_CONFIG_PATH=$work/capi/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/capi by_pkg_config "-Wl,-rpath,$work/capi/usr/lib"
}
if [ -z "${WATTSUM_FULL:-}" ]; then
    not_run "cargo-c: with WATTSUM_FULL=1, it builds everything anew"
elif ! cargo cinstall --version >/dev/null 2>&1; then
    not_run "cargo-c: it is not there (cargo install cargo-c takes a quarter of an hour)"
else
    does "cargo-c" by_cargo_c
fi
finish
