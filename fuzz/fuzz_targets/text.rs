//! See `wsproto_fuzz::text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::text::run(input));
