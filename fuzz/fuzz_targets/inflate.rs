//! See `wsproto_fuzz::inflate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::inflate::run(input));
