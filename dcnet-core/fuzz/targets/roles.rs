#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dcnet_core_fuzz::roles::run(data));
