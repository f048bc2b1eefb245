#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| threshold_elgamal_fuzz::bytes::run(data));
