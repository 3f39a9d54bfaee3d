//! See `wsproto_fuzz::mask`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::mask::run(input));
