#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dcnet_core_fuzz::bytes::run(data));
