//! Free lists: the memory of freed objects, reused for new ones.
//!
//! Nearly every message creates an iterator and an event, which are freed before the next message.
//! The interpreter keeps free lists for its own types, and so does this module: the interpreter's
//! allocator and garbage collector count and link every block, which takes twice the instructions.

use std::ffi::{c_ulong, c_void};
use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::lock::Lock;
use super::objects::new_error;

/// The largest object, in words, and the number of blocks kept of each size.
const LARGEST: usize = 16;
const KEPT: usize = 8;

const WORD: usize = size_of::<usize>();

/// `Py_TPFLAGS_MANAGED_WEAKREF` and `Py_TPFLAGS_MANAGED_DICT`: there is more before an object than
/// the collector's header.
const MORE_HEADERS: c_ulong = 1 << 3 | 1 << 4;

/// Blocks of one size, after the header of the garbage collector.
struct Blocks {
    count: usize,
    blocks: [*mut ffi::PyObject; KEPT],
}

// SAFETY: the blocks are not shared.
unsafe impl Send for Blocks {}

/// Indexed by the number of words.
static FREE: [Lock<Blocks>; LARGEST + 1] = [const { Lock::new(Blocks::NONE) }; LARGEST + 1];

impl Blocks {
    const NONE: Self = Self {
        count: 0,
        blocks: [ptr::null_mut(); KEPT],
    };

    #[inline]
    fn pop(&mut self) -> Option<*mut ffi::PyObject> {
        let block = *self.blocks.get(self.count.checked_sub(1)?)?;
        self.count -= 1;
        Some(block)
    }

    /// Returns whether there was room for it.
    #[inline]
    fn push(&mut self, block: *mut ffi::PyObject) -> bool {
        let room = self.blocks.get_mut(self.count);
        room.is_some_and(|room| {
            *room = block;
            self.count += 1;
            true
        })
    }
}

/// Keeps the memory of a class's instances. Classes that Python code derives from it are
/// unaffected: they use the interpreter's allocator.
pub(crate) fn install(class: &Bound<'_, PyType>) -> PyResult<()> {
    if !super::is_fast() {
        return Ok(());
    }
    let class_ptr = class.as_type_ptr();
    // SAFETY: it is a live class, which is being set up and not yet shared. The slots are called as
    // they have to be, and do what those that they replace do.
    unsafe {
        if ffi::PyType_IS_GC(class_ptr) == 0 || list_of(class_ptr).is_none() {
            let text = format!("{} is of another kind", class.name()?);
            return Err(new_error::<PyTypeError>(class.py(), text));
        }
        (*class_ptr).tp_alloc = Some(allocate);
        (*class_ptr).tp_free = Some(free);
    }
    Ok(())
}

/// The free list for the instances of a class, if it has one.
///
/// # Safety
/// `class` is a live class.
#[inline]
unsafe fn list_of(class: *mut ffi::PyTypeObject) -> Option<&'static Lock<Blocks>> {
    // SAFETY: `class` is a live class.
    let (size, has_more) = unsafe {
        let has_more = ffi::PyType_HasFeature(class, MORE_HEADERS) != 0;
        ((*class).tp_basicsize, has_more)
    };
    if has_more {
        return None;
    }
    FREE.get(size.unsigned_abs() / WORD)
}

/// Replaces `PyType_GenericAlloc`.
unsafe extern "C" fn allocate(
    class: *mut ffi::PyTypeObject,
    items: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls this on an attached thread, with a class that has this slot.
    // Blocks in its list are as long as its instances, have the collector's header, which says that
    // they are not tracked, and have no owner. They are cleared and told what they are, as new
    // ones are, before they are tracked.
    unsafe {
        let py = Python::assume_attached();
        let block = list_of(class).and_then(|list| list.lock(py).pop());
        let Some(block) = block else {
            return ffi::PyType_GenericAlloc(class, items);
        };
        ptr::write_bytes(block.cast::<u8>(), 0, (*class).tp_basicsize.unsigned_abs());
        ffi::PyObject_Init(block, class);
        ffi::PyObject_GC_Track(block.cast());
        block
    }
}

/// Replaces `PyObject_GC_Del`.
unsafe extern "C" fn free(object: *mut c_void) {
    // SAFETY: the interpreter calls this on an attached thread, with an instance of a class that
    // has this slot, and that is alive. The instance is not tracked any more, and nothing refers to
    // it.
    unsafe {
        let py = Python::assume_attached();
        let list = list_of(ffi::Py_TYPE(object.cast()));
        if !list.is_some_and(|list| list.lock(py).push(object.cast())) {
            ffi::PyObject_GC_Del(object);
        }
    }
}
