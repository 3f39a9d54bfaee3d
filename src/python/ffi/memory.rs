//! `bytes` and `str` written in place: payload is copied once, into the object that Python owns.

use std::collections::TryReserveError;
use std::mem::MaybeUninit;

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::lock::held::exempt;
use super::objects::bare_error;
use crate::protocol::encoder::Frame;
use crate::protocol::error::{Failure, ParseFailed};
use crate::protocol::mask::Masked;
use crate::protocol::message::Store;
use crate::protocol::transcode::{Measured, Unit, Width};
use crate::protocol::utf8::{Text, Utf8Decoder};

/// Memory of the interpreter, as the protocol's [`Store`].
pub(crate) struct PyStore<'py>(pub(crate) Python<'py>);

impl<'py> Store for PyStore<'py> {
    type Bytes = Bound<'py, PyBytes>;
    type Text = Bound<'py, PyString>;
    type Error = PyErr;

    #[inline]
    fn bytes(&mut self, payload: Masked<'_>) -> PyResult<Bound<'py, PyBytes>> {
        // SAFETY: `unmask_into` writes every byte of memory that is as long as the payload.
        unsafe {
            bytes_with(self.0, payload.len(), |memory| {
                payload.unmask_into(memory);
            })
        }
    }

    #[inline]
    fn text(
        &mut self,
        payload: Masked<'_>,
        utf8: &mut Utf8Decoder,
        last: bool,
    ) -> Result<Bound<'py, PyString>, Failure<PyErr>> {
        if utf8.is_pending() || payload.is_empty() {
            let mut bytes = Vec::new();
            let room = bytes.try_reserve_exact(payload.len());
            room.map_err(|error| Failure::raised(out_of_memory(error)))?;
            payload.append_to(&mut bytes);
            return transcode(self.0, &bytes, utf8, last);
        }
        // Most text is ASCII: unmask it into an ASCII string, and check the result.
        let mut ascii = false;
        // SAFETY: ASCII has one byte for each code point, and `unmask_into` writes every byte of
        // memory that is as long as the payload.
        let string = unsafe {
            new_string::<u8>(self.0, payload.len(), 0x7F, |memory| {
                ascii = payload.unmask_into(memory);
            })
        }
        .map_err(Failure::raised)?;
        if ascii {
            return Ok(string);
        }
        // SAFETY: `new_string::<u8>` made a string of one byte per code point whose `payload.len()`
        // bytes the closure wrote, and which is not shared. They are read as bytes only; the
        // string, which is not ASCII in spite of its kind, does not leave this function.
        let bytes = unsafe {
            std::slice::from_raw_parts(
                ffi::PyUnicode_DATA(string.as_ptr()).cast::<u8>(),
                payload.len(),
            )
        };
        let text = transcode(self.0, bytes, utf8, last);
        exempt(|| drop(string));
        text
    }
}

/// The exception for an allocation that grows with input and fails.
#[cold]
pub(crate) fn out_of_memory(_error: TryReserveError) -> PyErr {
    bare_error::<PyMemoryError>()
}

/// A frame as `bytes` to send.
#[inline]
pub(crate) fn frame_to_bytes<'py>(
    py: Python<'py>,
    frame: &Frame<'_>,
) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: `write_into` writes every byte of memory that is as long as the frame.
    unsafe { bytes_with(py, frame.len(), |memory| frame.write_into(memory)) }
}

/// `text.decode("ascii")` for what is known to be ASCII.
pub(crate) fn ascii_to_string<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyString>> {
    if text.len() == 1 || !text.is_ascii() {
        // The interpreter caches strings of one character.
        return PyString::from_bytes(py, text);
    }
    // SAFETY: ASCII has one byte for each code point, and this writes all of them, or panics.
    unsafe {
        new_string::<u8>(py, text.len(), 0x7F, |memory| {
            memory.write_copy_of_slice(text);
        })
    }
}

/// A `bytes` object of these bytes.
#[inline]
pub(crate) fn new_bytes<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: `write_copy_of_slice` writes every byte of memory that is as long as the data.
    unsafe {
        bytes_with(py, data.len(), |memory| {
            memory.write_copy_of_slice(data);
        })
    }
}

