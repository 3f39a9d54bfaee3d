//! Memory to be written, initialised or not, so that what is written once can go straight to its last place.

use std::mem::MaybeUninit;

/// The place of one value.
pub trait Slot<T: Copy>: Sized {
    /// Write it.
    fn put(&mut self, value: T);

    /// Write as many values as there are places.
    ///
    /// # Panics
    ///
    /// If there are more of one than of the other.
    fn copy(out: &mut [Self], values: &[T]);
}

impl<T: Copy> Slot<T> for T {
    #[inline]
    fn put(&mut self, value: T) {
        *self = value;
    }

    #[inline]
    fn copy(out: &mut [Self], values: &[T]) {
        out.copy_from_slice(values);
    }
}

impl<T: Copy> Slot<T> for MaybeUninit<T> {
    #[inline]
    fn put(&mut self, value: T) {
        self.write(value);
    }

    #[inline]
    fn copy(out: &mut [Self], values: &[T]) {
        out.write_copy_of_slice(values);
    }
}
