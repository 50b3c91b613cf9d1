//! What the host lends a plugin to read, remembered, so that it shows when the plugin wrote there.
//!
//! What one plugin changed, another would work on: an objective that normalises the embeddings it was shown gives its
//! neighbour a different batch, and both give numbers that look like any others. Copies are kept and not checksums:
//! what crosses in a step is small, and comparing is as fast as memory.

use std::ops::Range;

use super::guarded::Plain;

/// Pieces of memory as they were when they were lent.
#[derive(Default)]
pub(super) struct Lent {
    pieces: Vec<Piece>,
    copies: Vec<u8>,
}

struct Piece {
    what: &'static str,
    now: *const u8,
    then: Range<usize>,
}

impl Lent {
    /// Remembers `values`, which live for as long as `self` is asked about them.
    pub(super) fn and<T: Plain>(mut self, what: &'static str, values: &[T]) -> Self {
        self.add(what, values);
        self
    }

    /// As [`Lent::and`].
    pub(super) fn add<T: Plain>(&mut self, what: &'static str, values: &[T]) {
        let (now, then) = (values.as_ptr().cast::<u8>(), self.copies.len());
        self.copies.extend_from_slice(bytes(values));
        self.pieces.push(Piece { what, now, then: then..self.copies.len() });
    }

    /// What was changed, if anything.
    ///
    /// # Safety
    /// What was lent is still there.
    pub(super) unsafe fn breach(&self) -> Option<String> {
        let changed = self.pieces.iter().find(|piece| {
            let now = std::hint::black_box(piece.now);
            // SAFETY: by contract.
            let now = unsafe { std::slice::from_raw_parts(now, piece.then.len()) };
            *now != self.copies[piece.then.clone()]
        });
        changed.map(|piece| format!("it changed {}, lent to it to read", piece.what))
    }
}

/// The bytes of values, read anew: the compiler may take for granted that what is lent does not change, which is what
/// is in doubt here.
pub(super) fn bytes<T: Plain>(values: &[T]) -> &[u8] {
    let first = std::hint::black_box(values.as_ptr().cast::<u8>());
    // SAFETY: the bytes of the slice; its type has no padding.
    unsafe { std::slice::from_raw_parts(first, size_of_val(values)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_byte_that_changed_is_told_with_the_piece_it_is_in(
            mut first: Vec<u8>,
            mut second in prop::collection::vec(any::<u8>(), 1..50),
            at: prop::sample::Index,
        ) {
            let lent = Lent::default().and("the first", &first).and("the second", &second);
            // SAFETY: both are there.
            prop_assert_eq!(unsafe { lent.breach() }, None);
            let at = at.index(second.len());
            second[at] ^= 1;
            let told = Some("it changed the second, lent to it to read".to_owned());
            // SAFETY: as above.
            prop_assert_eq!(unsafe { lent.breach() }, told);
            if let Some(byte) = first.first_mut() {
                *byte ^= 0x80;
                let told = Some("it changed the first, lent to it to read".to_owned());
                // SAFETY: as above.
                prop_assert_eq!(unsafe { lent.breach() }, told);
            }
        }
    }
}
