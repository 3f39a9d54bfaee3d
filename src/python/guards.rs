//! Fast paths that use internals of CPython, each with a portable fallback for versions it was not
//! tested on.
//!
//! * `class versions`: the number of a class's version says that it has not been changed (`overrides.rs`). Portably,
//!   its attributes are looked at at each call.
//! * `init slots`: the address in `tp_init` says that `__init__` has not been replaced (`overrides.rs`). Portably, classes
//!   are called as the interpreter calls them.
//! * `own methods`: methods of native classes become those of the classes derived from them (`vectorcall.rs`).
//!   Portably, they are inherited.
//! * `free lists`: the memory of events is kept for the next ones (`free_list.rs`). Portably, the interpreter has it.
//!
//! The environment variable `WSPROTO_PORTABLE`, if not empty when the package is imported, selects
//! all fallbacks. `wsproto._wsproto.guarded_paths` shows which paths are in use.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use super::objects::new_dict;

/// The minor versions of CPython 3 that the fast paths were tested on.
const TESTED: RangeInclusive<u8> = 10..=13;

const GUARDED: [&str; 4] = ["class versions", "init slots", "own methods", "free lists"];

static IS_FAST: AtomicBool = AtomicBool::new(false);

/// Whether the fast paths are used in this process.
#[inline]
pub(crate) fn is_fast() -> bool {
    IS_FAST.load(Ordering::Relaxed)
}

/// Decides, before any class is created.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let version = py.version_info();
    let is_portable =
        std::env::var_os("WSPROTO_PORTABLE").is_some_and(|variable| !variable.is_empty());
    let is_tested = version.major == 3 && TESTED.contains(&version.minor);
    let is_fast = is_tested && !is_portable && !cfg!(Py_GIL_DISABLED);
    IS_FAST.store(is_fast, Ordering::Relaxed);
    let paths = new_dict(py)?;
    for name in GUARDED {
        paths.set_item(name, is_fast)?;
    }
    module.add("guarded_paths", paths)
}
