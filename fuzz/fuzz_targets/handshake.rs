//! See `wsproto_fuzz::handshake`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsproto_fuzz::handshake::run(input));
