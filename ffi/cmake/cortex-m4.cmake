# A toolchain file for a Cortex-M4 without a system: an example, to be changed for another core.
#
#   cmake -S ffi -B build --toolchain cmake/cortex-m4.cmake -DWATTSUM_FEATURES="firmware;dcnet"
#
# It takes arm-none-eabi-gcc, and Rust's target thumbv7em-none-eabi (`rustup target add thumbv7em-none-eabi`).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft -ffunction-sections -fdata-sections")
# A program does not link without the firmware's own start and linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

set(WATTSUM_TARGET thumbv7em-none-eabi CACHE STRING "Rust's name of the target")
