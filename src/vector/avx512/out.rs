//! The output of code points.

use crate::vector::uninit::Uninit;

/// The panic message if the output does not fit the text.
const AS_COUNTED: &str = "as many code points as were counted";

/// The part of the output that has not been written.
pub(super) struct Out<'a, S>(pub(super) &'a mut [S]);

impl<S> Out<'_, S> {
    /// Writes the first `count` values, at most `N`, and returns how many of `count` are left.
    #[inline]
    pub(super) fn write<T: Copy, const N: usize>(
        &mut self,
        count: usize,
        values: impl Fn() -> [T; N],
    ) -> usize
    where
        S: Uninit<T>,
    {
        let here = count.min(N);
        let out = std::mem::take(&mut self.0);
        match out.first_chunk_mut::<N>() {
            // All `N`, in one instruction: those after `count` are overwritten later.
            Some(chunk) => S::copy(chunk, &values()),
            None => write_rest(out, &values()[..here]),
        }
        self.0 = &mut out[here..];
        count - here
    }

    /// Panics if part of the output has not been written.
    pub(super) fn assert_full(&self) {
        assert!(self.0.is_empty(), "{AS_COUNTED}");
    }
}

/// Out of line: inlined, the compiler merges it with the store above into one call of `memcpy`.
#[cold]
#[inline(never)]
fn write_rest<T: Copy, S: Uninit<T>>(out: &mut [S], values: &[T]) {
    let places = out.get_mut(..values.len());
    S::copy(places.expect(AS_COUNTED), values);
}
