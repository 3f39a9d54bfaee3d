//! The check of the rule of locks, in builds with assertions: the interpreter's allocators and its
//! evaluation of frames are wrapped, and abort the process if this thread holds a lock.

use std::ffi::{c_int, c_void};
use std::process;
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;

use super::held::forbid;

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

/// The function that evaluated frames before [`evaluate`] did.
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
}
