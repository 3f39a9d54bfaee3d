//! Depth, which the interpreter bounds for Python code (`sys.setrecursionlimit`), and native code has to bound itself.
//!
//! [`enter`] is for native code that may call itself through Python objects. From CPython 3.12 on the interpreter's own
//! check for that, `Py_EnterRecursiveCall`, allows some 10,000 levels of any size, which do not fit a stack of 8 MiB;
//! as many levels as Python code has do.
//!
//! [`drop_deep`] is for objects that may hold others of their kind: deallocating a chain of them takes a level of the
//! stack for each, unless what is deep is put off.

use std::cell::{Cell, RefCell};

use pyo3::exceptions::PyRecursionError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::objects::new_error;

thread_local! {
    /// How many levels of native code this thread is in.
    static LEVEL: Cell<i32> = const { Cell::new(0) };
    /// How many objects are being dropped within one another.
    static DROPPING: Cell<u32> = const { Cell::new(0) };
    /// What is too deep to be dropped at once.
    static PUT_OFF: RefCell<Vec<Py<PyAny>>> = const { RefCell::new(Vec::new()) };
}

/// As deep as objects are dropped within one another: CPython's own trashcan has the same limit.
const MAX_DROPPING: u32 = 50;

/// A level of native code, until this is dropped.
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

/// Drop a reference that an object has held which is being deallocated.
#[inline]
pub(crate) fn drop_deep(value: Bound<'_, PyAny>) {
    // SAFETY: the type of a live object is alive.
    if unsafe { ffi::PyType_IS_GC(value.get_type_ptr()) } == 0 {
        // It holds no other objects.
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
        // Without memory for the list, the stack has to do.
        let _ = PUT_OFF.try_with(|list| {
            let mut list = list.borrow_mut();
            if list.try_reserve(1).is_ok() {
                list.push(value.clone().unbind());
            }
        });
        return drop(value);
    }
    DROPPING.set(level + 1);
    drop(value);
    // What has been put off is not dropped within the list, since that may put off more.
    while level == 0
        && let Ok(Some(value)) = PUT_OFF.try_with(|list| list.borrow_mut().pop())
    {
        drop(value.into_bound(py));
    }
    DROPPING.set(level);
}
