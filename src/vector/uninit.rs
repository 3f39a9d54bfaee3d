//! Output memory, initialised or not, so that payloads are written once, straight to where they
//! stay.

use std::mem::MaybeUninit;

/// One element of memory that is written without being read.
pub trait Uninit<T: Copy>: Sized {
    /// Writes the element.
    fn put(&mut self, value: T);

    /// Writes all elements of `out`.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    fn copy(out: &mut [Self], values: &[T]);
}

impl<T: Copy> Uninit<T> for T {
    #[inline]
    fn put(&mut self, value: T) {
        *self = value;
    }

    #[inline]
    fn copy(out: &mut [Self], values: &[T]) {
        out.copy_from_slice(values);
    }
}

impl<T: Copy> Uninit<T> for MaybeUninit<T> {
    #[inline]
    fn put(&mut self, value: T) {
        self.write(value);
    }

    #[inline]
    fn copy(out: &mut [Self], values: &[T]) {
        out.write_copy_of_slice(values);
    }
}
