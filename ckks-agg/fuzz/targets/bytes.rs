#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ckks_agg_fuzz::bytes::run(data));
