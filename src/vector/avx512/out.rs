//! Where code points are written to.

use crate::vector::slot::Slot;

/// What the room for a text has been made for.
const AS_COUNTED: &str = "as many code points as were counted";

/// The places that have not been written.
pub(super) struct Out<'a, S>(pub(super) &'a mut [S]);

impl<S> Out<'_, S> {
    /// Write the first `count` of these; how many of `count` are more than they are.
    #[inline]
    pub(super) fn write<T: Copy, const N: usize>(
        &mut self,
        count: usize,
        values: impl Fn() -> [T; N],
    ) -> usize
    where
        S: Slot<T>,
    {
        let here = count.min(N);
        let out = std::mem::take(&mut self.0);
        match out.first_chunk_mut::<N>() {
            // All of them, which is one instruction: what is beyond `count` will be written over.
            Some(chunk) => S::copy(chunk, &values()),
            None => write_rest(out, &values()[..here]),
        }
        self.0 = &mut out[here..];
        count - here
    }

    /// Panic if there is a place left.
    pub(super) fn assert_full(&self) {
        assert!(self.0.is_empty(), "{AS_COUNTED}");
    }
}

/// Apart from the loop, or the compiler makes one call of `memcpy` of it and of the instruction.
#[cold]
#[inline(never)]
fn write_rest<T: Copy, S: Slot<T>>(out: &mut [S], values: &[T]) {
    let places = out.get_mut(..values.len());
    S::copy(places.expect(AS_COUNTED), values);
}
