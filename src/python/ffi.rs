//! The code that needs `unsafe`: calls of the C API, memory written in place, and values shared by
//! threads.
//! The rest of the package is safe Rust over it.
//!
//! Fast paths that use internals of CPython have a portable fallback each, for versions they were
//! not tested on:
//!
//! * `class versions`: the number of a class's version says that it has not been changed
//!   ([`overrides`]). Portably, its attributes are looked up at each call.
//! * `own methods`: methods of native classes become those of the classes derived from them
//!   ([`vectorcall`]). Portably, they are inherited.
//! * `free lists`: the memory of events is kept for the next ones ([`free_list`]). Portably, the
//!   interpreter has it.
//!
//! The environment variable `WSPROTO_PORTABLE`, if not empty when the package is imported, selects
//! all fallbacks. `wsproto._wsproto.guarded_paths` shows which paths are in use.

pub(crate) mod field;
pub(crate) mod free_list;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod objects;
pub(crate) mod once;
pub(crate) mod overrides;
pub(crate) mod process;
pub(crate) mod recursion;
pub(crate) mod vectorcall;
pub(crate) mod view;

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use self::objects::new_dict;

/// The minor versions of CPython 3 that the fast paths were tested on.
const TESTED: RangeInclusive<u8> = 10..=13;

const GUARDED: [&str; 3] = ["class versions", "own methods", "free lists"];

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
