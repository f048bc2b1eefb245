//! The panic handler of the firmware library: there is no console, so the firmware decides.
#![allow(unsafe_code)] // calls the firmware

unsafe extern "C" {
    /// Given by the firmware: log, reset, never return.
    safe fn wattsum_panicked() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    wattsum_panicked()
}
