//! See `wsproto_fuzz::extensions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::extensions::run(input));
