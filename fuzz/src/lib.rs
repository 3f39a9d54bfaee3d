//! Properties of the protocol core, each as a function of arbitrary bytes that panics where the
//! property is broken.
//!
//! `fuzz_targets` has a libFuzzer binary for each, which `make fuzz-native` builds and runs;
//! `tests/corpus.rs` runs each over the inputs in `corpus`, as part of `make test`. An input begins
//! with [`input::OPTIONS`] bytes of options.

pub mod deflate;
pub mod extensions;
pub mod handshake;
pub mod inflate;
pub mod input;
pub mod mask;
pub mod receive;
pub mod reference;
pub mod text;

/// A property.
pub type Target = fn(&[u8]);

/// The properties by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("receive", receive::run),
    ("inflate", inflate::run),
    ("deflate", deflate::run),
    ("handshake", handshake::run),
    ("extensions", extensions::run),
    ("text", text::run),
    ("mask", mask::run),
];
