#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wattsum_ffi_fuzz::calls::run(data));
