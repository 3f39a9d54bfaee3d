//! The instruction set extensions that the loops may use beyond the baseline of the architecture.
//!
//! A build with assertions reads `WSPROTO_TEST_INSTRUCTIONS`: the only extensions to use, separated
//! by commas, or `portable` for none. Naming one that the processor lacks is a panic, so that no
//! test passes without testing. A release build uses every extension it detects.

#[cfg(debug_assertions)]
use std::sync::LazyLock;

/// The name of the variable.
#[cfg(debug_assertions)]
const VARIABLE: &str = "WSPROTO_TEST_INSTRUCTIONS";

/// The extensions that the variable names, if it is set.
#[cfg(debug_assertions)]
static CHOSEN: LazyLock<Option<Vec<Extension>>> =
    LazyLock::new(|| std::env::var(VARIABLE).ok().map(|names| parse(&names)));

/// An instruction set extension that some loop is written for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extension {
    /// AVX2 and POPCNT.
    Avx2,
    /// AVX-512 up to VBMI2.
    Avx512,
}

impl Extension {
    /// Whether to use the extension, given whether the processor has it.
    #[inline]
    #[cfg_attr(not(debug_assertions), allow(clippy::unused_self))]
    pub(super) fn is_used(self, detected: bool) -> bool {
        #[cfg(debug_assertions)]
        if let Some(chosen) = &*CHOSEN {
            return self.is_among(chosen, detected);
        }
        detected
    }

    #[cfg(debug_assertions)]
    fn is_among(self, chosen: &[Self], detected: bool) -> bool {
        let used = chosen.contains(&self);
        assert!(
            detected || !used,
            "{VARIABLE} names {self:?}, which this processor lacks"
        );
        used
    }
}

#[cfg(debug_assertions)]
fn parse(names: &str) -> Vec<Extension> {
    let names = names
        .split(',')
        .map(str::trim)
        .filter(|name| *name != "portable");
    names
        .map(|name| match name {
            "avx2" => Extension::Avx2,
            "avx512" => Extension::Avx512,
            _ => panic!("{VARIABLE} names {name:?}: avx2, avx512 and portable are known"),
        })
        .collect()
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;
    use crate::vector::{Avx2, Avx512};

    #[test]
    fn extensions_are_named_or_none_is() {
        assert_eq!(parse("portable"), []);
        assert_eq!(parse("avx512, avx2"), [Extension::Avx512, Extension::Avx2]);
    }

    #[test]
    #[should_panic(expected = "names \"avx\"")]
    fn other_names_are_refused() {
        parse("avx2,avx");
    }

    #[test]
    fn only_what_is_named_is_used() {
        assert!(Extension::Avx2.is_among(&[Extension::Avx2], true));
        assert!(!Extension::Avx512.is_among(&[Extension::Avx2], true));
        assert!(!Extension::Avx512.is_among(&[], false));
    }

    #[test]
    #[should_panic(expected = "names Avx512, which this processor lacks")]
    fn what_is_named_and_absent_is_a_failure() {
        Extension::Avx512.is_among(&[Extension::Avx512], false);
    }

    #[test]
    fn the_variable_decides_what_is_detected() {
        let Ok(names) = std::env::var(VARIABLE) else {
            return;
        };
        let chosen = parse(&names);
        assert_eq!(Avx2::detect().is_some(), chosen.contains(&Extension::Avx2));
        assert_eq!(
            Avx512::detect().is_some(),
            chosen.contains(&Extension::Avx512)
        );
    }
}
