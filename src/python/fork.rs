//! Which processes have been forked off: a thread that was not the one to call `fork()` does not exist in the child.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;

use super::objects::{interned, new_dict};

/// How often this process has been forked off.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How often this process has been forked off, counting its parents.
#[inline]
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Called by the interpreter in every child of `os.fork()`.
#[pyfunction]
fn count_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = py.import(interned!(py, "os")?)?;
    // Where processes cannot be forked there is nothing to register with.
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
