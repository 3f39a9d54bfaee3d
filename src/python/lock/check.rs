//! The check of the rule of locks, in builds with assertions: the interpreter's allocators and its
//! evaluation of frames are wrapped, and abort the process if this thread holds a lock.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::Location;
use std::process;
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::python::objects::new_bytearray;

thread_local! {
    /// The number of locks that this thread holds.
    static HELD: Cell<u32> = const { Cell::new(0) };
    /// Whether the current operation is exempt.
    static EXEMPT: Cell<bool> = const { Cell::new(false) };
    /// Where this thread took its last lock.
    static PLACE: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

#[track_caller]
pub(super) fn acquired() {
    HELD.set(HELD.get() + 1);
    PLACE.set(Some(Location::caller()));
}

pub(super) fn released() {
    HELD.set(HELD.get() - 1);
}

pub(super) fn exempt<T>(action: impl FnOnce() -> T) -> T {
    let before = EXEMPT.replace(true);
    let result = action();
    EXEMPT.set(before);
    result
}

/// Aborts if this thread holds a lock, naming what the interpreter is about to do.
fn forbid(what: &str) {
    let broken = HELD.try_with(Cell::get).unwrap_or(0) > 0 && !EXEMPT.get();
    if broken {
        let place = PLACE.get().map(ToString::to_string).unwrap_or_default();
        eprintln!("the interpreter {what} under the lock taken at {place}");
        process::abort();
    }
}

extern "C" fn malloc(allocator: *mut c_void, size: usize) -> *mut c_void {
    forbid("allocates");
    let original = original(allocator);
    original
        .malloc
        .map_or(std::ptr::null_mut(), |malloc| malloc(original.ctx, size))
}

extern "C" fn calloc(allocator: *mut c_void, count: usize, size: usize) -> *mut c_void {
    forbid("allocates");
    let original = original(allocator);
    original.calloc.map_or(std::ptr::null_mut(), |calloc| {
        calloc(original.ctx, count, size)
    })
}

extern "C" fn realloc(allocator: *mut c_void, old: *mut c_void, size: usize) -> *mut c_void {
    forbid("allocates");
    let original = original(allocator);
    original.realloc.map_or(std::ptr::null_mut(), |realloc| {
        realloc(original.ctx, old, size)
    })
}

extern "C" fn free(allocator: *mut c_void, old: *mut c_void) {
    forbid("frees");
    let original = original(allocator);
    if let Some(free) = original.free {
        free(original.ctx, old);
    }
}

/// The allocator that is wrapped.
fn original(allocator: *mut c_void) -> &'static ffi::PyMemAllocatorEx {
    // SAFETY: `wrap` gives the wrappers this context, which is never freed and never written again.
    unsafe { &*allocator.cast::<ffi::PyMemAllocatorEx>() }
}

/// Wrap the allocator of a domain.
fn wrap(domain: ffi::PyMemAllocatorDomain) {
    let empty = ffi::PyMemAllocatorEx {
        ctx: std::ptr::null_mut(),
        malloc: None,
        calloc: None,
        realloc: None,
        free: None,
    };
    let original = Box::leak(Box::new(empty));
    // SAFETY: the interpreter's lock is held, the original is filled in before it is used, and what
    // the wrappers give and take are the original's own blocks, so that those given out before can
    // be freed.
    unsafe {
        ffi::PyMem_GetAllocator(domain, original);
        let mut wrapper = ffi::PyMemAllocatorEx {
            ctx: std::ptr::from_mut(original).cast(),
            malloc: Some(malloc),
            calloc: Some(calloc),
            realloc: Some(realloc),
            free: Some(free),
        };
        ffi::PyMem_SetAllocator(domain, &raw mut wrapper);
    }
}

/// What evaluated frames before [`evaluate`] did.
static EVALUATE: OnceLock<ffi::_PyFrameEvalFunction> = OnceLock::new();

#[cfg(Py_3_11)]
type Frame = ffi::_PyInterpreterFrame;
#[cfg(not(Py_3_11))]
type Frame = ffi::PyFrameObject;

/// Evaluate a frame of Python code, which need not allocate anything.
unsafe extern "C" fn evaluate(
    state: *mut ffi::PyThreadState,
    frame: *mut Frame,
    throw: c_int,
) -> *mut ffi::PyObject {
    forbid("runs Python code");
    match EVALUATE.get() {
        // SAFETY: the interpreter hands these over for its own function as well.
        Some(evaluate) => unsafe { evaluate(state, frame, throw) },
        None => process::abort(),
    }
}

/// Wrap the evaluation of frames (PEP 523).
fn wrap_evaluation(_py: Python<'_>) {
    // SAFETY: the interpreter's lock is held, and the wrapper calls what it is around.
    unsafe {
        let interpreter = ffi::PyInterpreterState_Get();
        let original: Option<_> = ffi::_PyInterpreterState_GetEvalFrameFunc(interpreter).into();
        if let Some(original) = original
            && EVALUATE.set(original).is_ok()
        {
            ffi::_PyInterpreterState_SetEvalFrameFunc(interpreter, Some(evaluate));
        }
    }
}

pub(super) fn register(py: Python<'_>) {
    wrap(ffi::PyMemAllocatorDomain::PYMEM_DOMAIN_OBJ);
    wrap(ffi::PyMemAllocatorDomain::PYMEM_DOMAIN_MEM);
    wrap_evaluation(py);
    break_the_rule(py);
}

/// Do what the check forbids, if a test of it says so.
fn break_the_rule(py: Python<'_>) {
    static LOCK: super::Lock<()> = super::Lock::new(());
    let Ok(how) = std::env::var("WSPROTO_TEST_LOCKS") else {
        return;
    };
    // A function that allocates nothing when it is called again.
    let Ok(function) = py.eval(c"lambda: None", None, None) else {
        return;
    };
    drop(function.call0());
    let _guard = LOCK.lock(py);
    if how == "call" {
        drop(function.call0());
    } else {
        drop(new_bytearray(py, &[0; 100]));
    }
}
