//! Room for the matrices of a pass, used again by the next one.
//!
//! A pass over a batch fills gigabytes and lets go of them at its end. Given back to the system, their pages are faulted
//! in and cleared anew in every step, which is a tenth of the step at 128 pairs (SPEED.md). glibc keeps what is freed too,
//! but nothing that is longer than 32 MiB (mallopt(3): M_MMAP_THRESHOLD).
//!
//! What lies idle is bounded. Where a buffer is made since none fits, as much of what lies idle is let go, so that all
//! buffers together, in use or not, are at most a quarter longer than what was in use at some moment; what nobody has
//! taken for some passes is let go too, such as a training's buffers while its model is measured; and all of it is when a
//! model ends. Only what was made here comes back here: numbers from elsewhere go the allocator's way.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shorter buffers are left to the allocator; in numbers.
const SHORTEST: usize = 1 << 18;
/// Passes after which a buffer is let go of that nobody took.
const PASSES: u64 = 32;

static IDLE: Mutex<Idle> = Mutex::new(Idle::new());

fn idle() -> MutexGuard<'static, Idle> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that a pass begins.
pub(crate) fn next_pass() {
    let old = idle().next_pass();
    drop(old);
}

/// Lets go of all that lies idle.
pub(crate) fn forget() {
    let all = std::mem::take(&mut idle().buffers);
    drop(all);
}

/// Numbers whose room is used again when they are dropped, if it came from here.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    values: Vec<f32>,
    /// Whether [`Buffer::room`] made it.
    own: bool,
}

impl Buffer {
    /// Room for so many numbers, which whoever asks is to write: until then they may be any.
    pub(crate) fn room(len: usize) -> Self {
        if len < SHORTEST {
            return Self { values: vec![0.0; len], own: false };
        }
        let (found, released) = idle().take(len);
        drop(released);
        let mut values = found.unwrap_or_else(|| new(len));
        values.resize(len, 0.0);
        Self { values, own: true }
    }

    /// A copy of numbers.
    pub(crate) fn copy(values: &[f32]) -> Self {
        let mut copy = Self::room(values.len());
        copy.copy_from_slice(values);
        copy
    }

    /// Its numbers, the room with them.
    pub(crate) fn into_vec(mut self) -> Vec<f32> {
        std::mem::take(&mut self.values)
    }

    /// Leaves the first `len` numbers.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(values: Vec<f32>) -> Self {
        Self { values, own: false }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy(self)
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.own && self.values.capacity() >= SHORTEST {
            idle().put(std::mem::take(&mut self.values));
        }
    }
}

/// A buffer with an eighth to spare for the next batch, which may be longer; what is not written takes no memory.
fn new(len: usize) -> Vec<f32> {
    vec![0.0; len + len / 8]
}

/// Buffers that nobody uses.
struct Idle {
    /// By their capacity, each with the pass in which it came.
    buffers: Vec<(Vec<f32>, u64)>,
    pass: u64,
}

impl Idle {
    const fn new() -> Self {
        Self { buffers: Vec::new(), pass: 0 }
    }

    /// The shortest buffer with room for so many numbers, if it is at most a quarter longer; else those that are let go
    /// of for a new one, which are as long as that together if there are so many: the ones that are nearest below, then
    /// those above.
    fn take(&mut self, len: usize) -> (Option<Vec<f32>>, Vec<Vec<f32>>) {
        let at = self.buffers.partition_point(|(values, _)| values.capacity() < len);
        if self.buffers.get(at).is_some_and(|(values, _)| values.capacity() <= len + len / 4) {
            return (Some(self.buffers.remove(at).0), Vec::new());
        }
        let mut released = Vec::new();
        let (mut sum, mut at) = (0, at);
        while sum < len + len / 8 && !self.buffers.is_empty() {
            at = at.saturating_sub(1);
            let (values, _) = self.buffers.remove(at);
            sum += values.capacity();
            released.push(values);
        }
        (None, released)
    }

    fn put(&mut self, values: Vec<f32>) {
        let at = self.buffers.partition_point(|(other, _)| other.capacity() < values.capacity());
        self.buffers.insert(at, (values, self.pass));
    }

    /// Begins a pass, and returns what has become old.
    fn next_pass(&mut self) -> Vec<(Vec<f32>, u64)> {
        self.pass += 1;
        let pass = self.pass;
        self.buffers.extract_if(.., |(_, came)| *came + PASSES < pass).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_held_is_at_most_a_quarter_more_than_what_was_in_use(
            asked in prop::collection::vec((1usize..5000, any::<prop::sample::Index>(), any::<bool>()), 1..200),
        ) {
            let mut idle = Idle::new();
            let mut used: Vec<(usize, Vec<f32>)> = Vec::new();
            let mut most = 0;
            for (len, which, ends) in asked {
                if ends && !used.is_empty() {
                    let (_, values) = used.swap_remove(which.index(used.len()));
                    idle.put(values);
                } else {
                    let found = idle.take(len).0.unwrap_or_else(|| new(len));
                    prop_assert!((len..=len + len / 4).contains(&found.capacity()));
                    used.push((len, found));
                }
                most = most.max(used.iter().map(|(len, _)| len + len / 4).sum());
                let used = used.iter().map(|(_, values)| values.capacity());
                let buffers = idle.buffers.iter().map(|(values, _)| values.capacity());
                prop_assert!(buffers.clone().is_sorted());
                let held: usize = used.chain(buffers).sum();
                prop_assert!(held <= most, "{} of {}", held, most);
            }
        }
    }

    #[test]
    fn what_nobody_takes_for_some_passes_is_let_go() {
        let mut idle = Idle::new();
        idle.put(vec![0.0; 10]);
        (0..PASSES).for_each(|_| assert!(idle.next_pass().is_empty()));
        idle.put(vec![0.0; 20]);
        assert_eq!(idle.next_pass().len(), 1);
        assert_eq!(idle.take(19).0.map(|values| values.len()), Some(20));
    }

    #[test]
    fn a_buffer_has_the_length_that_is_asked_for() {
        for len in [5, SHORTEST, 3 * SHORTEST + 5, 3 * SHORTEST - 2, 3 * SHORTEST + 7] {
            let mut buffer = Buffer::room(len);
            assert_eq!((buffer.len(), buffer.own), (len, len >= SHORTEST));
            buffer.fill(1.0);
        }
        assert_eq!(Buffer::copy(&[1.0, 2.0]).into_vec(), [1.0, 2.0]);
    }

    #[test]
    fn numbers_from_elsewhere_are_not_kept() {
        let capacity = 7 * SHORTEST + 3;
        drop(Buffer::from(Vec::with_capacity(capacity)));
        let kept = |(values, _): &(Vec<f32>, u64)| values.capacity() == capacity;
        assert!(!idle().buffers.iter().any(kept));
    }
}