fn transcode<'py>(
    py: Python<'py>,
    bytes: &[u8],
    utf8: &mut Utf8Decoder,
    last: bool,
) -> Result<Bound<'py, PyString>, Failure<PyErr>> {
    let text = utf8.decode(bytes, last).map_err(ParseFailed::InvalidUtf8)?;
    text_to_string(py, text).map_err(Failure::raised)
}

/// A string of the narrowest kind that holds the text, as Python requires.
fn text_to_string<'py>(py: Python<'py>, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
    let Text { head, body } = text;
    let (mut width, mut length) = (body.width, body.count);
    if let Some(head) = head {
        width = width.max(Width::from_char(head));
        length += 1;
    }
    // SAFETY: the units are as wide as the bounds ask for, and `write` writes every one or panics.
    unsafe {
        match width {
            Width::Ascii => new_string(py, length, 0x7F, |memory| write::<u8>(head, body, memory)),
            Width::One => new_string(py, length, 0xFF, |memory| write::<u8>(head, body, memory)),
            Width::Two => new_string(py, length, 0xFFFF, |memory| {
                write::<u16>(head, body, memory);
            }),
            Width::Four => new_string(py, length, 0x10_FFFF, |memory| {
                write::<u32>(head, body, memory);
            }),
        }
    }
}

/// Write all code points, or panic.
fn write<T: Unit>(head: Option<char>, body: Measured<'_>, memory: &mut [MaybeUninit<T>]) {
    let body_memory = match (head, memory) {
        (Some(head), [first, rest @ ..]) => {
            first.write(T::from_code_point(head.into()));
            rest
        }
        (_, memory) => memory,
    };
    body.write::<T, _>(body_memory);
}

/// A `bytes` object of this length.
///
/// # Safety
///
/// `fill` must write every byte that it is given.
#[inline]
unsafe fn bytes_with(
    py: Python<'_>,
    length: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]),
) -> PyResult<Bound<'_, PyBytes>> {
    // No object exceeds `isize::MAX` bytes; a larger request fails to be allocated.
    let size = ffi::Py_ssize_t::try_from(length).unwrap_or(ffi::Py_ssize_t::MAX);
    // SAFETY: a null pointer asks for an object whose bytes are not initialised, which is new (or
    // the empty singleton, of which no byte is written) and not yet shared. `fill` gets exactly its
    // bytes and writes all of them.
    exempt(|| unsafe {
        let object = ffi::PyBytes_FromStringAndSize(std::ptr::null(), size);
        let bytes = Bound::from_owned_ptr_or_err(py, object)?;
        let memory = ffi::PyBytes_AS_STRING(object).cast::<MaybeUninit<u8>>();
        fill(std::slice::from_raw_parts_mut(memory.cast_mut(), length));
        Ok(bytes.cast_into_unchecked())
    })
}

/// A string of `length` code points up to `highest`, kept in units of type `T`.
///
/// # Safety
///
/// `T` must be the unit that `PyUnicode_New` chooses for `highest`: one byte below 0x100, two below
/// 0x10000, four above. `fill` must write every unit that it is given, and none above `highest`.
#[inline]
unsafe fn new_string<T: Copy>(
    py: Python<'_>,
    length: usize,
    highest: u32,
    fill: impl FnOnce(&mut [MaybeUninit<T>]),
) -> PyResult<Bound<'_, PyString>> {
    let size = ffi::Py_ssize_t::try_from(length).unwrap_or(ffi::Py_ssize_t::MAX);
    // SAFETY: the object is new (or the empty singleton, of which nothing is written), and its data
    // are `length` units of type `T`, all of which `fill` writes.
    exempt(|| unsafe {
        let object = ffi::PyUnicode_New(size, highest);
        let string = Bound::from_owned_ptr_or_err(py, object)?;
        let memory = ffi::PyUnicode_DATA(object).cast::<MaybeUninit<T>>();
        fill(std::slice::from_raw_parts_mut(memory, length));
        Ok(string.cast_into_unchecked())
    })
}
