#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cmt_ring_fuzz::roles::run(data));
