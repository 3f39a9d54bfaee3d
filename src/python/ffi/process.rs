//! The process: its interpreter, and `fork()`, in whose child only the calling thread exists.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::objects::{import, interned, new_dict};

/// Whether this is the main interpreter of the process.
pub(crate) fn is_main_interpreter() -> bool {
    // SAFETY: the thread is attached, and the interpreters are alive.
    unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() }
}

/// The fork generation of this process.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// The fork generation: the number of forks from the first process to this one.
#[inline]
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Called by the interpreter in every child of `os.fork()`.
#[pyfunction]
fn count_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = import(interned!(py, "os")?)?;
    // Without `fork()` there is no hook to register.
    if let Ok(register_at_fork) = os.getattr(interned!(py, "register_at_fork")?) {
        let arguments = new_dict(py)?;
        arguments.set_item(
            interned!(py, "after_in_child")?,
            wrap_pyfunction!(count_fork, module)?,
        )?;
        register_at_fork.call((), Some(&arguments))?;
    }
    Ok(())
}
