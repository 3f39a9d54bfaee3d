//! Recursion depth, which the interpreter limits for Python code (`sys.setrecursionlimit`) and
//! native code has to limit itself.
//!
//! [`enter`] is for native code that may recurse through Python objects. From CPython 3.12 on the
//! interpreter's own check for that, `Py_EnterRecursiveCall`, allows some 10,000 levels of any
//! size, which do not fit a stack of 8 MiB; as many levels as Python code has do.
//!
//! [`drop_deep`] is for objects that may hold others of their type: deallocating a chain of them
//! recurses, unless deep objects are deferred.

use std::cell::{Cell, RefCell};

use pyo3::exceptions::PyRecursionError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::objects::new_error;

thread_local! {
    /// The depth of native code of this thread.
    static LEVEL: Cell<i32> = const { Cell::new(0) };
    /// The depth of nested deallocations.
    static DROPPING: Cell<u32> = const { Cell::new(0) };
    /// The objects whose deallocation is deferred.
    static DEFERRED: RefCell<Vec<Py<PyAny>>> = const { RefCell::new(Vec::new()) };
}

/// The maximum depth of nested deallocations, the same as of CPython's trashcan.
const MAX_DROPPING: u32 = 50;

/// One level of native code, left when this is dropped.
pub(crate) struct Level(());

/// Enter a level.
///
/// # Errors
///
/// `RecursionError` beyond the interpreter's limit.
pub(crate) fn enter(py: Python<'_>) -> PyResult<Level> {
    // SAFETY: the thread is attached.
    let limit = unsafe { ffi::Py_GetRecursionLimit() };
    let level = LEVEL.get();
    if level >= limit {
        return Err(new_error::<PyRecursionError>(
            py,
            "maximum recursion depth exceeded",
        ));
    }
    LEVEL.set(level + 1);
    Ok(Level(()))
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVEL.set(LEVEL.get() - 1);
    }
}

/// Drops a reference held by an object that is being deallocated.
#[inline]
pub(crate) fn drop_deep(value: Bound<'_, PyAny>) {
    // SAFETY: the type of a live object is alive.
    if unsafe { ffi::PyType_IS_GC(value.get_type_ptr()) } == 0 {
        // Its type holds no other objects.
        drop(value);
    } else {
        drop_container(value);
    }
}

#[cold]
fn drop_container(value: Bound<'_, PyAny>) {
    let py = value.py();
    let level = DROPPING.get();
    if level >= MAX_DROPPING {
        // Without memory for the list, recurse.
        let _ = DEFERRED.try_with(|list| {
            let mut list = list.borrow_mut();
            if list.try_reserve(1).is_ok() {
                list.push(value.clone().unbind());
            }
        });
        return drop(value);
    }
    DROPPING.set(level + 1);
    drop(value);
    // Taken out of the list before it is dropped, since that may defer more.
    while level == 0
        && let Ok(Some(value)) = DEFERRED.try_with(|list| list.borrow_mut().pop())
    {
        drop(value.into_bound(py));
    }
    DROPPING.set(level);
}
