#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cmt_ring_fuzz::bytes::run(data));
