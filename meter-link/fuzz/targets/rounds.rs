#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| meter_link_fuzz::rounds::run(data));
