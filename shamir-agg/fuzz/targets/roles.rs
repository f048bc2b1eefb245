#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| shamir_agg_fuzz::roles::run(data));
