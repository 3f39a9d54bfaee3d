//! See `wsproto_fuzz::receive`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::receive::run(input));
